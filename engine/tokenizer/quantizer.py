"""Residual quantization (IRGen section 3.1): an identifier reads from coarse to fine.

r_0 = z;  l_m = argmin_l |r_{m-1} - c_{m,l}|^2;  r_m = r_{m-1} - c_{m,l_m}. The reconstruction of a
prefix is the sum of its codewords. Codebooks are separate per level. They are fitted by k-means on
the residuals that the level before leaves, then refined together: a ridge regression of the photos
on their codes (least squares as in Babenko and Lempitsky, "Additive Quantization", CVPR 2014, eq.
6-7, with a penalty). A mean of thirty photos in 256 dimensions is mostly chance; the penalty takes
that out, so that photos which come later are told nearly as well as those that were there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Floats, Ints

ITERATIONS = 25
REFINEMENTS = 3  # more change nothing
PENALTY = 5.0  # photos' worth of pull towards zero on every codeword; chosen on the train split
REFINED_ON = 50_000  # photos at most: half a minute a refinement
ENCODING_BEAM = 4  # reproduces every code on 10,000 photos; 1 misses 0.15 %
MANY = 32  # vectors from which products of codewords are worth their memory: 12 MB for 3x1024


@dataclass(frozen=True)
class ResidualQuantizer:
    """``codebooks`` (M, K, D) float32."""

    codebooks: Floats

    @property
    def levels(self) -> int:
        return int(self.codebooks.shape[0])

    @property
    def codes(self) -> int:
        return int(self.codebooks.shape[1])

    @cached_property
    def _products(self) -> dict[tuple[int, int], Floats]:
        """Inner products (K, K) of all codewords of two levels, the earlier one first."""
        books = self.codebooks
        return {(a, b): books[a] @ books[b].T for b in range(self.levels) for a in range(b)}

    @cached_property
    def _halves(self) -> Floats:
        """(M, K): half of each codeword's squared length."""
        halves: Floats = (self.codebooks**2).sum(-1) / 2
        return halves

    def encode(self, z: Floats, beam: int = ENCODING_BEAM) -> Ints:
        """``z`` (B, D) -> identifiers (B, M) in 0..K-1.

        Keeps the ``beam`` best prefixes of every level instead of the single nearest codeword:
        the reconstruction is closer, and a vector that is itself a reconstruction finds its own
        codes again (always for beam >= K ** (M - 1), nearly always for much less).
        Ties go to the smaller codes, so that equal vectors get equal identifiers.
        """
        blocks = [self._encode(z[i : i + 256], beam) for i in range(0, len(z), 256)]
        return np.concatenate(blocks) if blocks else np.zeros((0, self.levels), np.int64)

    def _encode(self, z: Floats, beam: int) -> Ints:
        # With u the sum of a prefix, r = z - u: |r - c|^2 = |r|^2 - 2 z.c + 2 u.c + |c|^2.
        # |r|^2 is worked out anew: as a difference it would drown where r is small.
        z = z.astype(np.float32)
        rows = np.arange(len(z))[:, None]
        prefix = np.zeros((len(z), 1, 0), np.int64)  # (B, W, m)
        residual = z[:, None]  # (B, W, D)
        for level, codebook in enumerate(self.codebooks):
            own = self._halves[level] - z @ codebook.T  # (B, K)
            distance = (residual**2).sum(-1)[..., None] / 2 + own[:, None]  # (B, W, K)
            if level:
                distance += self._met(prefix, level)
            distance = distance.reshape(len(z), -1)
            kept = min(beam, distance.shape[1])
            order = np.argpartition(distance, kept - 1, axis=1)[:, :kept]  # (B, W')
            order.sort(axis=1)
            near = np.take_along_axis(distance, order, axis=1).argsort(axis=1, kind="stable")
            parent, code = np.divmod(np.take_along_axis(order, near, axis=1), self.codes)
            residual = residual[rows, parent] - codebook[code]
            prefix = np.concatenate([prefix[rows, parent], code[..., None]], axis=2)
        return prefix[:, 0]

    def _met(self, prefix: Ints, level: int) -> Floats:
        """u.c of ``prefix`` (B, W, m) and every code of ``level``: (B, W, K)."""
        if len(prefix) < MANY:
            reached = self.decode(prefix.reshape(-1, level))
            few: Floats = reached @ self.codebooks[level].T
            return few.reshape(*prefix.shape[:2], -1)
        met: Floats = self._products[0, level][prefix[..., 0]]
        for earlier in range(1, level):
            met += self._products[earlier, level][prefix[..., earlier]]
        return met

    def decode(self, identifiers: NDArray[np.integer]) -> Floats:
        """``identifiers`` (B, m), any prefix length m >= 1 -> reconstructions (B, D)."""
        total: Floats = self.codebooks[0][identifiers[:, 0]].copy()
        for level in range(1, identifiers.shape[1]):
            total += self.codebooks[level][identifiers[:, level]]
        return total


