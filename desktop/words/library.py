"""What is said of folders, indexing and problems."""

from __future__ import annotations

import re

from desktop.background import Wait
from desktop.pace import Speed
from desktop.words.language import DOT, counted, number, translate
from desktop.words.quantities import duration, photos
from desktop.words.sentences import sentence
from desktop.words.settings import no_gpu, running_on
from engine.errors import printable
from engine.types import (
    Folder,
    IndexReport,
    JobState,
    JobView,
    LibraryStatus,
    Progress,
    VolumeKind,
)


def folder(value: Folder) -> str:
    return printable(value.path.name or str(value.path))


def folder_detail(value: Folder) -> str:
    return photos(value.photos) if value.online else translate("not connected")


def folder_tooltip(value: Folder) -> str:
    state = translate("connected") if value.online else translate("not connected")
    return f"{printable(value.path)}\n{photos(value.photos)}, {state}"


def folder_menu(value: Folder) -> str:
    return translate("What to do with {name}").format(name=folder(value))


def folder_note(value: Folder, job: JobView | None) -> str:
    """Below a folder that needs something, or is being worked on; "" where all is well."""
    if not value.online:
        return connect(value)
    if job is None or job.state is JobState.DONE:
        return translate("Paused") if value.paused else ""
    if job.state is JobState.FAILED:
        return sentence(job.last_error or "")
    return DOT.join(filter(None, (job_state(job), job_progress(job))))


def connect(value: Folder) -> str:
    """What to do so that an offline folder is there again."""
    path = value.path.as_posix()
    named = re.match(r"/(?:run/media/[^/]+|media/[^/]+|Volumes)/([^/]+)", path)
    if value.kind is VolumeKind.NETWORK:
        return translate("Connect to the network to reach {path}").format(
            path=printable(value.path)
        )
    if named:
        return translate("Connect the drive “{name}”").format(name=printable(named[1]))
    return translate("Connect the drive that holds {path}").format(path=printable(value.path))


def indexing_of(value: Folder) -> str:
    return translate("Indexing of {name}").format(name=folder(value))


def job_state(job: JobView) -> str:
    return {
        JobState.QUEUED: translate("Waits for its turn"),
        JobState.RUNNING: translate("Scanning") if job.total is None else "",
        JobState.PAUSED: translate("Paused"),
        JobState.DONE: translate("Done"),
        JobState.FAILED: translate("Failed"),
    }[job.state]


def job_progress(job: JobView) -> str:
    """How many of a job's files are done, where that is known and says something."""
    if not job.total:
        return ""
    return translate("{n} of {all}").format(n=number(job.done), all=number(job.total))


def remove_question(value: Folder) -> str:
    return translate("Remove “{name}” from the library? The photos stay where they are.").format(
        name=folder(value)
    )


def status(
    value: LibraryStatus | None,
    progress: Progress | None,
    speed: Speed,
    report: IndexReport | None = None,
    *,
    paused: bool = False,
    wait: Wait | None = None,
) -> str:
    """The bottom line, such as "82,410 searchable · 1,204 to go · 96/s · 13 s left".

    ``report``: the last indexing run of this window, where none is going on. ``wait``: why
    background work does not run now.
    """
    if value is None:
        return translate("Reading the library…")
    parts = [translate("{n} searchable").format(n=number(value.searchable))]
    if paused:
        parts.append(translate("Paused"))
    if progress is not None and paused:
        parts += to_go(progress)
    elif progress is not None:
        parts += job(progress, speed)
    elif value.waiting:
        parts.append(translate("{n} not indexed yet").format(n=number(value.waiting)))
    elif report is not None and not paused:
        parts.append(indexed(report))
    if progress is None and wait is not None and not paused:
        parts.append(
            {
                Wait.BATTERY: translate("changes are looked for when it is plugged in"),
                Wait.DAY: translate("changes are looked for at night"),
            }[wait]
        )
    return DOT.join(parts)


def to_go(progress: Progress) -> list[str]:
    if progress.total is None:
        return []
    left = max(0, progress.total - progress.done)
    return [translate("{n} to go").format(n=number(left))]


def job(progress: Progress, speed: Speed) -> list[str]:
    """What a running job is at, in short parts."""
    parts = [stage(progress.stage)]
    if progress.total is not None:
        parts += to_go(progress)
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
        "tuning the encoder": translate("Tuning the encoder"),
        "exporting and checking it": translate("Exporting and checking the encoder"),
        "reading photos again": translate("Reading photos again"),
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
    """Where models run."""
    if value is None:
        return ""
    return translate("CPU") if value.device == "cpu" else translate("GPU")


def device_tooltip(value: LibraryStatus | None) -> str:
    if value is None:
        return ""
    return no_gpu() if value.device == "cpu" else running_on(value)


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
