"""Folders of the library, and its photos as results and filters read them.

Everything is batched: no query for a single photo. Rows stay here; dataclasses and arrays of
content ids go out. ``intake`` is how files get in.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import aliased

from engine.errors import LibraryError
from engine.store.batches import chunks, streamed
from engine.store.facets import SHIFT
from engine.store.schema import ContentRow, FileRow, GenerationRow, IdentifierRow, RootRow
from engine.tokenizer.packing import bits_per_level, pack
from engine.types import (
    FileStatus,
    Filters,
    Folder,
    GenerationState,
    Metadata,
    Photo,
    VolumeKind,
)

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Root:
    """A folder of the library as indexing sees it: where it was last, and how to find it again."""

    root_id: int
    path: Path
    volume: str | None  # engine.photos.volumes; None: not known yet
    online: bool
    volume_path: Path | None = None  # relative to the root of the file system
    inode: str | None = None  # of the folder
    kind: VolumeKind = VolumeKind.LOCAL
    paused: bool = False


# Folders


def add_root(connection: sa.Connection, path: Path) -> int:
    """Register an absolute folder; one that is known keeps its id."""
    known = connection.execute(
        sa.select(RootRow.id).where(RootRow.path == os.fspath(path))
    ).scalar()
    if known is not None:
        return int(known)
    row = (
        sa.insert(RootRow)
        .values(path=os.fspath(path), added_at=datetime.now(UTC))
        .returning(RootRow.id)
    )
    return int(connection.execute(row).scalar_one())


def remove_root(connection: sa.Connection, root_id: int) -> None:
    """Forget a folder with its files; ``purge`` then drops the contents that nothing holds."""
    connection.execute(sa.delete(RootRow).where(RootRow.id == root_id))


def roots(connection: sa.Connection) -> tuple[Root, ...]:
    rows = connection.execute(sa.select(RootRow.__table__).order_by(RootRow.id))
    return tuple(
        Root(
            root_id=row.id,
            path=Path(row.path),
            volume=row.volume,
            online=row.online,
            volume_path=None if row.volume_path is None else Path(row.volume_path),
            inode=row.inode,
            kind=VolumeKind(row.kind),
            paused=row.paused,
        )
        for row in rows
    )


def place_root(connection: sa.Connection, root: Root) -> None:
    """Record where a folder lies now, and whether it is there."""
    connection.execute(
        sa.update(RootRow)
        .where(RootRow.id == root.root_id)
        .values(
            path=os.fspath(root.path),
            volume=root.volume,
            volume_path=None if root.volume_path is None else os.fspath(root.volume_path),
            inode=root.inode,
            kind=root.kind,
            online=root.online,
        )
    )


def set_paused(connection: sa.Connection, root_id: int | None, paused: bool) -> None:
    """Pause or resume a folder, or all that there are (None)."""
    update = sa.update(RootRow).values(paused=paused)
    connection.execute(update if root_id is None else update.where(RootRow.id == root_id))


def set_online(connection: sa.Connection, root_id: int, online: bool, volume: str | None) -> None:
    connection.execute(
        sa.update(RootRow).where(RootRow.id == root_id).values(online=online, volume=volume)
    )


def folders(connection: sa.Connection) -> tuple[Folder, ...]:
    """The library's folders in the order they were added; ``photos`` are files."""
    photos = sa.func.count(FileRow.content_id)
    present = (FileRow.root_id == RootRow.id) & (FileRow.status == FileStatus.PRESENT)
    rows = connection.execute(
        sa.select(
            RootRow.id,
            RootRow.path,
            RootRow.online,
            RootRow.kind,
            RootRow.paused,
            photos.label("photos"),
        )
        .outerjoin(FileRow, present)
        .group_by(RootRow.id)
        .order_by(RootRow.id)
    )
    return tuple(
        Folder(row.id, Path(row.path), row.online, row.photos, VolumeKind(row.kind), row.paused)
        for row in rows
    )


def present_files(connection: sa.Connection, root_id: int) -> int:
    """How many files of a folder are there as far as is known."""
    return int(
        connection.execute(
            sa.select(sa.func.count()).where(
                FileRow.root_id == root_id, FileRow.status == FileStatus.PRESENT
            )
        ).scalar_one()
    )


