"""The rivals that take part, one setting for all sets, and how each is asked and timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from engine.evaluation import faiss_indexes
from engine.evaluation.baselines import Baseline, BinaryRescored, Exact, QueryExpansion, Whitening
from engine.evaluation.diffusion import Diffusion
from engine.evaluation.metric_learner import MetricLearner
from engine.evaluation.metrics import Ints
from engine.evaluation.table import DEPTH, Answers, padded
from engine.search.ports import Floats

TIMED_QUERIES = 100
EXACT, LEARNT = "exact", "exact-learnt"

STANDS_IN_FOR = {
    EXACT: EXACT,
    "faiss-flat": EXACT,
    "faiss-hnsw": EXACT,
    "faiss-ivfpq": EXACT,
    "binary-rescored": EXACT,
    LEARNT: LEARNT,
    "generative": LEARNT,
    "generative-ids": LEARNT,
    "tree-search": LEARNT,
}
"""The exact search that an engine approximates, in its own space: recall@10 is against it."""


def rivals(
    gallery: Floats,
    learnt: Callable[[Floats], Floats] | None,
    labelled: tuple[Floats, Ints] | None,
    seed: int,
) -> Iterator[Baseline]:
    """Unfitted rivals for a ``gallery`` (G, E), one at a time: each may be large.

    ``learnt`` (B, E) -> (B, D): the product's own space, None before a training. ``labelled``:
    embeddings (L, E) and classes (L,) that training saw, None without labels.
    """
    yield Exact(EXACT)
    if learnt is not None:
        yield Exact(LEARNT, learnt)
    space = Whitening.fit(gallery)
    yield Exact("exact-whitened", space)
    yield QueryExpansion(space)
    yield Diffusion(space)
    yield BinaryRescored(seed=seed)
    if faiss_indexes.available():
        yield faiss_indexes.flat()
        yield faiss_indexes.hnsw()
        yield faiss_indexes.ivfpq()
    if labelled is not None:
        yield MetricLearner(space, *labelled, seed=seed)


def ask(rival: Baseline, gallery: Floats, queries: Floats) -> Answers:
    """Fit, answer all ``queries`` (Q, E) together, then time the first of them one by one."""
    rival.fit(gallery)
    ranked, _ = rival.search(queries, DEPTH)
    for query in queries[:3]:  # caches warm up
        rival.search(query[None], DEPTH)
    taken = []
    for query in queries[:TIMED_QUERIES]:
        start = time.perf_counter()
        rival.search(query[None], DEPTH)
        taken.append((time.perf_counter() - start) * 1e3)
    return Answers(rival.name, padded(list(ranked)), np.array(taken), rival.bytes_per_photo)
