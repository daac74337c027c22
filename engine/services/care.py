"""Care of a library: its backup, and a check that repairs what can be made again.

``photoglyph doctor`` opens nothing that it has not looked at first, so that it can speak of
libraries which do not open. What is lost and can be read from photos is marked to be read by the
next indexing; what cannot be made again is told with the step that helps.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from engine.errors import LibraryError, UserError, printable
from engine.services import identifying
from engine.store import generations, intake, models, overview, repair, thumbnails
from engine.store.database import Library

NEXT_INDEX = "the next 'photoglyph index' makes them again"
SQLITE_FILES = ("", "-wal", "-shm")


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
        size_bytes = partial.stat().st_size
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
    repaired: tuple[str, ...]  # what was put right, or will be by the next indexing

    @property
    def sound(self) -> bool:
        return not self.problems


@dataclass(slots=True)
class _Findings:
    problems: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)

    def count(self, number: int, sentence: str) -> None:
        """``sentence`` with its {} filled in, where there is anything to count."""
        if number:
            self.repaired.append(sentence.format(number))


def check(folder: Path) -> CheckReport:
    """Look for damage in the library ``folder``, repair what can be, tell the rest.

    Raises ``LibraryError``: no library there, one of a newer version, or another process is
    indexing it: half-done work would look like damage.
    """
    folder = Path(os.path.abspath(folder))
    found = _Findings()
    if not (folder / "library.sqlite").is_file():
        Library.open(folder, create=False).close()  # raises, in words
    with Library(folder).claim("indexing"):
        if _databases_are_sound(folder, found):
            with Library.open(folder, create=False) as library:
                _rows(library, found)
                _models(library, found)
            _unfinished_files(folder, found)
            _vectors(folder / "vectors", found)
    return CheckReport(tuple(found.problems), tuple(found.repaired))


# Files of SQLite


def _databases_are_sound(folder: Path, found: _Findings) -> bool:
    """Whether the library can be opened. Damaged thumbnails are put aside."""
    main, pictures = folder / "library.sqlite", folder / "thumbnails.sqlite"
    if wrong := _damage(main):
        if all(map(repair.OF_AN_INDEX.search, wrong)) and repair.reindex(main):
            found.repaired.append("The damaged indexes of library.sqlite were made again.")
        else:
            found.problems.append(
                f"library.sqlite is damaged ({printable(wrong[0])}) and cannot be repaired: move "
                "library.sqlite, library.sqlite-wal and library.sqlite-shm out of "
                f"{printable(folder)}, put your newest backup there as library.sqlite and run "
                "'photoglyph doctor' again; without a backup, 'photoglyph index FOLDER' starts "
                "afresh (photos are not touched)."
            )
            return False
    if pictures.is_file() and _damage(pictures):
        try:
            aside = _put_aside(pictures)
        except OSError as error:
            found.problems.append(
                f"thumbnails.sqlite is damaged and cannot be moved ({error.strerror or error}): "
                "close every Photoglyph and run 'photoglyph doctor' again."
            )
            return False
        found.repaired.append(
            f"thumbnails.sqlite was damaged and is now {aside.name}, which may be deleted: "
            f"thumbnails were lost, {NEXT_INDEX}."
        )
    return True


def _damage(file: Path) -> tuple[str, ...]:
    try:
        return repair.damage(file)
    except sqlite3.Error as error:
        raise LibraryError(
            f"{printable(file)} cannot be checked ({error}): close other programs that use it and "
            "check its permissions."
        ) from error


def _put_aside(database: Path) -> Path:
    """Rename a database with its journals to ``NAME.damaged-N``; returns the new path."""
    number = 1
    while (aside := Path(f"{database}.damaged-{number}")).exists():
        number += 1
    for suffix in SQLITE_FILES:
        with suppress(FileNotFoundError):
            Path(f"{database}{suffix}").rename(f"{aside}{suffix}")
    return aside


# Rows


def _rows(library: Library, found: _Findings) -> None:
    def repaired(action: Callable[[sa.Connection], int], sentence: str) -> None:
        with library.write() as connection:
            found.count(action(connection), sentence)

    repaired(repair.drop_dangling, "Rows that referred to nothing were removed: {}.")
    repaired(
        repair.drop_unusable_embeddings,
        f"Photos whose embedding was unusable: {{}}; {NEXT_INDEX}.",
    )
    repaired(
        repair.unread_contradictory,
        "Files that were known by another content than theirs: {}; the next 'photoglyph index' "
        "reads them again.",
    )
    _thumbnails(library, found)
    found.count(
        identifying.assign_missing(library), "Photos without an identifier were given one: {}."
    )


def _thumbnails(library: Library, found: _Findings) -> None:
    """Those of no photo are removed, photos without one are read again."""
    with library.read() as connection, library.read_thumbnails() as pictures:
        known, shown = overview.content_hashes(connection), thumbnails.hashes(pictures)
        lost = repair.present_hashes(connection) - shown
        current = models.current(connection)
    if orphans := shown - known:
        with library.write_thumbnails() as pictures:
            thumbnails.remove(pictures, orphans)
        found.count(len(orphans), "Thumbnails of no photo were removed: {}.")
    if current is not None:
        with library.write() as connection:
            intake.unread_incomplete(connection, current[0], lost)
    found.count(len(lost), f"Photos whose thumbnail was missing: {{}}; {NEXT_INDEX}.")


# Files beside the databases


def _models(library: Library, found: _Findings) -> None:
    try:
        with library.claim("training"):
            with library.write() as connection:
                unfinished = repair.forget_unfinished(connection)
            before = set((library.folder / "models").iterdir())
            generations.free_folder(library)  # clears what belongs to no generation
            left = len(before - set((library.folder / "models").iterdir()))
            found.count(max(unfinished, left), "Models that were never finished were removed: {}.")
    except LibraryError:  # a training is under way: its files are no rests
        pass
    ready = generations.ready(library)
    if ready is not None and not ready.folder.is_dir():
        found.problems.append(
            f"The model of generation {ready.generation_id} is gone ({printable(ready.folder)}): "
            "run 'photoglyph train' to make a new one; exact search answers until then."
        )


def _unfinished_files(folder: Path, found: _Findings) -> None:
    removed = 0
    for path in _parts(folder):
        with suppress(OSError):
            path.unlink()
            removed += 1
    found.count(removed, "Files that were never finished were removed: {}.")


def _parts(folder: Path) -> Iterator[Path]:
    for place in (folder, folder / "vectors"):
        yield from (path for path in place.glob("*.part") if path.is_file())


def _vectors(folder: Path, found: _Findings) -> None:
    """Delete the copies of embeddings: they are made again when a search next needs them."""
    kinds = ("*.f16", "*.ids", "rows-*", "regions-*")
    copies = [copy for kind in kinds for copy in folder.glob(kind)]
    try:
        for path in copies:
            path.unlink(missing_ok=True)
    except OSError as error:  # mapped by a running search (Windows)
        found.repaired.append(
            f"The vectors cache is in use and was left alone ({error.strerror or error})."
        )
        return
    if copies:
        found.repaired.append("The vectors cache will be made again by the next search.")
