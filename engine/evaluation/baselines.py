"""The honest rivals, numpy alone: exact cosine, whitened, query expansion, binary + rescoring.

Each is a small class: ``fit`` takes the gallery's embeddings (G, E), ``search`` queries of the same
kind (Q, E). Neighbours: ``diffusion``, ``metric_learner`` and ``faiss_indexes`` hold the larger
ones, ``engine.services.evaluating`` runs them all on the same embeddings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Floats, Ints
from engine.tokenizer.space import unit

QUERY_BLOCK = 256  # queries scored at once: bounds the (Q, G) score matrix


class Baseline(Protocol):
    """A way to rank the gallery for a query."""

    name: str  # as in the table

    def fit(self, gallery: Floats) -> None:
        """``gallery`` (G, E): the encoder's embeddings, any length."""
        ...

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        """``queries`` (Q, E). Gallery indices and scores, best first, (Q, min(k, G)) each."""
        ...

    @property
    def bytes_per_photo(self) -> float:
        """What answering keeps for each photo: codes, vectors, links.

        Projections and codebooks, which do not grow with the gallery, are left out.
        """
        ...


class Exact:
    """Cosine with every photo of the gallery, in the space that ``project`` leads to.

    ``project`` (B, E) -> (B, D), unit length; as it is, the embeddings' own space.
    """

    def __init__(self, name: str = "exact", project: Callable[[Floats], Floats] = unit) -> None:
        self.name = name
        self._project = project

    def fit(self, gallery: Floats) -> None:
        self._gallery = self._project(gallery)

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        return nearest(self._project(queries), self._gallery, k)

    @property
    def bytes_per_photo(self) -> float:
        return self._gallery.nbytes / len(self._gallery)


@dataclass(frozen=True, slots=True)
class Whitening:
    """Centred, PCA, each direction divided by its variance to ``power``; then unit length.

    Power .5 would whiten fully; .25 (RETRIEVAL.md) keeps half of what large directions say.
    """

    mean: Floats  # (E,)
    projection: Floats  # (E, D)

    @classmethod
    def fit(cls, gallery: Floats, *, width: int = 256, power: float = 0.25) -> Whitening:
        """D is ``width``, or less where the gallery spans fewer directions."""
        mean = gallery.mean(axis=0, dtype=np.float64).astype(np.float32)
        centred = gallery - mean
        rank = max(1, min(width, len(gallery) - 1, gallery.shape[1]))
        values, directions = principal_directions(centred, rank)
        variance = np.maximum(values / len(gallery), 1e-9 * max(float(values[0]), 1e-12))
        return cls(mean, (directions * variance**-power).astype(np.float32))

    def __call__(self, embeddings: Floats) -> Floats:
        """(B, E) -> (B, D), unit length."""
        centred: Floats = embeddings - self.mean
        return unit(np.matmul(centred, self.projection, dtype=np.float32))


class QueryExpansion:
    """Whitened cosine with database-side augmentation and alpha query expansion.

    Every gallery vector becomes the sum of its ``k`` nearest (itself among them) weighted by
    similarity to ``power``; a query adds its own ``k`` nearest in the same way and asks again.
    """

    name = "query-expansion"

    def __init__(self, space: Whitening, *, k: int = 10, power: float = 3.0) -> None:
        self._space, self._k, self._power = space, k, power

    def fit(self, gallery: Floats) -> None:
        whitened = self._space(gallery)
        self._gallery = unit(weighted_neighbours(whitened, whitened, self._k, self._power))

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        first = self._space(queries)
        expanded = first + weighted_neighbours(first, self._gallery, self._k, self._power)
        return nearest(unit(expanded), self._gallery, k)

    @property
    def bytes_per_photo(self) -> float:
        return self._gallery.nbytes / len(self._gallery)


