"""Pairs of contents that a person does not want as duplicates of each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from engine.search.ports import Ints
from engine.store.batches import streamed
from engine.store.schema import ApartRow


def keep_apart(connection: sa.Connection, pairs: Sequence[tuple[int, int]]) -> None:
    """None of ``pairs`` of content ids, the smaller first, are duplicates."""
    now = datetime.now(UTC)
    rows = [{"one_id": one, "other_id": other, "created_at": now} for one, other in pairs]
    if rows:
        connection.execute(sa.insert(ApartRow).prefix_with("OR IGNORE"), rows)


def forget(connection: sa.Connection, pairs: Sequence[tuple[int, int]]) -> None:
    """They may be duplicates after all."""
    rows = [{"one": one, "other": other} for one, other in pairs]
    if rows:
        these = sa.and_(
            ApartRow.one_id == sa.bindparam("one", type_=sa.Integer),
            ApartRow.other_id == sa.bindparam("other", type_=sa.Integer),
        )
        connection.execute(sa.delete(ApartRow).where(these), rows)


def pairs(connection: sa.Connection) -> Ints:
    """(n, 2) content ids."""
    return streamed(connection.execute(sa.select(ApartRow.one_id, ApartRow.other_id)), 2)
