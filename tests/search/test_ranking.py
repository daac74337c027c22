"""Scores and bands: the surest first, and a list that never goes back to a better band."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.search.ranking import band, cosine, scan, score_of
from engine.tokenizer.model import RankingWeights
from engine.training.pipeline import Rows
from engine.types import Band

WEIGHTS = RankingWeights(logp=0.02, second_look=0.15, same_shot=0.9, same_scene=0.7, related=0.4)
ORDER = list(Band)


def candidates(seed: int, count: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    similarity = rng.uniform(-0.2, 1, count).astype(np.float32)
    logp = -rng.exponential(5, count).astype(np.float32)
    log_mass = np.log(rng.uniform(1e-3, 1, count)).astype(np.float32)
    return similarity, logp, log_mass


@given(st.integers(0, 5000), st.booleans())
def test_a_ranked_list_never_goes_back_to_a_better_band(seed: int, looked: bool) -> None:
    similarity, logp, log_mass = candidates(seed)
    score = score_of(similarity, logp, log_mass if looked else None, WEIGHTS)
    order = np.argsort(-score)
    bands = [ORDER.index(band(float(score[i]), float(similarity.max()), WEIGHTS)) for i in order]
    assert bands == sorted(bands)


@given(st.integers(0, 5000))
def test_the_most_similar_photo_is_first_and_sure_ones_keep_their_order(seed: int) -> None:
    similarity, logp, log_mass = candidates(seed)
    before = similarity.copy()
    order = np.argsort(-score_of(similarity, logp, log_mass, WEIGHTS), kind="stable")
    np.testing.assert_array_equal(similarity, before)
    assert order[0] == similarity.argmax()
    sure = np.flatnonzero(similarity >= WEIGHTS.same_scene)
    if len(sure):
        assert order[: len(sure)].tolist() == sure[np.argsort(-similarity[sure])].tolist()


def test_among_unsure_photos_the_community_decides() -> None:
    similarity = np.array([0.5, 0.45, 0.44], np.float32)
    score = score_of(similarity, np.zeros(3), np.log([0.5, 0.001, 0.9]).astype(np.float32), WEIGHTS)
    assert score.argsort()[::-1].tolist() == [0, 2, 1]


def test_nothing_is_related_to_a_query_that_nothing_resembles() -> None:
    assert band(0.2, 0.2, WEIGHTS) is Band.GUESS
    assert band(0.2, 0.6, WEIGHTS) is Band.RELATED
    assert band(0.95, 0.95, WEIGHTS) is Band.SAME_SHOT
    assert band(0.75, 0.95, WEIGHTS) is Band.SAME_SCENE


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


def test_a_vector_of_nothing_is_similar_to_nothing() -> None:
    assert cosine(np.zeros(3, np.float32), np.eye(3, dtype=np.float32)).tolist() == [0, 0, 0]
