"""FAISS as a rival: flat, HNSW and IVF-PQ over the same embeddings (optional extra ``evaluate``).

Inner product over unit vectors, so that flat equals exact cosine. Without faiss these rows are
left out of the table; ``available`` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from engine.evaluation.metrics import Bools
from engine.search.ports import Floats, Ints
from engine.tokenizer.space import unit


def available() -> bool:
    """Whether faiss can be imported."""
    return find_spec("faiss") is not None


class FaissIndex:
    """One FAISS index. ``build`` makes it for (G, E) unit vectors; it is trained and filled here.

    ``trained_on`` (G,): photos that it is trained on before all are added; None for all.

    ``bytes_per_photo``: by how much photos let the serialised index grow (vectors or codes, ids,
    links), so without codebooks.
    """

    def __init__(
        self, name: str, build: Callable[[int, int], Any], trained_on: Bools | None = None
    ) -> None:
        self.name = name
        self._build = build
        self._trained_on = trained_on

    def fit(self, gallery: Floats) -> None:
        import faiss

        vectors = unit(gallery)
        first = vectors if self._trained_on is None else vectors[self._trained_on]
        self._index = self._build(*first.shape)
        self._index.train(first)
        empty = len(faiss.serialize_index(self._index))
        self._index.add(vectors)
        self._bytes = (len(faiss.serialize_index(self._index)) - empty) / len(vectors)

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        scores, indices = self._index.search(unit(queries), min(k, self._index.ntotal))
        return indices.astype(np.int64), scores

    @property
    def bytes_per_photo(self) -> float:
        return self._bytes


def flat() -> FaissIndex:
    """Exhaustive, float32."""

    def build(_photos: int, width: int) -> Any:
        import faiss

        return faiss.IndexFlatIP(width)

    return FaissIndex("faiss-flat", build)


def hnsw() -> FaissIndex:
    """A navigable graph: M 32, efConstruction 200, efSearch 128 (at least the 100 asked for)."""

    def build(_photos: int, width: int) -> Any:
        import faiss

        index = faiss.IndexHNSWFlat(width, 32, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = 200
        index.hnsw.efSearch = 128
        return index

    return FaissIndex("faiss-hnsw", build)


def ivfpq(trained_on: Bools | None = None) -> FaissIndex:
    """Inverted lists of product-quantized residuals: 64 bytes a photo, no rescoring.

    sqrt(G) lists of which a quarter (at least 8) are visited; 64 sub-quantizers of 8 bits (fewer
    bits where the gallery is too small to fit 256 centroids). A width that 64 does not divide is
    brought to the next smaller multiple by a random projection.
    """

    def build(photos: int, width: int) -> Any:
        import faiss

        lists = max(1, round(photos**0.5))
        bits = min(8, max(1, int(np.log2(max(2, photos // 2)))))
        parts = 64 if width >= 64 else width
        inner = width - width % parts
        quantizer = faiss.IndexFlatIP(inner)
        index = faiss.IndexIVFPQ(quantizer, inner, lists, parts, bits, faiss.METRIC_INNER_PRODUCT)
        index.nprobe = min(lists, max(8, lists // 4))
        index.cp.min_points_per_centroid = 1  # small galleries are no reason to warn
        index.pq.cp.min_points_per_centroid = 1
        if inner == width:
            return index
        return faiss.IndexPreTransform(faiss.RandomRotationMatrix(width, inner), index)

    return FaissIndex("faiss-ivfpq", build, trained_on)
