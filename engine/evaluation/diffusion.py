"""Graph diffusion: cosine's strongest rival down the list, and too slow for a query.

Iscen et al., "Efficient Diffusion on Region Manifolds" (CVPR 2017), on global embeddings: photos
are nodes, mutual nearest neighbours are joined, and a query's mass spreads over the graph.
Neighbours: ``baselines`` (the simpler rivals).
"""

from __future__ import annotations

import numpy as np

from engine.evaluation.baselines import Whitening, top_k
from engine.search.graph import Graph, mutual_neighbours
from engine.search.ports import Floats, Ints

QUERY_BLOCK = 64


class Diffusion:
    """Solves (I - alpha S) f = y for every query; photos are ranked by f.

    S = D^-1/2 A D^-1/2, A_ij = cosine^power where i and j are mutual ``k``-nearest neighbours
    (eq. 2-3); y holds the query's own ``k`` nearest in the same weights. Photos that the mass does
    not reach follow, by cosine. The iteration is conjugate gradient (sect. 3.3): S is symmetric
    and alpha < 1, so the matrix is positive definite.
    """

    name = "diffusion"

    def __init__(
        self,
        space: Whitening,
        *,
        k: int = 20,
        alpha: float = 0.9,
        power: float = 3.0,
        iterations: int = 20,
    ) -> None:
        self._space, self._k, self._alpha = space, k, alpha
        self._power, self._iterations = power, iterations

    def fit(self, gallery: Floats) -> None:
        self._gallery = self._space(gallery)
        *_, graph = mutual_neighbours(self._gallery, self._k, self._power)
        assert isinstance(graph, Graph)  # the last that mutual_neighbours yields
        self._graph = graph

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        whitened = self._space(queries)
        parts = [
            top_k(self._scores(whitened[start : start + QUERY_BLOCK]), k)
            for start in range(0, max(len(whitened), 1), QUERY_BLOCK)
        ]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def _scores(self, queries: Floats) -> Floats:
        cosine = queries @ self._gallery.T  # (Q, G)
        near, similarity = top_k(cosine, self._k)
        source = np.zeros_like(cosine)
        np.put_along_axis(source, near, np.maximum(similarity, 0) ** self._power, axis=1)
        reached = self._solve(np.ascontiguousarray(source.T)).T
        # Reached photos lie above 1; cosine only orders the rest.
        scores: Floats = np.where(reached > 1e-6, 1.0 + reached, 1e-3 * cosine)
        return scores

    def _solve(self, source: Floats) -> Floats:
        """Conjugate gradient for all columns of ``source`` (G, Q) at once."""
        solution = np.zeros_like(source)
        residual = source.copy()
        direction = residual.copy()
        energy = np.einsum("gq,gq->q", residual, residual)
        for _ in range(self._iterations):
            image = direction - self._alpha * self._graph.spread(direction)
            curvature = np.einsum("gq,gq->q", direction, image)
            step = energy / np.maximum(curvature, 1e-20)
            solution += step * direction
            residual -= step * image
            renewed = np.einsum("gq,gq->q", residual, residual)
            direction = residual + (renewed / np.maximum(energy, 1e-20)) * direction
            energy = renewed
        return solution

    @property
    def bytes_per_photo(self) -> float:
        """The vectors and the graph."""
        held = self._gallery.nbytes + self._graph.columns.nbytes + self._graph.weights.nbytes
        return held / len(self._gallery)
