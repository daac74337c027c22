"""Tables of ``library.sqlite`` and ``thumbnails.sqlite``.

A *file* is a path below a root; a *content* is what the file holds, so identical copies share one
content, one thumbnail and one embedding. The root keeps the volume apart from the relative path:
an unplugged or re-mounted drive changes one row. A model or generation id stands beside every
vector and code, so that two spaces can never mix.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import (
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy import text as sa_text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class PathText(TypeDecorator[str]):
    """A path or part of one, of any bytes: stored as the file system's bytes (os.fsencode).

    SQLite text must be UTF-8; names on disk need not be.
    """

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else os.fsencode(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else os.fsdecode(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC without its zone, read back aware."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {datetime: UtcTime}


class RevisionRow(Base):
    """One row; the number grows with every change that searching has to notice."""

    __tablename__ = "revision"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


class RootRow(Base):
    """A folder that the user added. ``path`` is where it was last seen (absolute)."""

    __tablename__ = "root"
    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(PathText, unique=True)
    volume: Mapped[str | None] = mapped_column(String)  # identity of the file system, if known
    volume_path: Mapped[str | None] = mapped_column(PathText)  # below that file system's root
    inode: Mapped[str | None] = mapped_column(String)  # of the folder itself, in hexadecimals
    kind: Mapped[str] = mapped_column(String, default="local")  # local, removable, network
    online: Mapped[bool] = mapped_column(default=True)
    added_at: Mapped[datetime]
    paused: Mapped[bool] = mapped_column(default=False, server_default=sa_text("0"))


class ContentRow(Base):
    """What identical files share. ``quick_hash``: engine.photos.scan.quick_hash."""

    __tablename__ = "content"
    id: Mapped[int] = mapped_column(primary_key=True)
    quick_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    width: Mapped[int]  # pixels, after EXIF orientation
    height: Mapped[int]
    taken_at: Mapped[datetime | None]
    camera: Mapped[str | None]
    lens: Mapped[str | None]
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    rating: Mapped[int | None]
    orientation: Mapped[int] = mapped_column(default=1)
    perceptual_hash: Mapped[int | None] = mapped_column(Integer)  # 64 bits as signed
    taken_offset: Mapped[int | None]  # minutes that the camera's clock was ahead of UTC, if it said
    format: Mapped[str | None]  # "JPEG", "HEIF", ..., "RAW"; None: not known yet
    __table_args__ = (
        Index("content_taken_at", "taken_at"),
        Index("content_raw", "id", sqlite_where=sa_text("format = 'RAW'")),
    )


class FileRow(Base):
    """A path below a root. Unchanged (size, mtime) means: do not open it again."""

    __tablename__ = "file"
    id: Mapped[int] = mapped_column(primary_key=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("root.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(PathText)  # relative to the root
    size_bytes: Mapped[int]
    mtime_ns: Mapped[int]
    quick_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_id: Mapped[int | None] = mapped_column(ForeignKey("content.id"))
    status: Mapped[str] = mapped_column(String, default="present")  # FileStatus
    reason: Mapped[str | None]  # of a skipped file, in words
    attempts: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]  # when status last changed
    ignored: Mapped[bool] = mapped_column(default=False, server_default=sa_text("0"))  # a problem
    refused_at: Mapped[datetime | None]  # first time since the file changed; changed_at: the last
    __table_args__ = (
        UniqueConstraint("root_id", "path"),
        Index("file_content", "content_id"),
        Index("file_quick_hash", "quick_hash"),
        Index("file_unread", "root_id", "status", sqlite_where=sa_text("quick_hash IS NULL")),
        Index("file_status_content", "status", "content_id"),
    )


class ModelRow(Base):
    """An encoder with its weights and preprocessing: the space of embeddings."""

    __tablename__ = "model"
    id: Mapped[int] = mapped_column(primary_key=True)
    encoder: Mapped[str]
    weights: Mapped[str]  # hash of the state dict
    spec: Mapped[str]  # EncoderSpec as JSON
    current: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("encoder", "weights", "spec"),)


class EmbeddingRow(Base):
    """A content's pooled embedding, float16. ``id`` grows: vectors are cached in its order."""

    __tablename__ = "embedding"
    id: Mapped[int] = mapped_column(primary_key=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("content.id", ondelete="CASCADE"))
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"))
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (
        UniqueConstraint("content_id", "model_id"),
        # An id is never given twice, so a cache up to id n stays true for ids up to n.
        {"sqlite_autoincrement": True},
    )


