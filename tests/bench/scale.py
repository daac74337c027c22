"""Searching as the library grows: what it costs, what it finds, what it holds in memory.

    python -m tests.bench.scale --cache FOLDER [--photos FOLDER] [--sizes 10000 100000 1000000]

The cheap score alone, without encoding, in the vectors of ``tests.bench.drawn``; the Transformer's
correction costs the same in every library (``tests.bench.whole_query``). Half of the queries
calibrate when a beam is not trusted, the other half is measured, one at a time and warm. Prints the
tables, and the profile of one query in the largest library. Milliseconds are processor time of the
one thread that searches: what a clock says where nothing else runs.
"""
# ruff: noqa: T201  (a program that prints its tables)

from __future__ import annotations

import argparse
import cProfile
import io
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.metrics import recall_against
from engine.search.ports import Floats, Ints
from engine.search.ranking import Ranked
from engine.search.searcher import (
    NEAREST,
    RESCORED,
    Asked,
    GenerativeIndex,
    _decoded,
    search_generative,
)
from engine.search.segments import Shown
from engine.services.answering import WIDER
from engine.settings import DEFAULT_BEAM, DEFAULT_TOP
from engine.store.vectors import Vectors
from engine.training.doubt import deepest
from tests.bench.drawn import Drawn, drawn, exact
from tests.bench.markdown import machine, table

LEFT = 0.01  # share of the library that the filter leaves
AT_ONCE = (1, 2, 4)  # threads
CANDIDATES = int(DEFAULT_BEAM * RESCORED)

T = TypeVar("T")


@dataclass(frozen=True)
class Measured:
    """Q queries: ``decode`` and ``total`` (Q,) in ms, ``found`` (Q, NEAREST), ``depth`` (Q,).

    ``decode``: the usual beam alone; ``total``: the whole search, with a wider beam where doubted.
    """

    decode: Floats
    total: Floats
    found: Ints
    depth: Floats
    widened: NDArray[np.bool_]


@dataclass(frozen=True)
class Size:
    """What was measured in one library of ``photos``."""

    photos: int
    build_s: float
    nbytes: int
    codebooks: int
    identifiers: int
    usual: Measured
    widening: Measured
    nearest: Ints
    doubt: float
    filtered: Measured
    filtered_first_ms: float
    filtered_nearest: Ints
    per_second: tuple[float, ...]
    trie_share: float
    read: Ints  # (Q,) vectors, by a search with widening
    listed: bool


def index_of(data: Drawn, photos: int) -> GenerativeIndex:
    """The first ``photos`` of the drawn vectors, which stay on disk."""
    z = data.z[:photos]
    vectors = Vectors(z, np.zeros((0, z.shape[1]), np.float16))
    lists = data.lists if data.lists is not None and len(data.lists.row) == photos else None
    return GenerativeIndex.build(
        data.tokenizer(), data.packed(photos), np.ones(photos, bool), vectors, lists
    )


def read_by(index: GenerativeIndex, queries: Floats, shown: Shown, doubt: float) -> Ints:
    """How many vectors every query reads to rescore them, (Q,)."""
    taken: list[int] = []
    real = Vectors.take

    def counted(vectors: Vectors, rows: NDArray[np.integer]) -> Floats:
        taken.append(len(rows))
        return real(vectors, rows)

    def one(z: Floats) -> int:
        taken.clear()
        answer(index, z, shown, doubt)
        return sum(taken)

    with patch.object(Vectors, "take", counted):
        return np.array([one(z) for z in queries])


def ask(z: Floats) -> Asked:
    return Asked(z, z, z, z[None])


def answer(
    index: GenerativeIndex, z: Floats, shown: Shown, doubt: float = 1.0
) -> tuple[Ranked, bool]:
    """As the app answers: a wider beam where the usual one is doubted, and whether it was."""
    ranked, _ = search_generative(index, None, ask(z), shown, DEFAULT_TOP, DEFAULT_BEAM)
    if ranked.depth <= doubt:
        return ranked, False
    ranked, _ = search_generative(index, None, ask(z), shown, DEFAULT_TOP, WIDER * DEFAULT_BEAM)
    return ranked, True


