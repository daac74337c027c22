"""Marks of results as rows: written one by one, seen and deleted by who made them.

The next training reads them (``whereabouts.marks``).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from engine.store import files
from engine.store.batches import chunks
from engine.store.schema import ContentRow, FeedbackRow, FileRow
from engine.types import Feedback


def add(
    connection: sa.Connection, query_content_id: int | None, content_id: int, sign: int
) -> None:
    """Keep a mark; an earlier one of the same two photos is replaced. ``sign`` 0: by nothing."""
    connection.execute(
        sa.delete(FeedbackRow).where(
            FeedbackRow.query_content_id.is_not_distinct_from(query_content_id),
            FeedbackRow.content_id == content_id,
        )
    )
    if sign:
        connection.execute(
            sa.insert(FeedbackRow).values(
                query_content_id=query_content_id,
                content_id=content_id,
                sign=sign,
                created_at=datetime.now(UTC),
            )
        )


def every(connection: sa.Connection) -> tuple[Feedback, ...]:
    """All marks, newest first."""
    rows = connection.execute(
        sa.select(FeedbackRow.__table__)
        .where(FeedbackRow.sign != 0)
        .order_by(FeedbackRow.created_at.desc(), FeedbackRow.id.desc())
    )
    return tuple(
        Feedback(row.id, row.query_content_id, row.content_id, row.sign, row.created_at)
        for row in rows
    )


def forget(connection: sa.Connection, feedback_ids: Sequence[int] | None) -> None:
    """Delete marks; None: all."""
    if feedback_ids is None:
        connection.execute(sa.delete(FeedbackRow))
        return
    for chunk in chunks(feedback_ids):
        connection.execute(sa.delete(FeedbackRow).where(FeedbackRow.id.in_(chunk)))


def known(connection: sa.Connection, content_id: int) -> bool:
    """Whether the library has that content."""
    query = sa.select(ContentRow.id).where(ContentRow.id == content_id)
    return connection.execute(query).first() is not None


def content_at(connection: sa.Connection, path: Path) -> int | None:
    """The content of the library's file at an absolute ``path``; None: it is not one of them."""
    for root in files.roots(connection):
        if path.is_relative_to(root.path):
            found = connection.execute(
                sa.select(FileRow.content_id).where(
                    FileRow.root_id == root.root_id,
                    FileRow.path == os.fspath(path.relative_to(root.path)),
                )
            ).scalar()
            if found is not None:
                return int(found)
    return None