class GenerationRow(Base):
    """A tokenizer and decoder trained in a model's space. At most one is ready."""

    __tablename__ = "generation"
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    state: Mapped[str] = mapped_column(String)  # GenerationState
    folder: Mapped[str] = mapped_column(String)  # below models/
    levels: Mapped[int]
    codes: Mapped[int]
    created_at: Mapped[datetime]
    figures: Mapped[str | None]  # GenerationFigures as JSON
    __table_args__ = ({"sqlite_autoincrement": True},)


class IdentifierRow(Base):
    """A content's identifier, packed (engine.tokenizer.packing)."""

    __tablename__ = "identifier"
    generation_id: Mapped[int] = mapped_column(
        ForeignKey("generation.id", ondelete="CASCADE"), primary_key=True
    )
    content_id: Mapped[int] = mapped_column(
        ForeignKey("content.id", ondelete="CASCADE"), primary_key=True
    )
    packed: Mapped[int]
    __table_args__ = ({"sqlite_with_rowid": False},)


class JobRow(Base):
    """Work to do on a folder, kept as a row so that it survives the process (engine.store.jobs).

    The files that wait are rows of their own (``FileRow`` without a quick hash).
    """

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    root_id: Mapped[int | None] = mapped_column(ForeignKey("root.id", ondelete="CASCADE"))
    state: Mapped[str]  # JobState
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    input_signature: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("kind", "root_id"),)


class ChangeRow(Base):
    """A content of which a file came, went or changed; written by triggers (migrations)."""

    __tablename__ = "change"
    id: Mapped[int] = mapped_column(primary_key=True)
    content_id: Mapped[int]
    __table_args__ = ({"sqlite_autoincrement": True},)


class FeedbackRow(Base):
    """What a person said of a result: more like this (+1), not this (-1)."""

    __tablename__ = "feedback"
    id: Mapped[int] = mapped_column(primary_key=True)
    query_content_id: Mapped[int | None] = mapped_column(
        ForeignKey("content.id", ondelete="CASCADE")
    )
    content_id: Mapped[int] = mapped_column(ForeignKey("content.id", ondelete="CASCADE"))
    sign: Mapped[int]
    created_at: Mapped[datetime]


class ApartRow(Base):
    """Two contents that look alike and that a person does not want as duplicates."""

    __tablename__ = "apart"
    one_id: Mapped[int] = mapped_column(
        ForeignKey("content.id", ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("content.id", ondelete="CASCADE"), primary_key=True
    )
    created_at: Mapped[datetime]


class AppearanceRow(Base):
    """How a content looks (engine.photos.appearance): unit vectors times 127, int8."""

    __tablename__ = "appearance"
    content_id: Mapped[int] = mapped_column(
        ForeignKey("content.id", ondelete="CASCADE"), primary_key=True
    )
    colour: Mapped[bytes] = mapped_column(LargeBinary)
    composition: Mapped[bytes] = mapped_column(LargeBinary)


class RegionSpaceRow(Base):
    """What a model's tiles are projected with (engine.search.parts): float32 arrays."""

    __tablename__ = "region_space"
    model_id: Mapped[int] = mapped_column(
        ForeignKey("model.id", ondelete="CASCADE"), primary_key=True
    )
    fitted_on: Mapped[int]  # photos
    mean: Mapped[bytes] = mapped_column(LargeBinary)
    projection: Mapped[bytes] = mapped_column(LargeBinary)


class RegionRow(Base):
    """Vectors of a content's tiles, int8 (engine.search.parts). ``id`` grows, as embeddings' do."""

    __tablename__ = "region"
    id: Mapped[int] = mapped_column(primary_key=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("content.id", ondelete="CASCADE"))
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"))
    tiles: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (
        UniqueConstraint("content_id", "model_id"),
        {"sqlite_autoincrement": True},
    )


class SavedSearchRow(Base):
    """A search that can be gone back to. ``query``: engine.store.saved, JSON."""

    __tablename__ = "saved_search"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String, unique=True)  # None: in the history alone
    query: Mapped[str]
    created_at: Mapped[datetime]
    ran_at: Mapped[datetime]


class LabelSourceRow(Base):
    """Where labels come from (albums, events, a file) and how much they are trusted."""

    __tablename__ = "label_source"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String, unique=True)
    weight: Mapped[float] = mapped_column(Float, default=1.0)
    measured: Mapped[str | None]  # how well it predicted held-out pairs, JSON


class ThumbnailBase(DeclarativeBase):
    pass


class ThumbnailRow(ThumbnailBase):
    """A JPEG, keyed by the content's quick hash so that the file can be rebuilt or moved."""

    __tablename__ = "thumbnail"
    quick_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    jpeg: Mapped[bytes] = mapped_column(LargeBinary)