def fit_quantizer(
    z: Floats, levels: int, codes: int, seed: int = 0, refinements: int = REFINEMENTS
) -> ResidualQuantizer:
    """Fit M = ``levels`` codebooks of K = ``codes`` on ``z`` (G, D), G >= K. Deterministic.

    Without ``refinements`` this is the paper's: k-means of what the levels before leave.
    """
    rng = np.random.default_rng(seed)
    residual = z.astype(np.float32)
    codebooks = []
    for _ in range(levels):
        codebook, assigned = _k_means(residual, codes, rng)
        codebooks.append(codebook)
        residual = residual - codebook[assigned]
    fitted = ResidualQuantizer(np.stack(codebooks))
    sample = z[np.sort(rng.permutation(len(z))[:REFINED_ON])]
    for _ in range(refinements):
        fitted = _refined(sample, fitted.encode(sample), codes)
    return fitted


def _refined(z: Floats, identifiers: Ints, codes: int) -> ResidualQuantizer:
    """Codebooks C that minimise |Z - X C|^2 + PENALTY |C|^2 for given identifiers (G, M).

    X (G, M K) has a one for every code. Codes that nothing uses become zero: they say nothing.
    """
    levels = identifiers.shape[1]
    together = np.zeros((levels * codes, levels * codes))  # X^T X: how often codes meet
    sums = np.zeros((levels * codes, z.shape[1]))  # X^T Z
    for i in range(levels):
        own = slice(i * codes, (i + 1) * codes)
        for j in range(levels):
            pair = identifiers[:, i] * codes + identifiers[:, j]
            met = np.bincount(pair, minlength=codes * codes).reshape(codes, codes)
            together[own, j * codes : (j + 1) * codes] = met
        sums[own] = _sums(z, identifiers[:, i], codes)
    together[np.diag_indices_from(together)] += PENALTY
    solved = np.linalg.solve(together, sums)
    return ResidualQuantizer(solved.reshape(levels, codes, -1).astype(np.float32))


def _sums(vectors: Floats, assigned: NDArray[np.integer], codes: int) -> Floats:
    """Sum of the ``vectors`` (G, D) of every code: (K, D)."""
    counts = np.bincount(assigned, minlength=codes)
    order = np.argsort(assigned, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    used = counts > 0
    sums = np.zeros((codes, vectors.shape[1]), np.float32)
    sums[used] = np.add.reduceat(vectors[order], starts[used], axis=0)
    return sums


def _k_means(
    vectors: Floats, codes: int, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.intp]]:
    """Lloyd's iterations from distinct random vectors. Returns (K, D) and assignments (G,).

    An empty code is moved onto the vector that is worst served, so that all K stay in use.
    """
    centres = vectors[rng.permutation(len(vectors))[:codes]].copy()
    assigned, distance = _nearest(vectors, centres)
    for _ in range(ITERATIONS):
        counts = np.bincount(assigned, minlength=codes)
        empty = np.flatnonzero(counts == 0)
        if len(empty):
            worst = np.argsort(-distance, kind="stable")[: len(empty)]
            assigned[worst] = empty
            counts = np.bincount(assigned, minlength=codes)
        used = counts > 0
        centres[used] = _sums(vectors, assigned, codes)[used] / counts[used, None]
        before = assigned
        assigned, distance = _nearest(vectors, centres)
        if np.array_equal(before, assigned):
            break
    return centres, assigned


def _nearest(vectors: Floats, centres: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Index of the nearest centre and squared distance to it, in blocks of bounded memory."""
    assigned = np.empty(len(vectors), np.intp)
    distance = np.empty(len(vectors), np.float32)
    norms = (centres**2).sum(1)
    for i in range(0, len(vectors), 8192):
        block = vectors[i : i + 8192]
        d = norms - 2 * (block @ centres.T)
        nearest = d.argmin(1)
        assigned[i : i + 8192] = nearest
        distance[i : i + 8192] = d[np.arange(len(block)), nearest] + (block**2).sum(1)
    return assigned, distance
