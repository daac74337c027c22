"""Which contents came, left or moved: written by triggers, read by searches that are open.

Every row is a content of which some file was added, lost, found again or changed. A search that
remembers the last row it has seen looks at those alone, however large the library.
"""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from engine.store.batches import streamed
from engine.store.schema import ChangeRow

KEPT = 100_000  # rows; who has seen less reads the library afresh


def last(connection: sa.Connection) -> int:
    """Number of the latest change; 0 where there was none."""
    return int(connection.execute(sa.select(sa.func.max(ChangeRow.id))).scalar() or 0)


def since(connection: sa.Connection, seen: int) -> NDArray[np.int64] | None:
    """Contents (n,), growing, that changed after number ``seen``; None where some are forgotten."""
    first = connection.execute(sa.select(sa.func.min(ChangeRow.id))).scalar()
    if last(connection) < seen or (first is not None and first > seen + 1):
        return None
    found = connection.execute(
        sa.select(ChangeRow.content_id)
        .where(ChangeRow.id > seen)
        .distinct()
        .order_by(ChangeRow.content_id)
    )
    return streamed(found, 1)[:, 0]


def trim(connection: sa.Connection) -> None:
    """Forget all but the latest changes."""
    row = ChangeRow
    connection.execute(sa.delete(row).where(row.id <= last(connection) - KEPT))