class BinaryRescored:
    """Hamming distance over ``bits`` random directions; the best are rescored with full vectors.

    Signs of a random rotation of the centred embeddings: neighbouring directions of a PCA have
    unlike variance, which a sign cannot say, and a rotation spreads it evenly.
    """

    name = "binary-rescored"

    def __init__(self, *, bits: int = 512, candidates: int = 200, seed: int = 0) -> None:
        if bits % 64:
            raise ValueError("bits must be a multiple of 64")
        self._bits, self._candidates, self._seed = bits, candidates, seed

    def fit(self, gallery: Floats) -> None:
        self._gallery = unit(gallery).astype(np.float16)
        self._mean = unit(gallery).mean(axis=0)
        width = gallery.shape[1]
        rng = np.random.default_rng(self._seed)
        directions = rng.standard_normal((width, self._bits))
        if self._bits <= width:
            directions = np.linalg.qr(directions)[0]
        self._directions = directions.astype(np.float32)
        self._codes = self._signs(unit(gallery))

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        whole = unit(queries)
        count = min(max(self._candidates, k), len(self._codes))
        indices = np.empty((len(whole), min(k, count)), dtype=np.int64)
        scores = np.empty(indices.shape, dtype=np.float32)
        for q, code in enumerate(self._signs(whole)):
            distance = np.bitwise_count(self._codes ^ code).sum(axis=1, dtype=np.int32)
            near = np.argpartition(distance, count - 1)[:count]
            cosine = self._gallery[near].astype(np.float32) @ whole[q]
            best, scores[q : q + 1] = top_k(cosine[None], k)
            indices[q] = near[best[0]]
        return indices, scores

    def _signs(self, vectors: Floats) -> NDArray[np.uint64]:
        bits = (vectors - self._mean) @ self._directions > 0
        return np.packbits(bits, axis=1).view(np.uint64)  # (B, bits / 64)

    @property
    def bytes_per_photo(self) -> float:
        """The codes and the float16 vectors that rescoring reads."""
        return (self._codes.nbytes + self._gallery.nbytes) / len(self._codes)


def principal_directions(centred: Floats, rank: int) -> tuple[Floats, Floats]:
    """The ``rank`` largest eigenvalues (descending) and eigenvectors (E, rank) of C^T C, C (G, E).

    Randomised subspace iteration (Halko, Martinsson, Tropp 2011, algorithm 4.4): a full
    eigendecomposition at E = 2560 takes ten times as long. Exact where the sketch spans everything.
    """
    width = min(rank + 64, *centred.shape)
    rng = np.random.default_rng(0)  # the sketch: any will do, the same one every time
    basis = rng.standard_normal((centred.shape[1], width)).astype(np.float32)
    for _ in range(5):
        basis = np.linalg.qr(centred.T @ (centred @ basis))[0]
    image = centred @ basis
    values, turn = np.linalg.eigh(image.T @ image)
    directions: Floats = basis @ turn[:, ::-1][:, :rank]
    return np.maximum(values[::-1][:rank], 0), directions


def top_k(scores: Floats, k: int) -> tuple[Ints, Floats]:
    """The ``k`` best columns of (Q, G), best first.

    Equal scores stand in the order of the gallery; which of them make the end of the list is open.
    """
    k = min(k, scores.shape[1])
    if k < scores.shape[1]:
        chosen = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        chosen.sort(axis=1)
    else:
        chosen = np.broadcast_to(np.arange(k), scores.shape)
    values = np.take_along_axis(scores, chosen, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    indices = np.take_along_axis(chosen, order, axis=1).astype(np.int64)
    return indices, np.take_along_axis(values, order, axis=1)


def nearest(queries: Floats, gallery: Floats, k: int) -> tuple[Ints, Floats]:
    """Exact inner-product search, in blocks of queries. Returns (Q, min(k, G)) each."""
    parts = [
        top_k(queries[start : start + QUERY_BLOCK] @ gallery.T, k)
        for start in range(0, max(len(queries), 1), QUERY_BLOCK)
    ]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def weighted_neighbours(queries: Floats, gallery: Floats, k: int, power: float) -> Floats:
    """Sum of the ``k`` nearest of ``gallery`` (G, D) to each query, weighted by similarity: (Q, D).

    Weights are the similarity to ``power``. Both of unit length.
    """
    indices, scores = nearest(queries, gallery, k)
    weights = np.maximum(scores, 0) ** power
    total = np.zeros_like(queries)
    for rank in range(indices.shape[1]):  # one rank at a time: no (Q, k, D) array
        total += weights[:, rank, None] * gallery[indices[:, rank]]
    return total
