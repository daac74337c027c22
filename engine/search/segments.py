"""A gallery's identifiers in segments: one for what was there when the gallery was opened, and
smaller ones for what came since, so that a new photo is found at once and nothing large is sorted
again. Rows that may not be found (deleted, filtered out) are a mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Floats, Ints
from engine.search.scores import prefix_norms
from engine.search.trie import Indices, Trie
from engine.tokenizer.quantizer import ResidualQuantizer

SMALL = 4096  # photos of a segment that is built again whenever photos come: 5 ms
LATE = 8  # of the photos in the first segment, one may be in others before all become one
PRUNED = 0.1  # share of hidden photos from which pruning pays; fewer are dropped afterwards


@dataclass(frozen=True)
class Segment:
    """A trie over some rows of the gallery, and |u_p|^2 of its nodes (``prefix_norms``)."""

    trie: Trie
    norms: list[Floats]

    @classmethod
    def build(cls, packed: Ints, rows: Indices, quantizer: ResidualQuantizer) -> Segment:
        """Of the identifiers ``packed`` (n,) of gallery ``rows`` (n,)."""
        trie = Trie(packed, quantizer.levels, quantizer.codes, rows)
        return cls(trie, prefix_norms(trie, quantizer))

    def __len__(self) -> int:
        return len(self.trie.rows)

    @property
    def nbytes(self) -> int:
        return self.trie.nbytes + sum(norm.nbytes for norm in self.norms)


def later(segments: Sequence[Segment], identified: NDArray[np.bool_]) -> Indices:
    """The rows (n,), growing, of ``identified`` (G,) that no segment has."""
    whole = sum(map(len, segments))
    last = max((int(s.trie.rows.max()) for s in segments if len(s)), default=-1)
    if last < whole and identified[:whole].all():  # they have all up to there
        return np.flatnonzero(identified[whole:]) + whole
    late = identified.copy()
    for segment in segments:
        late[segment.trie.rows] = False
    return np.flatnonzero(late)


class Shown:
    """Rows that may be found: ``mask`` (G,), and what decoding needs to know of it, made once."""

    def __init__(self, mask: NDArray[np.bool_]) -> None:
        self.mask = mask
        self.count = int(mask.sum())
        # Counts belong to a trie, which stays alive with them: an id alone may be given again.
        self._live: list[tuple[Trie, NDArray[np.int32] | None]] = []

    def without(self, rows: Indices) -> Shown:
        """The same without a few ``rows`` (n,), which are dropped after decoding."""
        fewer = Shown.__new__(Shown)
        fewer.mask = self.mask.copy()
        fewer.mask[rows] = False
        fewer.count = int(fewer.mask.sum())
        fewer._live = self._live
        return fewer

    def live(self, trie: Trie) -> NDArray[np.int32] | None:
        """``Trie.live`` of the mask; None where too few are hidden for pruning to pay."""
        for known, counts in self._live:
            if known is trie:
                return counts
        few = PRUNED * len(trie.rows)
        counts = None
        if len(self.mask) - self.count > few:  # else no trie can have more
            hidden = len(trie.rows) - int(self.mask[trie.rows].sum())
            counts = trie.live(self.mask) if hidden > few else None
        self._live.append((trie, counts))
        return counts