def measured(index: GenerativeIndex, queries: Floats, shown: Shown, doubt: float = 1.0) -> Measured:
    found = np.full((len(queries), NEAREST), -1)
    took, depth, widened = [], [], []
    for row, z in zip(found, queries, strict=True):
        started = time.thread_time()
        _decoded(index, ask(z), shown, DEFAULT_BEAM)
        decoded = time.thread_time()
        ranked, wider = answer(index, z, shown, doubt)
        took.append(((decoded - started) * 1e3, (time.thread_time() - decoded) * 1e3))
        row[: len(ranked.rows)] = ranked.rows[:NEAREST]
        depth.append(ranked.depth)
        widened.append(wider)
    decode, total = np.array(took, np.float32).T
    return Measured(decode, total, found, np.array(depth, np.float32), np.array(widened))


def recall(found: Ints, nearest: Ints) -> NDArray[np.float64]:
    return recall_against(found, nearest, NEAREST)


def measure(data: Drawn, photos: int, queries: Floats) -> tuple[Size, GenerativeIndex]:
    started = time.thread_time()
    index = index_of(data, photos)
    build_s = time.thread_time() - started
    shown = Shown(np.ones(photos, bool))
    nearest = exact(data.z[:photos], queries, NEAREST)
    half = len(queries) // 2
    held_out = measured(index, queries[:half], shown)  # warms up as well
    doubt = deepest(held_out.depth, recall(held_out.found, nearest[:half]).astype(np.float32))
    queries, nearest = queries[half:], nearest[half:]
    usual = measured(index, queries, shown)
    widening = measured(index, queries, shown, doubt)

    mask = np.random.default_rng(0).random(photos) < LEFT
    some = Shown(mask)
    first = time.thread_time()
    answer(index, queries[0], some, doubt)
    first_ms = (time.thread_time() - first) * 1e3
    filtered = measured(index, queries, some, doubt)
    rows = np.flatnonzero(mask)
    left = rows[exact(data.z[:photos][rows], queries, NEAREST)]
    return (
        Size(
            photos,
            build_s,
            index.nbytes,
            data.quantizer.codebooks.nbytes,
            index.segments[0].trie.distinct,
            usual,
            widening,
            nearest,
            doubt,
            filtered,
            first_ms,
            left,
            tuple(at_once(index, queries, shown, threads) for threads in AT_ONCE),
            trie_share(index, queries, shown),
            read_by(index, queries, shown, doubt),
            index.lists is not None,
        ),
        index,
    )


def at_once(index: GenerativeIndex, queries: Floats, shown: Shown, threads: int) -> float:
    """Queries a second with so many threads."""
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda z: answer(index, z, shown), queries))
    return len(queries) / (time.perf_counter() - started)


def profiled(index: GenerativeIndex, queries: Floats, shown: Shown) -> pstats.Stats:
    profile = cProfile.Profile()
    profile.enable()
    for z in queries:
        answer(index, z, shown)
    profile.disable()
    return pstats.Stats(profile, stream=io.StringIO())


def trie_share(index: GenerativeIndex, queries: Floats, shown: Shown) -> float:
    """Of the processor time of decoding, what ``Trie`` takes: children, and photos of leaves.

    Its methods are timed where they are called; a profile would count its own calls as theirs.
    """
    trie, spent = index.segments[0].trie, [0.0]

    def timed(method: Callable[..., T]) -> Callable[..., T]:
        def call(*args: object) -> T:
            started = time.perf_counter()
            found = method(*args)
            spent[0] += time.perf_counter() - started
            return found

        return call

    with patch.multiple(trie, children=timed(trie.children), photos=timed(trie.photos)):
        started = time.perf_counter()
        for z in queries:
            _decoded(index, ask(z), shown, DEFAULT_BEAM)
        return spent[0] / (time.perf_counter() - started)


