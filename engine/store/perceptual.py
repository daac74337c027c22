"""Perceptual hashes by content: what tells re-encoded copies of a photo from other photos."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

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
