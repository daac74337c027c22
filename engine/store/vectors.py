"""Embeddings: rows in the database, and a memory-mapped copy for scanning.

The rows (float16) are the truth. ``vectors/`` holds copies in the order of ``embedding.id``, grown
by appending what is new and made again whenever they do not fit: deleting the folder costs seconds,
not photos. A reader that may not write it (another process is appending) keeps the new rows in
memory instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from engine.store.batches import streamed
from engine.store.database import Library
from engine.store.schema import EmbeddingRow

Halves = NDArray[np.float16]
BLOCK = 4096  # rows read from the database, or scanned, at a time
COMPARED = 64  # rows at a copy's end that are compared with the database
ROUNDING = 1e-3  # rows are of unit length, or two halves of it; other photos differ by far more


def add_embeddings(
    connection: sa.Connection,
    model_id: int,
    content_ids: Sequence[int],
    embeddings: NDArray[np.floating],
) -> None:
    """Store ``embeddings`` (B, E) of ``content_ids``; contents that have one keep theirs."""
    if not len(content_ids):
        return
    half = np.ascontiguousarray(embeddings, dtype=np.float16)
    connection.execute(
        sa.insert(EmbeddingRow).prefix_with("OR IGNORE"),
        [
            {"content_id": int(c), "model_id": model_id, "vector": row.tobytes()}
            for c, row in zip(content_ids, half, strict=True)
        ],
    )


@dataclass(frozen=True)
class Vectors:
    """``count`` rows of ``width`` float16, the first of them on disk, the last in memory."""

    mapped: Halves
    tail: Halves

    def __len__(self) -> int:
        return len(self.mapped) + len(self.tail)

    def take(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """Rows (n,) -> (n, width) float32."""
        border = len(self.mapped)
        out = np.empty((len(rows), self.tail.shape[1]), np.float32)
        on_disk = rows < border
        out[on_disk] = self.mapped[rows[on_disk]]
        out[~on_disk] = self.tail[rows[~on_disk] - border]
        return out

    def blocks(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """All rows as (first row, (n, width) float32), a block at a time."""
        for start, part in ((0, self.mapped), (len(self.mapped), self.tail)):
            for i in range(0, len(part), BLOCK):
                yield start + i, part[i : i + BLOCK].astype(np.float32)


@dataclass(frozen=True)
class Subset:
    """Chosen ``rows`` (n,) of ``vectors``, in their order."""

    vectors: Vectors
    rows: NDArray[np.integer]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        return self.vectors.take(self.rows[rows])

    def blocks(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        for i in range(0, len(self.rows), BLOCK):
            yield i, self.vectors.take(self.rows[i : i + BLOCK])


@dataclass(frozen=True)
class EmbeddingTable:
    """All embeddings of a model: row i belongs to ``content_ids[i]``; ids grow."""

    embedding_ids: NDArray[np.int64]
    content_ids: NDArray[np.int64]


def table(library: Library, model_id: int) -> EmbeddingTable:
    """Ids of all embeddings of a model, without their vectors."""
    row = EmbeddingRow
    with library.read() as connection:
        ids = streamed(
            connection.execute(
                sa.select(row.id, row.content_id).where(row.model_id == model_id).order_by(row.id)
            ),
            2,
        )
    return EmbeddingTable(ids[:, 0], ids[:, 1])


def open_vectors(
    library: Library,
    model_id: int,
    ids: NDArray[np.int64],
    width: int,
    name: str,
    transform: Callable[[NDArray[np.float32]], NDArray[np.floating]] | None = None,
    agreed: int = 0,
) -> Vectors:
    """Vectors of the embeddings ``ids`` (``EmbeddingTable.embedding_ids``), in that order.

    ``name`` is the copy's file name, one for each space; ``transform`` (n, E) -> (n, width) makes
    the rows from embeddings (absent: the embeddings themselves). ``agreed``: as many of the first
    ids were compared with the copy's before, and only the last of these are compared again.
    """
    copy = _Copy(library.folder / "vectors" / name, width)
    mapped = copy.open(ids, agreed)
    false = not _tells_the_truth(library, model_id, mapped, ids[: len(mapped)], transform)
    if false:
        mapped = mapped[:0]
    if len(mapped) < len(ids):
        with suppress(Timeout, OSError), FileLock(f"{copy.file}.lock", timeout=0):
            if false:
                copy.drop()
            agreed = min(agreed, len(mapped))
            mapped = copy.open(ids, agreed)
            for rows in _read(library, model_id, ids[len(mapped) :]):
                copy.append(rows[0], _made(rows[1], transform))
            mapped = copy.open(ids, agreed)
    rest = [_made(r[1], transform) for r in _read(library, model_id, ids[len(mapped) :])]
    tail = np.concatenate(rest) if rest else np.zeros((0, width), np.float16)
    return Vectors(mapped, tail)


def _tells_the_truth(
    library: Library,
    model_id: int,
    mapped: Halves,
    known: NDArray[np.int64],
    transform: Callable[[NDArray[np.float32]], NDArray[np.floating]] | None,
) -> bool:
    """Whether the last rows of a copy are what the database says.

    A backup that is put back takes back transactions, and so does a power cut on a disk that only
    pretends to have written: their ids are then given to other photos, and a copy that was made
    before is false from there to its end.
    """
    end = max(0, len(known) - COMPARED)
    for ids, half in _read(library, model_id, known[end:]):
        here = mapped[end + np.searchsorted(known[end:], ids)].astype(np.float32)
        if not np.allclose(here, _made(half, transform).astype(np.float32), atol=ROUNDING):
            return False
    return True


def _made(
    half: Halves, transform: Callable[[NDArray[np.float32]], NDArray[np.floating]] | None
) -> Halves:
    return half if transform is None else transform(half.astype(np.float32)).astype(np.float16)


def _read(
    library: Library, model_id: int, ids: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], Halves]]:
    """Vectors of ``ids`` (growing) from the database, a block at a time."""
    row = EmbeddingRow
    for i in range(0, len(ids), BLOCK):
        block = ids[i : i + BLOCK]
        with library.read() as connection:
            found = connection.execute(
                sa.select(row.id, row.vector)
                .where(row.model_id == model_id, row.id >= int(block[0]), row.id <= int(block[-1]))
                .order_by(row.id)
            ).all()
        vectors = {r.id: r.vector for r in found}
        # One that was deleted since the ids were read is a zero: similar to nothing.
        width = len(found[0].vector) if found else 0
        data = b"".join(vectors.get(int(i), bytes(width)) for i in block)
        if width:
            yield block, np.frombuffer(data, np.float16).reshape(len(block), -1)


class _Copy:
    """``NAME.f16`` (rows) and ``NAME.ids`` (their embedding ids): appended to, or made again."""

    def __init__(self, base: Path, width: int) -> None:
        self.file = base.with_suffix(".f16")
        self.ids = base.with_suffix(".ids")
        self.width = width

    def open(self, ids: NDArray[np.int64], agreed: int = 0) -> Halves:
        """The rows on disk whose ids ``ids`` begins with; (0, width) if none.

        Of the first ``agreed``, which were compared before, only the last are compared.
        """
        empty = np.zeros((0, self.width), np.float16)
        try:
            rows = self.file.stat().st_size // (2 * self.width)
            count = min(rows, len(ids), self.ids.stat().st_size // 8)
            first = max(0, min(agreed, count) - COMPARED)
            known = np.fromfile(self.ids, np.int64, count - first, offset=8 * first)
        except OSError:
            return empty
        if not count or not np.array_equal(known, ids[first:count]):
            return empty
        return np.memmap(self.file, np.float16, "r", shape=(count, self.width))

    def append(self, ids: NDArray[np.int64], rows: Halves) -> None:
        """Rows first, ids after: a row without an id does not count. Called under the lock."""
        try:
            written = self.ids.stat().st_size // 8
            last = np.fromfile(self.ids, np.int64, 1, offset=8 * (written - 1)) if written else ids
        except OSError:
            written, last = 0, ids
        if written and int(last[0]) >= int(ids[0]):  # another order than the library's
            written = 0
        if not written:
            self.drop()
        self._write(self.file, rows, written * self.width * 2)
        self._write(self.ids, ids, written * 8)

    def drop(self) -> None:
        """Those who have it mapped keep the old file."""
        for file in (self.ids, self.file):
            file.unlink(missing_ok=True)

    @staticmethod
    def _write(file: Path, data: NDArray[np.generic], offset: int) -> None:
        mode = "r+b" if file.exists() else "wb"
        with file.open(mode) as out:
            out.truncate(offset)
            out.seek(offset)
            out.write(data.tobytes())
