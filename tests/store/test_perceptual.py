"""Perceptual hashes as they are stored."""

from __future__ import annotations

import sqlalchemy as sa

from engine.store import perceptual
from engine.store.database import Library
from engine.store.schema import ContentRow


def test_contents_have_the_bits_that_were_stored_and_some_have_none(library: Library) -> None:
    stored = {1: -(1 << 63), 2: (1 << 63) - 1, 3: None}
    with library.write() as connection:
        connection.execute(
            sa.insert(ContentRow),
            [
                {
                    "id": n,
                    "quick_hash": bytes([n]),
                    "width": 4,
                    "height": 3,
                    "orientation": 1,
                    "perceptual_hash": bits,
                }
                for n, bits in stored.items()
            ],
        )
    with library.read() as connection:
        assert perceptual.by_content(connection, [1, 2, 3, 4]) == {1: stored[1], 2: stored[2]}
        assert perceptual.by_content(connection, []) == {}
