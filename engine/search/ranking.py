"""Similarities, bands, and the two ways to a ranked list: scan everything, or rescore a beam."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.search.beam import top
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


FAIR_SHARE = 0.05  # of the largest mass


@dataclass(frozen=True)
class Ranked:
    """Gallery ``rows`` (n,), best first, with what ranked them.

    ``score`` and ``similarity`` (n,); ``logp`` (n,) is None without a decoder.
    """

    rows: Indices
    score: Floats
    similarity: Floats
    logp: Floats | None = None


def cosine(query: Floats, vectors: Floats) -> Floats:
    """``query`` (D,), ``vectors`` (n, D) -> (n,), -1..1; a zero vector is similar to nothing."""
    squares = np.einsum("nd,nd->n", vectors, vectors)  # a fifth of the time of linalg.norm
    lengths = np.sqrt(squares) * np.linalg.norm(query)
    similarity: Floats = (vectors @ query) / np.maximum(lengths, 1e-12)
    return similarity


def scan(query: Floats, vectors: RowVectors, shown: NDArray[np.bool_], count: int) -> Ranked:
    """The ``count`` most similar of the rows that ``shown`` (G,) allows. Ties: lower row first."""
    similarity = np.full(len(shown), -np.inf, np.float32)
    for first, block in vectors.blocks():
        allowed = shown[first : first + len(block)]
        if allowed.any():  # choosing rows first would copy the block
            similarity[first : first + len(block)] = cosine(query, block)
    similarity[~shown] = -np.inf
    best = top(similarity, min(count, int(shown.sum())))
    return Ranked(best, similarity[best], similarity[best])


def score_of(
    similarity: Floats, logp: Floats, log_mass: Floats | None, weights: RankingWeights
) -> Floats:
    """What candidates are ranked by, all (n,): similarity + weighted logp + weighted log mass.

    Both logarithms are at most 0. Photos that are surely of the same scene are spared them: a
    decoder and a second look know communities, not the one right answer. For the same reason the
    most similar photo is first, whatever they say.
    """
    score = similarity.copy()
    unsure = similarity < weights.same_scene
    score[unsure] += np.float32(weights.logp) * logp[unsure]
    if log_mass is not None:
        score[unsure] += np.float32(weights.second_look) * np.minimum(log_mass[unsure], 0)
    if len(score):
        nearest, best = int(similarity.argmax()), int(score.argmax())
        if best != nearest:
            score[nearest] = score[best] + np.float32(1e-4)
    return score


def band(score: float, nearest: float, weights: RankingWeights) -> Band:
    """How sure a match is, from thresholds that were measured on the library's own photos.

    ``nearest``: the largest similarity of the list. Bands follow ``score``, so a list never goes
    back to a better one. A photo with a fair share of the second look's mass counts as related,
    unless nothing that was found is similar.
    """
    if score >= weights.same_shot:
        return Band.SAME_SHOT
    if score >= weights.same_scene:
        return Band.SAME_SCENE
    fair = weights.second_look * float(np.log(FAIR_SHARE))
    if nearest >= weights.related and score >= weights.related + fair:
        return Band.RELATED
    return Band.GUESS
