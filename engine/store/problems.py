"""Files that were refused: why, when, how often, and which of them a person wants to hear of.

A refused file is left alone until its size or time differs from the row's. ``RETRY`` is a time
that no file has, so that the next scan finds the file changed. Neighbours: ``intake`` records
refusals.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from engine.store.batches import chunks
from engine.store.intake import RETRY
from engine.store.schema import FileRow, RootRow
from engine.types import FileStatus, Problem

SKIPPED = FileRow.status == FileStatus.SKIPPED


def problems(connection: sa.Connection) -> tuple[Problem, ...]:
    """Every skipped file with its reason, in order of folders and paths."""
    rows = connection.execute(
        sa.select(
            FileRow.id,
            RootRow.path.label("root"),
            FileRow.path,
            FileRow.reason,
            FileRow.attempts,
            FileRow.changed_at,
            FileRow.refused_at,
            FileRow.ignored,
        )
        .join(RootRow, RootRow.id == FileRow.root_id)
        .where(SKIPPED)
        .order_by(RootRow.id, FileRow.path)
    )
    return tuple(
        Problem(
            file_id=row.id,
            path=Path(row.root, row.path),
            reason=row.reason or "",
            attempts=row.attempts,
            when=row.changed_at,
            ignored=row.ignored,
            first=row.refused_at,
        )
        for row in rows
    )


def retry(connection: sa.Connection, file_ids: Sequence[int] | None) -> None:
    """Have skipped files tried again at the next run: those, or all that nobody ignores (None)."""
    update = sa.update(FileRow).where(SKIPPED).values(mtime_ns=RETRY, ignored=False)
    if file_ids is None:
        connection.execute(update.where(~FileRow.ignored))
        return
    for chunk in chunks(file_ids):
        connection.execute(update.where(FileRow.id.in_(chunk)))


def ignore(connection: sa.Connection, file_id: int, as_of: tuple[int, int] | None) -> None:
    """Neither count nor try a skipped file until it changes from ``as_of`` (size, mtime_ns).

    Without ``as_of`` (it cannot be looked at) it stays as it is known.
    """
    known = {} if as_of is None else {"size_bytes": as_of[0], "mtime_ns": as_of[1]}
    connection.execute(
        sa.update(FileRow).where(FileRow.id == file_id, SKIPPED).values(ignored=True, **known)
    )
