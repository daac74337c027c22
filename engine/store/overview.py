"""A whole library: its photos by age, its figures, whether its databases are sound.

Neighbours: files, database.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import sqlalchemy as sa

from engine.store import files
from engine.store.schema import ContentRow, EmbeddingRow, FileRow, IdentifierRow, RootRow
from engine.types import FileStatus, Filters, Order, Photo

PRESENT = FileRow.status == FileStatus.PRESENT


@dataclass(frozen=True, slots=True)
class Counts:
    photos: int  # distinct contents with a file present
    searchable: int  # of these, embedded with the model asked for
    waiting: int  # files that are present and not indexed with it yet
    skipped: int  # files that cannot be used, less those that a person ignores


def counts(connection: sa.Connection, model_id: int | None) -> Counts:
    """Of the whole library; ``model_id`` None (nothing embedded yet): nothing is searchable."""
    embedded = sa.select(EmbeddingRow.content_id).where(EmbeddingRow.model_id == model_id)
    contents = sa.func.count(FileRow.content_id.distinct())
    files = sa.func.count(FileRow.id)
    todo = sa.or_(FileRow.content_id.is_(None), FileRow.content_id.not_in(embedded))

    def number(count: sa.ColumnElement[int], *where: sa.ColumnElement[bool]) -> int:
        return int(connection.execute(sa.select(count).where(*where)).scalar_one())

    return Counts(
        photos=number(contents, PRESENT),
        searchable=number(contents, PRESENT, FileRow.content_id.in_(embedded)),
        waiting=number(files, PRESENT, todo),
        skipped=number(files, FileRow.status == FileStatus.SKIPPED, ~FileRow.ignored),
    )


def recent(
    connection: sa.Connection,
    limit: int,
    offset: int,
    filters: Filters | None = None,
    order: Order = Order.DATE,
) -> tuple[Photo, ...]:
    """A page of the library's photos that pass ``filters``.

    By date: newest first, by capture time, else by the file's own. By folder: of a photo with
    copies, the first one counts.
    """
    query = (
        sa.select(ContentRow.id)
        .join(FileRow, FileRow.content_id == ContentRow.id)
        .where(PRESENT)
        .group_by(ContentRow.id)
        .limit(limit)
        .offset(offset)
    )
    if filters is not None and not filters.empty:
        query = query.where(ContentRow.id.in_(files.passing(connection, filters)))
    if order is Order.FOLDER:
        path = RootRow.path.op("||")(os.sep).op("||")(FileRow.path)
        query = query.join(RootRow, RootRow.id == FileRow.root_id).order_by(
            sa.func.min(_folder_of(path)), sa.func.min(path), ContentRow.id
        )
    else:
        modified = sa.func.datetime(sa.func.max(FileRow.mtime_ns) / 1_000_000_000, "unixepoch")
        query = query.order_by(
            sa.func.coalesce(ContentRow.taken_at, modified).desc(), ContentRow.id.desc()
        )
    ids = [int(content_id) for content_id in connection.execute(query).scalars()]
    found = files.photos_by_content(connection, ids)
    return tuple(found[content_id][0] for content_id in ids if content_id in found)


def _folder_of(path: sa.ColumnElement[str]) -> sa.Function[str]:
    """A path without what comes after the last separator: its trailing other characters."""
    others = sa.func.replace(path, os.sep, "")
    return sa.func.rtrim(path, others)


def distinct_identifiers(connection: sa.Connection, generation_id: int) -> int:
    """How many different identifiers the generation's present photos have."""
    present = sa.select(FileRow.content_id).where(PRESENT)
    return int(
        connection.execute(
            sa.select(sa.func.count(IdentifierRow.packed.distinct())).where(
                IdentifierRow.generation_id == generation_id,
                IdentifierRow.content_id.in_(present),
            )
        ).scalar_one()
    )


def content_hashes(connection: sa.Connection) -> set[bytes]:
    """Quick hashes of all contents: the keys of the thumbnails that are of use."""
    return set(connection.execute(sa.select(ContentRow.quick_hash)).scalars())
