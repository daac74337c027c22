"""Camera raw files among search results: a photo is found once, by the picture beside its raw file.

``engine.store.stacks`` says what stands behind what; ``searching`` hides and lists it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Ints


@dataclass(frozen=True)
class RawPairs:
    """Rows of the gallery: ``raws`` (n,) stand behind ``pictures`` (n,)."""

    raws: Ints
    pictures: Ints

    @classmethod
    def build(cls, leaders: Mapping[int, int], content_ids: Ints) -> RawPairs:
        """Of the pairs (raw content -> picture's) those of which both are in the gallery (G,)."""
        pairs = np.array(list(leaders.items()), np.int64).reshape(-1, 2)
        if not len(pairs):
            return cls(pairs[:, 0], pairs[:, 1])
        pairs = pairs[np.isin(pairs, content_ids).all(axis=1)]
        order = np.argsort(content_ids)
        rows = order[np.searchsorted(content_ids, pairs, sorter=order)]  # (n, 2)
        return cls(rows[:, 0], rows[:, 1])

    def in_front(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """``mask`` (G,) without the raw files whose picture is in it."""
        if not len(self.raws):
            return mask
        front = mask.copy()
        front[self.raws[mask[self.pictures]]] = False
        return front

    def behind(self, rows: Ints) -> Ints:
        """The raw files (m,) that stand behind the pictures ``rows``."""
        return self.raws[np.isin(self.pictures, rows)]

    def one_photo(self, rows: Ints) -> Ints:
        """``rows`` and whatever shows the same photo: its picture, its raw files."""
        pictures = np.union1d(rows, self.pictures[np.isin(self.raws, rows)])
        return np.union1d(pictures, self.behind(pictures))
