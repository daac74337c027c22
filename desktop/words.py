"""Every sentence that the window shows, from plain values. No widget makes words of its own.

All go through ``translate``, so that a translation is one file.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from desktop.pace import Speed
from engine.errors import UserError, printable
from engine.types import (
    Band,
    Engine,
    Folder,
    GenerationFigures,
    IndexReport,
    LibraryStatus,
    Photo,
    Progress,
    SearchAnswer,
    SearchHit,
    TrainReport,
)

DOT = "  ·  "


def translate(text: str) -> str:
    return QCoreApplication.translate("Photoglyph", text)


# Numbers


def number(value: int) -> str:
    return QLocale().toString(value)


def counted(value: int, one: str, many: str) -> str:
    """``one`` and ``many`` hold ``{n}``."""
    return translate(one if value == 1 else many).format(n=number(value))


def photos(value: int) -> str:
    return counted(value, "{n} photo", "{n} photos")


def duration(seconds: float) -> str:
    """Two units at most, rounded to what a person cares for."""
    whole = round(seconds)
    if whole < 60:
        return translate("{s} s").format(s=max(1, whole))
    minutes = round(seconds / 60)
    if minutes < 60:
        return translate("{m} min").format(m=minutes)
    return translate("{h} h {m} min").format(h=minutes // 60, m=minutes % 60)


def size(size_bytes: int) -> str:
    return QLocale().formattedDataSize(
        size_bytes, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat
    )


def day(when: datetime) -> str:
    local = QDateTime.fromSecsSinceEpoch(int(when.timestamp()))
    return QLocale().toString(local, QLocale.FormatType.ShortFormat)


def share(ratio: float) -> str:
    """A measured ratio, as retrieval papers write it."""
    return f"{ratio:.3f}"


# Photos


def name(path: Path) -> str:
    return printable(path.name)


def band(value: Band) -> str:
    return {
        Band.SAME_SHOT: translate("Same shot"),
        Band.SAME_SCENE: translate("Same scene"),
        Band.RELATED: translate("Related"),
        Band.GUESS: translate("A guess"),
    }[value]


def band_heading(value: Band) -> str:
    return {
        Band.SAME_SHOT: translate("The same shot"),
        Band.SAME_SCENE: translate("The same scene"),
        Band.RELATED: translate("Related"),
        Band.GUESS: translate("Guesses: the closest anyway"),
    }[value]


def tooltip(photo: Photo, hit: SearchHit | None) -> str:
    lines = [printable(photo.path), dimensions(photo)]
    if hit is not None:
        lines.append(band(hit.band))
    if not photo.online:
        lines.append(translate("On a drive that is not connected"))
    return "\n".join(lines)


def cell(photo: Photo, hit: SearchHit | None) -> str:
    """What a screen reader says of a cell."""
    if hit is None:
        return name(photo.path)
    return translate("{rank}, {name}, {band}").format(
        rank=hit.rank, name=name(photo.path), band=band(hit.band)
    )


def dimensions(photo: Photo) -> str:
    pixels = translate("{w} \u00d7 {h} pixels").format(w=photo.width, h=photo.height)
    return pixels + (DOT + size(photo.size_bytes) if photo.size_bytes else "")


def place(path: Path) -> str:
    """A folder, with the home folder as ~."""
    try:
        return printable(Path("~", path.relative_to(Path.home())))
    except (ValueError, RuntimeError):  # elsewhere, or there is no home
        return printable(path)


def taken(photo: Photo) -> str:
    when = photo.metadata.taken_at
    return translate("Not recorded") if when is None else day(when)


def camera(photo: Photo) -> str:
    return printable(photo.metadata.camera) if photo.metadata.camera else translate("Not recorded")


def similarity(value: float) -> str:
    return translate("{x} (cosine)").format(x=f"{value:.3f}")


def offline_badge() -> str:
    return translate("Offline")


def no_picture() -> str:
    return translate("No preview")


def cannot_open(photo: Photo) -> str:
    if not photo.online:
        return translate(
            "{path} is on a drive that is not connected: connect it and try again."
        ).format(path=printable(photo.path))
    return translate("{path} is no longer there: press F5 to scan the folders again.").format(
        path=printable(photo.path)
    )


def nothing_opens(photo: Photo) -> str:
    return translate("No program on this computer opens {path}.").format(path=printable(photo.path))


# The query


def pasted() -> str:
    return translate("Pasted image")


def dropped() -> str:
    return translate("Dropped image")


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


# Answers


def engine(value: Engine) -> str:
    return {
        Engine.GENERATIVE: translate("generative search"),
        Engine.EXACT: translate("exact search"),
        Engine.AUTO: translate("search"),
    }[value]


def answer(value: SearchAnswer, status: LibraryStatus | None, indexing: bool) -> str:
    """Who answered, from how many, how fast."""
    parts = [
        photos(len(value.hits)),
        engine(value.engine),
        translate("{ms} ms").format(ms=number(round(value.milliseconds.total))),
        searched(value.searched, status, indexing),
    ]
    return DOT.join(parts)


def searched(count: int, status: LibraryStatus | None, indexing: bool) -> str:
    if indexing and status is not None and status.waiting:
        return translate("searched the {n} of {all} that are indexed so far").format(
            n=number(count), all=number(count + status.waiting)
        )
    return translate("searched {n}").format(n=number(count))


def answer_heading(query: str) -> str:
    return translate("Photos like {name}").format(name=query)


def library_heading() -> str:
    return translate("Your library")


def library_line(status: LibraryStatus | None) -> str:
    if status is None:
        return translate("Reading the library…")
    return translate("{photos}, newest first").format(photos=photos(status.photos))


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


# States of the whole window


def opening() -> str:
    return translate("Opening the library…")


def cannot_start() -> str:
    return translate("The library cannot be opened")


def welcome() -> tuple[str, str]:
    return (
        translate("Find photos by example"),
        translate("Nothing leaves this computer; your photos are never changed."),
    )


def no_photos_yet(indexing: bool) -> tuple[str, str]:
    if indexing:
        return (
            translate("Looking for photos…"),
            translate("They appear here as they are indexed; you can search at once."),
        )
    return (
        translate("No photos here"),
        translate("The folders of this library hold no photos that can be used."),
    )


def query_failed() -> str:
    return translate("This search did not work")


def error(problem: Exception) -> str:
    """A ``UserError`` is a sentence already; anything else is a bug and is in the log."""
    if isinstance(problem, UserError):
        return str(problem)
    return translate(
        "Something went wrong inside Photoglyph ({kind}); the details are in its log."
    ).format(kind=type(problem).__name__)


# The library


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


# Training


def training_offer() -> str:
    return translate(
        "Teach the generative engine your own photos. It takes minutes, runs in the background, "
        "and searching goes on meanwhile."
    )


def training_again() -> str:
    return translate("A model trained on this library answers. Train again after adding photos.")


def training_too_small(searchable: int, smallest: int) -> str:
    return translate(
        "Training needs {smallest} photos, this library has {n}. Exact search answers meanwhile."
    ).format(smallest=smallest, n=number(searchable))


def training_progress(progress: Progress | None, speed: Speed) -> str:
    """Stage, loss and time left."""
    if progress is None:
        return translate("Starting…")
    parts = [stage(progress.stage)]
    if progress.total:
        parts.append(f"{number(progress.done)} / {number(progress.total)}")
    if "loss" in progress.values:
        parts.append(translate("loss {x}").format(x=f"{progress.values['loss']:.3f}"))
    if speed.seconds_left is not None:
        parts.append(translate("{t} left").format(t=duration(speed.seconds_left)))
    if progress.note:
        parts.append(progress.note)
    return DOT.join(parts)


def training_cancelling() -> str:
    return translate("Stopping… The next training continues from here.")


def training_done(report: TrainReport) -> str:
    used = (
        translate("The new model answers from now on.")
        if report.switched
        else translate("The model before stays: it finds more on your own photos.")
        if report.previous is not None
        else translate("The new model was not taken: exact search stays.")
    )
    return translate("Trained on {photos} in {t}. {used}").format(
        photos=photos(report.photos), t=duration(report.seconds), used=used
    )


def training_figures(report: TrainReport) -> list[tuple[str, ...]]:
    """A table with its head: each figure of the new model, the one before (if any), and exact."""
    old, new = report.previous, report.figures
    head = ["", translate("new")]
    rank_1 = [translate("Recall@1"), share(new.recall_1)]
    rank_10 = [translate("Recall@10"), share(new.recall_10)]
    if old is not None:
        head.append(translate("before"))
        rank_1.append(share(old.recall_1))
        rank_10.append(share(old.recall_10))
    head.append(translate("exact"))
    rank_1.append(share(new.exact_recall_1))
    rank_10.append(share(new.exact_recall_10))
    rows = [tuple(head), tuple(rank_1), tuple(rank_10)]
    if new.recall_old is not None and new.recall_inserted is not None:
        rest = [""] * (len(head) - 2)
        rows.append((translate("Known photos found"), share(new.recall_old), *rest))
        rows.append((translate("Added photos found"), share(new.recall_inserted), *rest))
    return rows


def figures_note(figures: GenerationFigures) -> str:
    return translate("On {n} held-out views of your photos.").format(n=number(figures.queries))