def some_present(connection: sa.Connection, root_id: int, limit: int) -> dict[Path, int]:
    """Up to ``limit`` files of a folder, the oldest and the newest, with their sizes in bytes."""
    query = sa.select(FileRow.path, FileRow.size_bytes).where(
        FileRow.root_id == root_id, FileRow.status == FileStatus.PRESENT
    )
    return {
        Path(row.path): row.size_bytes
        for order in (FileRow.id, FileRow.id.desc())
        for row in connection.execute(query.order_by(order).limit(limit // 2))
    }


# Photos


def photos_by_content(
    connection: sa.Connection, content_ids: Iterable[int]
) -> dict[int, list[Photo]]:
    """The present files of each content that has any, those in online folders first."""
    found: dict[int, list[Photo]] = {}
    for chunk in chunks(int(content_id) for content_id in content_ids):
        rows = connection.execute(
            sa.select(*_OF_A_PHOTO)
            .join(RootRow, RootRow.id == FileRow.root_id)
            .join(ContentRow, ContentRow.id == FileRow.content_id)
            .where(FileRow.content_id.in_(chunk), FileRow.status == FileStatus.PRESENT)
            .order_by(RootRow.online.desc(), FileRow.id)
        )
        for photo in map(_photo, rows.all()):
            found.setdefault(photo.content_id, []).append(photo)
    return found


_OF_A_PHOTO = (
    ContentRow.id,
    RootRow.path,
    FileRow.path,
    RootRow.online,
    ContentRow.width,
    ContentRow.height,
    FileRow.size_bytes,
    FileRow.mtime_ns,
    *(getattr(ContentRow, field.name) for field in fields(Metadata)),
)


def _photo(row: Sequence[Any]) -> Photo:
    """From the columns of ``_OF_A_PHOTO``, by place: names take a third of a search's reading."""
    content_id, root, path, online, width, height, size_bytes, mtime_ns, *metadata = row
    return Photo(
        content_id=content_id,
        path=Path(root, path),
        online=online,
        width=width,
        height=height,
        size_bytes=size_bytes,
        metadata=Metadata(*metadata),
        modified_at=datetime.fromtimestamp(mtime_ns / 1e9, UTC),
    )


def live_contents(connection: sa.Connection, among: Ints | None = None) -> Ints:
    """Content ids (n,) with a present file, growing, of ``among`` (m,) or (None) of all.

    Files of offline folders are present.
    """
    query = sa.select(FileRow.content_id).where(FileRow.status == FileStatus.PRESENT)
    if among is None:
        held = query.where(FileRow.content_id.is_not(None)).order_by(FileRow.content_id)
        ids = streamed(connection.execute(held), 1)[:, 0]  # in the order of their index
        return ids[np.append(True, np.diff(ids) > 0)] if len(ids) else ids
    parts = [
        streamed(connection.execute(query.where(FileRow.content_id.in_(chunk))), 1)
        for chunk in chunks(among.tolist())
    ]
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)


def copied_contents(connection: sa.Connection) -> tuple[Ints, Ints]:
    """Content ids (n,), growing, of which several files are present, and how many (n,)."""
    row, count = FileRow, sa.func.count()
    query = (
        sa.select(row.content_id, count)
        .where(row.status == FileStatus.PRESENT, row.content_id.is_not(None))
        .group_by(row.content_id)
        .having(count > 1)
        .order_by(row.content_id)
    )
    found = streamed(connection.execute(query), 2)
    return found[:, 0], found[:, 1]


def arrived_since(connection: sa.Connection, when: datetime) -> Ints:
    """Content ids (n,) of present photos of which a file came, or came back, after ``when``."""
    row = FileRow
    query = sa.select(row.content_id).where(
        row.status == FileStatus.PRESENT, row.content_id.is_not(None), row.changed_at > when
    )
    return _ids(connection, query.distinct().order_by(row.content_id))


def filtered_contents(connection: sa.Connection, filters: Filters) -> Ints:
    """Content ids (n,) of present photos that pass ``filters``, ascending."""
    return _ids(connection, passing(connection, filters))


def passing(connection: sa.Connection, filters: Filters) -> sa.Select[Any]:
    """The query for content ids of present photos that pass ``filters``.

    Both ends of the time span count, by the camera's clock; ``camera`` is a whole name where the
    library has one like it, else any part of a name, whatever its case. A photo without a capture
    time, camera or rating passes no filter on it.
    """
    query = (
        sa.select(FileRow.content_id)
        .join(ContentRow, ContentRow.id == FileRow.content_id)
        .where(FileRow.status == FileStatus.PRESENT)
        .distinct()
    )
    if filters.folders:
        query = query.where(sa.or_(*_below(roots(connection), filters.folders)))
    shown = sa.func.datetime(ContentRow.taken_at, SHIFT)
    if filters.taken_from is not None:
        query = query.where(shown >= f"{filters.taken_from.astimezone(UTC):%Y-%m-%d %H:%M:%S}")
    if filters.taken_until is not None:
        query = query.where(shown <= f"{filters.taken_until.astimezone(UTC):%Y-%m-%d %H:%M:%S}")
    if filters.camera is not None:
        query = query.where(_taken_with(filters.camera))
    if filters.formats:
        query = query.where(ContentRow.format.in_([name.upper() for name in filters.formats]))
    if filters.orientation is not None:
        query = query.where(_SHAPES[filters.orientation])
    if filters.rating_from:
        query = query.where(ContentRow.rating >= filters.rating_from)
    if filters.prefix:
        query = query.where(_under(connection, filters.prefix, filters.generation))
    return query


def _taken_with(camera: str) -> sa.ColumnElement[bool]:
    """'EOS 5' is not 'EOS 5D' where there are both, and finds that where it is alone."""
    name, other = sa.func.lower(camera), aliased(ContentRow)
    whole = sa.func.lower(ContentRow.camera) == name
    known = sa.exists().where(sa.func.lower(other.camera) == name)
    part = sa.func.instr(sa.func.lower(ContentRow.camera), name) > 0
    return sa.or_(whole, sa.and_(~known, part))


TRAINED_ANEW = (
    "The library was trained again since this part of its tree was opened, and has another tree "
    "now: begin again at the root."
)


def _under(
    connection: sa.Connection, prefix: tuple[int, ...], generation_id: int | None
) -> sa.ColumnElement[bool]:
    """The condition on contents of an identifier that begins with ``prefix``."""
    ready = connection.execute(
        sa.select(GenerationRow.id, GenerationRow.levels, GenerationRow.codes).where(
            GenerationRow.state == GenerationState.READY
        )
    ).first()
    if ready is None or generation_id not in (None, ready.id):
        raise LibraryError(TRAINED_ANEW)
    if len(prefix) > ready.levels or any(not 0 <= code < ready.codes for code in prefix):
        return sa.false()
    shift = bits_per_level(ready.codes) * (ready.levels - len(prefix))
    first = int(pack(np.array([prefix]), ready.codes)[0]) << shift
    return ContentRow.id.in_(
        sa.select(IdentifierRow.content_id).where(
            IdentifierRow.generation_id == ready.id,
            IdentifierRow.packed >= first,
            IdentifierRow.packed <= first + (1 << shift) - 1,
        )
    )


_WIDER = ContentRow.width - ContentRow.height
_LONGER = sa.func.max(ContentRow.width, ContentRow.height)
_SHAPES = {  # 2 % make no difference to the eye
    "landscape": _WIDER * 50 > _LONGER,
    "portrait": _WIDER * -50 > _LONGER,
    "square": sa.func.abs(_WIDER) * 50 <= _LONGER,
}


def _below(known: Sequence[Root], folders: Sequence[Path]) -> list[sa.ColumnElement[bool]]:
    """Conditions on files for lying in or below any of ``folders``."""
    conditions: list[sa.ColumnElement[bool]] = [sa.false()]
    for folder in folders:
        for root in known:
            if root.path.is_relative_to(folder):
                conditions.append(FileRow.root_id == root.root_id)
            elif folder.is_relative_to(root.path):
                inside = os.fspath(folder.relative_to(root.path))
                conditions.append(
                    (FileRow.root_id == root.root_id)
                    & (FileRow.path > inside + os.sep)
                    & (FileRow.path < inside + chr(ord(os.sep) + 1))
                )
    return conditions


def _ids(connection: sa.Connection, query: sa.Select[Any]) -> Ints:
    found = np.fromiter(connection.execute(query).scalars(), dtype=np.int64)
    found.sort()
    return found
