"""The score of a prefix p at level m for a query q; higher is better.

    s_m(q, p) = a_m q.u_p - b_m |u_p|^2 / 2 + g_m log n_p + f(q, p)

u_p is the sum of the prefix' codewords, n_p the photos under it, f the Transformer's correction,
the sum of one term a code. With a = b = 1, g = 0 and f = 0 this is the classical tree search of the
residual quantizer, -|q - u_p|^2 / 2 up to a constant: the score that training starts from. Prefixes
of a level are compared by this one score, never normalised node by node (RETRIEVAL.md, lesson 3).
The beam is opened without f; whole candidates get it afterwards, in one pass (``searcher``).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Decoder, Floats, QueryState
from engine.search.trie import Indices
from engine.tokenizer.model import TreeWeights
from engine.tokenizer.quantizer import ResidualQuantizer


class Score(Protocol):
    """Scores the children of a beam. Level by level: ``children``, then ``keep``."""

    def children(self, level: int, beam: Indices, code: Indices, count: Indices) -> Floats:
        """Score of n children: the ``beam`` (n,) each extends, by ``code`` (n,), ``count`` (n,)."""
        ...

    def keep(self, level: int, beam: Indices, code: Indices) -> None:
        """The next beam is these W children."""
        ...


class CodebookTables:
    """Inner products of all pairs of codewords: |u_p|^2 without touching u_p."""

    def __init__(self, quantizer: ResidualQuantizer) -> None:
        books = quantizer.codebooks
        self.codebooks = books
        self.norms: Floats = (books**2).sum(-1)  # (M, K)
        self.products: list[list[Floats]] = [
            [books[i] @ books[m].T for i in range(m)] for m in range(len(books))
        ]  # products[m][i]: (K, K), code of level i against code of level m


class TreeScore:
    """The score without the Transformer: a table look-up a child."""

    def __init__(self, tables: CodebookTables, weights: TreeWeights, z: Floats) -> None:
        """``z`` (D,): the query."""
        self._tables = tables
        self._weights = weights
        self._dots: Floats = tables.codebooks @ z  # (M, K): q.c of every codeword
        self._prefix: NDArray[np.intp] = np.zeros((1, 0), np.intp)  # (W, m)
        self._dot: Floats = np.zeros(1, np.float32)  # (W,) q.u_p
        self._norm: Floats = np.zeros(1, np.float32)  # (W,) |u_p|^2

    def children(self, level: int, beam: Indices, code: Indices, count: Indices) -> Floats:
        dot, norm = self._extended(level, beam, code)
        w = self._weights
        score: Floats = w.similarity[level] * dot - (0.5 * w.norm[level]) * norm
        if w.count[level]:
            score = score + w.count[level] * np.log(count)
        return score

    def keep(self, level: int, beam: Indices, code: Indices) -> None:
        self._dot, self._norm = self._extended(level, beam, code)
        self._prefix = np.column_stack([self._prefix[beam], code])

    def _extended(self, level: int, beam: Indices, code: Indices) -> tuple[Floats, Floats]:
        dot = self._dot[beam] + self._dots[level, code]
        norm = self._norm[beam] + self._tables.norms[level, code]
        for earlier, table in enumerate(self._tables.products[level]):
            norm = norm + 2 * table[self._prefix[beam, earlier], code]
        return dot, norm


class PlainScore:
    """The paper's plain decoder (IRGen, section 3.3): log-probabilities, summed code by code.

    Every node's children that exist share a softmax of their logits: the trie is the paper's mask
    of codes that continue no photo's identifier.
    """

    def __init__(self, decoder: Decoder, state: QueryState) -> None:
        """``state``: of one query (B = 1)."""
        self._decoder = decoder
        self._state = state
        self._prefix = np.zeros((1, 1, 0), np.int64)  # (1, W, m)
        self._sum: Floats = np.zeros(1, np.float32)  # (W,) log-probability so far
        self._step: Floats = np.zeros((1, 0), np.float32)  # (W, K), -inf where no child is

    def children(self, level: int, beam: Indices, code: Indices, count: Indices) -> Floats:
        logits, self._state = self._decoder.step(self._state, self._prefix)
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
