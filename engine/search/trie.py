"""The identifiers that exist, as sorted arrays: a prefix is a node, its photos are a range.

Level 0 is the root. Nodes of a level are in the order of their identifiers, so the children of a
node, and the photos below it, are contiguous. A filter makes a smaller trie of the same order, so
that decoding never enters a branch without a photo that may be found.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Ints
from engine.tokenizer.packing import bits_per_level

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Level:
    """Nodes of one level below the root.

    ``code`` (n,): last code of the node's prefix. ``first_child`` (n + 1,): into the next level
    ((0,) at the leaves). ``first_photo`` (n + 1,): into ``Trie.rows``.
    """

    code: NDArray[np.uint16]
    first_child: NDArray[np.int32]
    first_photo: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.code)


class Trie:
    """Built from packed identifiers (n,) of gallery ``rows`` (n,), growing; None: 0, 1, ..."""

    def __init__(self, packed: Ints, levels: int, codes: int, rows: Indices | None = None) -> None:
        self.codes = codes
        order = np.argsort(packed, kind="stable")
        ordered = packed[order]
        self.rows = (order if rows is None else rows[order]).astype(np.int32)
        bits = bits_per_level(codes)
        starts = []  # for each level, where in ``ordered`` its nodes begin
        for level in range(levels):
            prefix = ordered >> (bits * (levels - 1 - level))
            changed = np.ones(len(prefix), bool)
            changed[1:] = prefix[1:] != prefix[:-1]
            starts.append(np.flatnonzero(changed))
        self.levels: list[Level] = []
        for level, start in enumerate(starts):
            shift = bits * (levels - 1 - level)
            code = (ordered[start] >> shift) & ((1 << bits) - 1)
            first_child = np.zeros(0, np.int32)
            if level + 1 < levels:
                below = starts[level + 1]
                first_child = np.append(np.searchsorted(below, start), len(below)).astype(np.int32)
            first_photo = np.append(start, len(ordered)).astype(np.int32)
            self.levels.append(Level(code.astype(np.uint16), first_child, first_photo))

    @property
    def nbytes(self) -> int:
        arrays = [(level.code, level.first_child, level.first_photo) for level in self.levels]
        return self.rows.nbytes + sum(array.nbytes for level in arrays for array in level)

    @property
    def distinct(self) -> int:
        """How many identifiers are in use."""
        return len(self.levels[-1])

    def children(self, level: int, nodes: Indices) -> tuple[Indices, Indices]:
        """Children at ``level`` (0: the first codes) of ``nodes`` of the level above.

        At level 0, ``nodes`` is ignored and every node of the level is a child of beam 0.
        Returns (n,) the beam each child comes from, and (n,) the child's node.
        """
        if level == 0:
            count = len(self.levels[0])
            return np.zeros(count, np.intp), np.arange(count)
        first = self.levels[level - 1].first_child
        return expand(first[nodes], first[nodes + 1])

    def parents(self, level: int) -> Indices:
        """(n,) the node of the level above that each node of ``level`` hangs from; the root: 0."""
        if level == 0:
            return np.zeros(len(self.levels[0]), np.intp)
        children = np.diff(self.levels[level - 1].first_child)
        return np.repeat(np.arange(len(children)), children)

    def descend(self, level: int, nodes: Indices, code: Ints) -> Indices:
        """The children at ``level`` with the given ``code`` (n,) of ``nodes`` (n,); they exist."""
        codes = self.levels[level].code
        if level == 0:
            return np.searchsorted(codes, code)
        first = self.levels[level - 1].first_child
        return np.array(
            [
                first[n] + np.searchsorted(codes[first[n] : first[n + 1]], c)
                for n, c in zip(nodes, code, strict=True)
            ],
            np.intp,
        )

    def counts(self, level: int) -> NDArray[np.int32]:
        """Photos under every node of ``level``."""
        return np.diff(self.levels[level].first_photo)

    def of(self, mask: NDArray[np.bool_]) -> tuple[Trie, list[Indices]]:
        """The trie of those photos that ``mask`` (G,) over gallery rows has.

        Also, level by level, which nodes (n,) of this one it keeps. Nothing is sorted.
        """
        live = mask[self.rows]
        before = np.zeros(len(live) + 1, np.int32)
        np.cumsum(live, out=before[1:])
        first_photos = [before[level.first_photo] for level in self.levels]
        kept = [np.flatnonzero(first[1:] > first[:-1]) for first in first_photos]
        smaller = copy.copy(self)
        smaller.rows = self.rows[live]
        smaller.levels = []
        for m, (level, nodes, first) in enumerate(
            zip(self.levels, kept, first_photos, strict=True)
        ):
            first_child = level.first_child
            if m + 1 < len(kept):
                below = np.searchsorted(kept[m + 1], first_child[nodes])
                first_child = np.append(below, len(kept[m + 1])).astype(np.int32)
            first_photo = np.append(first[nodes], len(smaller.rows)).astype(np.int32)
            smaller.levels.append(Level(level.code[nodes], first_child, first_photo))
        return smaller, kept

    def photos(self, leaves: Indices) -> tuple[Indices, Indices]:
        """Gallery rows under ``leaves``: (n,) which leaf (index into ``leaves``), (n,) the row."""
        first = self.levels[-1].first_photo
        leaf, place = expand(first[leaves], first[leaves + 1])
        return leaf, self.rows[place].astype(np.intp)


def expand(start: NDArray[np.integer], stop: NDArray[np.integer]) -> tuple[Indices, Indices]:
    """Ranges laid end to end: (n,) which range, (n,) the value. n = sum(stop - start)."""
    lengths = (stop - start).astype(np.intp)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    shift = start - (np.cumsum(lengths) - lengths)  # of a range's values against their places
    return owner, np.arange(len(owner)) + shift[owner]
