"""One batch of the decoder's training: prefixes to expand, and the exact marginals of their
children.

For every query S paths through the trie are drawn, half from the teacher's ranking and half from
what the untrained search would keep (the beams that compete). At every level the children of the
paths' prefixes are compared in one softmax: the comparison that beam search makes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.beam import beam_search
from engine.search.ports import Floats, Ints
from engine.search.scores import CodebookTables, TreeScore
from engine.search.trie import Trie
from engine.tokenizer.model import TreeWeights
from engine.tokenizer.quantizer import ResidualQuantizer
from engine.training.teacher import SoftRankings

PATHS = 6  # S: prefixes a query at every level
HARD = 32  # leaves of the untrained search that hard paths are drawn from


@dataclass(frozen=True)
class Batch:
    """``paths`` (B, S, M) codes. For each level: ``target`` (B, S, K), the share of the teacher's
    mass under a child, summing to one over (S, K); ``exists`` (B, S, K); ``log_count`` (B, S, K).

    At level 0 only the first path counts: all paths share the empty prefix.
    """

    paths: Ints
    target: list[Floats]
    exists: list[NDArray[np.bool_]]
    log_count: list[Floats]


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
        self._trie = trie
        self._codes = identifiers
        self._rankings = rankings
        self._self_share = self_share
        self._nodes = _nodes_of_rows(trie, identifiers)  # (G, M)
        self._leaf_row = trie.rows[trie.levels[-1].first_photo[:-1]]  # a row under each leaf

    def draw(
        self, source: Ints, is_view: NDArray[np.bool_], hard: Ints, rng: np.random.Generator
    ) -> Batch:
        """``source`` (B,): the row each query was made from; ``hard`` (B, HARD): leaves."""
        rows, weights = self._teacher(source, is_view)
        batch, half = len(source), PATHS // 2
        cumulative = weights.cumsum(1)
        drawn = rng.random((batch, half)) * cumulative[:, -1:]
        picked = (cumulative[:, None] < drawn[..., None]).sum(-1)  # (B, S / 2)
        picked = np.minimum(picked, rows.shape[1] - 1)
        good = np.take_along_axis(rows, picked, axis=1)
        columns = rng.integers(0, hard.shape[1], (batch, PATHS - half))
        other = self._leaf_row[np.take_along_axis(hard, columns, axis=1)]
        path_rows = np.concatenate([good, other], axis=1)  # (B, S)
        targets, exists, counts = [], [], []
        for level in range(len(self._trie.levels)):
            t, e, c = self._level(level, path_rows, rows, weights)
            targets.append(t)
            exists.append(e)
            counts.append(c)
        return Batch(self._codes[path_rows], targets, exists, counts)

    def _teacher(self, source: Ints, is_view: NDArray[np.bool_]) -> tuple[Ints, Floats]:
        share = np.where(is_view, self._self_share, 0).astype(np.float32)[:, None]
        rows = np.concatenate([source[:, None], self._rankings.rows[source]], axis=1)
        weights = np.concatenate([share, (1 - share) * self._rankings.weights[source]], axis=1)
        return rows.astype(np.int64), weights

    def _level(
        self, level: int, path_rows: Ints, rows: Ints, weights: Floats
    ) -> tuple[Floats, NDArray[np.bool_], Floats]:
        batch, paths = path_rows.shape
        codes = self._trie.codes
        if level == 0:
            prefix = np.zeros((batch, paths), np.int64)
            of_rows = np.zeros_like(rows)
            first = np.zeros((batch, paths), bool)
            first[:, 0] = True
        else:
            prefix = self._nodes[path_rows, level - 1]  # (B, S)
            of_rows = self._nodes[rows, level - 1]  # (B, T)
            earlier = prefix[:, :, None] == prefix[:, None, :]
            first = ~np.tril(earlier, -1).any(2)  # a prefix counts once
        owner, child = self._trie.children(level, prefix[first])
        if level == 0:  # every query expands the root
            owner, child = (
                np.repeat(np.arange(batch), len(child)),
                np.tile(child, batch),
            )
        place = np.flatnonzero(first)[owner]  # into (B S)
        code = self._trie.levels[level].code[child].astype(np.int64)
        exists = np.zeros((batch * paths, codes), bool)
        exists[place, code] = True
        counts = np.zeros((batch * paths, codes), np.float32)
        counts[place, code] = np.log(self._trie.counts(level, None)[child])
        # Where each of the teacher's photos lies: the path that shares its prefix, and its code.
        match = (prefix[:, :, None] == of_rows[:, None, :]) & first[:, :, None]  # (B, S, T)
        b, s, t = np.nonzero(match)
        flat = (b * paths + s) * codes + self._codes[rows[b, t], level]
        mass = np.bincount(flat, weights[b, t], batch * paths * codes).reshape(batch, -1)
        target = (mass / np.maximum(mass.sum(1, keepdims=True), 1e-12)).astype(np.float32)
        shape = (batch, paths, codes)
        return (
            target.reshape(shape),
            exists.reshape(shape),
            counts.reshape(shape),
        )


def hard_leaves(trie: Trie, quantizer: ResidualQuantizer, u: Floats, weights: TreeWeights) -> Ints:
    """``u`` (Q, D + P) -> (Q, HARD) leaves of the search with ``weights``, best first, repeated if
    few.
    """
    tables = CodebookTables(quantizer)
    found = np.empty((len(u), HARD), np.int64)
    for i, query in enumerate(u):
        leaves = beam_search(trie, TreeScore(tables, weights, query), HARD, 1.0).leaves
        found[i] = np.resize(leaves, HARD)
    return found


def _nodes_of_rows(trie: Trie, identifiers: Ints) -> Ints:
    """The node of every row at every level: (G, M)."""
    nodes = np.empty(identifiers.shape, np.int64)
    for level, of_level in enumerate(trie.levels):
        counts = np.diff(of_level.first_photo)
        nodes[trie.rows, level] = np.repeat(np.arange(len(of_level)), counts)
    return nodes
