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

    def of(self, mask: NDArray[np.bool_]) -> Segment:
        """Those of its photos that ``mask`` (G,) has."""
        trie, kept = self.trie.of(mask)
        pairs = zip(self.norms, kept, strict=True)
        return Segment(trie, [norm[nodes] for norm, nodes in pairs])

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
        # What is left of a segment, which stays alive with it: an id alone may be given again.
        self._left: list[tuple[Segment, Segment]] = []

    def without(self, rows: Indices) -> Shown:
        """The same without a few ``rows`` (n,), which are dropped after decoding."""
        fewer = Shown.__new__(Shown)
        fewer.mask = self.mask.copy()
        fewer.mask[rows] = False
        fewer.count = int(fewer.mask.sum())
        fewer._left = self._left
        return fewer

    def left(self, segment: Segment) -> Segment:
        """``segment`` pruned by the mask; itself where too few are hidden for pruning to pay."""
        for known, left in self._left:
            if known is segment:
                return left
        left, few = segment, PRUNED * len(segment)
        if len(self.mask) - self.count > few:  # else no segment can have more
            hidden = len(segment) - int(self.mask[segment.trie.rows].sum())
            left = segment.of(self.mask) if hidden > few else segment
        self._left.append((segment, left))
        return left
