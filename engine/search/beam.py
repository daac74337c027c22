"""Beam search over the trie: every beam is a prefix of a photo that exists and may be shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.search.ports import Floats, Ints
from engine.search.scores import Score
from engine.search.trie import Indices, Level, Trie

CHILDREN = 8  # that a level scores for each beam, those of the best prefixes first
LEAST_BUDGET = 4096


@dataclass(frozen=True)
class Beam:
    """The best identifiers, best first: ``leaves`` (W,), their ``score`` (W,) and ``logp`` (W,).

    ``logp`` is the log-probability among all identifiers whose score the last step compared;
    ``log_total`` the logarithm of what their probabilities are divided by.
    """

    leaves: Indices
    score: Floats
    logp: Floats
    log_total: float = 0.0


def beam_search(
    trie: Trie,
    score: Score,
    width: int,
    temperature: float,
    budget: int | None = None,
) -> Beam:
    """The ``width`` best leaves; fewer where fewer exist, none in an empty trie.

    ``budget``: children at most that a level scores, those of the best prefixes: in a large
    gallery a prefix has hundreds, and what a search costs must not grow with the gallery. Without
    it ``CHILDREN`` a beam, twice as many as recall needs. With ``width`` at least the number of
    identifiers this is an exhaustive search. Ties go to the smaller identifier, so that answers
    are the same at every run.
    """
    budget = budget or max(LEAST_BUDGET, CHILDREN * width)
    nodes = np.zeros(1, np.intp)
    kept_score = every = np.zeros(0, np.float32)
    for level, nodes_of in enumerate(trie.levels):
        if level:
            nodes = nodes[: _affordable(trie.levels[level - 1], nodes, budget)]
        beam, child = trie.children(level, nodes)
        if not len(child):
            return Beam(child, kept_score, kept_score)
        code = nodes_of.code[child].astype(np.intp)
        every = score.children(trie, level, beam, child, code)
        best = top(every, width)
        nodes, kept_score = child[best], every[best]
        score.keep(level, beam[best], code[best])
    log_total = logsumexp(every / temperature)
    return Beam(nodes, kept_score, kept_score / temperature - log_total, log_total)


def _affordable(level: Level, nodes: Indices, budget: int) -> int:
    """How many of ``nodes``, best first, have no more than ``budget`` children; at least one."""
    children = np.cumsum(level.first_child[nodes + 1] - level.first_child[nodes])
    return max(1, int(np.searchsorted(children, budget, side="right")))


def path_scores(trie: Trie, score: Score, identifiers: Ints) -> Floats:
    """The scores of given ``identifiers`` (n, M), n >= 1, of the trie; a fresh ``score``."""
    count = len(identifiers)
    beam = np.zeros(count, np.intp)
    result = np.zeros(0, np.float32)
    nodes = np.zeros(count, np.intp)
    for level in range(len(trie.levels)):
        nodes = trie.descend(level, nodes, identifiers[:, level])
        result = score.children(trie, level, beam, nodes, identifiers[:, level])
        score.keep(level, beam, identifiers[:, level])
        beam = np.arange(count)
    return result


def top(values: Floats, count: int) -> Indices:
    """Indices of the ``count`` largest, best first; among equals the lower index wins."""
    if count <= 0:
        return np.zeros(0, np.intp)
    if count >= len(values):
        return np.argsort(-values, kind="stable")
    threshold = np.partition(values, len(values) - count)[len(values) - count]
    above = np.flatnonzero(values > threshold)
    level = np.flatnonzero(values == threshold)[: count - len(above)]
    chosen = np.sort(np.concatenate([above, level]))
    return chosen[np.argsort(-values[chosen], kind="stable")]


def logsumexp(values: Floats) -> float:
    """log(sum(exp(values))) without overflow."""
    peak = float(values.max())
    return peak + float(np.log(np.exp(values - peak).sum()))
