"""Embeddings: rows in the database, and a memory-mapped copy for scanning.

The rows (float16) are the truth. ``vectors/`` holds a cache in the order of ``embedding.id``,
grown by appending what is new and made again whenever it does not fit; deleting the folder costs
seconds, not photos.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from engine.store.schema import EmbeddingRow


def add_embeddings(
    connection: sa.Connection,
    model_id: int,
    content_ids: Sequence[int],
    embeddings: NDArray[np.floating],
) -> None:
    """Store ``embeddings`` (B, E) of ``content_ids``; contents that have one keep theirs."""
    if not len(content_ids):
        return
    half = np.ascontiguousarray(embeddings, dtype=np.float16)
    connection.execute(
        sa.insert(EmbeddingRow).prefix_with("OR IGNORE"),
        [
            {"content_id": int(c), "model_id": model_id, "vector": row.tobytes()}
            for c, row in zip(content_ids, half, strict=True)
        ],
    )
