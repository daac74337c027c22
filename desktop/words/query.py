"""What is said of a query, and of everything that is dropped or pasted."""

from __future__ import annotations

from pathlib import Path

from desktop.words.language import number, translate
from desktop.words.photo import name


def pasted() -> str:
    return translate("Pasted image")


def dropped() -> str:
    return translate("Dropped image")


def part_of(name: str) -> str:
    return translate("Part of {name}").format(name=name)


def reading_picture() -> str:
    return translate("Reading the picture…")


def crop_keys() -> str:
    return translate(
        "Draw a frame, or move it with the arrow keys (with Shift: its size). "
        "Enter searches, Esc cancels."
    )


def nothing_to_crop() -> str:
    return translate("Search with an image or select a photo first: a part of it can be cut out.")


def query_hint() -> str:
    return translate("Drop or paste an image anywhere to find photos like it")


def first_of(files: int, first: Path) -> str:
    return translate("{n} files came together: searching with the first, {name}.").format(
        n=number(files), name=name(first)
    )


def web_refused() -> str:
    return translate(
        "Photoglyph works offline and fetches nothing from the web: "
        "save the image first, or copy it and paste it here."
    )


def nothing_to_paste() -> str:
    return translate("The clipboard holds no image, no file and no path of one.")


def nothing_to_drop() -> str:
    return translate("That holds no image, no file and no folder.")


def overlay_search() -> str:
    return translate("Find similar photos")


def overlay_add() -> str:
    return translate("Add to library")


def overlay_refuse() -> str:
    return translate("Web addresses cannot be used offline")
