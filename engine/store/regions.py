"""Vectors of photos' tiles (``engine.search.parts``): rows, and a memory-mapped copy to scan.

Optional, and made photo by photo; rows go with their contents. ``vectors/regions-MODEL`` holds them
in the order of ``region.id``, grows by appending, and is made again where it is not what the
database says. Rows of photos that left stay in it until they are half of it. Neighbour: ``rows``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from engine.search.parts import TILES, WIDTH, Tiles
from engine.search.ports import Ints
from engine.store.batches import streamed
from engine.store.database import Library
from engine.store.schema import EmbeddingRow, RegionRow, RegionSpaceRow
from engine.tokenizer.space import Space

ROW = np.dtype([("id", np.int64), ("content", np.int64), ("tiles", np.int8, (len(TILES), WIDTH))])
BLOCK = 2048  # rows read at a time
COMPARED = 64  # rows at the copy's end that are compared with the database

Rows = NDArray[np.void]


@dataclass(frozen=True)
class RegionSpace:
    """What a model's tiles are projected with, and the number of photos that it was fitted on."""

    space: Space
    fitted_on: int


@dataclass(frozen=True)
class Regions:
    """``contents`` (n,) that are described, and their ``tiles`` (n, T, WIDTH)."""

    contents: Ints
    tiles: Tiles


def space(connection: sa.Connection, model_id: int) -> RegionSpace | None:
    """None where nothing was described yet."""
    row = connection.execute(
        sa.select(RegionSpaceRow.__table__).where(RegionSpaceRow.model_id == model_id)
    ).first()
    if row is None:
        return None
    mean = np.frombuffer(row.mean, np.float32)
    projection = np.frombuffer(row.projection, np.float32).reshape(len(mean), -1)
    return RegionSpace(Space(mean, projection), int(row.fitted_on))


def begin(connection: sa.Connection, model_id: int, fitted: RegionSpace) -> None:
    """Describe a model's photos in a new space: what was described in the one before goes."""
    connection.execute(sa.delete(RegionRow).where(RegionRow.model_id == model_id))
    connection.execute(
        sa.insert(RegionSpaceRow).prefix_with("OR REPLACE"),
        {
            "model_id": model_id,
            "fitted_on": fitted.fitted_on,
            "mean": fitted.space.mean.astype(np.float32).tobytes(),
            "projection": fitted.space.projection.astype(np.float32).tobytes(),
        },
    )


def add(connection: sa.Connection, model_id: int, content_id: int, tiles: NDArray[np.int8]) -> None:
    """Keep the ``tiles`` (T, WIDTH) of a content; one that left meanwhile is passed over."""
    row = EmbeddingRow
    there = sa.select(row.content_id, row.model_id, sa.literal(tiles.tobytes())).where(
        row.content_id == content_id, row.model_id == model_id
    )
    connection.execute(
        sa.insert(RegionRow)
        .prefix_with("OR REPLACE")
        .from_select(["content_id", "model_id", "tiles"], there)
    )


def missing(connection: sa.Connection, model_id: int) -> list[int]:
    """Embedded contents, growing, whose tiles are not described yet."""
    described = sa.select(RegionRow.content_id).where(RegionRow.model_id == model_id)
    query = (
        sa.select(EmbeddingRow.content_id)
        .where(EmbeddingRow.model_id == model_id, EmbeddingRow.content_id.not_in(described))
        .order_by(EmbeddingRow.content_id)
    )
    return list(connection.execute(query).scalars())


def embedded(connection: sa.Connection, model_id: int) -> Ints:
    """Contents (n,), growing, that the model has read, whether described or not."""
    query = (
        sa.select(EmbeddingRow.content_id)
        .where(EmbeddingRow.model_id == model_id)
        .order_by(EmbeddingRow.content_id)
    )
    return streamed(connection.execute(query), 1)[:, 0]


