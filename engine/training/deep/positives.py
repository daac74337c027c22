"""Which photos of a batch belong together, as soft shares: what tuning draws to each other.

The other view of the same photo, and its kin in the library's graph: photos that are among each
other's nearest, and those that trusted labels tie (``engine.training.trust``; what labels or a
person told apart is cut there). Views alone push photos of one kind apart (docs/decisions.md).
"""

from __future__ import annotations

import numpy as np

from engine.search.graph import Graph
from engine.search.ports import Floats, Ints

KIN = 0.5  # what all kin together weigh beside the photo itself, as in ``projection``


class Positives:
    """Chooses batches of the rows of ``graph``, and says what belongs together in them."""

    def __init__(self, graph: Graph, photos: int) -> None:
        """``photos``: of a batch, about; half of them are kin of the others."""
        self._graph = graph
        self._photos = max(2, min(photos, len(graph)))
        strongest = graph.weights.max(axis=1, keepdims=True)
        self._strength = graph.weights / np.maximum(strongest, 1e-12)  # (G, k), 0..1

    def choose(self, rng: np.random.Generator) -> Ints:
        """Rows (b,), each once: photos by chance, and one of the kin of each."""
        count = len(self._graph)
        photos = rng.permutation(count)[: max(1, self._photos // 2)]
        strength = self._strength[photos] * rng.random(self._strength[photos].shape)
        kin = self._graph.columns[photos, strength.argmax(axis=1)]
        kin = kin[strength.max(axis=1) > 0]
        chosen = np.unique(np.concatenate([photos, kin]))
        rest = np.setdiff1d(rng.permutation(count)[: 2 * self._photos], chosen)
        missing = self._photos - len(chosen)  # of kin that were met twice
        filled: Ints = np.concatenate([chosen, rng.permutation(rest)[:missing]])
        return np.sort(filled)

    def shares(self, rows: Ints) -> Floats:
        """(2 b, 2 b), rows sum to one, for the views of ``rows`` (b,): first all first views."""
        count = len(rows)
        place = np.full(len(self._graph), -1)
        place[rows] = np.arange(count)
        columns = place[self._graph.columns[rows]]  # (b, k)
        kin = np.zeros((count, count), np.float32)
        own, which = np.nonzero(columns >= 0)
        np.maximum.at(kin, (own, columns[own, which]), self._strength[rows][own, which])
        np.fill_diagonal(kin, 0)
        kin *= np.float32(KIN) / np.maximum(kin.sum(axis=1, keepdims=True), 1)
        same = np.eye(count, dtype=np.float32)
        # Both views of a relative share what it gets; a view is no answer to itself.
        target = np.block([[kin / 2, same + kin / 2], [same + kin / 2, kin / 2]])
        shares: Floats = target / target.sum(axis=1, keepdims=True)
        return shares
