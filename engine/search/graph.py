"""The library as a graph: mutual nearest neighbours, and photos that labels tie together.

S = D^-1/2 A D^-1/2, A_ij = cosine^power where i and j are among each other's k nearest (Iscen et
al., CVPR 2017, eq. 2-3). Labels add ties between photos of one group and cut edges between photos
of two; mass that spreads over S then follows both. Used by the teacher of training, the second look
of searching and, without labels, as a rival by evaluation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from engine.search.ports import Floats, Ints

NEIGHBOURS = 20
POWER = 3.0
ALPHA = 0.9
ITERATIONS = 20  # leave .9^20 = .12 of the series' tail, which is spread thin
BLOCK = 512
TIES = 30  # nearest photos of the same group, of which the mutual ones are tied
GROUP_BLOCK = 2000  # photos of a larger group are tied within random parts of this size
WEAKEST_TIE = 0.1  # of a tie, however unlike its photos are


@dataclass(frozen=True)
class Graph:
    """``columns`` (G, k), ``weights`` (G, k): S[i, columns[i, j]] = weights[i, j], symmetric.

    A weight is zero where the neighbour does not return the choice.
    """

    columns: Ints
    weights: Floats

    def __len__(self) -> int:
        return len(self.columns)

    @cached_property
    def _matrix(self) -> Any:
        """S (G, G), sparse: a tenth of the time of looking the neighbours up one by one."""
        import scipy.sparse  # a tenth of a second that no search has to wait

        kept = self.weights != 0
        ends = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
        parts = (self.weights[kept], self.columns[kept], ends)
        return scipy.sparse.csr_array(parts, shape=(len(self), len(self)))

    def spread(self, mass: Floats) -> Floats:
        """S @ ``mass`` for (G, b)."""
        arrived: Floats = self._matrix @ mass
        return arrived

    def diffused(self, own: Ints, alpha: float = ALPHA, iterations: int = ITERATIONS) -> Floats:
        """sum over t <= ``iterations`` of (alpha S)^t e_i for every i in ``own`` (b,): (b, G)."""
        source = np.zeros((len(self), len(own)), np.float32)
        source[own, np.arange(len(own))] = 1
        return self.diffused_from(source, alpha, iterations)

    def diffused_from(
        self, source: Floats, alpha: float = ALPHA, iterations: int = ITERATIONS
    ) -> Floats:
        """Like :meth:`diffused` from any ``source`` (G, b): (b, G)."""
        state = source.copy()
        for _ in range(iterations):
            state = self.spread(state)
            state *= np.float32(alpha)
            state += source
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


@dataclass(frozen=True)
class Neighbours:
    """The nearest photos of every photo: ``columns`` (G, k), unsorted, and their ``cosine``."""

    columns: Ints
    cosine: Floats


@dataclass(frozen=True)
class Ties:
    """What one origin of labels does to the graph, with a ``strength`` in 0..1.

    ``groups`` (G,), -1 for none; ``near``: photos of the same group, -1 where there are fewer.
    """

    groups: Ints
    near: Neighbours
    strength: float


def neighbours_of(vectors: Floats, k: int = NEIGHBOURS) -> Iterator[int | Neighbours]:
    """Of unit ``vectors`` (G, D), G >= 2. Yields rows done, and the neighbours last."""
    count = len(vectors)
    k = min(k, count - 1)
    columns = np.empty((count, k), np.int64)
    cosine = np.empty((count, k), np.float32)
    for start in range(0, count, BLOCK):
        yield start
        own = np.arange(start, min(start + BLOCK, count))
        columns[own], cosine[own] = _nearest(vectors, own, k)
    yield Neighbours(columns, cosine)


def ties_of(vectors: Floats, groups: Ints, strength: float) -> Ties:
    """The nearest of every photo within its group. ``vectors`` (G, D), ``groups`` (G,)."""
    columns = np.full((len(vectors), TIES), -1, np.int64)
    cosine = np.zeros((len(vectors), TIES), np.float32)
    rng = np.random.default_rng(0)
    labelled = np.flatnonzero(groups >= 0)
    order = labelled[np.argsort(groups[labelled], kind="stable")]
    ends = np.flatnonzero(np.diff(groups[order])) + 1
    for members in np.split(order, ends):
        parts = -(-len(members) // GROUP_BLOCK)
        for part in np.array_split(rng.permutation(members), parts):
            k = min(TIES, len(part) - 1)
            if k > 0:
                near, alike = _nearest(vectors[part], np.arange(len(part)), k)
                columns[part, :k], cosine[part, :k] = part[near], alike
    return Ties(groups, Neighbours(columns, cosine), strength)


def graph_of(
    neighbours: Neighbours,
    ties: Sequence[Ties] = (),
    apart: Ints | None = None,
    power: float = POWER,
) -> Graph:
    """The symmetric graph. ``apart`` (n, 2): pairs that a person told apart."""
    columns = neighbours.columns
    weights = np.maximum(neighbours.cosine, 0) ** power * _returned(columns)
    for tie in ties:
        own, other = tie.groups[:, None], tie.groups[neighbours.columns]
        weights[(own >= 0) & (other >= 0) & (own != other)] *= 1 - tie.strength
    for tie in ties:
        pull = np.float32(tie.strength) * np.maximum(tie.near.cosine, np.float32(WEAKEST_TIE))
        columns = np.concatenate([columns, np.maximum(tie.near.columns, 0)], axis=1)
        weights = np.concatenate([weights, pull * _returned(tie.near.columns)], axis=1)
    for one, other in () if apart is None else apart:
        weights[one, columns[one] == other] = 0
        weights[other, columns[other] == one] = 0
    degree = np.maximum(weights.sum(axis=1), 1e-12)
    weights /= np.sqrt(degree[:, None] * degree[columns])
    return Graph(columns, weights.astype(np.float32))


def mutual_neighbours(
    vectors: Floats, k: int = NEIGHBOURS, power: float = POWER
) -> Iterator[int | Graph]:
    """The graph of unit ``vectors`` (G, D) alone. Yields rows done, and the graph last."""
    for step in neighbours_of(vectors, k):
        yield step if isinstance(step, int) else graph_of(step, power=power)


def _nearest(vectors: Floats, own: Ints, k: int) -> tuple[Ints, Floats]:
    """The ``k`` rows most like each of ``own`` (b,), itself left out, and how much: (b, k) each."""
    similarity = vectors[own] @ vectors.T  # (b, G)
    similarity[np.arange(len(own)), own] = -np.inf
    best = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
    return best, np.take_along_axis(similarity, best, axis=1)


def _returned(columns: Ints) -> Floats:
    """(G, k) ones where a choice is returned: ``columns[i, j]`` chose i too; -1 chooses nothing."""
    own = np.arange(len(columns))[:, None]
    returned = np.empty(columns.shape, np.float32)
    for place in range(columns.shape[1]):
        returned[:, place] = (columns[columns[:, place]] == own).any(axis=1)
    returned[columns < 0] = 0
    return returned
