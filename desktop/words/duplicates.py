"""What is said of near-duplicates. Nothing is deleted, and every page of them says so."""

from __future__ import annotations

from pathlib import Path

from desktop.words.language import DOT, counted, number, translate
from desktop.words.photo import name
from desktop.words.sentences import sentence
from engine.errors import printable
from engine.types import DuplicateGroup, DuplicateKind, DuplicatesReport, Progress


def duplicate_kind(kind: DuplicateKind) -> str:
    return {
        DuplicateKind.FILE: translate("Same file"),
        DuplicateKind.PICTURE: translate("Same picture"),
        DuplicateKind.EDIT: translate("Edits of one picture"),
        DuplicateKind.BURST: translate("Burst"),
    }[kind]


def kind_choice(kind: DuplicateKind | None, count: int) -> str:
    text = translate("All kinds") if kind is None else duplicate_kind(kind)
    return f"{text} ({number(count)})"


def duplicates_heading(group: DuplicateGroup) -> str:
    """Why they are together, and why the first is the best."""
    files = counted(len(group.photos), "{n} file", "{n} files")
    best = translate("best: {name} ({reason})").format(
        name=name(group.photos[0].path), reason=sentence(group.reason)
    )
    return DOT.join([duplicate_kind(group.kind), files, best])


def best_badge() -> str:
    return translate("Best")


def duplicates_title() -> str:
    return translate("Duplicates and bursts")


def duplicates_line(report: DuplicatesReport) -> str:
    groups = counted(len(report.groups), "{n} group", "{n} groups")
    return DOT.join([groups, counted(report.photos, "{n} file", "{n} files"), nothing_deleted()])


def nothing_deleted() -> str:
    return translate("nothing is deleted")


def look_for_duplicates() -> tuple[str, str]:
    """A title and a sentence."""
    return (
        translate("Find duplicates and bursts"),
        translate(
            "Copies, other sizes and formats, edits and bursts are put in groups, the best first. "
            "Nothing is deleted."
        ),
    )


def looking_for_duplicates() -> tuple[str, str]:
    return (
        translate("Looking for duplicates…"),
        translate("You can go on searching meanwhile. Nothing is deleted."),
    )


def no_duplicates() -> tuple[str, str]:
    return (
        translate("No duplicates"),
        translate("No two photos of this library are the same, or nearly so."),
    )


def duplicates_failed() -> str:
    return translate("The search for duplicates did not work")


def comparing(progress: Progress | None) -> str:
    if progress is None or progress.total is None:
        return translate("Comparing photos…")
    return translate("Compared {done} of {total} photos").format(
        done=number(progress.done), total=number(progress.total)
    )


def duplicates_outdated() -> str:
    return translate("The library has changed since: search again to see it as it is now.")


def not_the_same(photos: int) -> str:
    """After the verdict on a group, or (1) on one of its photos."""
    if photos == 1:
        return translate("This photo is no duplicate of the others: that is remembered.")
    return translate("These photos are no duplicates of each other: that is remembered.")


def the_same_after_all() -> str:
    return translate("That was taken back: they may be duplicates after all.")


def nothing_to_take_back() -> str:
    return translate("There is no verdict on duplicates to take back.")


def copies_of_one_file() -> str:
    return translate("These files are the same, byte for byte: there is nothing to tell apart.")


def choose_group() -> str:
    return translate("Select a photo of the group in Duplicates first.")


def no_groups_to_export() -> str:
    return translate("Search for duplicates first: what is exported is the list of groups.")


def groups_exported(count: int, file: Path) -> str:
    done = counted(count, "{n} group written to", "{n} groups written to")
    return f"{done} {printable(file)}"


def best_cell(photo: str) -> str:
    """What a screen reader says of the suggested photo."""
    return translate("{photo}, the best of its group").format(photo=photo)
