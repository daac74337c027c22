"""FAISS as a rival; skipped without the optional extra."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation import faiss_indexes, metrics
from engine.evaluation.baselines import Exact

pytest.importorskip("faiss")


@pytest.fixture
def vectors():
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((30, 128))
    gallery = np.repeat(centres, 20, axis=0) + 0.5 * rng.standard_normal((600, 128))
    return gallery.astype(np.float32), centres.astype(np.float32)


def test_faiss_flat_equals_exact(vectors):
    gallery, queries = vectors
    exact, flat = Exact(), faiss_indexes.flat()
    for baseline in (exact, flat):
        baseline.fit(gallery)
    wanted, scores = exact.search(queries, 50)
    found, found_scores = flat.search(queries, 50)
    assert np.array_equal(found, wanted)
    assert np.allclose(found_scores, scores, atol=1e-5)
    assert flat.bytes_per_photo == pytest.approx(4 * 128, rel=0.01)


@pytest.mark.parametrize("make", [faiss_indexes.hnsw, faiss_indexes.ivfpq])
def test_approximate_indexes_find_most_of_what_exact_finds(vectors, make):
    gallery, queries = vectors
    exact, index = Exact(), make()
    for baseline in (exact, index):
        baseline.fit(gallery)
    found, _ = index.search(queries, 10)
    recall = metrics.recall_against(found, exact.search(queries, 10)[0]).mean()
    assert recall > 0.6, index.name


def test_an_index_may_be_trained_before_the_later_photos_come(vectors):
    gallery, _ = vectors
    old = np.arange(len(gallery)) % 5 > 0
    index = faiss_indexes.ivfpq(old)
    index.fit(gallery)
    later = np.flatnonzero(~old)[:20]
    found, _ = index.search(gallery[later], 10)
    assert np.mean([row in near for row, near in zip(later, found, strict=True)]) > 0.9


@pytest.mark.parametrize(("photos", "width"), [(3, 128), (40, 100), (300, 32)])
def test_small_galleries_and_odd_widths_are_indexed_all_the_same(photos, width):
    gallery = np.random.default_rng(0).standard_normal((photos, width)).astype(np.float32)
    for make in (faiss_indexes.flat, faiss_indexes.hnsw, faiss_indexes.ivfpq):
        index = make()
        index.fit(gallery)
        found, _ = index.search(gallery[:3], 100)
        assert found.shape[1] <= photos
        assert found[0, 0] == 0, index.name
