"""What is said of a query, and of everything that is dropped or pasted."""

from __future__ import annotations

from pathlib import Path

from desktop.words.language import counted, number, translate
from desktop.words.photo import name


def pasted() -> str:
    return translate("Pasted image")


def dropped() -> str:
    return translate("Dropped image")


def kept_image() -> str:
    return translate("An image that is gone")


def part_of(name: str) -> str:
    return translate("Part of {name}").format(name=name)


def query_label(first: str, others: int) -> str:
    """``others``: how many further images are asked with."""
    if not others:
        return first
    more = counted(others, "{n} more", "{n} more")
    return translate("{name} and {more}").format(name=first, more=more)


def piece(name: str, sign: int, weight: float, *, part: bool) -> str:
    """An image of a query, or a marked photo, with what is said of it."""
    shown = part_of(name) if part else name
    said = translate("More like {name}") if sign > 0 else translate("Not like {name}")
    said = said.format(name=shown)
    return said if weight == 1 else f"{said} ({WEIGHTS[weight]()})"


def sign(value: int, weight: float) -> str:
    """As short as can be."""
    times = "" if weight == 1 else "\u00bd" if weight < 1 else f"{weight:g}"
    return ("+" if value > 0 else "\u2212") + times


def weight(value: float) -> str:
    said = WEIGHTS[value]()
    return said[:1].upper() + said[1:]


WEIGHTS = {
    2.0: lambda: translate("counts double"),
    1.0: lambda: translate("counts once"),
    0.5: lambda: translate("counts half"),
}


def remove_piece(said: str) -> str:
    return translate("Remove from the query: {piece}").format(piece=said)


def nothing_to_mark() -> str:
    return translate("Select a photo first: it can be marked as wanted or not.")


def search_first() -> str:
    return translate("Search first: photos of an answer can be marked as not wanted.")


def nothing_to_undo() -> str:
    return translate("There is nothing to undo in this query.")


def reading_picture() -> str:
    return translate("Reading the picture…")


def crop_keys() -> str:
    """Two lines."""
    return "\n".join(
        (
            translate(
                "Draw a frame around what counts; the arrow keys move it, with Shift they size it."
            ),
            translate("Find this part: wherever photos show it. Search: photos that look like it."),
        )
    )


def frame_too_small() -> str:
    return translate(
        "That frame is too small to hold anything: drag it larger. The last one stays."
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


def overlay_search(*, beside: bool = False) -> str:
    """``beside``: there is a query that the image could be added to."""
    if beside:
        return translate("Find similar photos (with Shift: add to the query)")
    return translate("Find similar photos")


def overlay_beside() -> str:
    return translate("Add to the query")


def overlay_add() -> str:
    return translate("Add to library")


def overlay_refuse() -> str:
    return translate("Web addresses cannot be used offline")
