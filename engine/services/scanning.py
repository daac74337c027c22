"""Comparing the library's folders with the disk: new, changed, back, refused and gone files.

One pass over the walk and over the database's files, both in byte order of paths, opens nothing
and queries nothing for a single file. What is found waits as rows in the database, so that work
survives the process; ``indexing`` then reads the files.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import UserError, printable
from engine.photos.decode import open_reason
from engine.photos.scan import Candidate, Refusal, looks_like_picture, scan
from engine.store import files, intake
from engine.store.database import Library
from engine.types import FileStatus, Progress, Skip

PAGE = 2000  # rows read or written at a time
LOOK_EVERY = 256  # files between two looks at the clock
SECONDS_BETWEEN_REPORTS = 0.1


@dataclass(slots=True)
class Tally:
    """What a run has counted so far; becomes an ``IndexReport``."""

    found: int = 0
    indexed: int = 0
    unchanged: int = 0
    moved: int = 0
    offline: int = 0
    gone: set[int] = field(default_factory=set)  # files of this run that left, less moved ones
    skipped: list[Skip] = field(default_factory=list)

    def skip(self, path: Path, reason: str) -> None:
        self.skipped.append(Skip(path, reason))


def choose_roots(library: Library, folders: Sequence[Path]) -> list[files.Root]:
    """The roots to scan, what was added last first. New ``folders`` are added; none means all.

    Raises ``UserError``, before anything is added: a folder that is missing, no folder,
    unreadable, or nested with another one; a library without folders.
    """
    with library.read() as connection:
        known = list(files.roots(connection))
    if not folders:
        if not known:
            raise UserError(
                "The library has no folders yet: add one with 'photoglyph index FOLDER'."
            )
        return sorted(known, key=lambda root: -root.root_id)
    taken = {Path(os.path.realpath(root.path)): root.path for root in known}
    paths = [_checked(folder, taken) for folder in folders]
    with library.write(visible=False) as connection:
        chosen = {files.add_root(connection, path) for path in paths}
        known = [root for root in files.roots(connection) if root.root_id in chosen]
    return sorted(known, key=lambda root: -root.root_id)


def _checked(folder: Path, taken: dict[Path, Path]) -> Path:
    """``folder`` as the library calls it; ``taken`` (real path -> name) grows by it."""
    path = Path(os.path.abspath(folder))
    name = printable(path)
    if not os.path.lexists(path):
        raise UserError(f"There is no folder {name}: check the path, or plug its drive in.")
    if not path.is_dir():
        raise UserError(f"{name} is not a folder: give the folder that holds the photos.")
    try:
        with os.scandir(path):
            pass
    except OSError as error:
        raise UserError(
            f"The folder {name} cannot be read ({open_reason(error)}): check its permissions."
        ) from error
    real = Path(os.path.realpath(path))
    for other, called in taken.items():
        if real == other:
            return called
        if real.is_relative_to(other):
            raise UserError(
                f"{name} lies inside {printable(called)}, which is in the library with all it "
                "holds: there is nothing to add."
            )
        if other.is_relative_to(real):
            raise UserError(
                f"{name} contains {printable(called)}, which is in the library: remove that "
                "folder from the library first, or add the others one by one."
            )
    taken[real] = path
    return path


def scan_root(library: Library, root: files.Root, tally: Tally) -> Iterator[Progress]:
    """Bring the file rows of ``root`` up to date with the disk.

    A root that is not there is offline: its files stay as they are. So is one that is empty and
    not the folder that was scanned before, as a mount point is while its drive is away. A file
    that is gone from a root that was walked to the end becomes missing.
    """
    volume = _volume(root.path)
    if volume is None or (volume != root.volume and _emptied(library, root)):
        _set_offline(library, root, tally)
        return
    comparison = _Comparison(library, root, tally)
    try:
        yield from comparison.run()
    except OSError:  # the root itself could not be listed
        volume = None
    if volume is None or volume != _volume(root.path):  # unplugged meanwhile: nothing is proved
        _set_offline(library, root, tally)
        return
    comparison.settle(volume)
    yield Progress("scanning", tally.found)


def _volume(path: Path) -> str | None:
    """What tells this folder from another one mounted at the same path; None: unreachable."""
    try:
        status = path.stat()
        with os.scandir(path):
            return f"{status.st_dev:x}:{status.st_ino:x}"
    except OSError:
        return None


def _emptied(library: Library, root: files.Root) -> bool:
    """Whether nothing at all lies where the library knows files."""
    with os.scandir(root.path) as listing:
        if next(listing, None) is not None:
            return False
    with library.read() as connection:
        return files.present_files(connection, root.root_id) > 0


def _set_offline(library: Library, root: files.Root, tally: Tally) -> None:
    with library.write(visible=root.online) as connection:
        files.set_online(connection, root.root_id, False, root.volume)
        tally.offline += files.present_files(connection, root.root_id)


class _Comparison:
    """One root's walk against its rows. Writes are gathered and flushed a page at a time."""

    def __init__(self, library: Library, root: files.Root, tally: Tally) -> None:
        self._library = library
        self._root = root
        self._tally = tally
        self._new: list[tuple[str, int, int]] = []
        self._changed: list[tuple[int, int, int]] = []
        self._back: list[int] = []
        self._refused: list[tuple[str, str]] = []
        self._gone: list[int] = []  # were present
        self._forgotten: list[int] = []  # were skipped
        self._closed: bytes | None = None  # the last folder that could not be looked into

    def run(self) -> Iterator[Progress]:
        """Merge both sides. Raises ``OSError`` where the root cannot be listed."""
        rows = self._rows()
        row = next(rows, None)
        reported = time.monotonic()
        for number, item in enumerate(scan(self._root.path), 1):
            path = item.path
            key = path.encode() if path.isascii() else os.fsencode(path)
            while row is not None and row.key < key:
                self._lost(row)
                row = next(rows, None)
            match = None
            if row is not None and row.key == key:
                match, row = row, next(rows, None)
            if isinstance(item, Candidate):
                self._compare(item, match)
            else:
                self._refuse(item, key, match)
            if number % LOOK_EVERY == 0 and (
                len(self._new) + len(self._changed) + len(self._refused) >= PAGE
                or time.monotonic() - reported >= SECONDS_BETWEEN_REPORTS
            ):
                self._flush()
                yield Progress("scanning", self._tally.found, note=printable(self._root.path))
                reported = time.monotonic()
        while row is not None:
            self._lost(row)
            row = next(rows, None)
        self._flush()

    def settle(self, volume: str) -> None:
        """The walk is complete and the folder still the same one: what was not met is gone."""
        gone = bool(self._gone)
        with self._library.write(visible=gone or not self._root.online) as connection:
            intake.set_status(connection, self._gone, FileStatus.MISSING)
            intake.forget_files(connection, self._forgotten)
            files.set_online(connection, self._root.root_id, True, volume)
        self._tally.gone.update(self._gone)

    def _rows(self) -> Iterator[intake.Known]:
        after: bytes | None = None
        while True:
            # A page is a read of its own: the walk between two pages may take long.
            with self._library.read() as connection:
                page = intake.known_files(connection, self._root.root_id, after, PAGE)
            if not page:
                return
            yield from page
            after = page[-1].key

    def _compare(self, item: Candidate, row: intake.Known | None) -> None:
        same = (
            row is not None and row.size_bytes == item.size_bytes and row.mtime_ns == item.mtime_ns
        )
        if item.unsure and not same and not looks_like_picture(self._root.path / item.path):
            if row is not None:
                self._lost(row)
            return
        self._tally.found += 1
        if row is None:
            self._new.append((item.path, item.size_bytes, item.mtime_ns))
        elif not same:
            self._changed.append((row.file_id, item.size_bytes, item.mtime_ns))
        elif row.status == FileStatus.SKIPPED:
            self._tally.skip(self._root.path / item.path, row.reason or "")
        else:
            if row.status == FileStatus.MISSING:
                self._back.append(row.file_id)
            self._tally.unchanged += row.hashed  # else it waits to be read

    def _refuse(self, item: Refusal, key: bytes, row: intake.Known | None) -> None:
        self._tally.skip(self._root.path / item.path, item.reason)
        self._tally.found += 1
        if item.closed:
            self._closed = key
        if row is None or row.status != FileStatus.SKIPPED or row.reason != item.reason:
            self._refused.append((item.path, item.reason))

    def _lost(self, row: intake.Known) -> None:
        """A row that the walk did not meet."""
        if self._closed is not None and row.key.startswith(self._closed):
            self._tally.offline += row.status == FileStatus.PRESENT
        elif row.status == FileStatus.PRESENT:
            self._gone.append(row.file_id)
        elif row.status == FileStatus.SKIPPED:
            self._forgotten.append(row.file_id)

    def _flush(self) -> None:
        if not (self._new or self._changed or self._back or self._refused):
            return
        with self._library.write(visible=bool(self._back or self._refused)) as connection:
            intake.add_files(connection, self._root.root_id, self._new)
            intake.mark_changed(connection, self._changed)
            intake.set_status(connection, self._back, FileStatus.PRESENT)
            intake.refuse_paths(connection, self._root.root_id, self._refused)
        for pending in (self._new, self._changed, self._back, self._refused):
            pending.clear()
