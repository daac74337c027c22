"""The rivals that take part, one setting for all sets, and how each is asked and timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from engine.evaluation import faiss_indexes
from engine.evaluation.baselines import Baseline, BinaryRescored, Exact, QueryExpansion, Whitening
from engine.evaluation.diffusion import Diffusion
from engine.evaluation.label_aware import LabelAware
from engine.evaluation.metric_learner import MetricLearner
from engine.evaluation.metrics import Bools, Ints
from engine.evaluation.table import DEPTH, Answers, padded
from engine.search.ports import Floats
from engine.tokenizer.model import Tokenizer

TIMED_QUERIES = 100
EXACT, LEARNT = "exact", "exact-learnt"
PAPER = "paper-decoder"

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
    PAPER: LEARNT,
}
"""The exact search that an engine approximates, in its own space: recall@10 is against it."""


@dataclass(frozen=True)
class Knowledge:
    """What rivals may know beside the gallery's embeddings: no more than training did.

    ``tokenizer``: of the generation that is measured, None before a training. ``labelled``:
    embeddings (L, E) and classes (L,) that training saw, None without labels. ``known`` (G,):
    classes of the gallery's photos among those, -1 for none. ``old`` (G,): photos that were there
    when training was, None for all.
    """

    tokenizer: Tokenizer | None
    labelled: tuple[Floats, Ints] | None
    known: Ints
    old: Bools | None = None


RIVALS = (
    EXACT,
    LEARNT,
    "exact-whitened",
    QueryExpansion.name,
    Diffusion.name,
    BinaryRescored.name,
    "faiss-flat",
    "faiss-hnsw",
    "faiss-ivfpq",
    MetricLearner.name,
    "label-aware",
    "label-aware-expanded",
)
"""What :func:`rivals` may offer, in the order of the table."""


def rivals(
    gallery: Floats, knowledge: Knowledge, seed: int
) -> Iterator[tuple[str, Callable[[], Baseline]]]:
    """Names of rivals for a ``gallery`` (G, E), and what makes each, unfitted: it may be large."""
    tokenizer, labelled = knowledge.tokenizer, knowledge.labelled

    @cache
    def space() -> Whitening:
        return Whitening.fit(gallery)

    yield EXACT, lambda: Exact(EXACT)
    if tokenizer is not None:
        yield LEARNT, partial(Exact, LEARNT, tokenizer.space.project)
    yield "exact-whitened", lambda: Exact("exact-whitened", space())
    yield QueryExpansion.name, lambda: QueryExpansion(space())
    yield Diffusion.name, lambda: Diffusion(space())
    yield BinaryRescored.name, lambda: BinaryRescored(seed=seed)
    if faiss_indexes.available():
        yield "faiss-flat", faiss_indexes.flat
        yield "faiss-hnsw", faiss_indexes.hnsw
        yield "faiss-ivfpq", lambda: faiss_indexes.ivfpq(knowledge.old)
    if labelled is not None:
        yield MetricLearner.name, lambda: MetricLearner(space(), *labelled, seed=seed)
    if tokenizer is not None and tokenizer.affinity is not None:
        yield "label-aware", partial(LabelAware, tokenizer, knowledge.known)
        yield "label-aware-expanded", partial(LabelAware, tokenizer, knowledge.known, expanded=True)


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