def state(connection: sa.Connection, model_id: int) -> tuple[int, int]:
    """How many contents are described, and the last row's id: neither changes unless rows do."""
    row = RegionRow
    query = sa.select(sa.func.count(), sa.func.max(row.id)).where(row.model_id == model_id)
    count, last = connection.execute(query).one()
    return int(count), int(last or 0)


def open_regions(library: Library, model_id: int) -> Regions:
    """Every described content of the model, in the order in which they were described.

    A process that cannot write the copy (another one is appending) keeps new rows in memory.
    """
    file = library.folder / "vectors" / f"regions-{model_id}"
    ids = _ids(library, model_id)
    mapped = _mapped(library, model_id, file, ids)
    if not len(ids) or _last(mapped) >= int(ids[-1]):
        return _present(mapped, ids)
    with suppress(Timeout, OSError), FileLock(f"{file}.lock", timeout=0):
        mapped = _mapped(library, model_id, file, ids)
        if not len(mapped):
            file.unlink(missing_ok=True)  # those who have it mapped keep the old file
        with file.open("ab") as out:
            out.truncate(len(mapped) * ROW.itemsize)
            for block in _new(library, model_id, _last(mapped)):
                out.write(block.tobytes())
        return _present(_map(file), ids)
    return _present(np.concatenate([mapped, *_new(library, model_id, _last(mapped))]), ids)


def _present(rows: Rows, ids: Ints) -> Regions:
    """Less the rows that left; without any the copy is used as it is."""
    if len(rows) != len(ids):
        rows = rows[np.isin(rows["id"], ids)]
    return Regions(np.ascontiguousarray(rows["content"]), rows["tiles"])


def _ids(library: Library, model_id: int) -> Ints:
    """Ids (n,), growing, of what is described."""
    with library.read() as connection:
        found = connection.execute(
            sa.select(RegionRow.id).where(RegionRow.model_id == model_id).order_by(RegionRow.id)
        )
        return streamed(found, 1)[:, 0]


def _mapped(library: Library, model_id: int, file: Path, ids: Ints) -> Rows:
    """The copy, where it is whole, most of it is there still, and its end is the database's."""
    rows = _map(file)
    known = np.ascontiguousarray(rows["id"])
    there = int(np.isin(known, ids).sum())
    if not len(rows) or (np.diff(known) <= 0).any() or 2 * there < len(rows):
        return rows[:0]
    # None is missing in the middle: what has an id up to the last is in the copy.
    if there != int(np.searchsorted(ids, known[-1], "right")):
        return rows[:0]
    end = rows[-COMPARED:]
    end = end[np.isin(end["id"], ids)]
    first = int(end["id"][0]) if len(end) else 0
    told = [block[np.isin(block["id"], end["id"])] for block in _new(library, model_id, first - 1)]
    return rows if len(told) and np.array_equal(np.concatenate(told), end) else rows[:0]


def _last(rows: Rows) -> int:
    return int(rows["id"][-1]) if len(rows) else 0


def _map(file: Path) -> Rows:
    try:
        length = file.stat().st_size // ROW.itemsize
    except OSError:
        length = 0
    return np.memmap(file, ROW, "r", shape=(length,)) if length else np.zeros(0, ROW)


def _new(library: Library, model_id: int, after: int) -> Iterator[Rows]:
    """Blocks of rows behind the id ``after``, as the database has them."""
    row = RegionRow
    query = sa.select(row.id, row.content_id, row.tiles).where(row.model_id == model_id)
    while True:
        with library.read() as connection:
            found = connection.execute(
                query.where(row.id > after).order_by(row.id).limit(BLOCK)
            ).all()
        if found:
            block = np.zeros(len(found), ROW)
            block["id"] = [r.id for r in found]
            block["content"] = [r.content_id for r in found]
            tiles = np.frombuffer(b"".join(r.tiles for r in found), np.int8)
            block["tiles"] = tiles.reshape(-1, len(TILES), WIDTH)
            yield block
        if len(found) < BLOCK:
            return
        after = int(found[-1].id)
