"""Searches that can be gone back to, as rows: a history, and those that have a name.

What is kept is the query, as JSON (``engine.services.saving``), and never its result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from engine.store.batches import chunks
from engine.store.schema import ContentRow, SavedSearchRow

HISTORY = 200  # searches without a name that are kept


@dataclass(frozen=True, slots=True)
class Saved:
    """One row."""

    saved_id: int
    name: str | None
    query: str
    created_at: datetime
    ran_at: datetime


def add(connection: sa.Connection, name: str | None, query: str) -> int:
    """Keep a search. One that is in the history already moves to its top, and may get a name.

    The name must be free. The oldest of the history is dropped where it is long.
    """
    row, now = SavedSearchRow, datetime.now(UTC)
    same = sa.select(row.id).where(row.query == query, row.name.is_(None))
    known = connection.execute(same).scalar()
    if known is None:
        new = sa.insert(row).values(name=name, query=query, created_at=now, ran_at=now)
        known = connection.execute(new.returning(row.id)).scalar_one()
    else:
        connection.execute(sa.update(row).where(row.id == known).values(name=name, ran_at=now))
    newest = (
        sa.select(row.id)
        .where(row.name.is_(None))
        .order_by(row.ran_at.desc(), row.id.desc())
        .limit(HISTORY)
    )
    connection.execute(sa.delete(row).where(row.name.is_(None), row.id.not_in(newest)))
    return int(known)


def every(connection: sa.Connection) -> tuple[Saved, ...]:
    """All of them, asked last first."""
    row = SavedSearchRow
    found = connection.execute(sa.select(row.__table__).order_by(row.ran_at.desc(), row.id.desc()))
    return tuple(Saved(one.id, one.name, one.query, one.created_at, one.ran_at) for one in found)


def named(connection: sa.Connection, name: str) -> int | None:
    """The id of the search of that name."""
    query = sa.select(SavedSearchRow.id).where(SavedSearchRow.name == name)
    return connection.execute(query).scalar()


def rename(connection: sa.Connection, saved_id: int, name: str | None) -> None:
    """Give it a name, which must be free; None: back into the history."""
    row = SavedSearchRow
    connection.execute(sa.update(row).where(row.id == saved_id).values(name=name))


def ran(connection: sa.Connection, saved_id: int) -> None:
    """It is asked again now."""
    row = SavedSearchRow
    connection.execute(sa.update(row).where(row.id == saved_id).values(ran_at=datetime.now(UTC)))


def remove(connection: sa.Connection, saved_ids: Sequence[int]) -> None:
    for chunk in chunks(saved_ids):
        connection.execute(sa.delete(SavedSearchRow).where(SavedSearchRow.id.in_(chunk)))


def contents_by_hash(connection: sa.Connection, hashes: Sequence[bytes]) -> dict[bytes, int]:
    """Content ids by quick hash, of those that the library has."""
    found: dict[bytes, int] = {}
    for chunk in chunks(hashes):
        rows = connection.execute(
            sa.select(ContentRow.quick_hash, ContentRow.id).where(ContentRow.quick_hash.in_(chunk))
        )
        found.update((quick_hash, content_id) for quick_hash, content_id in rows)
    return found
