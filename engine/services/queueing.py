"""The folders of one indexing run: which is next, what is paused, how far all are.

The rows of ``engine.store.jobs`` are the truth, and anybody may change them while the run works: a
folder that is asked for meanwhile comes first, one that is paused is left at once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from engine.errors import LibraryError, UserError
from engine.store import intake, jobs
from engine.store.database import Library

SECONDS_BETWEEN_LOOKS = 0.1  # a pause is noticed within it


class Queue:
    """Requests are served one after the other, the latest first; each is scanned, then read."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._rows: tuple[jobs.Queued, ...] = ()
        self._looked = 0.0
        self._changed = False
        self._scanned: dict[int, datetime] = {}  # root id -> the request it was scanned for
        self._away: dict[int, datetime] = {}
        self._begun: set[int] = set()  # not paused at some time of this run
        self._current: tuple[int, ...] = ()
        self._progress: dict[int, tuple[int, int]] = {}  # root id -> done, total

    def look(self) -> None:
        """Take the order of work as it is now."""
        self._rows, self._changed = self._read(), False
        for row in self._rows:
            if not row.paused:
                self._begun.add(row.root_id)
            if row.total is not None:
                self._progress[row.root_id] = (row.done, row.total)

    def changed(self) -> bool:
        """Whether another order has come since the last look; what is at work should end then."""
        if not self._changed and time.monotonic() - self._looked >= SECONDS_BETWEEN_LOOKS:
            self._changed = _order(self._read()) != _order(self._rows)
        return self._changed

    def to_scan(self) -> int | None:
        """The next folder to look at."""
        for row in self._latest():
            if self._scanned.get(row.root_id) != row.queued_at:
                self._current = (row.root_id,)
                return row.root_id
        return None

    def to_read(self) -> tuple[int, ...]:
        """The folders whose files are to be read, in their order; all of them were scanned."""
        self._current = tuple(row.root_id for row in self._latest())
        return self._current

    @property
    def paused(self) -> bool:
        """Whether this run began with something that waits to be resumed."""
        return any(
            row.paused and row.root_id in self._begun and not self._is_away(row)
            for row in self._rows
        )

    @property
    def done(self) -> int:
        """Files that were read, since the folders of this run were first asked for."""
        return sum(done for done, _ in self._progress.values())

    @property
    def total(self) -> int:
        return sum(total for _, total in self._progress.values())

    def start(self, root_id: int) -> None:
        with self._library.write(visible=False) as connection:
            jobs.start(connection, root_id)

    def scanned(self, root_id: int, *, there: bool) -> None:
        """A folder was looked at to its end, or it is away and waits until it is back."""
        (row,) = (row for row in self._rows if row.root_id == root_id)
        with self._library.write(visible=False) as connection:
            if there:
                self._scanned[root_id] = row.queued_at
                jobs.expect(connection, root_id, intake.count_waiting(connection, [root_id]))
            else:
                self._away[root_id] = row.queued_at
                jobs.release(connection, [root_id])

    def finish(self, root_ids: Sequence[int]) -> None:
        """Folders were read to their end; one that was asked for again meanwhile stays queued."""
        with self._library.write(visible=False) as connection:
            asked = {row.root_id: row.queued_at for row in self._rows}
            jobs.finish(connection, {root_id: asked[root_id] for root_id in root_ids})

    def fail(self, error: Exception) -> None:
        """What was at work ends with ``error``."""
        told = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        with suppress(LibraryError), self._library.write(visible=False) as connection:
            jobs.fail(connection, self._current, told)
        self._begun -= set(self._current)

    def release(self) -> None:
        """The run ends; what it did not finish waits for the next one."""
        with suppress(LibraryError), self._library.write(visible=False) as connection:
            jobs.release(connection, self._begun)

    def _read(self) -> tuple[jobs.Queued, ...]:
        with self._library.read() as connection:
            rows = jobs.queued(connection)
        self._looked = time.monotonic()
        return rows

    def _latest(self) -> list[jobs.Queued]:
        """What is left of the latest request that is not paused or away."""
        open_rows = [row for row in self._rows if not row.paused and not self._is_away(row)]
        return [row for row in open_rows if row.queued_at == open_rows[0].queued_at]

    def _is_away(self, row: jobs.Queued) -> bool:
        return self._away.get(row.root_id) == row.queued_at


def _order(rows: Sequence[jobs.Queued]) -> list[tuple[int, datetime, bool]]:
    return [(row.root_id, row.queued_at, row.paused) for row in rows]
