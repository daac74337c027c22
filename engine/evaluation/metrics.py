"""Standard retrieval metrics, vectorised over queries.

Everything works on a *relevance matrix* ``relevant`` (Q, K) bool: ``relevant[q, r]`` says whether
the photo at rank r + 1 of query q is a right answer. Ranks that a short answer leaves empty are
False. Each metric returns one value a query, (Q,) float64 in 0..1; its mean over the queries is
the figure of a table and ``bootstrap_interval`` says how far that mean can be trusted.

A query without any right answer in the gallery scores zero in every metric: it is not left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

EMPTY = -1
"""The photo index at a rank that a short answer leaves empty."""


def relevance(ranked: Ints, gallery_labels: Ints, query_labels: Ints) -> Bools:
    """Right means the same label.

    ``ranked`` (Q, K) gallery indices, best first, ``EMPTY`` where the answer is short;
    ``gallery_labels`` (G,) and ``query_labels`` (Q,) are class numbers. Returns (Q, K).
    """
    right: Bools = (gallery_labels[ranked] == query_labels[:, None]) & (ranked != EMPTY)
    return right


def relevant_totals(gallery_labels: Ints, query_labels: Ints) -> Ints:
    """How many right answers the gallery holds for each query, (Q,)."""
    classes, counts = np.unique(gallery_labels, return_counts=True)
    if not len(classes):
        return np.zeros(len(query_labels), dtype=np.int64)
    place = np.clip(np.searchsorted(classes, query_labels), 0, len(classes) - 1)
    return np.where(classes[place] == query_labels, counts[place], 0).astype(np.int64)


def precision_at(relevant: Bools, k: int) -> Doubles:
    """precision@k: right answers among the first k, divided by k.

    Always by k, also where the gallery holds fewer right answers or the answer is short.
    """
    result: Doubles = relevant[:, :k].sum(axis=1) / float(k)
    return result


def success_at(relevant: Bools, k: int) -> Doubles:
    """R@k as image retrieval reports it: 1 where any of the first k is right, else 0.

    (Also called hit rate or success@k. It is not the share of all right answers found.)
    """
    result: Doubles = np.asarray(relevant[:, :k].any(axis=1), dtype=np.float64)
    return result


def average_precision_at(relevant: Bools, totals: Ints, k: int = 100) -> Doubles:
    """AP@k: mean of precision@r over the ranks r <= k that hold a right answer.

    Divided by min(number of right answers in the gallery, k), so that the best possible list
    scores 1. ``totals`` (Q,): right answers in the gallery.
    """
    top = relevant[:, :k]
    precision = top.cumsum(axis=1) / np.arange(1, top.shape[1] + 1, dtype=np.float64)
    best = np.maximum(np.minimum(totals, k), 1)
    result: Doubles = (precision * top).sum(axis=1) / best
    return result


def reciprocal_rank(relevant: Bools) -> Doubles:
    """1 / rank of the first right answer; 0 where the list holds none."""
    if not relevant.shape[1]:
        return np.zeros(len(relevant))
    first = relevant.argmax(axis=1)
    result: Doubles = np.where(relevant.any(axis=1), 1.0 / (first + 1), 0.0)
    return result


def recall_against(found: Ints, exact: Ints, k: int = 10) -> Doubles:
    """recall@k against exact search: the share of the exact top k that the found top k holds.

    ``found`` and ``exact`` (Q, >= k) gallery indices. Where the gallery is smaller than k, the
    share is of what exact search returned.
    """
    truth = exact[:, :k]
    hit = (truth[:, :, None] == found[:, None, :k]).any(axis=2) & (truth != EMPTY)
    result: Doubles = hit.sum(axis=1) / np.maximum((truth != EMPTY).sum(axis=1), 1)
    return result


def share_found(found: Ints, exact: Ints, chosen: Bools, k: int = 10) -> float | None:
    """Of the exact top k that are ``chosen`` (G,), the share that the found top k holds.

    Over all queries together: a query may have none. None where no query has any.
    """
    truth = exact[:, :k]
    asked = chosen[truth] & (truth != EMPTY)
    hit = (truth[:, :, None] == found[:, None, :k]).any(axis=2) & asked
    return float(hit.sum() / asked.sum()) if asked.any() else None


def bootstrap_interval(
    values: Doubles, *, seed: int, samples: int = 1000, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap over queries: where the mean of ``values`` (Q,) lies.

    Queries are drawn with replacement; the same seed gives the same interval. Raises
    ``ValueError`` without values.
    """
    if not len(values):
        raise ValueError("no values to resample")
    rng = np.random.default_rng(seed)
    means = np.empty(samples)
    for s in range(samples):  # one at a time: (samples, Q) would be large for many queries
        means[s] = values[rng.integers(0, len(values), len(values))].mean()
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
