"""One folder's walk against its rows: new, changed, back, refused and gone files.

One pass over the walk and over the database's files, both in byte order of paths, opens nothing
and queries nothing for a single file; stretches without any change are compared at once. What is
found waits as rows in the database, so that work survives the process; ``indexing`` then reads the
files. Neighbour: ``scanning``, which decides whether a folder is there at all.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path

from engine.errors import printable
from engine.photos.scan import Candidate, Found, Refusal, looks_like_picture, scan
from engine.store import files, intake
from engine.store.database import Library
from engine.store.known import Known, Row, known_files
from engine.types import FileStatus, Progress, Skip

PAGE = 2000  # rows read or written at a time
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

    def copy(self) -> Tally:
        return replace(self, gone=set(self.gone), skipped=list(self.skipped))

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
        walk, pages = scan(self._root.path), self._pages()
        found, rows = next(walk, []), next(pages, [])
        reported = time.monotonic()
        while found or rows:
            # As far as both sides are known, and to the end of the other where one is exhausted.
            end = min(side[-1][0] for side in (found, rows) if side)
            met, there = _up_to(found, end), _up_to(rows, end)
            self._match(found[:met], rows[:there])
            found = found[met:] or next(walk, [])
            rows = rows[there:] or next(pages, [])
            if self._pending >= PAGE or time.monotonic() - reported >= SECONDS_BETWEEN_REPORTS:
                self._flush()
                yield Progress("scanning", self._tally.found, note=printable(self._root.path))
                reported = time.monotonic()
        self._flush()

    def settle(self, volume: str) -> None:
        """The walk is complete and the folder still the same one: what was not met is gone."""
        gone = bool(self._gone)
        with self._library.write(visible=gone or not self._root.online) as connection:
            intake.set_status(connection, self._gone, FileStatus.MISSING)
            intake.forget_files(connection, self._forgotten)
            files.set_online(connection, self._root.root_id, True, volume)
        self._tally.gone.update(self._gone)

    def _pages(self) -> Iterator[list[Row]]:
        after: bytes | None = None
        while True:
            # A page is a read of its own: the walk between two pages may take long.
            with self._library.read() as connection:
                page = known_files(connection, self._root.root_id, after, PAGE)
            if not page:
                return
            yield page
            after = page[-1][0]

    def _match(self, found: list[Found], rows: list[Row]) -> None:
        """Both sides of one stretch of paths."""
        if len(found) == len(rows) and found == [row[:4] for row in rows]:
            self._tally.found += len(found)
            self._tally.unchanged += len(found)
            return
        known = {row[0]: Known._make(row) for row in rows}
        matches = [(item, known.pop(item[0], None)) for item in found]
        # First those that were not met: a folder that is closed comes before what it hides.
        for row in known.values():
            self._lost(row)
        for item, match in matches:
            if isinstance(item, Refusal):
                self._refuse(item, match)
            else:
                self._compare(Candidate._make(item), match)

    def _compare(self, item: Candidate, row: Known | None) -> None:
        same = (
            row is not None and row.size_bytes == item.size_bytes and row.mtime_ns == item.mtime_ns
        )
        if item.unsure and not same and not looks_like_picture(self._path(item.key)):
            if row is not None:
                self._lost(row)
            return
        self._tally.found += 1
        if row is None:
            self._new.append((os.fsdecode(item.key), item.size_bytes, item.mtime_ns))
        elif not same:
            self._changed.append((row.file_id, item.size_bytes, item.mtime_ns))
        elif row.status == FileStatus.SKIPPED:
            self._tally.skip(self._path(item.key), row.reason or "")
        else:
            if row.status == FileStatus.MISSING:
                self._back.append(row.file_id)
            self._tally.unchanged += row.hashed  # else it waits to be read

    def _refuse(self, item: Refusal, row: Known | None) -> None:
        self._tally.skip(self._path(item.key), item.reason)
        self._tally.found += 1
        if item.closed:
            self._closed = item.key
        if row is None or row.status != FileStatus.SKIPPED or row.reason != item.reason:
            self._refused.append((os.fsdecode(item.key), item.reason))

    def _lost(self, row: Known) -> None:
        """A row that the walk did not meet."""
        if self._closed is not None and row.key.startswith(self._closed):
            self._tally.offline += row.status == FileStatus.PRESENT
        elif row.status == FileStatus.PRESENT:
            self._gone.append(row.file_id)
        elif row.status == FileStatus.SKIPPED:
            self._forgotten.append(row.file_id)

    def _path(self, key: bytes) -> Path:
        return self._root.path / os.fsdecode(key)

    @property
    def _pending(self) -> int:
        return len(self._new) + len(self._changed) + len(self._refused)

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


def _up_to(side: Sequence[Found] | Sequence[Row], end: bytes) -> int:
    """How many of ``side`` come no later than ``end``."""
    return bisect_right(side, end, key=itemgetter(0))
