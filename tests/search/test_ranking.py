"""Scores and bands: the surest first, and a list that never goes back to a better band."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.search.fingerprints import Fingerprint, Hashes
from engine.search.ranking import ORDER, Ranked, bands, cosine, merged, scan, score_of
from engine.tokenizer.model import RankingWeights
from engine.training.pipeline import Rows
from engine.types import Band

WEIGHTS = RankingWeights(logp=0.02, second_look=0.15, same_shot=0.9, same_scene=0.7, related=0.4)


def candidates(seed: int, count: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    similarity = rng.uniform(-0.2, 1, count).astype(np.float32)
    logp = -rng.exponential(5, count).astype(np.float32)
    log_mass = np.log(rng.uniform(1e-3, 1, count)).astype(np.float32)
    return similarity, logp, log_mass


def ordered(
    similarity: np.ndarray,
    logp: np.ndarray,
    log_mass: np.ndarray | None,
    labels: np.ndarray | None = None,
) -> Ranked:
    score = score_of(similarity, logp, log_mass, labels, WEIGHTS)
    order = np.argsort(-score, kind="stable")
    return Ranked(order, score[order], similarity[order])


@given(st.integers(0, 5000), st.booleans(), st.booleans())
def test_a_ranked_list_never_goes_back_to_a_better_band(
    seed: int, looked: bool, labelled: bool
) -> None:
    similarity, logp, log_mass = candidates(seed)
    labels = np.random.default_rng(seed).uniform(-3, 3, len(logp)).astype(np.float32)
    ranked = ordered(similarity, logp, log_mass if looked else None, labels if labelled else None)
    found = [ORDER.index(band) for band in bands(ranked, WEIGHTS)]
    assert found == sorted(found)


@given(st.integers(0, 5000))
def test_the_most_similar_photo_is_first_and_sure_ones_keep_their_order(seed: int) -> None:
    similarity, logp, log_mass = candidates(seed)
    before = similarity.copy()
    order = ordered(similarity, logp, log_mass).rows
    np.testing.assert_array_equal(similarity, before)
    assert order[0] == similarity.argmax()
    sure = np.flatnonzero(similarity >= WEIGHTS.same_scene)
    if len(sure):
        assert order[: len(sure)].tolist() == sure[np.argsort(-similarity[sure])].tolist()


@given(st.integers(0, 5000))
def test_labels_never_move_a_photo_before_the_same_shot(seed: int) -> None:
    similarity, logp, log_mass = candidates(seed)
    labels = np.random.default_rng(seed).uniform(-5, 5, len(logp)).astype(np.float32)
    order = ordered(similarity, logp, log_mass, labels).rows
    sure = np.flatnonzero(similarity >= WEIGHTS.same_shot)
    assert order[: len(sure)].tolist() == sure[np.argsort(-similarity[sure])].tolist()


def test_labels_order_photos_that_look_equally_alike() -> None:
    similarity = np.full(3, 0.5, np.float32)
    labels = np.array([-1.0, 2.5, 2.4], np.float32)
    assert ordered(similarity, np.zeros(3), None, labels).rows.tolist() == [1, 2, 0]


def test_among_unsure_photos_the_community_decides() -> None:
    similarity = np.array([0.5, 0.45, 0.44], np.float32)
    log_mass = np.log([0.5, 0.001, 0.9]).astype(np.float32)
    assert ordered(similarity, np.zeros(3), log_mass).rows.tolist() == [0, 2, 1]


def test_nothing_is_related_to_a_query_that_nothing_resembles() -> None:
    def only(similarity: float, score: float) -> Band:
        ranked = Ranked(np.zeros(1, np.intp), np.float32([score]), np.float32([similarity]))
        return bands(ranked, WEIGHTS)[0]

    assert only(0.2, 0.2) is Band.GUESS
    assert only(0.6, 0.2) is Band.RELATED
    assert only(0.95, 0.95) is Band.SAME_SHOT
    assert only(0.75, 0.75) is Band.SAME_SCENE


def test_a_scan_ranks_by_cosine_and_shows_only_what_may_be_shown() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 6)).astype(np.float32)
    query = rng.normal(size=6).astype(np.float32)
    shown = rng.random(50) < 0.5
    ranked = scan(query, Rows(vectors), shown, 100)
    expected = cosine(query, vectors)
    order = [i for i in np.argsort(-expected, kind="stable") if shown[i]]
    assert ranked.rows.tolist() == order
    np.testing.assert_allclose(ranked.similarity, expected[order], rtol=1e-5)


def test_two_answers_are_merged_by_the_better_score_of_each_photo() -> None:
    def answer(rows: list[int], score: list[float]) -> Ranked:
        told = np.float32(score)
        return Ranked(np.array(rows), told, told / 2, -told)

    both = merged(answer([3, 1, 2], [0.9, 0.5, 0.4]), answer([2, 7, 3], [0.8, 0.6, 0.1]), 3)
    assert both.rows.tolist() == [3, 2, 7]
    np.testing.assert_allclose(both.score, [0.9, 0.8, 0.6], rtol=1e-6)
    np.testing.assert_allclose(both.similarity, [0.45, 0.4, 0.3], rtol=1e-6)
    assert both.logp is not None and both.logp.tolist() == pytest.approx([-0.9, -0.8, -0.6])


def test_equal_hashes_bring_a_photo_to_the_front_of_a_scan() -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    alike = cosine(vectors[0], vectors)
    last = int(np.argsort(-alike)[8])
    bits = np.random.default_rng(0).integers(-(2**63), 2**63 - 1, 50, dtype=np.int64)
    copy = Fingerprint(Hashes.build(bits, np.ones(50, bool)), bits[last : last + 1])
    shown = np.ones(50, bool)
    assert scan(vectors[0], Rows(vectors), shown, 2, copy).rows.tolist() == [0, last]
    shown[last] = False
    assert last not in scan(vectors[0], Rows(vectors), shown, 50, copy).rows


def test_a_vector_of_nothing_is_similar_to_nothing() -> None:
    assert cosine(np.zeros(3, np.float32), np.eye(3, dtype=np.float32)).tolist() == [0, 0, 0]
