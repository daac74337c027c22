"""Camera raw files and the pictures that the camera wrote beside them: one photo, two files.

They lie in one folder under one name and differ in the extension alone (``IMG_1.CR2`` and
``IMG_1.JPG``). The picture stands for both, the raw file behind it. Plain copies are something
else: they share a content. ``engine.services.searching`` is the caller.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from engine.store.schema import ContentRow, FileRow
from engine.types import FileStatus

RAW = "RAW"  # engine.photos.raw.FORMAT
# Who stands in front where there are several: what cameras write before what programs do.
_FRONT = {"JPEG": 0, "HEIF": 1}


class _Pair(NamedTuple):
    """A raw file beside a file of nearly its name: ``other_id`` is None where that is no picture
    (the raw file itself is among them).
    """

    file_id: int
    content_id: int
    path: bytes
    other_path: bytes
    other_id: int | None
    other_format: str | None


def leaders(connection: sa.Connection) -> dict[int, int]:
    """Content ids of raw files that stand behind a picture -> that picture's.

    One statement over the library. A raw file that lies alone in any folder stands for itself
    together with its copies: nothing may become impossible to find.
    """
    pictures: dict[int, list[tuple[int, int]]] = {}  # by raw file: (place, content id)
    contents: dict[int, int] = {}
    for pair in map(_Pair._make, connection.execute(_PAIRS)):
        contents[pair.file_id] = pair.content_id
        beside = pictures.setdefault(pair.file_id, [])
        # The range holds IMG_1.edited.JPG as well.
        if pair.other_id is not None and _stem(pair.other_path) == _stem(pair.path):
            beside.append((_FRONT.get(pair.other_format or "", len(_FRONT)), pair.other_id))
    found: dict[int, tuple[int, int]] = {}
    alone: set[int] = set()
    for file_id, beside in pictures.items():
        content_id = contents[file_id]
        if beside:
            found[content_id] = min(*beside, found.get(content_id, beside[0]))
        else:
            alone.add(content_id)
    return {raw: picture for raw, (_, picture) in found.items() if raw not in alone}


def stacked(raw: Path, picture: Path) -> bool:
    """Whether the raw file ``raw`` stands behind ``picture``."""
    return raw.parent == picture.parent and raw.stem == picture.stem


def _stem(path: bytes) -> bytes:
    return path.rpartition(b".")[0]


def _pairs() -> sa.Select[int, int | None, bytes, bytes, int, str | None]:
    """Present raw files, each with the present pictures whose path begins like its own.

    Such paths are a range of their index: from "IMG_1." to before "IMG_1/", as "/" follows ".". The
    extension of a raw file has three letters.
    """
    raw, other = aliased(FileRow), aliased(FileRow)
    other_content = aliased(ContentRow)
    path = sa.type_coerce(raw.path, sa.LargeBinary)
    other_path = sa.type_coerce(other.path, sa.LargeBinary)
    stem = sa.func.substr(path, 1, sa.func.length(path) - 4)
    first, last = (  # || makes text of blobs
        sa.cast(sa.cast(stem, sa.Text).concat(end), sa.LargeBinary) for end in (".", "/")
    )
    beside = sa.and_(
        other.root_id == raw.root_id,
        other_path >= first,
        other_path < last,
        other.status == FileStatus.PRESENT,
    )
    # Written out, as the index of raw files is of this very condition.
    raws = sa.select(ContentRow.id).where(ContentRow.format == sa.literal_column(f"'{RAW}'"))
    is_picture = (other_content.id == other.content_id) & (other_content.format != RAW)
    return (
        sa.select(raw.id, raw.content_id, path, other_path, other_content.id, other_content.format)
        .outerjoin(other, beside)
        .outerjoin(other_content, is_picture)
        .where(raw.status == FileStatus.PRESENT, raw.content_id.in_(raws))
    )


_PAIRS = _pairs()
