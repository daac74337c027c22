"""What is said of the tree, of folders and of months as they are browsed."""

from __future__ import annotations

from desktop.words.language import DOT, counted, translate
from desktop.words.quantities import month, photos
from engine.errors import printable
from engine.types import ExploredTree, TreeNode


def node(value: TreeNode) -> str:
    """What most of its photos have in common; else its place among the others."""
    if value.name:
        return printable(value.name)
    return tree_place(value.prefix) if value.month is None else month(value.month)


def tree_place(prefix: tuple[int, ...]) -> str:
    return translate("Part {codes}").format(codes=".".join(map(str, prefix)))


def whole_tree() -> str:
    return translate("All photos")


def tree_line(tree: ExploredTree) -> str:
    parts = counted(len(tree.children), "{n} part", "{n} parts")
    return DOT.join(
        [photos(tree.node.count), parts] if tree.children else [photos(tree.node.count)]
    )


def all_folders() -> str:
    return translate("All folders")


def folders_line(count: int) -> str:
    return counted(count, "{n} folder", "{n} folders") if count else ""


def loose(count: int) -> str:
    """Photos that lie right in a folder that has folders."""
    if not count:
        return ""
    return counted(
        count,
        "{n} photo lies right in this folder: “Show photos” shows it with all the others.",
        "{n} photos lie right in this folder: “Show photos” shows them with all the others.",
    )


def all_months() -> str:
    return translate("Time line")


def time_line(months: int) -> str:
    return counted(months, "{n} month", "{n} months") if months else ""


def year(value: int, count: int) -> str:
    return DOT.join([str(value), photos(count)])


def undated(count: int) -> str:
    if not count:
        return ""
    return counted(
        count,
        "{n} photo does not say when it was taken.",
        "{n} photos do not say when they were taken.",
    )


def tile(name: str, count: int) -> str:
    """What a screen reader says of a tile."""
    return f"{name}, {photos(count)}"


def no_tree() -> tuple[str, str]:
    """A title and a sentence."""
    return (
        translate("There is no tree yet"),
        translate("Training sorts the photos into a tree, from coarse to fine."),
    )


def nothing_to_browse() -> str:
    return translate("Nothing to show here")


def reading_level() -> str:
    return translate("Reading the library…")


def choose_tile() -> str:
    return translate("Choose a tile in Explore, Folders or the time line first.")


def no_photo_to_locate() -> str:
    return translate("Select the photo to show in the tree first.")


def tree_changed() -> str:
    return translate(
        "The library was trained again: its tree is another one, and the part that was shown "
        "is no longer a filter."
    )