def profile_text(stats: pstats.Stats, queries: int) -> str:
    """The functions that a query spends most of its time in."""
    out = io.StringIO()
    stats.stream = out  # type: ignore[attr-defined]
    stats.strip_dirs().sort_stats("tottime").print_stats(16)
    lines = out.getvalue().splitlines()
    start = next(i for i, line in enumerate(lines) if "ncalls" in line)
    told = "\n".join(line for line in lines[start:] if line.strip())
    return f"{queries} queries together\n{told}"


def span(milliseconds: Floats) -> str:
    return " / ".join(f"{value:.2f}" for value in np.percentile(milliseconds, (50, 95)))


def tables(sizes: Sequence[Size]) -> str:
    header = ["", *(f"{size.photos:,}" for size in sizes)]
    rows = [
        ["identifiers in use", *(f"{s.identifiers:,}" for s in sizes)],
        ["trie built, s", *(f"{s.build_s:.2f}" for s in sizes)],
        ["index, bytes a photo", *(f"{s.nbytes / s.photos:.1f}" for s in sizes)],
        ["codebooks, bytes a photo", *(f"{s.codebooks / s.photos:.1f}" for s in sizes)],
        ["lists of the second look", *("yes" if s.listed else "no" for s in sizes)],
        ["decode, ms", *(span(s.usual.decode) for s in sizes)],
        [f"search, {CANDIDATES} rescored, ms", *(span(s.usual.total) for s in sizes)],
        ["recall@10", *(f"{recall(s.usual.found, s.nearest).mean():.3f}" for s in sizes)],
        ["widening: doubted from depth", *(f"{s.doubt:.2f}" for s in sizes)],
        ["widening: share of queries", *(f"{s.widening.widened.mean():.2f}" for s in sizes)],
        ["widening: search, ms", *(span(s.widening.total) for s in sizes)],
        [
            "widening: recall@10",
            *(f"{recall(s.widening.found, s.nearest).mean():.3f}" for s in sizes),
        ],
        [
            "vectors read, median / most",
            *(f"{np.median(s.read):.0f} / {s.read.max()}" for s in sizes),
        ],
        ["1 % filter: first search, ms", *(f"{s.filtered_first_ms:.2f}" for s in sizes)],
        ["1 % filter: search, ms", *(span(s.filtered.total) for s in sizes)],
        ["1 % filter: share widened", *(f"{s.filtered.widened.mean():.2f}" for s in sizes)],
        [
            "1 % filter: recall@10",
            *(f"{recall(s.filtered.found, s.filtered_nearest).mean():.3f}" for s in sizes),
        ],
        *(
            [f"queries a second, {n} threads", *(f"{s.per_second[i]:.0f}" for s in sizes)]
            for i, n in enumerate(AT_ONCE)
        ),
        ["trie's share of decoding", *(f"{s.trie_share:.0%}" for s in sizes)],
    ]
    return table(header, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--photos", type=Path, help="folder of JPEGs, to fill an empty cache")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--queries", type=int, default=500)
    chosen = parser.parse_args()
    data = drawn(chosen.cache, chosen.photos, max(chosen.sizes))
    queries = data.queries[: 2 * chosen.queries]
    sizes = []
    for photos in chosen.sizes:
        size, index = measure(data, photos, queries)
        sizes.append(size)
        print(f"{photos:,}: done", file=sys.stderr)
    print(
        f"{len(queries) // 2} queries, medians / 95th percentiles, beam {DEFAULT_BEAM}, "
        f"{DEFAULT_TOP} results; {machine()}.\n"
    )
    print(tables(sizes))
    first, last = sizes[0], sizes[-1]
    grown = np.median(last.usual.total) / np.median(first.usual.total)
    print(f"\n{last.photos / first.photos:.0f} times the photos: {grown:.2f} times the time.\n")
    stats = profiled(index, queries, Shown(np.ones(last.photos, bool)))
    print(profile_text(stats, len(queries)))


if __name__ == "__main__":
    main()
