"""Figures of a whole library, and whether its databases are sound. Neighbours: files, database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from engine.store.schema import (
    ContentRow,
    EmbeddingRow,
    FileRow,
    GenerationRow,
    IdentifierRow,
    RootRow,
    ThumbnailRow,
)
from engine.types import FileStatus, Folder, GenerationState

BATCH = 500  # rows a statement; SQLite takes at least 999 variables


@dataclass(frozen=True, slots=True)
class Counts:
    photos: int  # distinct contents with a file present
    searchable: int  # of these, embedded with the model asked for
    waiting: int  # files that are present and not indexed with it yet
    skipped: int  # files that cannot be used


def counts(connection: sa.Connection, model_id: int | None) -> Counts:
    """Of the whole library; ``model_id`` None (nothing embedded yet): nothing is searchable."""
    present = FileRow.status == FileStatus.PRESENT
    embedded = sa.select(EmbeddingRow.content_id).where(EmbeddingRow.model_id == model_id)
    contents = sa.func.count(FileRow.content_id.distinct())

    def number(expression: sa.ColumnElement[int], *where: sa.ColumnElement[bool]) -> int:
        return int(connection.execute(sa.select(expression).where(*where)).scalar_one())

    return Counts(
        photos=number(contents, present),
        searchable=number(contents, present, FileRow.content_id.in_(embedded)),
        waiting=number(
            sa.func.count(FileRow.id),
            present,
            sa.or_(FileRow.content_id.is_(None), FileRow.content_id.not_in(embedded)),
        ),
        skipped=number(sa.func.count(FileRow.id), FileRow.status == FileStatus.SKIPPED),
    )


def folders(connection: sa.Connection) -> tuple[Folder, ...]:
    """Root folders in the order they were added, with their photos (present files)."""
    photos = sa.func.count(FileRow.content_id)
    rows = connection.execute(
        sa.select(RootRow.id, RootRow.path, RootRow.online, photos)
        .outerjoin(
            FileRow,
            sa.and_(FileRow.root_id == RootRow.id, FileRow.status == FileStatus.PRESENT),
        )
        .group_by(RootRow.id)
        .order_by(RootRow.id)
    )
    return tuple(Folder(root_id, Path(path), online, n) for root_id, path, online, n in rows)


@dataclass(frozen=True, slots=True)
class ReadyGeneration:
    generation_id: int
    folder: str  # below models/
    levels: int
    codes: int


def ready_generation(connection: sa.Connection) -> ReadyGeneration | None:
    """The generation that answers; None before the first training."""
    row = connection.execute(
        sa.select(
            GenerationRow.id, GenerationRow.folder, GenerationRow.levels, GenerationRow.codes
        ).where(GenerationRow.state == GenerationState.READY)
    ).first()
    return None if row is None else ReadyGeneration(*row)


def distinct_identifiers(connection: sa.Connection, generation_id: int) -> int:
    """How many different identifiers the generation's present photos have."""
    present = sa.select(FileRow.content_id).where(FileRow.status == FileStatus.PRESENT)
    return int(
        connection.execute(
            sa.select(sa.func.count(IdentifierRow.packed.distinct())).where(
                IdentifierRow.generation_id == generation_id,
                IdentifierRow.content_id.in_(present),
            )
        ).scalar_one()
    )


def damage(connection: sa.Connection) -> list[str]:
    """SQLite's own findings about the database behind ``connection``; empty when it is sound."""
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(20)")]
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        found.append(f"{len(broken)} rows refer to rows that are gone")
    return [line for line in found if line != "ok"]


def orphan_thumbnails(connection: sa.Connection, thumbnails: sa.Connection) -> list[bytes]:
    """Keys of thumbnails whose content the library does not know."""
    known = set(connection.execute(sa.select(ContentRow.quick_hash)).scalars())
    return [
        key
        for key in thumbnails.execute(sa.select(ThumbnailRow.quick_hash)).scalars()
        if key not in known
    ]


def delete_thumbnails(thumbnails: sa.Connection, keys: Sequence[bytes]) -> None:
    for start in range(0, len(keys), BATCH):
        thumbnails.execute(
            sa.delete(ThumbnailRow).where(ThumbnailRow.quick_hash.in_(keys[start : start + BATCH]))
        )
