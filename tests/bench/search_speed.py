"""Searching without encoding, at growing gallery sizes, beside exact scans and FAISS.

    python -m tests.bench.search_speed [--photos 10000 100000] [--queries 100]

Vectors are synthetic (clusters of unequal size in 256 dimensions, the width of a trained space), so
recall here says how the searches compare, not how well photos are found. The generative rows are
the untrained tree score: the trained decoder's time is in the tables of ``evaluate``.
"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from engine.evaluation import faiss_indexes, metrics
from engine.evaluation.baselines import Baseline, BinaryRescored, Exact
from engine.search.searcher import GenerativeIndex, search_exact, search_generative
from engine.search.segments import Shown
from engine.services.evaluating import identifier_bytes
from engine.store.vectors import Vectors
from engine.tokenizer.model import NORM, Tokenizer, TreeWeights
from engine.tokenizer.quantizer import fit_quantizer
from engine.tokenizer.space import Space, unit
from tests.bench.markdown import machine, table

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

WIDTH = 256
LEVELS, CODES = 3, 1024
FITTED_ON = 20_000  # vectors that the codebooks are fitted on


def synthetic(photos: int, queries: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Unit vectors (photos, WIDTH) and (queries, WIDTH): each query lies near a photo."""
    rng = np.random.default_rng(seed)
    spread = 1 / np.sqrt(1 + np.arange(WIDTH))  # a few directions say most, as after a PCA
    centres = rng.standard_normal((max(20, photos // 50), WIDTH)) * spread
    share = rng.dirichlet(np.full(len(centres), 0.5))
    labels = rng.choice(len(centres), photos, p=share)
    gallery = centres[labels] + 0.6 * rng.standard_normal((photos, WIDTH)) * spread
    near = gallery[rng.choice(photos, queries)]
    asked = near + 0.3 * rng.standard_normal(near.shape) * spread
    return unit(gallery.astype(np.float32)), unit(asked.astype(np.float32))


def searches(
    gallery: Floats,
) -> Iterator[tuple[str, Callable[[Floats], NDArray[np.integer]], float]]:
    """Name, search of one query (1, WIDTH) for its 100 best, bytes a photo."""
    rivals: list[Baseline] = [Exact(), BinaryRescored()]
    if faiss_indexes.available():
        rivals += [faiss_indexes.flat(), faiss_indexes.hnsw(), faiss_indexes.ivfpq()]
    for rival in rivals:
        rival.fit(gallery)
        yield rival.name, _answer(rival), rival.bytes_per_photo
    half = gallery.astype(np.float16)
    rows = Vectors(half, half[:0])
    shown = np.ones(len(gallery), dtype=np.bool_)
    yield (
        "exact, as the app scans",
        lambda query: search_exact(rows, query[0], shown, 100)[0].rows,
        half.nbytes / len(half),
    )
    codes = min(CODES, len(gallery) // 10)
    chosen = np.random.default_rng(0).permutation(len(gallery))[:FITTED_ON]
    quantizer = fit_quantizer(gallery[chosen], LEVELS, codes)
    nothing = Space(np.zeros(WIDTH, np.float32), np.eye(WIDTH, dtype=np.float32))
    tokenizer = Tokenizer(nothing, quantizer, TreeWeights.untrained(LEVELS, NORM))
    packed = tokenizer.identify(gallery)
    index = GenerativeIndex.build(tokenizer, packed, shown, rows)
    for beam in (100, 300):
        yield (
            f"tree search {LEVELS}x{codes}, beam {beam}, rescored",
            _tree(index, Shown(shown), beam),
            identifier_bytes(index) + 2 * WIDTH,
        )


def _answer(rival: Baseline) -> Callable[[Floats], NDArray[np.integer]]:
    return lambda query: rival.search(query, 100)[0][0]


def _tree(
    index: GenerativeIndex, shown: Shown, beam: int
) -> Callable[[Floats], NDArray[np.integer]]:
    patches = np.zeros((1, 1), np.float32)
    return lambda query: (
        search_generative(index, None, index.ask(query[0], patches), shown, 100, beam)[0].rows
    )


def measure(photos: int, queries: int) -> str:
    """The table of one gallery size."""
    gallery, asked = synthetic(photos, queries)
    exact: Ints | None = None
    base = 0.0
    lines = []
    for name, search, size in searches(gallery):
        for query in asked[:5]:
            search(query[None])
        found = np.full((len(asked), 100), metrics.EMPTY)
        taken = []
        for row, query in zip(found, asked, strict=True):
            start = time.perf_counter()
            rows = search(query[None])
            taken.append((time.perf_counter() - start) * 1e3)
            row[: len(rows)] = rows
        if exact is None:
            exact, base = found, float(np.median(taken))
        recall = metrics.recall_against(found, exact).mean()
        p50, p95 = np.percentile(taken, (50, 95))
        print(f"{photos}: {name}", file=sys.stderr)
        lines.append(
            [name, f"{p50:.2f}", f"{p95:.2f}", f"{base / p50:.1f}", f"{recall:.3f}", f"{size:.0f}"]
        )
    header = ["search", "p50 ms", "p95 ms", "times exact's speed", "recall@10", "bytes a photo"]
    return table(header, lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--photos", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=100)
    chosen = parser.parse_args()
    print(f"One query at a time, {WIDTH} dimensions; {machine()}.")
    for photos in chosen.photos:
        print(f"\n{photos:,} photos\n\n{measure(photos, chosen.queries)}")


if __name__ == "__main__":
    main()
