"""What is said above an answer: who answered, from how many photos, how fast."""

from __future__ import annotations

from desktop.words.language import DOT, counted, number, translate
from desktop.words.quantities import photos
from desktop.words.searches import likeness
from engine.types import Engine, LibraryStatus, Likeness, SearchAnswer


def engine(value: Engine) -> str:
    return {
        Engine.GENERATIVE: translate("generative search"),
        Engine.EXACT: translate("exact search"),
        Engine.AUTO: translate("search"),
    }[value]


def answer(
    value: SearchAnswer,
    status: LibraryStatus | None,
    indexing: bool,
    *,
    by: Likeness = Likeness.CONTENT,
    within: bool = False,
    best_alone: bool = False,
) -> str:
    """Who answered, from how many, how fast. ``within``: the heading says how. ``best_alone``:
    sorted, but more are to come.
    """
    count = len(value.hits)
    way = engine(value.engine) if by is Likeness.CONTENT else _lower(likeness(by))
    parts = [
        counted(count, "the best photo", "the best {n} photos") if best_alone else photos(count),
        *([] if within else [way]),
        translate("{ms} ms").format(ms=number(round(value.milliseconds.total))),
        searched(value.searched, status, indexing),
    ]
    return DOT.join(parts)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def searched(count: int, status: LibraryStatus | None, indexing: bool) -> str:
    if indexing and status is not None and status.waiting:
        return translate("searched the {n} of {all} that are indexed so far").format(
            n=number(count), all=number(count + status.waiting)
        )
    return translate("searched {n}").format(n=number(count))


def answer_heading(query: str, *, part: bool = False, within: bool = False) -> str:
    """``part``: of an image. ``within``: it was looked for within photos."""
    if within:
        return translate("{name}, found within photos").format(name=query)
    if part:
        return translate("Photos like this: {name}").format(name=query)
    return translate("Photos like {name}").format(name=query)


def library_heading() -> str:
    return translate("Your library")


def library_line(status: LibraryStatus | None, *, filtered: bool = False) -> str:
    if status is None:
        return translate("Reading the library…")
    if filtered:
        return translate("some of {photos}").format(photos=photos(status.photos))
    return photos(status.photos)


def stacks(stacked: bool) -> str:
    if stacked:
        return translate("Photos that are nearly the same share one place.")
    return translate("Every photo has a place of its own.")


def searching() -> str:
    return translate("Searching…")


def nothing_found(searchable: int, indexing: bool) -> tuple[str, str]:
    """A title and a sentence."""
    if searchable:
        return (
            translate("Nothing found"),
            translate("None of the {n} searchable photos came up for this image.").format(
                n=number(searchable)
            ),
        )
    if indexing:
        return (
            translate("Nothing to search yet"),
            translate("The first photos are being indexed; the search is repeated by itself."),
        )
    return (
        translate("Nothing to search yet"),
        translate("Add a folder with photos, and they can be found a moment later."),
    )
