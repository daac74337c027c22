"""Pairs of contents that a person does not want as duplicates of each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations

import sqlalchemy as sa

from engine.search.ports import Ints
from engine.store.batches import streamed
from engine.store.schema import ApartRow


def keep_apart(connection: sa.Connection, content_ids: Sequence[int]) -> None:
    """No two of ``content_ids`` are duplicates."""
    now = datetime.now(UTC)
    pairs = combinations(sorted(set(content_ids)), 2)
    rows = [{"one_id": one, "other_id": other, "created_at": now} for one, other in pairs]
    if rows:
        connection.execute(sa.insert(ApartRow).prefix_with("OR IGNORE"), rows)


def pairs(connection: sa.Connection) -> Ints:
    """(n, 2) content ids."""
    return streamed(connection.execute(sa.select(ApartRow.one_id, ApartRow.other_id)), 2)
