"""Perceptual hashes by content: what tells re-encoded copies of a photo from other photos."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from engine.store.batches import chunks
from engine.store.schema import ContentRow


def by_content(connection: sa.Connection, content_ids: Iterable[int]) -> dict[int, int]:
    """64 bits as a signed integer (``engine.photos.thumbnails``) of contents that have them."""
    found: dict[int, int] = {}
    column = ContentRow.perceptual_hash
    for chunk in chunks(int(content_id) for content_id in content_ids):
        rows = connection.execute(
            sa.select(ContentRow.id, column).where(ContentRow.id.in_(chunk), column.is_not(None))
        )
        found.update((row.id, row.perceptual_hash) for row in rows)
    return found


def aligned(
    connection: sa.Connection, content_ids: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Hashes of ``content_ids`` (G,) in their order, and which of them are known: (G,) each."""
    column = ContentRow.perceptual_hash
    rows = connection.execute(
        sa.select(ContentRow.id, column).where(column.is_not(None)).order_by(ContentRow.id)
    )
    pairs = np.fromiter((value for row in rows for value in row), np.int64).reshape(-1, 2)
    if not len(pairs):
        return np.zeros(len(content_ids), np.int64), np.zeros(len(content_ids), bool)
    place = np.minimum(np.searchsorted(pairs[:, 0], content_ids), len(pairs) - 1)
    known = pairs[place, 0] == content_ids
    return np.where(known, pairs[place, 1], 0), known
