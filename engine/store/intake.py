"""Files on their way into the library: what a scan finds, what reading them makes of it.

Everything is batched: no statement for a single file. ``engine.services.indexing`` is the only
caller; ``files`` holds what everybody reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from engine.store.batches import chunks
from engine.store.schema import ContentRow, EmbeddingRow, FileRow, RootRow
from engine.types import FileStatus, Metadata

RETRY = -1  # a modification time that no file has: the next scan finds it changed


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file to be read: new, changed, or with a content that lacks something."""

    file_id: int
    root_id: int
    path: Path
    content_id: int | None  # what it held before


@dataclass(frozen=True, slots=True)
class NewContent:
    """What is stored of a decoded picture."""

    quick_hash: bytes
    width: int
    height: int
    metadata: Metadata
    perceptual_hash: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file and the content that it turned out to hold, as of ``size_bytes`` and ``mtime_ns``."""

    file_id: int
    content_id: int
    quick_hash: bytes
    size_bytes: int
    mtime_ns: int


# Files, as a scan finds them


def add_files(
    connection: sa.Connection, root_id: int, files: Sequence[tuple[str, int, int]]
) -> None:
    """New files (relative path, size_bytes, mtime_ns) that wait to be read."""
    if files:
        now = datetime.now(UTC)
        connection.execute(
            sa.insert(FileRow),
            [
                {
                    "root_id": root_id,
                    "path": path,
                    "size_bytes": size_bytes,
                    "mtime_ns": mtime_ns,
                    "status": FileStatus.PRESENT,
                    "changed_at": now,
                }
                for path, size_bytes, mtime_ns in files
            ],
        )


def mark_changed(connection: sa.Connection, files: Sequence[tuple[int, int, int]]) -> None:
    """Known files (id, size_bytes, mtime_ns) that have to be read again.

    They keep their content until it is known that they hold another one.
    """
    if files:
        again = FileRow.mtime_ns == RETRY
        connection.execute(
            sa.update(FileRow)
            .where(FileRow.id == sa.bindparam("file_id"))
            .values(
                size_bytes=sa.bindparam("size"),
                mtime_ns=sa.bindparam("mtime"),
                status=FileStatus.PRESENT,
                quick_hash=None,
                reason=None,
                ignored=False,
                # What is only tried again has failed as often as before.
                attempts=sa.case((again, FileRow.attempts), else_=0),
                refused_at=sa.case((again, FileRow.refused_at), else_=None),
                changed_at=datetime.now(UTC),
            ),
            [{"file_id": file_id, "size": size, "mtime": mtime} for file_id, size, mtime in files],
        )


def set_status(connection: sa.Connection, file_ids: Sequence[int], status: FileStatus) -> None:
    """Mark files as missing, or as back."""
    for chunk in chunks(file_ids):
        connection.execute(
            sa.update(FileRow)
            .where(FileRow.id.in_(chunk))
            .values(status=status, changed_at=datetime.now(UTC))
        )


def refuse_paths(
    connection: sa.Connection, root_id: int, refusals: Sequence[tuple[str, str]]
) -> None:
    """Record names (relative path, reason) that a scan refused; known rows are overwritten."""
    if not refusals:
        return
    now = datetime.now(UTC)
    insert = sqlite.insert(FileRow)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[FileRow.root_id, FileRow.path],
            set_={
                "status": insert.excluded.status,
                "reason": insert.excluded.reason,
                "size_bytes": insert.excluded.size_bytes,
                "mtime_ns": insert.excluded.mtime_ns,
                "content_id": None,
                "quick_hash": None,
                "changed_at": insert.excluded.changed_at,
                "refused_at": sa.func.coalesce(FileRow.refused_at, insert.excluded.changed_at),
                "ignored": False,
                "attempts": FileRow.attempts + 1,
            },
        ),
        [
            {
                "root_id": root_id,
                "path": path,
                "size_bytes": 0,
                "mtime_ns": RETRY,
                "status": FileStatus.SKIPPED,
                "reason": reason,
                "attempts": 1,
                "changed_at": now,
                "refused_at": now,
            }
            for path, reason in refusals
        ],
    )


def forget_files(connection: sa.Connection, file_ids: Sequence[int]) -> None:
    """Delete rows of files of which nothing is worth keeping."""
    for chunk in chunks(file_ids):
        connection.execute(sa.delete(FileRow).where(FileRow.id.in_(chunk)))


# Files, as reading finds them


def unread_incomplete(
    connection: sa.Connection, model_id: int, without_thumbnail: Iterable[bytes]
) -> None:
    """Have files read again whose content lacks an embedding of the model, or its thumbnail."""
    embedded = sa.select(EmbeddingRow.content_id).where(EmbeddingRow.model_id == model_id)
    unread = sa.update(FileRow).values(quick_hash=None)
    contents = sa.select(sa.func.count()).select_from(ContentRow)
    count = embedded.with_only_columns(sa.func.count())
    if connection.execute(contents).scalar_one() != connection.execute(count).scalar_one():
        connection.execute(
            unread.where(FileRow.quick_hash.is_not(None), FileRow.content_id.not_in(embedded))
        )
    for chunk in chunks(without_thumbnail):
        connection.execute(unread.where(FileRow.quick_hash.in_(chunk)))


def waiting_files(
    connection: sa.Connection, root_id: int, after_id: int, limit: int
) -> list[Waiting]:
    """Up to ``limit`` files of a root with ids above ``after_id`` that have to be read."""
    rows = connection.execute(
        sa.select(FileRow.id, RootRow.path.label("root"), FileRow.path, FileRow.content_id)
        .join(RootRow, RootRow.id == FileRow.root_id)
        .where(FileRow.root_id == root_id, FileRow.id > after_id, *_UNREAD)
        .order_by(FileRow.id)
        .limit(limit)
    )
    return [Waiting(row.id, root_id, Path(row.root, row.path), row.content_id) for row in rows]


def count_waiting(connection: sa.Connection, root_ids: Iterable[int]) -> int:
    """How many files ``waiting_files`` gives for all of ``root_ids``."""
    return sum(
        int(
            connection.execute(
                sa.select(sa.func.count()).where(FileRow.root_id.in_(chunk), *_UNREAD)
            ).scalar_one()
        )
        for chunk in chunks(root_ids)
    )


_UNREAD = (FileRow.status == FileStatus.PRESENT, FileRow.quick_hash.is_(None))


def is_embedded(connection: sa.Connection, model_id: int, quick_hash: bytes) -> bool:
    """Whether a content is known and has an embedding of the model."""
    found = connection.execute(
        sa.select(EmbeddingRow.id)
        .join(ContentRow, EmbeddingRow.content_id == ContentRow.id)
        .where(ContentRow.quick_hash == quick_hash, EmbeddingRow.model_id == model_id)
    )
    return found.first() is not None


def put_contents(connection: sa.Connection, contents: Sequence[NewContent]) -> None:
    """Insert contents, or refresh what is known of them."""
    if not contents:
        return
    insert = sqlite.insert(ContentRow)
    columns = (
        *("width", "height", "taken_at", "camera", "lens", "latitude", "longitude"),
        *("rating", "orientation", "taken_offset", "format", "perceptual_hash"),
    )
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[ContentRow.quick_hash],
            set_={column: insert.excluded[column] for column in columns},
        ),
        [
            {
                "quick_hash": content.quick_hash,
                "width": content.width,
                "height": content.height,
                "taken_at": content.metadata.taken_at,
                "camera": content.metadata.camera,
                "lens": content.metadata.lens,
                "latitude": content.metadata.latitude,
                "longitude": content.metadata.longitude,
                "rating": content.metadata.rating,
                "orientation": content.metadata.orientation,
                "taken_offset": content.metadata.taken_offset,
                "format": content.metadata.format,
                "perceptual_hash": content.perceptual_hash,
            }
            for content in contents
        ],
    )


def contents_by_hash(connection: sa.Connection, hashes: Iterable[bytes]) -> dict[bytes, int]:
    """Content ids of the quick hashes that are known."""
    found: dict[bytes, int] = {}
    for chunk in chunks(hashes):
        rows = connection.execute(
            sa.select(ContentRow.quick_hash, ContentRow.id).where(ContentRow.quick_hash.in_(chunk))
        )
        found.update((quick_hash, content_id) for quick_hash, content_id in rows)
    return found


def hashes_by_content(connection: sa.Connection, content_ids: Iterable[int]) -> dict[int, bytes]:
    """Quick hashes, the keys of thumbnails, of content ids."""
    found: dict[int, bytes] = {}
    for chunk in chunks(int(content_id) for content_id in content_ids):
        rows = connection.execute(
            sa.select(ContentRow.id, ContentRow.quick_hash).where(ContentRow.id.in_(chunk))
        )
        found.update((content_id, quick_hash) for content_id, quick_hash in rows)
    return found


def missing_by_content(
    connection: sa.Connection, content_ids: Iterable[int]
) -> dict[int, list[int]]:
    """Files that are missing, by the content they held: where a new file may have moved from."""
    found: dict[int, list[int]] = {}
    for chunk in chunks(content_ids):
        rows = connection.execute(
            sa.select(FileRow.content_id, FileRow.id)
            .where(FileRow.content_id.in_(chunk), FileRow.status == FileStatus.MISSING)
            .order_by(FileRow.id)
        )
        for content_id, file_id in rows:
            found.setdefault(int(content_id or 0), []).append(file_id)
    return found


def attach(connection: sa.Connection, attachments: Sequence[Attachment]) -> None:
    """Give files the contents that they hold."""
    if attachments:
        connection.execute(
            sa.update(FileRow)
            .where(FileRow.id == sa.bindparam("file_id"))
            .values(
                content_id=sa.bindparam("content"),
                quick_hash=sa.bindparam("hash"),
                size_bytes=sa.bindparam("size"),
                mtime_ns=sa.bindparam("mtime"),
                status=FileStatus.PRESENT,
                reason=None,
                attempts=0,
                refused_at=None,
                ignored=False,
                changed_at=datetime.now(UTC),
            ),
            [
                {
                    "file_id": attachment.file_id,
                    "content": attachment.content_id,
                    "hash": attachment.quick_hash,
                    "size": attachment.size_bytes,
                    "mtime": attachment.mtime_ns,
                }
                for attachment in attachments
            ],
        )


def skip_files(
    connection: sa.Connection, failures: Sequence[tuple[int, str, int]], *, again: bool
) -> None:
    """Record files (id, reason, attempts) that cannot be used.

    They are left alone until they change, or tried at the next run where ``again``.
    """
    if failures:
        now = datetime.now(UTC)
        connection.execute(
            sa.update(FileRow)
            .where(FileRow.id == sa.bindparam("file_id"))
            .values(
                status=FileStatus.SKIPPED,
                reason=sa.bindparam("why"),
                attempts=FileRow.attempts + sa.bindparam("tries"),
                content_id=None,
                quick_hash=None,
                changed_at=now,
                refused_at=sa.func.coalesce(FileRow.refused_at, now),
                **({"mtime_ns": RETRY} if again else {}),
            ),
            [
                {"file_id": file_id, "why": reason, "tries": attempts}
                for file_id, reason, attempts in failures
            ],
        )


def purge(connection: sa.Connection, missing_before: datetime) -> list[bytes]:
    """Forget files missing since before then, and contents that no file holds any more.

    Returns the quick hashes of those contents, for their thumbnails.
    """
    connection.execute(
        sa.delete(FileRow).where(
            FileRow.status == FileStatus.MISSING, FileRow.changed_at < missing_before
        )
    )
    held = sa.select(FileRow.id).where(FileRow.content_id == ContentRow.id).exists()
    deleted = connection.execute(
        sa.delete(ContentRow).where(~held).returning(ContentRow.quick_hash)
    )
    return list(deleted.scalars())
