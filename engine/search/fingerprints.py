"""Perceptual hashes in the ranking: what an embedding misses, a copy's 64 bits tell.

A blurred, tiny or darkened copy has an embedding far from its photo's and nearly the same hash;
a part of a photo the other way round. Neighbours: ``engine.photos.query_views`` makes the views
that are hashed, ``engine.store.perceptual`` keeps the photos' hashes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Floats

BITS = 64
ALIKE = 16  # bits: half of what unrelated pictures differ in
WEIGHT = 0.8  # of what is missing to full similarity, for equal hashes
ADDED = 100  # photos at most that a hash alone brings in

Bits = NDArray[np.int64]
Apart = NDArray[np.uint8]


@dataclass(frozen=True)
class Hashes:
    """Perceptual hashes ``bits`` (G,) of a gallery; those of ``known`` (G,) rows mean something."""

    bits: Bits
    known: NDArray[np.bool_]

    def bits_apart(self, asked: Bits) -> Apart:
        """See :func:`bits_apart`."""
        return bits_apart(asked, self.bits, self.known)


def bits_apart(asked: Bits, hashes: Bits, known: NDArray[np.bool_]) -> Apart:
    """Different bits (G,) of ``hashes`` (G,) and of the nearest of ``asked`` (v,), v >= 1.

    Photos without a hash, where ``known`` (G,) is False, are as far as can be.
    """
    apart = np.full(len(hashes), BITS, np.uint8)
    for view in asked:  # one at a time: (v, G) would be larger than the embeddings' own scan
        np.minimum(apart, np.bitwise_count((hashes ^ view).view(np.uint64)), out=apart)
    apart[~known] = BITS
    return apart


def nearest(apart: Apart, shown: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Rows (n,), nearest first, that may be copies: fewer than ``ALIKE`` bits ``apart`` (G,)."""
    rows = np.flatnonzero((apart < ALIKE) & shown)
    return rows[np.argsort(apart[rows], kind="stable")[:ADDED]]


def raised(similarity: Floats, apart: Apart) -> Floats:
    """``similarity`` (n,), at most 1, raised for photos that are few bits ``apart`` (n,).

    Never lowered, and 1 at most: bands keep their meaning. Both must agree: unrelated photos that
    share half of their bits by chance are not raised above those that look alike.
    """
    share = np.maximum(ALIKE - apart.astype(np.float32), 0) * (WEIGHT / ALIKE)
    return (similarity + (1 - similarity) * share).astype(np.float32)
