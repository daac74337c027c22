"""What can be wrong inside the databases, and what of it can be put right.

Everything here works on what other modules made; nothing calls it but ``engine.services.care``.
Photos are read again where that brings back what is lost: their files become *waiting* ones.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from engine.search.ports import EncoderSpec
from engine.store.batches import chunks
from engine.store.schema import (
    ContentRow,
    EmbeddingRow,
    FileRow,
    GenerationRow,
    IdentifierRow,
    ModelRow,
)
from engine.types import FileStatus, GenerationState

OF_AN_INDEX = re.compile(r"(missing from|entries in|entry in) index ")
BLOCK = 4096  # embeddings looked at in one read


def damage(file: Path) -> tuple[str, ...]:
    """What SQLite finds wrong with the database ``file``; nothing where it is sound.

    Raises ``sqlite3.Error`` where it cannot be looked at (locked, not readable).
    """
    try:
        with closing(sqlite3.connect(file, timeout=10)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        found = [str(error)]
    return tuple(line for line in found if line != "ok")


def reindex(file: Path) -> bool:
    """Make all indexes of a damaged database again; whether it is sound then."""
    try:
        with closing(sqlite3.connect(file, timeout=10)) as connection:
            connection.execute("REINDEX")
            connection.commit()
    except sqlite3.DatabaseError:
        return False
    return not damage(file)


def drop_dangling(connection: sa.Connection) -> int:
    """Rows that refer to rows which are gone; returns how many there were.

    A file whose content is gone is read again, every other such row says nothing any more.
    """
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    for table, rowid, _, _ in broken:
        if rowid is None:  # a table without row ids
            continue
        where = f"WHERE rowid = {int(rowid)}"
        if table == FileRow.__tablename__ and _has_root(connection, int(rowid)):
            statement = f"UPDATE {table} SET content_id = NULL, quick_hash = NULL {where}"
        else:
            statement = f"DELETE FROM {table} {where}"
        connection.exec_driver_sql(statement)
    contents, generations = sa.select(ContentRow.id), sa.select(GenerationRow.id)
    connection.execute(
        sa.delete(IdentifierRow).where(
            IdentifierRow.content_id.not_in(contents)
            | IdentifierRow.generation_id.not_in(generations)
        )
    )
    return len(broken)


def _has_root(connection: sa.Connection, file_id: int) -> bool:
    found = connection.exec_driver_sql(
        "SELECT 1 FROM file JOIN root ON root.id = file.root_id WHERE file.id = ?", (file_id,)
    )
    return found.first() is not None


def drop_unusable_embeddings(connection: sa.Connection) -> int:
    """Embeddings of another length than their model's, or with a number that is none.

    Identifiers that were made from them go as well. Returns how many there were.
    """
    dropped = 0
    for model in connection.execute(sa.select(ModelRow.id, ModelRow.spec)).all():
        width = EncoderSpec(**json.loads(model.spec)).embedding_width
        unusable = list(_unusable(connection, model.id, width))
        of_the_model = sa.select(GenerationRow.id).where(GenerationRow.model_id == model.id)
        for chunk in chunks(unusable):
            connection.execute(
                sa.delete(EmbeddingRow).where(
                    EmbeddingRow.model_id == model.id, EmbeddingRow.content_id.in_(chunk)
                )
            )
            connection.execute(
                sa.delete(IdentifierRow).where(
                    IdentifierRow.generation_id.in_(of_the_model),
                    IdentifierRow.content_id.in_(chunk),
                )
            )
        dropped += len(unusable)
    return dropped


def _unusable(connection: sa.Connection, model_id: int, width: int) -> Iterator[int]:
    """Content ids."""
    after, row = 0, EmbeddingRow
    while True:
        block = connection.execute(
            sa.select(row.id, row.content_id, row.vector)
            .where(row.model_id == model_id, row.id > after)
            .order_by(row.id)
            .limit(BLOCK)
        ).all()
        if not block:
            return
        for found in block:
            if (
                len(found.vector) != 2 * width
                or not np.isfinite(np.frombuffer(found.vector, np.float16)).all()
            ):
                yield found.content_id
        after = block[-1].id


def unread_contradictory(connection: sa.Connection) -> int:
    """Have files read again that are marked as read and hold no content, or another one."""
    held = sa.select(ContentRow.quick_hash).where(ContentRow.id == FileRow.content_id)
    changed = connection.execute(
        sa.update(FileRow)
        .where(
            FileRow.status == FileStatus.PRESENT,
            FileRow.quick_hash.is_not(None),
            FileRow.content_id.is_(None) | (FileRow.quick_hash != held.scalar_subquery()),
        )
        .values(quick_hash=None)
    )
    return int(changed.rowcount)


def present_hashes(connection: sa.Connection) -> set[bytes]:
    """Quick hashes of the contents that a present file holds: each should have a thumbnail."""
    present = sa.select(FileRow.content_id).where(FileRow.status == FileStatus.PRESENT)
    rows = connection.execute(sa.select(ContentRow.quick_hash).where(ContentRow.id.in_(present)))
    return set(rows.scalars())


def forget_unfinished(connection: sa.Connection) -> int:
    """Generations whose training or import was killed. Called under the claim to training."""
    building = GenerationRow.state == GenerationState.BUILDING
    return int(connection.execute(sa.delete(GenerationRow).where(building)).rowcount)
