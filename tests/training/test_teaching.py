"""What the decoder is taught: exact masses, the photo left out, noise that teaches nothing."""

from __future__ import annotations

import numpy as np
import pytest

from engine.search.graph import Neighbours, graph_of, neighbours_of, ties_of
from engine.search.trie import Trie
from engine.tokenizer.model import TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import fit_quantizer
from engine.tokenizer.space import unit
from engine.training import teacher
from engine.training.sizes import identifier_size
from engine.training.targets import CANDIDATES, Targets, hard_leaves
from engine.training.teacher import SoftRankings, Taught, teach
from engine.types import Progress

LEVELS, CODES = 3, 4


def clusters(count: int = 90, groups: int = 6, width: int = 8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(groups, width))
    group = np.arange(count) % groups
    z = unit((centres[group] + 0.3 * rng.normal(size=(count, width))).astype(np.float32))
    return z, group


def rank(z: np.ndarray, labels: np.ndarray | None = None) -> SoftRankings:
    return taught(z, labels).rankings


def taught(z: np.ndarray, labels: np.ndarray | None = None) -> Taught:
    *_, neighbours = neighbours_of(z)
    assert isinstance(neighbours, Neighbours)
    ties = () if labels is None else (ties_of(z, labels, 1.0),)
    *stages, last = teach(z, graph_of(neighbours, ties))
    assert all(isinstance(stage, Progress) for stage in stages)
    assert isinstance(last, Taught)
    return last


def test_a_ranking_sums_to_one_and_leaves_the_photo_out() -> None:
    z, group = clusters()
    rankings = rank(z)
    np.testing.assert_allclose(rankings.weights.sum(1), 1, atol=1e-4)
    assert (rankings.weights >= 0).all()
    own = rankings.rows == np.arange(len(z))[:, None]
    assert not rankings.weights[own].any()
    inside = (group[rankings.rows] == group[:, None]) * rankings.weights
    assert inside.sum(1).mean() > 0.75  # by chance: a sixth


def test_labels_pull_mass_to_photos_of_the_same_label() -> None:
    z, group = clusters()
    labels = np.where(group < 2, 0, -1)  # two clusters that one label joins

    def mass(rankings: SoftRankings) -> float:
        return float(rankings.weights[0][group[rankings.rows[0]] == 1 - group[0]].sum())

    assert mass(rank(z)) < 0.05
    assert mass(rank(z, labels)) > mass(rank(z)) + 0.1


@pytest.mark.parametrize("is_view", [False, True])
def test_candidates_share_the_teachers_exact_mass_on_their_leaves(is_view: bool) -> None:
    z, _ = clusters()
    quantizer = fit_quantizer(z, LEVELS, CODES)
    identifiers = quantizer.encode(z)
    trie = Trie(pack(identifiers, CODES), LEVELS, CODES)
    rankings = rank(z)
    share = 0.25
    targets = Targets(trie, identifiers, rankings, share)
    source = np.arange(10)
    hard = hard_leaves(trie, quantizer, z[source], TreeWeights.untrained(LEVELS))
    batch = targets.draw(source, np.full(10, is_view), hard, np.random.default_rng(0))
    assert batch.paths.shape == (10, CANDIDATES, LEVELS)
    for b in source:
        mass = np.zeros(len(z))
        mass[rankings.rows[b]] = rankings.weights[b] * (1 - share if is_view else 1)
        mass[b] += share if is_view else 0
        compared = batch.paths[b][batch.compared[b]]
        assert len(np.unique(compared, axis=0)) == len(compared), "a leaf is compared twice"
        under = [mass[(identifiers == path).all(1)].sum() for path in compared]
        expected = np.array(under) / np.sum(under)
        np.testing.assert_allclose(batch.target[b][batch.compared[b]], expected, atol=1e-4)
        assert not batch.target[b][~batch.compared[b]].any()
        if not is_view and not mass[(identifiers == identifiers[b]).all(1)].any():
            assert not (compared == identifiers[b]).all(1).any(), "a photo asks for itself"
        for level in range(LEVELS):
            for place in np.flatnonzero(batch.compared[b]):
                prefix = batch.paths[b, place, : level + 1]
                same = (compared[:, : level + 1] == prefix).all(1).sum()
                assert batch.shared[b, place, level] == same
                photos = (identifiers[:, : level + 1] == prefix).all(1).sum()
                assert batch.log_count[b, place, level] == pytest.approx(np.log(photos), abs=1e-5)


def test_half_of_the_candidates_are_what_the_search_would_keep() -> None:
    z, _ = clusters()
    quantizer = fit_quantizer(z, LEVELS, CODES)
    identifiers = quantizer.encode(z)
    trie = Trie(pack(identifiers, CODES), LEVELS, CODES)
    hard = hard_leaves(trie, quantizer, z[:4], TreeWeights.untrained(LEVELS))
    near = ((z[0] - quantizer.decode(identifiers)) ** 2).sum(1)
    best = trie.photos(hard[0, :1])[1]
    assert near[best].min() == pytest.approx(near.min())


@pytest.mark.parametrize(
    ("photos", "size"),
    [(1, (4, 4)), (50, (4, 4)), (75, (4, 8)), (2000, (4, 128)), (7999, (4, 256))],
)
def test_identifiers_grow_with_the_library(photos: int, size: tuple[int, int]) -> None:
    assert identifier_size(photos) == size
    assert identifier_size(1_000_000) == (3, 1024)


def test_the_teacher_warns_of_nothing(recwarn: pytest.WarningsRecorder) -> None:
    z, _ = clusters()
    rank(z)
    assert not recwarn.list


def test_a_large_library_is_taught_among_neighbours_with_nearly_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    z, _ = clusters()
    whole = taught(z)
    monkeypatch.setattr(teacher, "WHOLE", 10)
    monkeypatch.setattr(teacher, "NEARBY", 45)
    nearby = taught(z)
    for i in range(0, len(z), 9):
        first, second = (
            set(t.members[i][np.argsort(-t.weights[i].astype(float))[:10]].tolist())
            for t in (whole, nearby)
        )
        assert len(first & second) >= 9
