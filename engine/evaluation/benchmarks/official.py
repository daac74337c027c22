"""The figures of a benchmark's table: standard ones, and the published script's beside them.

The script's precision@k is not the standard one: where all right answers stand before rank k it
divides by the rank of the last of them instead of by k, and queries without a right answer in the
gallery are left out. (Where a beam is no photo it also answers with the gallery's first photo;
that is a property of its search, and is not repeated here.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.evaluation import metrics
from engine.evaluation.metrics import Bools, Doubles, Ints


@dataclass(frozen=True)
class BenchmarkRow:
    """One engine's line. Every tuple follows the report's ``ranks``; ratios in 0..1."""

    engine: str
    precision: tuple[float, ...]  # standard: right answers among the first k, divided by k
    recall: tuple[float, ...]  # R@k: the share of queries with a right answer among the first k
    script_precision: tuple[float, ...]  # as the paper's published script counts
    map_100: float
    mrr: float


@dataclass(frozen=True)
class Published:
    """What the paper's authors report (and the README of their code), of the whole benchmark.

    ``script_precision`` is what their script counts; no standard precision was published.
    """

    script_precision: tuple[float, ...]
    recall: tuple[float, ...]


# At the ranks of ``roles.RANKS``.
PUBLISHED = {
    "cub200": Published((0.827, 0.827, 0.830, 0.828), (0.827, 0.864, 0.892, 0.914)),
    "cars196": Published((0.901, 0.899, 0.902, 0.905), (0.901, 0.921, 0.932, 0.937)),
    "inshop": Published((0.924, 0.874, 0.870, 0.869), (0.924, 0.968, 0.976, 0.979)),
}


@dataclass(frozen=True)
class BenchmarkReport:
    """``photoglyph evaluate --benchmark``: one table."""

    benchmark: str
    protocol: str  # closed or open
    recipe: str  # paper or ours
    encoder: str
    note: str  # the rules, and how the model was trained
    ranks: tuple[int, ...]
    queries: int
    gallery: int
    rows: tuple[BenchmarkRow, ...]
    published: Published | None = None


def script_precision_at(relevant: Bools, totals: Ints, k: int) -> Doubles:
    """The published script's precision@k of (Q, K) ``relevant``; NaN where ``totals`` (Q,) is 0."""
    depth = relevant.shape[1]
    found = relevant.sum(axis=1)
    last = depth - relevant[:, ::-1].argmax(axis=1)  # 1-based rank of the last right answer
    complete = (found > 0) & (found == totals) & (last < k)
    divisor = np.where(complete, last, k)
    right = (relevant & (np.arange(depth)[None] < divisor[:, None])).sum(axis=1)
    result: Doubles = np.where(totals > 0, right / divisor, np.nan)
    return result


def row(
    engine: str, ranked: Ints, gallery_labels: Ints, query_labels: Ints, ranks: Sequence[int]
) -> BenchmarkRow:
    """``ranked`` (Q, K) gallery indices, best first, ``metrics.EMPTY`` where short."""
    right = metrics.relevance(ranked, gallery_labels, query_labels)
    totals = metrics.relevant_totals(gallery_labels, query_labels)
    asked = totals > 0
    return BenchmarkRow(
        engine,
        tuple(float(metrics.precision_at(right, k).mean()) for k in ranks),
        tuple(float(metrics.success_at(right, k).mean()) for k in ranks),
        tuple(
            float(script_precision_at(right, totals, k)[asked].mean()) if asked.any() else 0.0
            for k in ranks
        ),
        float(metrics.average_precision_at(right, totals, 100).mean()),
        float(metrics.reciprocal_rank(right).mean()),
    )
