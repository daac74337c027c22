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
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    similarity: Floats = (vectors @ query) / np.maximum(lengths, 1e-12)
    return similarity


def scan(query: Floats, vectors: RowVectors, shown: NDArray[np.bool_], count: int) -> Ranked:
    """The ``count`` most similar of the rows that ``shown`` (G,) allows. Ties: lower row first."""
    similarity = np.full(len(shown), -np.inf, np.float32)
    for first, block in vectors.blocks():
        allowed = shown[first : first + len(block)]
        if allowed.any():
            similarity[first : first + len(block)][allowed] = cosine(query, block[allowed])
    best = top(similarity, min(count, int(shown.sum())))
    return Ranked(best, similarity[best], similarity[best])


def band(similarity: float, weights: RankingWeights) -> Band:
    """How sure a match is, from thresholds that were measured on the library's own photos."""
    if similarity >= weights.same_shot:
        return Band.SAME_SHOT
    if similarity >= weights.same_scene:
        return Band.SAME_SCENE
    if similarity >= weights.related:
        return Band.RELATED
    return Band.GUESS
