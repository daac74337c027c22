"""Similarities, bands, and the two ways to a ranked list: scan everything, or rescore a beam."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.search.beam import top
from engine.search.fingerprints import Fingerprint
from engine.search.ports import Floats
from engine.search.trie import Indices
from engine.tokenizer.model import RankingWeights
from engine.types import Band


class RowVectors(Protocol):
    """Vectors of a gallery, of any storage (engine.store.vectors.Vectors)."""

    def take(self, rows: NDArray[np.integer]) -> Floats:
        """Rows (n,) -> (n, width) float32."""
        ...

    def blocks(self) -> Iterator[tuple[int, Floats]]:
        """All rows in order, as (index of the first, (n, width) float32)."""
        ...


RAISED = 300  # most similar photos whose hashes are looked at
FAIR_SHARE = 0.05  # of the largest mass
ORDER = list(Band)  # best first


@dataclass(frozen=True)
class Ranked:
    """Gallery ``rows`` (n,), best first, with what ranked them.

    ``score`` and ``similarity`` (n,); ``logp`` (n,) is None without a decoder. ``depth`` 0..1: how
    far down the beam the nearest ten of its photos were; where that is far, others may be behind
    its end. 0 for a search that saw everything.
    """

    rows: Indices
    score: Floats
    similarity: Floats
    logp: Floats | None = None
    depth: float = 0.0

    def where(self, taken: NDArray[np.bool_]) -> Ranked:
        """Those that ``taken`` (n,) allows."""
        logp = None if self.logp is None else self.logp[taken]
        return Ranked(self.rows[taken], self.score[taken], self.similarity[taken], logp, self.depth)


def merged(first: Ranked, second: Ranked, count: int) -> Ranked:
    """The ``count`` best of two answers to one question; a photo in both keeps its better score."""
    rows = np.concatenate([first.rows, second.rows])
    score = np.concatenate([first.score, second.score])
    order = np.argsort(-score, kind="stable")
    _, earliest = np.unique(rows[order], return_index=True)
    best = order[np.sort(earliest)][:count]
    logp = None
    if first.logp is not None and second.logp is not None:
        logp = np.concatenate([first.logp, second.logp])[best]
    similarity = np.concatenate([first.similarity, second.similarity])[best]
    return Ranked(rows[best], score[best], similarity, logp, max(first.depth, second.depth))


def cosine(query: Floats, vectors: Floats) -> Floats:
    """``query`` (D,), ``vectors`` (n, D) -> (n,), -1..1; a zero vector is similar to nothing."""
    squares = np.einsum("nd,nd->n", vectors, vectors)  # a fifth of the time of linalg.norm
    lengths = np.sqrt(squares) * np.linalg.norm(query)
    similarity: Floats = (vectors @ query) / np.maximum(lengths, 1e-12)
    return similarity


def scan(
    query: Floats,
    vectors: RowVectors,
    shown: NDArray[np.bool_],
    count: int,
    fingerprint: Fingerprint | None = None,
) -> Ranked:
    """The ``count`` most similar of the rows that ``shown`` (G,) allows. Ties: lower row first.

    ``fingerprint``: perceptual hashes that are near raise a photo's similarity.
    """
    similarity = np.full(len(shown), -np.inf, np.float32)
    for first, block in vectors.blocks():
        allowed = shown[first : first + len(block)]
        if allowed.any():  # choosing rows first would copy the block
            similarity[first : first + len(block)] = cosine(query, block)
    similarity[~shown] = -np.inf
    count = min(count, int(shown.sum()))
    if fingerprint is not None:
        near = np.union1d(top(similarity, max(count, RAISED)), fingerprint.copies(shown))
        near = near[shown[near]]
        similarity[near] = fingerprint.raised(similarity[near], near)
    best = top(similarity, count)
    return Ranked(best, similarity[best], similarity[best])


def score_of(
    similarity: Floats,
    logp: Floats,
    log_mass: Floats | None,
    labels: Floats | None,
    weights: RankingWeights,
) -> Floats:
    """What candidates are ranked by, all (n,): similarity, weighted logp and log mass, ``labels``.

    Both logarithms are at most 0. Sure photos stand before all others, by similarity alone: a
    decoder, a second look and labels know communities, not the one right answer. Sure is what is of
    the same scene, or where labels can move a photo far, of the same shot. For the same reason the
    first of the others is the one that looks most alike, labels counted, whatever the rest says.
    """
    score = similarity.copy()
    sure = weights.same_scene if labels is None else weights.same_shot
    unsure = similarity < sure
    if labels is not None:
        score[unsure] += labels[unsure]
    nearest = int(score.argmax()) if unsure.all() and len(score) else None
    score[unsure] += np.float32(weights.logp) * logp[unsure]
    if log_mass is not None:
        score[unsure] += np.float32(weights.second_look) * np.minimum(log_mass[unsure], 0)
    if labels is not None:
        score[unsure] = _below(score[unsure], weights)
    if nearest is not None:
        best = score.max()
        if score[nearest] < best:
            score[nearest] = best + (sure - best) * np.float32(0.01)
    return score


def _below(score: Floats, weights: RankingWeights) -> Floats:
    """``score`` in the same order, below ``same_shot``: labels add up to more than any likeness."""
    span = max((weights.same_shot - weights.related) / 2, 0.02)
    start = weights.same_shot - span
    over = np.maximum(score - np.float32(start), 0) / np.float32(span)
    squeezed: Floats = np.where(over > 0, start + span * over / (1 + over), score)
    return squeezed.astype(np.float32)


def bands(ranked: Ranked, weights: RankingWeights) -> list[Band]:
    """How sure each match is, from thresholds that were measured on the library's own photos.

    Same shot and same scene are similarities. A photo with a fair share of the second look's mass,
    or of the labels', counts as related, unless nothing that was found is similar. A list never
    goes back to a better band.
    """
    similarity = ranked.similarity
    nearest = float(similarity.max()) if len(similarity) else 0.0
    fair = weights.related + weights.second_look * float(np.log(FAIR_SHARE))
    found: list[Band] = []
    for alike, score in zip(similarity.tolist(), ranked.score.tolist(), strict=True):
        if alike >= weights.same_shot:
            own = Band.SAME_SHOT
        elif alike >= weights.same_scene:
            own = Band.SAME_SCENE
        elif nearest >= weights.related and score >= fair:
            own = Band.RELATED
        else:
            own = Band.GUESS
        found.append(max(own, found[-1], key=ORDER.index) if found else own)
    return found
