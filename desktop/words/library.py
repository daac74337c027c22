"""What is said of folders, indexing and problems."""

from __future__ import annotations

from desktop.pace import Speed
from desktop.words.language import DOT, counted, number, translate
from desktop.words.quantities import duration, photos
from engine.errors import printable
from engine.types import Folder, IndexReport, LibraryStatus, Progress


def folder(value: Folder) -> str:
    return printable(value.path.name or str(value.path))


def folder_detail(value: Folder) -> str:
    return photos(value.photos) if value.online else translate("not connected")


def folder_tooltip(value: Folder) -> str:
    state = translate("connected") if value.online else translate("not connected")
    return f"{printable(value.path)}\n{photos(value.photos)}, {state}"


def remove_question(value: Folder) -> str:
    return translate("Remove “{name}” from the library? The photos stay where they are.").format(
        name=folder(value)
    )


def status(
    value: LibraryStatus | None,
    progress: Progress | None,
    speed: Speed,
    report: IndexReport | None = None,
) -> str:
    """The bottom line, such as "82,410 searchable · 1,204 to go · 96/s · 13 s left".

    ``report``: the last indexing run of this window, where none is going on.
    """
    if value is None:
        return translate("Reading the library…")
    parts = [translate("{n} searchable").format(n=number(value.searchable))]
    if progress is not None:
        parts += job(progress, speed)
    elif value.waiting:
        parts.append(translate("{n} not indexed yet").format(n=number(value.waiting)))
    elif report is not None:
        parts.append(indexed(report))
    return DOT.join(parts)


def job(progress: Progress, speed: Speed) -> list[str]:
    """What a running job is at, in short parts."""
    parts = [stage(progress.stage)]
    if progress.total is not None:
        to_go = max(0, progress.total - progress.done)
        parts.append(translate("{n} to go").format(n=number(to_go)))
    elif progress.done:
        parts.append(number(progress.done))
    if speed.per_second is not None:
        rate = speed.per_second
        parts.append(
            translate("{n}/s").format(n=number(round(rate)) if rate >= 10 else f"{rate:.1f}")
        )
    if speed.seconds_left is not None:
        parts.append(translate("{t} left").format(t=duration(speed.seconds_left)))
    return parts


def stage(value: str) -> str:
    """What a job does now; a stage that is not known here is shown as it is named."""
    known = {
        "preparing the model": translate("Preparing the model"),
        "scanning": translate("Scanning"),
        "indexing": translate("Indexing"),
        "starting": translate("Starting"),
        "reading": translate("Reading the library"),
        "space": translate("Finding the space"),
        "neighbours": translate("Finding neighbours"),
        "labels": translate("Weighing labels"),
        "views": translate("Preparing views"),
        "teacher": translate("Learning what is alike"),
        "tokenizer": translate("Fitting the tokenizer"),
        "decoder": translate("Training the decoder"),
        "checking": translate("Checking on held-out views"),
        "exporting": translate("Exporting"),
        "publishing": translate("Publishing"),
    }
    return known.get(value, value)


def cancelling() -> str:
    return translate("Stopping…")


def device(value: LibraryStatus | None) -> str:
    return "" if value is None else value.device.upper()


def indexed(report: IndexReport) -> str:
    """What an indexing run did, in one sentence."""
    parts = []
    if report.indexed:
        parts.append(counted(report.indexed, "{n} photo indexed", "{n} photos indexed"))
    if report.moved:
        parts.append(counted(report.moved, "{n} moved", "{n} moved"))
    if report.removed:
        parts.append(counted(report.removed, "{n} removed", "{n} removed"))
    if report.skipped:
        parts.append(counted(len(report.skipped), "{n} file skipped", "{n} files skipped"))
    if report.offline:
        parts.append(counted(report.offline, "{n} offline", "{n} offline"))
    if not parts:
        return translate("nothing has changed in the folders")
    return translate("{what} in {t}").format(what=", ".join(parts), t=duration(report.seconds))


def problems(count: int) -> str:
    return counted(count, "{n} problem", "{n} problems")
