"""The score of a prefix p at level m for a query q; higher is better.

    s_m(q, p) = a_m q.u_p - b_m |u_p|^2 / 2 + g_m log n_p + f(q, p)

u_p is the sum of the prefix' codewords, n_p the photos under it, f the Transformer's correction,
the sum of one term a code. With a = b = 1, g = 0 and f = 0 this is the classical tree search of the
residual quantizer, -|q - u_p|^2 / 2 up to a constant: the score that training starts from. Prefixes
of a level are compared by this one score, never normalised node by node (RETRIEVAL.md, lesson 3).
The beam is opened without f; whole candidates get it afterwards, in one pass (``searcher``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Decoder, Floats, QueryState
from engine.search.trie import Indices, Trie
from engine.tokenizer.model import TreeWeights
from engine.tokenizer.quantizer import ResidualQuantizer


class Score(Protocol):
    """Scores the children of a beam. Level by level: ``children``, then ``keep``."""

    def children(
        self, trie: Trie, level: int, beam: Indices, node: Indices, code: Indices
    ) -> Floats:
        """Score of n children (n,) in ``trie``: the ``beam`` each extends, its ``node`` and its
        ``code``, all (n,).
        """
        ...

    def keep(self, level: int, beam: Indices, code: Indices) -> None:
        """The next beam is these W children."""
        ...


def prefix_norms(trie: Trie, quantizer: ResidualQuantizer) -> list[Floats]:
    """|u_p|^2 of every node of ``trie``, level by level: no query has to work it out again."""
    books = quantizer.codebooks
    own: Floats = (books**2).sum(-1)  # (M, K)
    codes: list[NDArray[np.intp]] = []  # of the level's nodes: their codes at each level above
    before: Floats = np.zeros(1, np.float32)
    norms = []
    for level, of_level in enumerate(trie.levels):
        code = of_level.code.astype(np.intp)
        parent = trie.parents(level)
        codes = [earlier[parent] for earlier in codes]
        norm = before[parent] + own[level, code]
        for earlier, its_codes in enumerate(codes):
            norm += 2 * _products(books[earlier], books[level], its_codes, code)
        codes.append(code)
        norms.append(norm)
        before = norm
    return norms


def _products(one: Floats, other: Floats, of_one: Indices, of_other: Indices) -> Floats:
    """Inner products (n,) of rows ``of_one`` (n,) of ``one`` (K, D) with those of ``other``.

    A few are multiplied one by one: a small trie is built whenever photos come.
    """
    if len(of_one) < len(one) * len(other) // 256:
        few: Floats = np.einsum("nd,nd->n", one[of_one], other[of_other])
        return few
    table: Floats = one @ other.T
    return table[of_one, of_other]


class TreeScore:
    """The score without the Transformer: two look-ups a child."""

    def __init__(
        self,
        dots: Floats,
        norms: Sequence[Floats],
        weights: TreeWeights,
    ) -> None:
        """``dots`` (M, K): q.c of every codeword. ``norms``: of the trie that is searched, from
        :func:`prefix_norms`.
        """
        self._norms = norms
        self._weights = weights
        self._dots = dots
        self._dot: Floats = np.zeros(1, np.float32)  # (W,) q.u_p

    def children(
        self, trie: Trie, level: int, beam: Indices, node: Indices, code: Indices
    ) -> Floats:
        w = self._weights
        dot = self._dot[beam] + self._dots[level, code]
        score: Floats = w.similarity[level] * dot - (0.5 * w.norm[level]) * self._norms[level][node]
        if w.count[level]:
            first = trie.levels[level].first_photo
            score = score + w.count[level] * np.log(first[node + 1] - first[node])
        return score

    def keep(self, level: int, beam: Indices, code: Indices) -> None:
        self._dot = self._dot[beam] + self._dots[level, code]


class PlainScore:
    """The paper's plain decoder (IRGen, section 3.3): log-probabilities, summed code by code.

    The trie is the paper's mask of codes that continue no photo's identifier. Every node's children
    that exist share a softmax of their logits; with ``unmasked`` all K codes of a node do, as in
    the paper's published code, where what exists is chosen afterwards.
    """

    def __init__(self, decoder: Decoder, state: QueryState, *, unmasked: bool = False) -> None:
        """``state``: of one query (B = 1)."""
        self._decoder = decoder
        self._state = state
        self._unmasked = unmasked
        self._prefix = np.zeros((1, 1, 0), np.int64)  # (1, W, m)
        self._sum: Floats = np.zeros(1, np.float32)  # (W,) log-probability so far
        self._step: Floats = np.zeros((1, 0), np.float32)  # (W, K), -inf where no child is

    def children(
        self, trie: Trie, level: int, beam: Indices, node: Indices, code: Indices
    ) -> Floats:
        logits, self._state = self._decoder.step(self._state, self._prefix)
        existing = logits[0].astype(np.float32)
        if not self._unmasked:
            existing = np.full(logits[0].shape, -np.inf, np.float32)
            existing[beam, code] = logits[0, beam, code]
        existing -= existing.max(axis=1, keepdims=True)
        self._step = existing - np.log(np.exp(existing).sum(axis=1, keepdims=True))
        extended: Floats = self._sum[beam] + self._step[beam, code]
        return extended

    def keep(self, level: int, beam: Indices, code: Indices) -> None:
        self._sum = self._sum[beam] + self._step[beam, code]
        last = code.astype(np.int64)[None, :, None]
        self._prefix = np.concatenate([self._prefix[:, beam], last], axis=2)
        if level + 1 < self._decoder.levels:
            self._state = self._decoder.select(self._state, beam[None].astype(np.int64))
