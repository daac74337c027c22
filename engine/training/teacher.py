"""Soft rankings over the library: what the decoder learns to reproduce in milliseconds.

Half of the mass is a softmax over cosine in the generation's space, half is graph diffusion
(``engine.search.graph``): far better than cosine down the list, and too slow for a query. The photo
itself is left out, otherwise it takes all the mass (RETRIEVAL.md, lesson 2). Labels take part
through the graph. The same pass cuts diffusion off into the lists of searching's second look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.graph import BLOCK, Graph
from engine.search.ports import Floats, Ints
from engine.search.second_look import LENGTH
from engine.types import Progress

NEIGHBOURS = 150  # photos a ranking keeps
TEMPERATURE = 0.02  # of the softmax over cosines
DIFFUSION_SHARE = 0.5
WHOLE = 20_000  # photos; above, a photo's mass is computed among its nearest only
NEARBY = 1000


@dataclass(frozen=True)
class SoftRankings:
    """For each of G photos: ``rows`` (G, T) of the library, ``weights`` (G, T) that sum to one."""

    rows: NDArray[np.int32]
    weights: Floats

    def without(self, hidden: Ints) -> SoftRankings:
        """The same with no mass at the rows ``hidden`` (n,)."""
        weights = np.where(np.isin(self.rows, hidden), 0, self.weights)
        weights /= np.maximum(weights.sum(1, keepdims=True), 1e-12)
        return SoftRankings(self.rows, weights)


@dataclass(frozen=True)
class Taught:
    """``members`` and ``weights`` (G, T): lists as in ``engine.search.second_look``."""

    rankings: SoftRankings
    members: NDArray[np.int32]
    weights: NDArray[np.float16]


def teach(z: Floats, graph: Graph, length: int = LENGTH) -> Iterator[Progress | Taught]:
    """Yields ``Progress``, and what was found last.

    ``z`` (G, D), unit length; ``graph`` of its neighbours and of what labels tie together;
    ``length`` T of the lists.
    """
    count = len(z)
    kept, length = min(NEIGHBOURS, count - 1), min(length, count)
    rankings = SoftRankings(np.empty((count, kept), np.int32), np.empty((count, kept), np.float32))
    members = np.empty((count, length), np.int32)
    weights = np.empty((count, length), np.float16)
    for start in range(0, count, BLOCK):
        yield Progress("teacher", start, count)
        own = np.arange(start, min(start + BLOCK, count))
        cosine = z[own] @ z.T  # (b, G)
        spread = graph.diffused(own) if count <= WHOLE else _diffused_nearby(graph, cosine, own)
        members[own], weights[own] = _largest(spread, length)
        spread[np.arange(len(own)), own] = 0
        spread /= np.maximum(spread.sum(1, keepdims=True), 1e-12)
        mass = (1 - DIFFUSION_SHARE) * _softmax(cosine, own) + DIFFUSION_SHARE * spread
        rows, chosen = _largest(mass, kept)
        rankings.rows[own] = rows
        rankings.weights[own] = chosen / np.maximum(chosen.sum(1, keepdims=True), 1e-12)
    yield Taught(rankings, members, weights)


def _diffused_nearby(graph: Graph, cosine: Floats, own: Ints) -> Floats:
    """(b, G): diffusion from every photo within its ``NEARBY`` most similar, zero elsewhere."""
    spread = np.zeros_like(cosine)
    nearby, _ = _largest(cosine, NEARBY)
    for place, (photo, members) in enumerate(zip(own, nearby, strict=True)):
        spread[place, members] = graph.diffused_within(int(photo), members)
    return spread


def _largest(mass: Floats, count: int) -> tuple[NDArray[np.intp], Floats]:
    """The ``count`` largest of every row of ``mass`` (b, G): columns and values (b, count)."""
    best = np.argpartition(-mass, count - 1, axis=1)[:, :count]
    return best, np.take_along_axis(mass, best, axis=1)


def _softmax(cosine: Floats, own: Ints) -> Floats:
    scaled = cosine / np.float32(TEMPERATURE)
    scaled[np.arange(len(own)), own] = -np.inf
    scaled = np.exp(scaled - scaled.max(1, keepdims=True))
    mass: Floats = scaled / scaled.sum(1, keepdims=True)
    return mass
