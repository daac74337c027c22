"""How contents look (``engine.photos.appearance``): made from thumbnails, dropped with contents."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import sqlalchemy as sa

from engine.photos.appearance import COLOUR_WIDTH, COMPOSITION_WIDTH, Bytes
from engine.search.ports import Ints
from engine.store.schema import AppearanceRow, ContentRow


def add(connection: sa.Connection, found: Mapping[int, tuple[Bytes, Bytes]]) -> None:
    """Store colour and composition by content id."""
    if found:
        connection.execute(
            sa.insert(AppearanceRow).prefix_with("OR REPLACE"),
            [
                {"content_id": key, "colour": colour.tobytes(), "composition": layout.tobytes()}
                for key, (colour, layout) in found.items()
            ],
        )


def missing(connection: sa.Connection) -> list[int]:
    """Contents, growing, that were not described yet."""
    described = sa.select(AppearanceRow.content_id)
    query = sa.select(ContentRow.id).where(ContentRow.id.not_in(described)).order_by(ContentRow.id)
    return list(connection.execute(query).scalars())


def count(connection: sa.Connection) -> int:
    """How many contents are described."""
    return int(connection.execute(sa.select(sa.func.count(AppearanceRow.content_id))).scalar_one())


def every(connection: sa.Connection) -> tuple[Ints, Bytes, Bytes]:
    """Content ids (n,), growing, their colours (n, COLOUR_WIDTH) and compositions (n, ...)."""
    row = AppearanceRow
    found = connection.execute(
        sa.select(row.content_id, row.colour, row.composition).order_by(row.content_id)
    ).all()
    colours = b"".join(one.colour for one in found)
    layouts = b"".join(one.composition for one in found)
    return (
        np.array([one.content_id for one in found], np.int64),
        np.frombuffer(colours, np.int8).reshape(-1, COLOUR_WIDTH),
        np.frombuffer(layouts, np.int8).reshape(-1, COMPOSITION_WIDTH),
    )
