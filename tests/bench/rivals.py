"""Generative search beside what an engineer would use instead, on the very same vectors.

    OMP_NUM_THREADS=1 python -m tests.bench.rivals --cache FOLDER [--photos FOLDER]
        [--sizes 10000 100000 1000000] [--most 100000]

Vectors of ``tests.bench.drawn``, 256 dimensions, unit length; recall@10 against exact cosine.
Indexes are built with all cores and asked with one thread, one query at a time, warm; milliseconds
are that thread's processor time, seconds of building are all threads' together. Graphs take
long to build: they are left out of libraries larger than ``--most``. Rivals come with the extra
``rivals``; those that are not installed are left out. SQLite's extensions are loaded through
``apsw``, as many builds of Python refuse them.
"""
# ruff: noqa: T201  (a program that prints its tables)

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.baselines import BinaryRescored
from engine.search.ports import Floats, Ints
from engine.search.ranking import cosine
from engine.search.searcher import NEAREST
from engine.search.segments import Shown
from engine.settings import DEFAULT_TOP
from engine.training.doubt import deepest
from tests.bench.drawn import Drawn, drawn, exact
from tests.bench.markdown import machine, table
from tests.bench.scale import CANDIDATES, answer, index_of, measured, recall

Search = Callable[[Floats], NDArray[np.integer]]  # a query (D,) -> rows, best first


@dataclass(frozen=True)
class Rival:
    """``held``: bytes a photo that must be in memory; ``mapped``: that rescoring reads of."""

    name: str
    search: Search
    held: float
    mapped: float = 0.0


def rivals(data: Drawn, photos: int, graphs: bool) -> Iterator[Callable[[], Rival]]:
    """What builds each of them, one at a time."""
    z = data.z[:photos]
    yield lambda: _numpy(z)
    yield lambda: _binary(z)
    if find_spec("faiss") is not None:
        yield lambda: _faiss_flat(z)
        yield lambda: _faiss_binary(z)
        yield lambda: _faiss_ivfpq(z)
        if graphs:
            yield lambda: _faiss_hnsw(z)
    if graphs and find_spec("usearch") is not None:
        yield lambda: _usearch(z)
    if find_spec("sqlite_vec") is not None and find_spec("apsw") is not None:
        yield lambda: _sqlite_vec(z)


def _numpy(z: NDArray[np.float16]) -> Rival:
    vectors = z.astype(np.float32)

    def search(query: Floats) -> NDArray[np.integer]:
        similarity = vectors @ query
        best = np.argpartition(-similarity, DEFAULT_TOP)[:DEFAULT_TOP]
        return best[np.argsort(-similarity[best])]

    return Rival("numpy, exact", search, vectors.nbytes / len(z))


def _binary(z: NDArray[np.float16]) -> Rival:
    rival = BinaryRescored(candidates=CANDIDATES)
    rival.fit(z.astype(np.float32))
    mapped = 2.0 * z.shape[1]
    return Rival(
        "64-byte binary, rescored (numpy)",
        lambda query: rival.search(query[None], DEFAULT_TOP)[0][0],
        rival.bytes_per_photo - mapped,
        mapped,
    )


def _faiss_flat(z: NDArray[np.float16]) -> Rival:
    import faiss

    index = faiss.IndexFlatIP(z.shape[1])
    index.add(z.astype(np.float32))
    return Rival("FAISS flat", _faiss_search(index), 4.0 * z.shape[1])


