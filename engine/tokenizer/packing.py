"""Identifiers as integers: level 1 in the highest bits, so that sorting groups every prefix.

A prefix of m codes is then a contiguous range of the sorted integers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Ints


def bits_per_level(codes: int) -> int:
    """Bits that hold one of ``codes`` codes (at least one)."""
    return max(1, (codes - 1).bit_length())


def pack(identifiers: NDArray[np.integer], codes: int) -> Ints:
    """``identifiers`` (G, M), each 0..codes-1 -> (G,) int64, order-preserving.

    Raises ``ValueError`` where M levels do not fit 63 bits (SQLite's integers are signed).
    """
    bits = bits_per_level(codes)
    levels = identifiers.shape[1]
    if bits * levels > 63:
        raise ValueError(f"{levels} levels of {codes} codes do not fit 63 bits")
    packed = np.zeros(len(identifiers), np.int64)
    for level in range(levels):
        packed = (packed << bits) | identifiers[:, level].astype(np.int64)
    return packed


def unpack(packed: Ints, levels: int, codes: int) -> Ints:
    """The inverse of :func:`pack`: (G,) -> (G, M)."""
    bits = bits_per_level(codes)
    shifts = bits * np.arange(levels - 1, -1, -1)
    return (packed[:, None] >> shifts) & ((1 << bits) - 1)  # (G, M)
