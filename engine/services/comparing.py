"""One folder's walk against its rows: new, changed, back, refused and gone files.

One pass over the walk and over the database's files, both in byte order of paths, opens nothing
and queries nothing for a single file. What is found waits as rows in the database, so that work
survives the process; ``indexing`` then reads the files. Neighbour: ``scanning``, which decides
whether a folder is there at all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import printable
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


class Comparison:
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
