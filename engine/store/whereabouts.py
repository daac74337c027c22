"""Where contents lie, when, where and with what they were taken, how they look, what people marked.

Weak labels are read from it (``engine.training.sources``). Each function is one statement over the
whole library.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from engine.store.schema import ContentRow, FeedbackRow, FileRow, RootRow
from engine.types import FileStatus


class Capture(NamedTuple):  # a hundred thousand are made at once: dataclasses take longer
    """When a content was taken, with which camera, and where (degrees)."""

    content_id: int
    taken_at: datetime
    camera: str | None
    latitude: float | None
    longitude: float | None


class Look(NamedTuple):
    """A content's hash (engine.photos.thumbnails.perceptual_hash) and size in pixels."""

    content_id: int
    perceptual_hash: int
    width: int
    height: int


class Mark(NamedTuple):
    """What a person said of two contents: they belong together (sign 1) or do not (-1)."""

    query_content_id: int
    content_id: int
    sign: int


def present_paths(connection: sa.Connection) -> list[tuple[int, Path, Path]]:
    """(content id, folder of the library, path below it) of every indexed file that is there."""
    rows = connection.execute(
        sa.select(FileRow.content_id, RootRow.path.label("root"), FileRow.path)
        .join(RootRow, RootRow.id == FileRow.root_id)
        .where(FileRow.content_id.is_not(None), FileRow.status == FileStatus.PRESENT)
        .order_by(FileRow.id)
    )
    return [(row.content_id, Path(row.root), Path(row.path)) for row in rows]


def captures(connection: sa.Connection) -> list[Capture]:
    """The contents that know when they were taken, oldest first."""
    rows = connection.execute(
        sa.select(
            ContentRow.id,
            ContentRow.taken_at,
            ContentRow.camera,
            ContentRow.latitude,
            ContentRow.longitude,
        )
        .where(ContentRow.taken_at.is_not(None))
        .order_by(ContentRow.taken_at, ContentRow.id)
    )
    return list(map(Capture._make, rows.all()))


def looks(connection: sa.Connection) -> list[Look]:
    """The contents that have a perceptual hash, by id."""
    rows = connection.execute(
        sa.select(ContentRow.id, ContentRow.perceptual_hash, ContentRow.width, ContentRow.height)
        .where(ContentRow.perceptual_hash.is_not(None))
        .order_by(ContentRow.id)
    )
    return list(map(Look._make, rows.all()))


def marks(connection: sa.Connection) -> list[Mark]:
    """What people said of pairs of the library's contents, oldest first."""
    rows = connection.execute(
        sa.select(FeedbackRow.query_content_id, FeedbackRow.content_id, FeedbackRow.sign)
        .where(FeedbackRow.query_content_id.is_not(None), FeedbackRow.sign != 0)
        .order_by(FeedbackRow.created_at, FeedbackRow.id)
    )
    return list(map(Mark._make, rows.all()))
