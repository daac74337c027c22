"""The library as a graph of mutual nearest neighbours, and mass that spreads over it.

S = D^-1/2 A D^-1/2, A_ij = cosine^power where i and j are among each other's k nearest (Iscen et
al., CVPR 2017, eq. 2-3). Used by the teacher of training, the second look of searching and, as a
rival, by evaluation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.search.ports import Floats, Ints

NEIGHBOURS = 20
POWER = 3.0
ALPHA = 0.9
ITERATIONS = 20  # leave .9^20 = .12 of the series' tail, which is spread thin
BLOCK = 512


@dataclass(frozen=True)
class Graph:
    """``columns`` (G, k), ``weights`` (G, k): S[i, columns[i, j]] = weights[i, j], symmetric.

    A weight is zero where the neighbour does not return the choice.
    """

    columns: Ints
    weights: Floats

    def __len__(self) -> int:
        return len(self.columns)

    def spread(self, mass: Floats) -> Floats:
        """S @ ``mass`` for (G, b), one neighbour of every photo at a time."""
        arrived = np.zeros_like(mass)
        for place in range(self.columns.shape[1]):
            arrived += self.weights[:, place, None] * mass[self.columns[:, place]]
        return arrived

    def diffused(self, own: Ints, alpha: float = ALPHA, iterations: int = ITERATIONS) -> Floats:
        """sum over t <= ``iterations`` of (alpha S)^t e_i for every i in ``own`` (b,): (b, G)."""
        source = np.zeros((len(self), len(own)), np.float32)
        source[own, np.arange(len(own))] = 1
        state = source.copy()
        for _ in range(iterations):
            state = alpha * self.spread(state) + source
        return np.ascontiguousarray(state.T)

    def diffused_within(
        self, own: int, members: Ints, alpha: float = ALPHA, iterations: int = ITERATIONS
    ) -> Floats:
        """Like :meth:`diffused` for one photo, in the part of the graph that ``members`` (L,) hold.

        Time is that of L photos, whatever G (Yang et al., AAAI 2019). ``own`` is a member. (L,).
        """
        order = np.argsort(members)
        columns = self.columns[members]  # (L, k)
        at = order[np.minimum(np.searchsorted(members[order], columns), len(members) - 1)]
        weights = alpha * self.weights[members] * (members[at] == columns)
        source = (members == own).astype(np.float32)
        state = source
        for _ in range(iterations):
            state = (weights * state[at]).sum(axis=1) + source
        within: Floats = state
        return within


def mutual_neighbours(
    vectors: Floats, k: int = NEIGHBOURS, power: float = POWER
) -> Iterator[int | Graph]:
    """The graph of unit ``vectors`` (G, D). Yields rows done, and the graph last."""
    count = len(vectors)
    k = min(k, count - 1)
    columns = np.empty((count, k), np.int64)
    cosine = np.empty((count, k), np.float32)
    for start in range(0, count, BLOCK):
        yield start
        own = np.arange(start, min(start + BLOCK, count))
        similarity = vectors[own] @ vectors.T  # (b, G)
        similarity[np.arange(len(own)), own] = -np.inf
        columns[own] = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        cosine[own] = np.take_along_axis(similarity, columns[own], axis=1)
    weights = np.maximum(cosine, 0) ** power
    own = np.arange(count)[:, None]
    for place in range(k):
        returned = (columns[columns[:, place]] == own).any(axis=1)
        weights[:, place] *= returned
    degree = np.maximum(weights.sum(axis=1), 1e-12)
    weights /= np.sqrt(degree[:, None] * degree[columns])
    yield Graph(columns, weights.astype(np.float32))
