"""Pairs of photos -> groups: connected components that neither outgrow a size nor join enemies."""

from __future__ import annotations

import numpy as np

from engine.search.ports import Ints


class Components:
    """Union-find over ``count`` rows. Components have at most ``largest`` rows."""

    def __init__(self, count: int, largest: int | None = None) -> None:
        self._parent = list(range(count))
        self._size = [1] * count
        self._largest = count if largest is None else largest
        self._apart: dict[int, set[int]] = {}  # of a component's root: roots it must not join

    def join(self, one: int, other: int) -> None:
        """Put two rows into one component, unless it would be too large or join what is apart."""
        small, large = sorted((self._root(one), self._root(other)), key=lambda r: self._size[r])
        if (
            small == large
            or self._size[small] + self._size[large] > self._largest
            or small in self._apart.get(large, ())
        ):
            return
        self._parent[small] = large
        self._size[large] += self._size[small]
        for enemy in self._apart.pop(small, ()):
            self._apart[enemy].discard(small)
            self._keep_apart(large, enemy)

    def keep_apart(self, one: int, other: int) -> None:
        """From now on, never join the components of two rows."""
        self._keep_apart(self._root(one), self._root(other))

    def keys(self) -> Ints:
        """A number (count,) that rows of one component share."""
        return np.array([self._root(row) for row in range(len(self._parent))], np.int64)

    def _keep_apart(self, one: int, other: int) -> None:
        self._apart.setdefault(one, set()).add(other)
        self._apart.setdefault(other, set()).add(one)

    def _root(self, row: int) -> int:
        while self._parent[row] != row:
            self._parent[row] = self._parent[self._parent[row]]  # halves the way for the next
            row = self._parent[row]
        return row
