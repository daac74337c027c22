"""What is said of lists and copies that leave the window."""

from __future__ import annotations

from pathlib import Path

from desktop.words.language import counted, number, translate
from desktop.words.photo import name
from engine.errors import printable
from engine.types import CopyReport, Progress


def nothing_to_export() -> str:
    return translate("Search first: what is exported is the list of results.")


def exported(results: int, file: Path) -> str:
    done = counted(results, "{n} result written to", "{n} results written to")
    return f"{done} {printable(file)}"


def nothing_to_copy() -> str:
    return translate("Select the photos to copy first.")


def still_copying() -> str:
    return translate("Photos are being copied already: wait for them, or stop them.")


def copy_title(count: int) -> str:
    return counted(count, "Copy {n} photo to…", "Copy {n} photos to…")


def copying(progress: Progress) -> str:
    return translate("Copying {name} ({done} of {total})").format(
        name=progress.note, done=number(progress.done + 1), total=number(progress.total or 0)
    )


def copied(report: CopyReport) -> str:
    """How many, and the first reason where some were left out."""
    done = counted(len(report.copied), "{n} photo copied to", "{n} photos copied to")
    said = f"{done} {printable(report.folder)}."
    if report.skipped:
        first = report.skipped[0]
        left = counted(len(report.skipped), "{n} was left out:", "{n} were left out:")
        said += f" {left} {name(first.path)} {first.reason}."
    return said
