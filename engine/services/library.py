"""The library as a whole: its figures, its backup, and whether it is sound.

``status`` only reads. ``backup`` copies through SQLite's backup API while the library is in use.
``check`` repairs what can be made again (thumbnails, the vectors cache) and tells the rest.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine.errors import LibraryError, UserError, printable
from engine.services import growth
from engine.store import files, generations, label_sources, models, overview, thumbnails
from engine.store.database import Library
from engine.store.label_sources import SourceWeight
from engine.types import LabelVerdict, LibraryStatus


def status(library: Library, device: str, providers: Sequence[str]) -> LibraryStatus:
    """Figures of the whole library; ``device`` and ``providers`` as sessions report them."""
    ready = generations.ready(library)
    with library.read() as connection:
        model = models.current(connection)
        counts = overview.counts(connection, None if model is None else model[0])
        distinct = (
            None
            if ready is None
            else overview.distinct_identifiers(connection, ready.generation_id)
        )
        folders = files.folders(connection)
        weights = label_sources.all_weights(connection)
    return LibraryStatus(
        library=library.folder,
        photos=counts.photos,
        searchable=counts.searchable,
        waiting=counts.waiting,
        skipped=counts.skipped,
        folders=folders,
        generation=None if ready is None else ready.generation_id,
        levels=None if ready is None else ready.levels,
        codes=None if ready is None else ready.codes,
        distinct=distinct,
        bytes=sizes(library.folder),
        device=device,
        providers=tuple(providers),
        advice=growth.advice(library),
        labels=tuple(map(_verdict, weights)),
    )


def _verdict(weight: SourceWeight) -> LabelVerdict:
    measured = json.loads(weight.measured or "{}")
    return LabelVerdict(
        weight.name,
        int(measured.get("photos", 0)),
        weight.weight,
        int(measured.get("queries", 0)),
        measured.get("r_precision_without"),
        measured.get("r_precision_with"),
    )


def sizes(folder: Path) -> dict[str, int]:
    """Bytes on disk of a library's parts. SQLite's ``-wal`` and ``-shm`` files count."""
    return {
        "database": sum(_size(path) for path in folder.glob("library.sqlite*")),
        "thumbnails": sum(_size(path) for path in folder.glob("thumbnails.sqlite*")),
        "vectors": sum(_size(path) for path in (folder / "vectors").rglob("*")),
        "models": sum(_size(path) for path in (folder / "models").rglob("*")),
    }


def backup(library: Library, file: Path) -> int:
    """Copy ``library.sqlite`` to ``file`` as one consistent database; returns its bytes.

    Written under a temporary name beside ``file``, so that ``file`` is whole or not there.
    Raises ``UserError`` where ``file`` exists or cannot be written.
    """
    target = Path(os.path.abspath(file))
    if os.path.lexists(target):
        raise UserError(f"{printable(file)} already exists: choose another name for the backup.")
    partial = target.with_name(target.name + ".part")
    try:
        if partial.is_file():
            partial.unlink()  # of a backup that was cut off
        _copy(library.folder / "library.sqlite", partial)
        size_bytes = _size(partial)
        partial.rename(target)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(
            f"The backup {printable(file)} cannot be written ({reason}): "
            "choose a folder that exists and has space."
        ) from error
    finally:
        for part in (partial, partial.with_name(partial.name + "-journal")):
            part.unlink(missing_ok=True)
    return size_bytes


def _copy(source: Path, target: Path) -> None:
    """All pages in one step: a snapshot that neither waits for the writer nor is restarted."""
    with (
        closing(sqlite3.connect(source)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without -wal and -shm


@dataclass(frozen=True, slots=True)
class CheckReport:
    """``photoglyph doctor``: sentences for people."""

    problems: tuple[str, ...]  # what is left to do
    repaired: tuple[str, ...]  # what was put right

    @property
    def sound(self) -> bool:
        return not self.problems


def check(library: Library) -> CheckReport:
    """Look for damage; drop what nothing refers to; have the vectors cache made again.

    Raises ``LibraryError`` where another process is indexing: its half-done work would look
    like damage.
    """
    problems: list[str] = []
    repaired: list[str] = []
    with library.claim("indexing"):
        problems += _damage(library)
        if not problems:
            repaired += _drop_orphans(library)
            ready = generations.ready(library)
            if ready is not None and not ready.folder.is_dir():
                problems.append(
                    f"The model of generation {ready.generation_id} is gone "
                    f"({printable(ready.folder)}): run 'photoglyph train' to make a new one; "
                    "exact search answers until then."
                )
        repaired += _drop_vectors(library.folder / "vectors")
    return CheckReport(tuple(problems), tuple(repaired))


def _damage(library: Library) -> list[str]:
    problems = []
    try:
        with library.read() as connection:
            found = overview.damage(connection)
        if found:
            problems.append(
                f"library.sqlite is damaged ({found[0]}): restore it from a backup, or move it "
                "away to start afresh (photos are not touched)."
            )
    except LibraryError as error:
        problems.append(str(error))
    try:
        with library.read_thumbnails() as connection:
            found = overview.damage(connection)
        if found:
            problems.append(
                f"thumbnails.sqlite is damaged ({found[0]}): delete it and run "
                "'photoglyph index' to make it again."
            )
    except LibraryError as error:
        problems.append(str(error))
    return problems


def _drop_orphans(library: Library) -> list[str]:
    with library.read() as connection, library.read_thumbnails() as pictures:
        orphans = thumbnails.hashes(pictures) - overview.content_hashes(connection)
    if not orphans:
        return []
    with library.write_thumbnails() as pictures:
        thumbnails.remove(pictures, orphans)
    return [f"Thumbnails of no photo were removed: {len(orphans)}."]


def _drop_vectors(folder: Path) -> list[str]:
    """Delete the copies of embeddings: they are made again when a search next needs them."""
    copies = [*folder.glob("*.f16"), *folder.glob("*.ids")]
    try:
        for path in copies:
            path.unlink(missing_ok=True)
    except OSError as error:  # mapped by a running search (Windows)
        return [f"The vectors cache is in use and was left alone ({error.strerror or error})."]
    return ["The vectors cache will be made again by the next search."] if copies else []


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # gone in the meantime
        return 0
