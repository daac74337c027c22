"""The rivals find what is planted, and the stronger ones use the shape of the gallery."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation import metrics
from engine.evaluation.baselines import (
    BinaryRescored,
    Exact,
    QueryExpansion,
    Whitening,
    principal_directions,
    top_k,
)
from engine.evaluation.diffusion import Diffusion
from engine.evaluation.metric_learner import MetricLearner
from engine.search.graph import Graph, mutual_neighbours
from engine.tokenizer.space import unit


def clustered(classes=12, each=10, width=96, noise=0.5, seed=0):
    """Gallery, queries and their labels: ``each`` photos and one query around every centre."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((classes, width))
    labels = np.repeat(np.arange(classes), each)
    gallery = centres[labels] + noise * rng.standard_normal((len(labels), width))
    queries = centres + noise * rng.standard_normal(centres.shape)
    return gallery.astype(np.float32), queries.astype(np.float32), labels, np.arange(classes)


def two_arcs(each=60, seed=0):
    """Two long thin arcs in 3-d, queries at their ends: near by graph, far by cosine.

    The first arc's far end is closer (by cosine) to the second arc's query than the second arc's
    own far end.
    """
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2.0, each)
    first = np.stack([np.cos(angle), np.sin(angle), np.full(each, 0.35)], axis=1)
    second = np.stack([np.cos(angle), np.sin(angle), np.full(each, -0.35)], axis=1)
    gallery = np.concatenate([first, second]) + 0.01 * rng.standard_normal((2 * each, 3))
    queries = gallery[[0, each]] + 0.01
    labels = np.repeat([0, 1], each)
    return gallery.astype(np.float32), queries.astype(np.float32), labels, np.array([0, 1])


def mean_ap(baseline, gallery, queries, gallery_labels, query_labels):
    baseline.fit(gallery)
    ranked, _ = baseline.search(queries, 100)
    right = metrics.relevance(ranked, gallery_labels, query_labels)
    totals = metrics.relevant_totals(gallery_labels, query_labels)
    return metrics.average_precision_at(right, totals).mean()


def every_baseline(gallery):
    space = Whitening.fit(gallery)
    return [
        Exact(),
        Exact("exact-whitened", space),
        QueryExpansion(space),
        Diffusion(space, k=6),
        BinaryRescored(candidates=40),
    ]


def test_every_baseline_finds_the_planted_neighbours():
    gallery, queries, gallery_labels, query_labels = clustered()
    for baseline in every_baseline(gallery):
        quality = mean_ap(baseline, gallery, queries, gallery_labels, query_labels)
        assert quality > 0.98, baseline.name
        assert baseline.bytes_per_photo > 0


def test_every_baseline_answers_one_query_as_it_answers_many():
    gallery, queries, *_ = clustered()
    for baseline in every_baseline(gallery):
        baseline.fit(gallery)
        together, scores = baseline.search(queries, 7)
        assert together.shape == scores.shape == (len(queries), 7)
        assert (np.diff(scores, axis=1) <= 0).all(), baseline.name
        alone, _ = baseline.search(queries[3:4], 7)
        assert alone[0].tolist() == together[3].tolist(), baseline.name


def test_a_gallery_smaller_than_k_gives_every_photo_once():
    gallery, queries, *_ = clustered(classes=2, each=3)
    for baseline in every_baseline(gallery):
        baseline.fit(gallery)
        ranked, _ = baseline.search(queries, 100)
        assert sorted(ranked[0].tolist()) == list(range(6)), baseline.name


def test_exact_is_the_sorted_cosine():
    gallery, queries, *_ = clustered()
    exact = Exact()
    exact.fit(gallery)
    ranked, scores = exact.search(queries, 20)
    cosine = unit(queries) @ unit(gallery).T
    assert ranked.tolist() == np.argsort(-cosine, axis=1, kind="stable")[:, :20].tolist()
    assert np.allclose(scores, -np.sort(-cosine, axis=1)[:, :20])


def test_equal_scores_keep_the_order_of_the_gallery():
    ranked, _ = top_k(np.array([[0.5, 1.0, 0.5, 0.2, 1.0]], dtype=np.float32), 4)
    assert ranked.tolist() == [[1, 4, 0, 2]]


def test_whitening_evens_out_the_variance_by_its_power():
    rng = np.random.default_rng(0)
    scales = np.array([8.0, 4.0, 2.0, 1.0])
    gallery = (rng.standard_normal((4000, 4)) * scales).astype(np.float32)
    space = Whitening.fit(gallery, power=0.5)
    projected = (gallery - space.mean) @ space.projection
    assert np.allclose(projected.std(axis=0), 1, atol=0.02)
    quarter = Whitening.fit(gallery, power=0.25)
    spread = ((gallery - quarter.mean) @ quarter.projection).std(axis=0)
    assert np.allclose(spread, np.sqrt(scales), rtol=0.05)


