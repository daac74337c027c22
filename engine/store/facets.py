"""What the library can be filtered by: cameras, formats and years, with numbers of photos.

For the menus of filters; ``files.filtered_contents`` applies what is chosen. One statement each.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.store.schema import ContentRow, FileRow
from engine.types import Facets, FileStatus

# From UTC to what the camera's clock showed: a party on New Year's Eve belongs to the old year.
SHIFT = sa.func.coalesce(ContentRow.taken_offset, 0).cast(sa.Text).concat(" minutes")


def facets(connection: sa.Connection) -> Facets:
    """Of the photos that are present; copies count once."""
    year = sa.cast(sa.func.strftime("%Y", ContentRow.taken_at, SHIFT), sa.Integer)
    return Facets(
        cameras=_counted(connection, ContentRow.camera),
        formats=_counted(connection, ContentRow.format),
        years=tuple(sorted(_counted(connection, year), reverse=True)),
    )


def _counted(
    connection: sa.Connection, value: sa.SQLColumnExpression[Any]
) -> tuple[tuple[Any, int], ...]:
    """Every value that photos have, and how many have it: most first, then in order."""
    present = sa.select(FileRow.content_id).where(FileRow.status == FileStatus.PRESENT)
    photos = sa.func.count()
    rows = connection.execute(
        sa.select(value, photos)
        .where(ContentRow.id.in_(present), value.is_not(None))
        .group_by(value)
        .order_by(photos.desc(), value)
    )
    return tuple((found, count) for found, count in rows)
