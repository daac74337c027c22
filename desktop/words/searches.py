"""What is said of searches that are kept."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.words.language import counted, number, translate
from desktop.words.quantities import day
from desktop.words.sentences import sentences
from engine.types import Likeness, Progress, SavedSearch


def kept_search(search: SavedSearch, label: str, new: int = 0) -> str:
    """What it asks, a line each. ``new``: photos that came since it was opened last."""
    images = len(search.query.parts)
    lines = [label, counted(images, "{n} image", "{n} images")]
    marks = len(search.query.marks)
    if marks:
        lines[-1] += ", " + counted(marks, "{n} mark", "{n} marks")
    if not search.filters.empty:
        lines.append(translate("Among some of the photos"))
    if search.query.by_part:
        lines.append(within_photos())
    elif search.likeness is not Likeness.CONTENT:
        lines.append(likeness(search.likeness))
    lines.append(translate("Asked last on {day}").format(day=day(search.ran_at)))
    if new:
        lines.append(counted(new, "{n} new photo since then", "{n} new photos since then"))
    if search.note:
        lines.append(sentences(search.note))
    return "\n".join(lines)


def new_photos_badge(count: int) -> str:
    return translate("{n} new").format(n=number(count))


def remove_searches(labels: Sequence[str]) -> str:
    if len(labels) == 1:
        return translate("Delete the search {name}? Photos stay.").format(name=labels[0])
    return counted(
        len(labels), "Delete {n} search? Photos stay.", "Delete {n} searches? Photos stay."
    )


def clear_searches(count: int) -> str:
    return counted(count, "Delete {n} recent search?", "Delete all {n} recent searches?")


def nothing_to_save() -> str:
    return translate("Search first: a search can be saved under a name and asked again.")


def likeness(value: Likeness) -> str:
    return {
        Likeness.CONTENT: translate("By content"),
        Likeness.COLOUR: translate("By colour"),
        Likeness.COMPOSITION: translate("By composition"),
        Likeness.BLEND: translate("By a blend"),
    }[value]


def within_photos() -> str:
    return translate("Within photos")


def within_photos_tip() -> str:
    return translate("what is asked with, wherever photos show it")


def described_first() -> str:
    return translate("The photos are looked at first")


def describing(progress: Progress) -> str:
    return translate("Looking at colours and composition: {done} of {total} photos").format(
        done=number(progress.done), total=number(progress.total or 0)
    )


def describing_parts(progress: Progress) -> str:
    if not progress.total:
        return translate("Getting ready to look at the parts of photos…")
    return translate("Looking at the parts of photos: {done} of {total}").format(
        done=number(progress.done), total=number(progress.total)
    )


def parts_stopped() -> str:
    return translate(
        "Looking at the parts of photos was stopped: what is in the others is not found yet."
    )


def likeness_tip(value: Likeness) -> str:
    """A word of explanation."""
    return {
        Likeness.CONTENT: translate("what photos show"),
        Likeness.COLOUR: translate("the same colours, wherever they are"),
        Likeness.COMPOSITION: translate("light and edges in the same places"),
        Likeness.BLEND: translate("content first, then colour and composition"),
    }[value]
