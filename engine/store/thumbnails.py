"""``thumbnails.sqlite``: JPEGs by the quick hash of their content. Can be made again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from engine.store.batches import chunks
from engine.store.database import Library
from engine.store.intake import hashes_by_content
from engine.store.overview import content_hashes
from engine.store.schema import ContentRow, ThumbnailRow


def add(connection: sa.Connection, thumbnails: Mapping[bytes, bytes]) -> None:
    """Store JPEGs by quick hash; a newer one replaces an older one."""
    if thumbnails:
        connection.execute(
            sa.insert(ThumbnailRow).prefix_with("OR REPLACE"),
            [{"quick_hash": key, "jpeg": jpeg} for key, jpeg in thumbnails.items()],
        )


def read(connection: sa.Connection, hashes: Iterable[bytes]) -> dict[bytes, bytes]:
    """The JPEGs of those quick hashes that have one."""
    found: dict[bytes, bytes] = {}
    for chunk in chunks(hashes):
        rows = connection.execute(
            sa.select(ThumbnailRow.quick_hash, ThumbnailRow.jpeg).where(
                ThumbnailRow.quick_hash.in_(chunk)
            )
        )
        found.update((key, jpeg) for key, jpeg in rows)
    return found


def by_content(library: Library, content_ids: Iterable[int]) -> dict[int, bytes]:
    """The JPEGs of those contents that have one."""
    with library.read() as connection:
        keys = hashes_by_content(connection, content_ids)
    with library.read_thumbnails() as connection:
        jpegs = read(connection, keys.values())
    return {content_id: jpegs[key] for content_id, key in keys.items() if key in jpegs}


def sizes_by_content(library: Library, content_ids: Iterable[int]) -> dict[int, int]:
    """Bytes of the JPEGs of those contents that have one; the JPEGs themselves are not read."""
    with library.read() as connection:
        keys = hashes_by_content(connection, content_ids)
    sizes: dict[bytes, int] = {}
    with library.read_thumbnails() as connection:
        for chunk in chunks(keys.values()):
            rows = connection.execute(
                sa.select(ThumbnailRow.quick_hash, sa.func.length(ThumbnailRow.jpeg)).where(
                    ThumbnailRow.quick_hash.in_(chunk)
                )
            )
            sizes.update((key, size) for key, size in rows)
    return {content_id: sizes[key] for content_id, key in keys.items() if key in sizes}


def hashes(connection: sa.Connection) -> set[bytes]:
    """Every quick hash that has a thumbnail."""
    return set(connection.execute(sa.select(ThumbnailRow.quick_hash)).scalars())


def lost(library: Library) -> set[bytes]:
    """Quick hashes of contents without a thumbnail; thumbnails without a content are dropped.

    Asked before indexing begins. A thumbnail is written before its content and dropped after it,
    so equal numbers mean that nothing is lost, and a hundred thousand need not be compared.
    """
    with library.read() as connection, library.read_thumbnails() as pictures:
        if _count(connection, ContentRow) == _count(pictures, ThumbnailRow):
            return set()
        known, shown = content_hashes(connection), hashes(pictures)
    if shown - known:
        with library.write_thumbnails() as pictures:
            remove(pictures, shown - known)
    return known - shown


def _count(connection: sa.Connection, table: type[ContentRow] | type[ThumbnailRow]) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def remove(connection: sa.Connection, hashes: Iterable[bytes]) -> None:
    """Delete the thumbnails of contents that are gone."""
    for chunk in chunks(hashes):
        connection.execute(sa.delete(ThumbnailRow).where(ThumbnailRow.quick_hash.in_(chunk)))
