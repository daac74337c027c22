"""The gallery's rows on disk: what a search knows of every embedded photo, beside its vectors.

``vectors/rows-MODEL-GENERATION`` grows by appending and is memory-mapped, so that opening a library
of a million photos reads no table of it. The database is the truth: the last rows are compared with
it, and a file that does not fit is made again. Rows of photos that left stay behind; searching
hides them. Neighbours: ``vectors`` (embeddings in the same order), ``changes`` (who left or came).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from engine.store.batches import streamed
from engine.store.database import Library
from engine.store.schema import ContentRow, EmbeddingRow, IdentifierRow

# ``hash``: engine.photos.thumbnails.perceptual_hash where ``hashed``.
ROW = np.dtype(
    [
        ("embedding", np.int64),
        ("content", np.int64),
        ("packed", np.int64),
        ("hash", np.int64),
        ("hashed", np.int64),
    ]
)
BLOCK = 65_536  # rows read at a time
COMPARED = 64  # rows at the file's end that are compared with the database

Rows = NDArray[np.void]


def open_rows(library: Library, model_id: int, generation_id: int | None) -> Rows:
    """(G,) of ``ROW``, by embedding id: every embedding of the model that has an identifier.

    Without a generation ``packed`` is 0. A process that cannot write the file (another one is
    appending) keeps the new rows in memory.
    """
    file = library.folder / "vectors" / f"rows-{model_id}-{generation_id or 0}"
    mapped = _mapped(library, model_id, generation_id, file)
    new = _new(library, model_id, generation_id, mapped)
    first = next(new, None)
    if first is None:
        return mapped
    with suppress(Timeout, OSError), FileLock(f"{file}.lock", timeout=0):
        mapped = _mapped(library, model_id, generation_id, file)
        if not len(mapped):
            file.unlink(missing_ok=True)  # those who have it mapped keep the old file
        with file.open("ab") as out:
            out.truncate(len(mapped) * ROW.itemsize)
            for block in _new(library, model_id, generation_id, mapped):
                out.write(block.tobytes())
        return _map(file)
    return np.concatenate([mapped, first, *new])


def embedding_ids(connection: sa.Connection, model_id: int) -> NDArray[np.int64]:
    """Ids (n,), growing, of the model's embeddings that the database has."""
    found = connection.execute(
        sa.select(EmbeddingRow.id)
        .where(EmbeddingRow.model_id == model_id)
        .order_by(EmbeddingRow.id)
    )
    return streamed(found, 1)[:, 0]


def count(connection: sa.Connection, model_id: int) -> int:
    """How many embeddings of the model the database has."""
    embeddings = sa.select(sa.func.count()).where(EmbeddingRow.model_id == model_id)
    return int(connection.execute(embeddings).scalar_one())


def _mapped(library: Library, model_id: int, generation_id: int | None, file: Path) -> Rows:
    """The rows on disk, where their end is what the database says; else none."""
    rows = _map(file)
    if not len(rows):
        return rows
    end = rows[-COMPARED:]
    told = next(
        _new(library, model_id, generation_id, rows[: -len(end)], int(end["embedding"][-1])), None
    )
    known = np.zeros(0, ROW) if told is None else told
    # Photos may have left since: those that are still there must be the same.
    there = np.isin(end["embedding"], known["embedding"])
    if np.array_equal(end[there], known):
        return rows
    return rows[:0]


def _map(file: Path) -> Rows:
    try:
        length = file.stat().st_size // ROW.itemsize
    except OSError:
        length = 0
    return np.memmap(file, ROW, "r", shape=(length,)) if length else np.zeros(0, ROW)


def _new(
    library: Library,
    model_id: int,
    generation_id: int | None,
    rows: Rows,
    until: int | None = None,
) -> Iterator[Rows]:
    """Blocks of rows behind ``rows``, as the database has them; ``until``: embedding id, or all."""
    after = int(rows["embedding"][-1]) if len(rows) else 0
    embedding, content, identifier = EmbeddingRow, ContentRow, IdentifierRow
    bits = content.perceptual_hash
    # Not joined: SQLite would begin with the identifiers and sort a million of them.
    own = sa.select(identifier.packed).where(
        identifier.generation_id == generation_id, identifier.content_id == embedding.content_id
    )
    packed = sa.literal(0) if generation_id is None else own.scalar_subquery()
    query = sa.select(
        embedding.id, content.id, packed, sa.func.coalesce(bits, 0), bits.is_not(None)
    ).join(content, content.id == embedding.content_id)
    if generation_id is not None:
        query = query.where(own.exists())
    query = query.where(embedding.model_id == model_id).order_by(embedding.id).limit(BLOCK)
    if until is not None:
        query = query.where(embedding.id <= until)
    while True:
        with library.read() as connection:
            values = streamed(connection.execute(query.where(embedding.id > after)), 5)
        if len(values):
            after = int(values[-1, 0])
            yield np.ascontiguousarray(values).view(ROW)[:, 0]
        if len(values) < BLOCK:
            return
