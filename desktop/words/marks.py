"""What is said of the marks that a person made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.words.language import counted, translate
from desktop.words.photo import name, place
from desktop.words.quantities import day

if TYPE_CHECKING:
    from desktop.marks import MarkView


def mark_cells(one: MarkView) -> tuple[str, ...]:
    said = translate("More like this") if one.mark.sign > 0 else translate("Not this")
    return (
        translate("No longer in the library") if one.path is None else name(one.path),
        said,
        _asked(one),
        "" if one.path is None else place(one.path.parent),
        day(one.mark.created_at),
    )


def mark_tip(one: MarkView) -> str:
    return "\n".join(filter(None, mark_cells(one)))


def marks_heading(count: int) -> str:
    if not count:
        return translate("Nothing is marked: + and - mark the photos of an answer.")
    return counted(
        count,
        "{n} mark, kept for the next training.",
        "{n} marks, kept for the next training.",
    )


def forget_all_marks(count: int) -> str:
    return counted(
        count,
        "Delete {n} mark? The next training will not know of it.",
        "Delete all {n} marks? The next training will not know of them.",
    )


def _asked(one: MarkView) -> str:
    if one.asked is not None:
        return name(one.asked)
    return translate("An image from elsewhere")
