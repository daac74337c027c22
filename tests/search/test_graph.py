"""Ties and cuts: labels join photos that look unlike, and part those that look alike."""

from __future__ import annotations

import numpy as np
import pytest

from engine.search import graph as graphs
from engine.search.graph import Graph, Neighbours, Ties, graph_of, neighbours_of, ties_of
from engine.tokenizer.space import unit


def cloud(count: int = 60, width: int = 6) -> np.ndarray:
    return unit(np.random.default_rng(0).normal(size=(count, width)).astype(np.float32))


def near(z: np.ndarray, k: int = 5) -> Neighbours:
    *_, found = neighbours_of(z, k)
    assert isinstance(found, Neighbours)
    return found


def dense(graph: Graph) -> np.ndarray:
    matrix = np.zeros((len(graph), len(graph)))
    for place in range(graph.columns.shape[1]):
        np.add.at(matrix, (np.arange(len(graph)), graph.columns[:, place]), graph.weights[:, place])
    return matrix


def test_a_graph_with_ties_is_symmetric() -> None:
    z = cloud()
    groups = np.arange(len(z)) % 7 - 1
    matrix = dense(graph_of(near(z), [ties_of(z, groups, 1.0)]))
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)


def test_photos_of_one_group_are_tied_and_of_two_are_cut() -> None:
    z = cloud()
    groups = np.full(len(z), -1)
    plain = dense(graph_of(near(z)))
    one, other = map(int, np.argwhere(plain > 0)[0])
    far = int(np.argmin(z[one] @ z.T))
    groups[[one, far]] = 0
    groups[other] = 1
    labelled = dense(graph_of(near(z), [ties_of(z, groups, 1.0)]))
    assert plain[one, far] == 0 < labelled[one, far]
    assert labelled[one, other] == 0 < plain[one, other]


def test_an_origin_of_half_strength_cuts_half() -> None:
    z = cloud()
    plain = dense(graph_of(near(z)))
    one, other = map(int, np.argwhere(plain > 0)[0])
    groups = np.full(len(z), -1)
    groups[[one, other]] = 0, 1
    weights = [
        dense(graph_of(near(z), [Ties(groups, ties_of(z, groups, s).near, s)]))[one, other]
        for s in (0.0, 0.5, 1.0)
    ]
    assert weights[0] == pytest.approx(plain[one, other])
    assert weights[0] > weights[1] > weights[2] == 0


def test_what_a_person_told_apart_is_not_joined() -> None:
    z = cloud()
    plain = dense(graph_of(near(z)))
    one, other = map(int, np.argwhere(plain > 0)[0])
    parted = dense(graph_of(near(z), apart=np.array([[one, other]])))
    assert parted[one, other] == parted[other, one] == 0


def test_a_large_group_is_tied_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "GROUP_BLOCK", 20)
    z = cloud()
    tied = ties_of(z, np.zeros(len(z), np.int64), 1.0).near.columns
    assert (tied != np.arange(len(z))[:, None]).all()
    assert ((tied >= 0).sum(1) == 19).all()
