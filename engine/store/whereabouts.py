"""Where contents lie and when they were taken: what weak labels are read from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from engine.store.schema import ContentRow, FileRow, RootRow
from engine.types import FileStatus


def present_paths(connection: sa.Connection) -> list[tuple[int, Path, Path]]:
    """(content id, folder of the library, path below it) of every indexed file that is there."""
    rows = connection.execute(
        sa.select(FileRow.content_id, RootRow.path.label("root"), FileRow.path)
        .join(RootRow, RootRow.id == FileRow.root_id)
        .where(FileRow.content_id.is_not(None), FileRow.status == FileStatus.PRESENT)
        .order_by(FileRow.id)
    )
    return [(row.content_id, Path(row.root), Path(row.path)) for row in rows]


def capture_times(connection: sa.Connection) -> list[tuple[int, datetime]]:
    """(content id, capture time) of the contents that know theirs, oldest first."""
    rows = connection.execute(
        sa.select(ContentRow.id, ContentRow.taken_at)
        .where(ContentRow.taken_at.is_not(None))
        .order_by(ContentRow.taken_at, ContentRow.id)
    )
    return [(row.id, row.taken_at) for row in rows]