def _faiss_binary(z: NDArray[np.float16]) -> Rival:
    """The same 64 bytes, scanned by FAISS: signs of a random rotation of the centred vectors."""
    import faiss

    width, bits = z.shape[1], 512
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((width, bits)).astype(np.float32)
    mean = z[:: max(1, len(z) // 30_000)].astype(np.float32).mean(0)

    def signs(vectors: Floats) -> NDArray[np.uint8]:
        return np.packbits((vectors - mean) @ directions > 0, axis=1)

    index = faiss.IndexBinaryFlat(bits)
    for start in range(0, len(z), 65_536):
        index.add(signs(z[start : start + 65_536].astype(np.float32)))

    def search(query: Floats) -> NDArray[np.integer]:
        return _rescored(z, query, index.search(signs(query[None]), CANDIDATES)[1][0])

    return Rival("64-byte binary, rescored (FAISS)", search, bits / 8, 2.0 * width)


def _faiss_ivfpq(z: NDArray[np.float16]) -> Rival:
    """sqrt(G) lists of which 32 are visited, 64 bytes a photo."""
    import faiss

    lists = round(len(z) ** 0.5)
    width = z.shape[1]
    index = faiss.IndexIVFPQ(
        faiss.IndexFlatIP(width), width, lists, 64, 8, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.min_points_per_centroid = 1  # small galleries are no reason to warn
    index.pq.cp.min_points_per_centroid = 1
    index.pq.cp.niter = 10  # the usual 25 take three times as long and find the same
    index.train(z[:: max(1, len(z) // 20_000)].astype(np.float32))
    index.add(z.astype(np.float32))
    index.nprobe = min(32, lists)
    faiss.omp_set_num_threads(1)

    def search(query: Floats) -> NDArray[np.integer]:
        return _rescored(z, query, index.search(query[None], CANDIDATES)[1][0])

    held = len(faiss.serialize_index(index)) / len(z)
    return Rival("FAISS IVF-PQ, rescored", search, held, 2.0 * width)


def _faiss_hnsw(z: NDArray[np.float16]) -> Rival:
    import faiss

    index = faiss.IndexHNSWFlat(z.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 100
    index.hnsw.efSearch = 128
    index.add(z.astype(np.float32))
    return Rival(
        "FAISS HNSW (M 32, ef 128)",
        _faiss_search(index),
        len(faiss.serialize_index(index)) / len(z),
    )


def _faiss_search(index: Any) -> Search:
    return lambda query: index.search(query[None], DEFAULT_TOP)[1][0]


def _usearch(z: NDArray[np.float16]) -> Rival:
    from usearch.index import Index

    index = Index(ndim=z.shape[1], metric="ip", dtype="f16", connectivity=16, expansion_search=128)
    index.add(np.arange(len(z)), np.asarray(z), threads=os.cpu_count() or 1)
    return Rival(
        "usearch HNSW (M 16, ef 128, f16)",
        lambda query: index.search(query.astype(np.float16), DEFAULT_TOP, threads=1).keys,
        index.memory_usage / len(z),
    )


def _sqlite_vec(z: NDArray[np.float16]) -> Rival:
    """On disk, scanned: nothing but SQLite's page cache is held."""
    import apsw
    import sqlite_vec

    folder = tempfile.TemporaryDirectory(prefix="photoglyph-bench-")
    file = Path(folder.name, "vectors.sqlite")
    connection = apsw.Connection(os.fspath(file))
    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    connection.execute(f"create virtual table photo using vec0(v float[{z.shape[1]}])")
    with connection:
        connection.executemany(
            "insert into photo (rowid, v) values (?, ?)",
            ((row, z[row].astype(np.float32).tobytes()) for row in range(len(z))),
        )

    def search(query: Floats, folder: object = folder) -> NDArray[np.integer]:
        found = connection.execute(
            "select rowid from photo where v match ? and k = ? order by distance",
            (query.tobytes(), DEFAULT_TOP),
        )
        return np.array([row for (row,) in found], np.int64)

    return Rival("sqlite-vec", search, 0.0, file.stat().st_size / len(z))


def _rescored(z: NDArray[np.float16], query: Floats, rows: Ints) -> NDArray[np.integer]:
    rows = rows[rows >= 0]
    similarity = cosine(query, z[rows].astype(np.float32))
    return rows[np.argsort(-similarity, kind="stable")[:DEFAULT_TOP]]


def _generative(data: Drawn, photos: int, queries: Floats, nearest: Ints) -> Rival:
    """With the widening, calibrated on queries that are not measured.

    Building is the trie's: the lists of the second look, where there are any, come from training.
    """
    index, shown = index_of(data, photos), Shown(np.ones(photos, bool))
    held_out = measured(index, queries, shown)
    doubt = deepest(held_out.depth, recall(held_out.found, nearest).astype(np.float32))
    held, mapped = index.nbytes + data.quantizer.codebooks.nbytes, 2 * data.z.shape[1] * photos
    if index.lists is not None:
        held += index.lists.row.nbytes + index.lists.place.nbytes
        mapped += index.lists.members.nbytes + index.lists.weights.nbytes
    return Rival(
        "generative, rescored",
        lambda query: answer(index, query, shown, doubt)[0].rows,
        held / photos,
        mapped / photos,
    )


def line(rival: Rival, build_s: float, queries: Floats, nearest: Ints) -> list[str]:
    found = np.full((len(queries), NEAREST), -1)
    for z in queries[:10]:
        rival.search(z)
    took = []
    for row, z in zip(found, queries, strict=True):
        started = time.thread_time()
        rows = rival.search(z)[:NEAREST]
        took.append((time.thread_time() - started) * 1e3)
        row[: len(rows)] = rows
    p50, p95 = np.percentile(took, (50, 95))
    return [
        rival.name,
        f"{p50:.2f}",
        f"{p95:.2f}",
        f"{recall(found, nearest).mean():.3f}",
        f"{rival.held:.0f}",
        f"{rival.mapped:.0f}",
        f"{build_s:.1f}",
    ]


def measure(data: Drawn, photos: int, queries: Floats, graphs: bool) -> str:
    """The table of one library."""
    nearest = exact(data.z[:photos], queries, NEAREST)
    half = len(queries) // 2
    builders = list(rivals(data, photos, graphs))
    builders.append(lambda: _generative(data, photos, queries[:half], nearest[:half]))
    lines = []
    for build in builders:
        _threads(os.cpu_count() or 1)
        started = time.process_time()
        rival = build()
        build_s = time.process_time() - started
        _threads(1)
        lines.append(line(rival, build_s, queries[half:], nearest[half:]))
        print(f"{photos:,}: {rival.name}", file=sys.stderr)
    header = ["search", "p50 ms", "p95 ms", "recall@10", "bytes held", "bytes on disk", "built, s"]
    return table(header, lines)


def _threads(count: int) -> None:
    """Of FAISS; numpy's are what OMP_NUM_THREADS says."""
    if find_spec("faiss") is not None:
        import faiss

        faiss.omp_set_num_threads(count)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--photos", type=Path, help="folder of JPEGs, to fill an empty cache")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--most", type=int, default=100_000, help="photos that a graph is built of")
    chosen = parser.parse_args()
    data = drawn(chosen.cache, chosen.photos, max(chosen.sizes))
    queries = data.queries[: 2 * chosen.queries]
    print(
        f"{chosen.queries} queries, {DEFAULT_TOP} results, {CANDIDATES} candidates where rescored; "
        f"{machine()}, one thread a query."
    )
    for photos in chosen.sizes:
        told = measure(data, photos, queries, graphs=photos <= chosen.most)
        print(f"\n{photos:,} photos\n\n{told}")


if __name__ == "__main__":
    main()
