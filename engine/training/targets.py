"""One batch of the decoder's training: candidate identifiers, and the teacher's mass at each.

For every query half of the candidates are drawn from the teacher's ranking and half from what the
untrained search would keep: the identifiers that searching asks the decoder to tell apart. At every
level the candidates' prefixes are compared in one softmax.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.beam import beam_search
from engine.search.ports import Floats, Ints
from engine.search.scores import TreeScore, prefix_norms
from engine.search.trie import Trie
from engine.tokenizer.model import TreeWeights
from engine.tokenizer.quantizer import ResidualQuantizer
from engine.training.teacher import SoftRankings

CANDIDATES = 48  # S: leaves a query
SELF_SHARE = 0.2  # of the teacher's mass, for the photo that a view was made from
HARD = 64  # leaves of the untrained search that the other half is drawn from


@dataclass(frozen=True)
class Batch:
    """``paths`` (B, S, M) codes. ``compared`` (B, S): false where a leaf stands a second time, or
    is the query's own. ``target`` (B, S): share of the teacher's mass, summing to one where it has
    any here. ``shared`` (B, S, M): candidates compared whose prefix up to a level is the same.
    ``log_count`` (B, S, M): log of the photos under that prefix.
    """

    paths: Ints
    compared: NDArray[np.bool_]
    target: Floats
    shared: Ints
    log_count: Floats


class Targets:
    """Draws batches for one library: trie, rankings and the hard leaves of every query."""

    def __init__(
        self,
        trie: Trie,
        identifiers: Ints,
        rankings: SoftRankings,
        self_share: float,
    ) -> None:
        """``identifiers`` (G, M) of the gallery's rows, which ``trie`` was built from.

        ``self_share``: mass of the photo itself where the query is an edited view of it.
        """
        self._codes = identifiers
        self._rankings = rankings
        self._self_share = self_share
        self._nodes = _nodes_of_rows(trie, identifiers)  # (G, M)
        self._leaf_row = trie.rows[trie.levels[-1].first_photo[:-1]]  # a row under each leaf
        counts = [trie.counts(m)[self._nodes[:, m]] for m in range(len(trie.levels))]
        self._log_count: Floats = np.log(np.stack(counts, axis=1)).astype(np.float32)  # (G, M)

    def draw(
        self, source: Ints, is_view: NDArray[np.bool_], hard: Ints, rng: np.random.Generator
    ) -> Batch:
        """``source`` (B,): the row each query was made from; ``hard`` (B, HARD): leaves."""
        rows, weights = self.taught(source, is_view)
        # Gumbel's trick: without replacement, in proportion to the mass.
        keys = np.log(np.maximum(weights, 1e-12)) + rng.gumbel(size=weights.shape)
        half = min(CANDIDATES // 2, rows.shape[1])
        picked = np.argpartition(-keys, half - 1, axis=1)[:, :half]
        good = np.take_along_axis(rows, picked, axis=1)
        order = rng.random(hard.shape).argsort(axis=1)[:, : CANDIDATES - half]
        other = self._leaf_row[np.take_along_axis(hard, order, axis=1)]
        chosen = np.concatenate([good, other], axis=1)  # (B, S) rows
        leaves = self._nodes[chosen, -1]
        taught = self._nodes[rows, -1]
        mass = (weights[:, None] * (leaves[:, :, None] == taught[:, None])).sum(2)  # (B, S)
        again = np.tril(leaves[:, :, None] == leaves[:, None], -1).any(2)
        own = leaves == self._nodes[source, -1][:, None]
        compared = ~again & (~own | (mass > 0))
        mass = mass * compared
        target = (mass / np.maximum(mass.sum(1, keepdims=True), 1e-12)).astype(np.float32)
        nodes = self._nodes[chosen]  # (B, S, M)
        same = (nodes[:, :, None] == nodes[:, None]) & compared[:, None, :, None]
        return Batch(
            self._codes[chosen],
            compared,
            target,
            np.maximum(same.sum(2), 1),
            self._log_count[chosen],
        )

    def taught(self, source: Ints, is_view: NDArray[np.bool_]) -> tuple[Ints, Floats]:
        """The teacher's rows (B, 1 + T) and their mass: the photo itself first, for views only."""
        share = np.where(is_view, self._self_share, 0).astype(np.float32)[:, None]
        rows = np.concatenate([source[:, None], self._rankings.rows[source]], axis=1)
        weights = np.concatenate([share, (1 - share) * self._rankings.weights[source]], axis=1)
        return rows.astype(np.int64), weights

    def positive(self, source: Ints, is_view: NDArray[np.bool_], rng: np.random.Generator) -> Ints:
        """Codes (B, M) of one right answer a query, drawn by the teacher's mass."""
        rows, weights = self.taught(source, is_view)
        cumulative = weights.cumsum(1)
        drawn = rng.random((len(source), 1)) * cumulative[:, -1:]
        picked = np.minimum((cumulative < drawn).sum(1), rows.shape[1] - 1)
        codes: Ints = self._codes[rows[np.arange(len(source)), picked]]
        return codes


def hard_leaves(trie: Trie, quantizer: ResidualQuantizer, u: Floats, weights: TreeWeights) -> Ints:
    """``u`` (Q, D + P) -> (Q, HARD) leaves of the search with ``weights``, best first, repeated if
    few.
    """
    norms = prefix_norms(trie, quantizer)
    found = np.empty((len(u), HARD), np.int64)
    for i, query in enumerate(u):
        leaves = beam_search(
            trie, TreeScore(quantizer.codebooks @ query, norms, weights), HARD, 1.0
        ).leaves
        found[i] = np.resize(leaves, HARD)
    return found


def _nodes_of_rows(trie: Trie, identifiers: Ints) -> Ints:
    """The node of every row at every level: (G, M)."""
    nodes = np.empty(identifiers.shape, np.int64)
    for level, of_level in enumerate(trie.levels):
        counts = np.diff(of_level.first_photo)
        nodes[trie.rows, level] = np.repeat(np.arange(len(of_level)), counts)
    return nodes
