"""Perceptual hashes in the ranking: what an embedding misses, a copy's 64 bits tell.

A blurred, tiny or darkened copy has an embedding far from its photo's and nearly the same hash;
a part of a photo the other way round. Near hashes are looked up, not scanned for: of 64 bits in
four bands, one band of two hashes that differ in less than eight bits differs in one at most
(Norouzi et al., "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012). Neighbours:
``engine.photos.query_views`` makes the views that are hashed, ``engine.store.perceptual`` keeps
the photos' hashes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Floats
from engine.search.trie import Indices, expand

BITS = 64
ALIKE = 16  # bits: half of what unrelated pictures differ in
WEIGHT = 0.8  # of what is missing to full similarity, for equal hashes
ADDED = 100  # photos at most that a hash alone brings in
BANDS, BAND_BITS = 4, 16
LATE = 4096  # rows that came since the bands were sorted: so many at least are scanned instead

Bits = NDArray[np.int64]
Apart = NDArray[np.uint8]

_PROBES = np.concatenate([[0], 1 << np.arange(BAND_BITS)])  # a band's own value, and one bit off


@dataclass(frozen=True)
class Hashes:
    """Perceptual hashes ``bits`` (G,) of a gallery; those of ``known`` (G,) rows mean something.

    Of the first B rows, ``order`` (BANDS, B') holds the known ones by the value of each band, and
    ``starts`` (BANDS, 2 ** BAND_BITS + 1) where in it each value begins.
    """

    bits: Bits
    known: NDArray[np.bool_]
    order: NDArray[np.int32]
    starts: NDArray[np.int32]
    sorted_rows: int  # B

    @classmethod
    def build(cls, bits: Bits, known: NDArray[np.bool_]) -> Hashes:
        rows = np.flatnonzero(known).astype(np.int32)
        values = _bands(bits[rows])  # (BANDS, B')
        order = rows[np.argsort(values, axis=1, kind="stable")]
        counts = [np.bincount(band, minlength=1 << BAND_BITS) for band in values]
        starts = np.zeros((BANDS, (1 << BAND_BITS) + 1), np.int32)
        np.cumsum(counts, axis=1, out=starts[:, 1:])
        return cls(bits, known, order, starts, len(bits))

    def grown(self, bits: Bits, known: NDArray[np.bool_]) -> Hashes:
        """With more rows behind those it has, which are scanned until they are sorted too."""
        return Hashes(bits, known, self.order, self.starts, self.sorted_rows)

    @property
    def crowded(self) -> bool:
        """Whether so many are scanned that sorting again pays: a third of a second a million."""
        return len(self.bits) - self.sorted_rows > LATE + self.sorted_rows // 8

    def begins(self, other: Hashes) -> bool:
        """Whether the first rows of ``other`` are these."""
        count = len(self.bits)
        same_bits = np.array_equal(self.bits, other.bits[:count])
        return same_bits and np.array_equal(self.known, other.known[:count])

    def joined(self) -> Hashes:
        """All of them sorted."""
        return Hashes.build(self.bits, self.known)

    def near(self, asked: Bits) -> Indices:
        """Rows (n,), growing, that may be copies of one of ``asked`` (v,): all that are less than
        eight bits apart, many that are less than ``ALIKE``, and others.
        """
        probes = _bands(asked)[:, :, None] ^ _PROBES  # (BANDS, v, 17)
        band = np.arange(BANDS)[:, None, None]
        start, stop = self.starts[band, probes].ravel(), self.starts[band, probes + 1].ravel()
        owner, place = expand(start, stop)
        found = self.order[owner // (len(asked) * len(_PROBES)), place]
        late = np.arange(self.sorted_rows, len(self.bits))
        return np.concatenate([np.unique(found), late[self.known[late]]]).astype(np.intp)


@dataclass(frozen=True)
class Fingerprint:
    """A query's hashes ``asked`` (v,), v >= 1, those of its views, among a gallery's."""

    hashes: Hashes
    asked: Bits

    def apart(self, rows: Indices) -> Apart:
        """Different bits (n,) of ``rows`` (n,) and of the nearest of the query's hashes."""
        return bits_apart(self.asked, self.hashes.bits[rows], self.hashes.known[rows])

    def copies(self, shown: NDArray[np.bool_]) -> Indices:
        """Rows (n,), nearest first, of ``shown`` (G,) that may be copies of the query."""
        rows = self.hashes.near(self.asked)
        rows = rows[shown[rows]]
        apart = self.apart(rows)
        order = np.argsort(apart, kind="stable")[:ADDED]
        return rows[order[apart[order] < ALIKE]]

    def raised(self, similarity: Floats, rows: Indices) -> Floats:
        """``similarity`` (n,) of ``rows`` (n,), see :func:`raised`."""
        return raised(similarity, self.apart(rows))


def bits_apart(asked: Bits, hashes: Bits, known: NDArray[np.bool_]) -> Apart:
    """Different bits (n,) of ``hashes`` (n,) and of the nearest of ``asked`` (v,), v >= 1.

    Photos without a hash, where ``known`` (n,) is False, are as far as can be.
    """
    apart = np.full(len(hashes), BITS, np.uint8)
    for view in asked:  # one at a time: (v, n) would be larger than the embeddings' own scan
        np.minimum(apart, np.bitwise_count((hashes ^ view).view(np.uint64)), out=apart)
    apart[~known] = BITS
    return apart


def raised(similarity: Floats, apart: Apart) -> Floats:
    """``similarity`` (n,), at most 1, raised for photos that are few bits ``apart`` (n,).

    Never lowered, and 1 at most: bands keep their meaning. Both must agree: unrelated photos that
    share half of their bits by chance are not raised above those that look alike.
    """
    share = np.maximum(ALIKE - apart.astype(np.float32), 0) * (WEIGHT / ALIKE)
    return (similarity + (1 - similarity) * share).astype(np.float32)


def _bands(bits: Bits) -> NDArray[np.uint16]:
    """``bits`` (n,) -> (BANDS, n)."""
    shifts = np.arange(BANDS, dtype=np.uint64)[:, None] * np.uint64(BAND_BITS)
    return (bits.view(np.uint64)[None] >> shifts).astype(np.uint16)