def test_principal_directions_equal_the_full_decomposition():
    rng = np.random.default_rng(0)
    decay = 0.9 ** np.arange(200)
    matrix = (rng.standard_normal((400, 200)) * decay).astype(np.float32)
    values, directions = principal_directions(matrix, 20)
    wanted = np.linalg.eigvalsh(matrix.T @ matrix)[::-1][:20]
    assert np.allclose(values, wanted, rtol=1e-3)
    assert np.allclose(directions.T @ directions, np.eye(20), atol=1e-4)


def test_a_gallery_of_one_photo_or_of_equal_photos_breaks_nothing():
    for gallery in (np.ones((1, 96), np.float32), np.ones((5, 96), np.float32)):
        for baseline in every_baseline(gallery):
            baseline.fit(gallery)
            ranked, scores = baseline.search(gallery[:1], 10)
            assert sorted(ranked[0].tolist()) == list(range(len(gallery))), baseline.name
            assert np.isfinite(scores).all(), baseline.name


def test_diffusion_and_query_expansion_follow_a_manifold_that_cosine_cuts_across():
    arcs = two_arcs()
    space = Whitening(np.zeros(3, np.float32), np.eye(3, dtype=np.float32))
    cosine = mean_ap(Exact("exact-whitened", space), *arcs)
    expanded = mean_ap(QueryExpansion(space, k=10), *arcs)
    diffused = mean_ap(Diffusion(space, k=8, alpha=0.99, iterations=60), *arcs)
    assert expanded > cosine + 0.01
    assert diffused > cosine + 0.1
    assert diffused > 0.99


def test_diffusion_solves_its_linear_system():
    gallery, queries, *_ = clustered(classes=4, each=8, width=16)
    space = Whitening(np.zeros(16, np.float32), np.eye(16, dtype=np.float32))
    diffusion = Diffusion(space, k=5, alpha=0.9, iterations=60)
    diffusion.fit(gallery)
    *_, last = mutual_neighbours(unit(gallery), 5, 3.0)
    assert isinstance(last, Graph)
    columns, weights = last.columns, last.weights
    graph = np.zeros((len(gallery), len(gallery)))
    np.put_along_axis(graph, columns, weights.astype(np.float64), axis=1)
    assert np.allclose(graph, graph.T, atol=1e-6)
    cosine = unit(queries) @ unit(gallery).T
    near, similarity = top_k(cosine, 5)
    source = np.zeros_like(cosine)
    np.put_along_axis(source, near, np.maximum(similarity, 0) ** 3, axis=1)
    solved = np.linalg.solve(np.eye(len(gallery)) - 0.9 * graph, source.T).T
    ranked, scores = diffusion.search(queries, 5)
    assert np.allclose(scores - 1, np.take_along_axis(solved, ranked, axis=1), atol=1e-4)


def test_binary_codes_hold_64_bytes_beside_the_vectors_they_rescore_with():
    gallery, *_ = clustered()
    binary = BinaryRescored()
    binary.fit(gallery)
    assert binary.bytes_per_photo == 64 + 2 * gallery.shape[1]
    with pytest.raises(ValueError, match="multiple of 64"):
        BinaryRescored(bits=100)


def test_the_metric_learner_uses_labels_that_cosine_cannot_see():
    """Classes differ in a few faint directions below loud noise that they share."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 60)
    faint = 0.5 * rng.standard_normal((4, 4))
    loud = rng.standard_normal((len(labels) + 40, 12))
    quiet = np.concatenate([faint[labels], faint[np.arange(40) % 4]])
    quiet = quiet + 0.05 * rng.standard_normal(quiet.shape)
    vectors = np.concatenate([quiet, loud], axis=1).astype(np.float32)
    gallery, queries = vectors[:240], vectors[240:]
    task = (gallery, queries, labels, np.arange(40) % 4)
    space = Whitening.fit(gallery)
    learner = MetricLearner(space, gallery[::2], labels[::2])
    assert mean_ap(learner, *task) > mean_ap(Exact("exact-whitened", space), *task) + 0.05
    again = MetricLearner(space, gallery[::2], labels[::2])
    again.fit(gallery)
    assert np.array_equal(again.search(queries, 5)[0], learner.search(queries, 5)[0])


def test_a_metric_learner_without_labels_is_refused():
    gallery, *_ = clustered()
    nothing = np.zeros((0, 96), np.float32)
    with pytest.raises(ValueError, match="labelled"):
        MetricLearner(Whitening.fit(gallery), nothing, np.zeros(0, np.int64))
