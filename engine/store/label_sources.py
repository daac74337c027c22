"""How much each source of weak labels is trusted, as the last training measured it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from engine.store.schema import LabelSourceRow


@dataclass(frozen=True, slots=True)
class SourceWeight:
    """A source's name, its weight (0: switched off), and what was measured of it, as JSON."""

    name: str
    weight: float
    measured: str | None


def save(connection: sa.Connection, weights: Mapping[str, tuple[float, str | None]]) -> None:
    """Store (weight, measured) by name of the source; other sources keep theirs."""
    if not weights:
        return
    insert = sqlite.insert(LabelSourceRow)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[LabelSourceRow.name],
            set_={"weight": insert.excluded.weight, "measured": insert.excluded.measured},
        ),
        [
            {"name": name, "weight": weight, "measured": measured}
            for name, (weight, measured) in weights.items()
        ],
    )


def all_weights(connection: sa.Connection) -> tuple[SourceWeight, ...]:
    """Every source that was ever measured, by name."""
    rows = connection.execute(
        sa.select(LabelSourceRow.name, LabelSourceRow.weight, LabelSourceRow.measured).order_by(
            LabelSourceRow.name
        )
    )
    return tuple(SourceWeight(row.name, row.weight, row.measured) for row in rows)
