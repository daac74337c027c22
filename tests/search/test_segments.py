"""A gallery that grows answers as one that was built whole; what is hidden is never found."""

from __future__ import annotations

import numpy as np
import pytest

from engine.search import searcher
from engine.search.scores import prefix_norms
from engine.search.searcher import Asked, GenerativeIndex, search_generative
from engine.search.segments import PRUNED, Shown
from engine.search.trie import Trie
from engine.tokenizer.model import RankingWeights, Tokenizer, TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import ResidualQuantizer, fit_quantizer
from engine.tokenizer.space import Space, unit
from engine.training.pipeline import Rows

LEVELS, CODES, WIDTH, PHOTOS = 3, 8, 10, 300


@pytest.fixture(scope="module")
def z() -> np.ndarray:
    return unit(np.random.default_rng(0).normal(size=(PHOTOS, WIDTH)).astype(np.float32))


@pytest.fixture(scope="module")
def packed(z: np.ndarray) -> np.ndarray:
    return pack(fit_quantizer(z, LEVELS, CODES).encode(z), CODES)


def build(z: np.ndarray, packed: np.ndarray, identified: np.ndarray) -> GenerativeIndex:
    space = Space(np.zeros(WIDTH, np.float32), np.eye(WIDTH, dtype=np.float32))
    quantizer = fit_quantizer(z, LEVELS, CODES)
    ranking = RankingWeights(logp=0.05, same_scene=1.1)
    tokenizer = Tokenizer(space, quantizer, TreeWeights.untrained(LEVELS), ranking)
    count = len(identified)
    return GenerativeIndex.build(tokenizer, packed[:count], identified, Rows(z[:count]))


def ask(index: GenerativeIndex, query: np.ndarray) -> Asked:
    return index.ask(query, query[None])


def test_a_grown_index_answers_as_one_that_was_built_whole(
    z: np.ndarray, packed: np.ndarray
) -> None:
    everything = np.ones(PHOTOS, bool)
    whole = build(z, packed, everything)
    grown = build(z, packed, everything[:200]).grown(packed, everything, Rows(z))
    assert [len(segment) for segment in grown.segments] == [200, 100]
    shown = Shown(everything)
    for query in z[::17]:
        expected, _ = search_generative(whole, None, ask(whole, query), shown, PHOTOS, 8**3)
        found, _ = search_generative(grown, None, ask(grown, query), shown, PHOTOS, 8**3)
        assert found.rows.tolist() == expected.rows.tolist()
        assert found.logp is not None and expected.logp is not None
        # An identifier that both segments have counts twice in what all are divided by.
        shift = found.logp[0] - expected.logp[0]
        assert -0.7 < shift <= 0
        np.testing.assert_allclose(found.logp, expected.logp + shift, atol=1e-4)


def test_segments_that_are_no_longer_small_stay_until_they_are_joined(
    z: np.ndarray, packed: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searcher, "SMALL", 20)
    everything = np.ones(PHOTOS, bool)
    index = build(z, packed, everything[:240])
    for count in (250, 262, 270, 285, 290):
        index = index.grown(packed[:count], everything[:count], Rows(z))
    assert [len(segment) for segment in index.segments] == [240, 22, 23, 5]
    assert index.crowded
    two = index.joined()
    assert [len(segment) for segment in two.segments] == [240, 50]
    assert not two.crowded
    one = two.grown(packed, everything, Rows(z)).joined()
    assert [len(segment) for segment in one.segments] == [PHOTOS]
    shown = Shown(np.arange(PHOTOS) < 290)
    for query in z[::40]:
        answers = [
            search_generative(i, None, ask(i, query), shown, PHOTOS, 8**3)[0].rows.tolist()
            for i in (index, two, one)
        ]
        assert answers[0] == answers[1] == answers[2]


def test_rows_that_wait_for_an_identifier_are_found_once_they_have_it(
    z: np.ndarray, packed: np.ndarray
) -> None:
    waiting = np.arange(PHOTOS) % 3 == 0
    index = build(z, packed, ~waiting)
    shown = Shown(np.ones(PHOTOS, bool))
    found, _ = search_generative(index, None, ask(index, z[0]), shown, PHOTOS, 8**3)
    assert not waiting[found.rows].any()
    grown = index.grown(packed, np.ones(PHOTOS, bool), Rows(z))
    found, _ = search_generative(grown, None, ask(grown, z[0]), shown, PHOTOS, 8**3)
    assert found.rows[0] == 0
    assert len(found.rows) == PHOTOS


def test_growing_by_nothing_keeps_one_segment(z: np.ndarray, packed: np.ndarray) -> None:
    everything = np.ones(PHOTOS, bool)
    grown = build(z, packed, everything).grown(packed, everything, Rows(z))
    assert len(grown.segments) == 1


def test_an_index_may_begin_empty(z: np.ndarray, packed: np.ndarray) -> None:
    empty = build(z, packed, np.zeros(PHOTOS, bool))
    shown = Shown(np.ones(PHOTOS, bool))
    none, _ = search_generative(empty, None, ask(empty, z[0]), shown, 10, 20)
    assert not len(none.rows)
    grown = empty.grown(packed, np.ones(PHOTOS, bool), Rows(z))
    found, _ = search_generative(grown, None, ask(grown, z[5]), shown, 10, 20)
    assert found.rows[0] == 5


@pytest.mark.parametrize("hidden", [0.02, 0.5, 0.99])
def test_hidden_rows_are_never_found_and_the_rest_is(
    z: np.ndarray, packed: np.ndarray, hidden: float
) -> None:
    everything = np.ones(PHOTOS, bool)
    index = build(z, packed, everything[:200]).grown(packed, everything, Rows(z))
    mask = np.random.default_rng(1).random(PHOTOS) >= hidden
    shown = Shown(mask)
    first = index.segments[0]
    assert (shown.left(first) is first) == (hidden < PRUNED)
    for query in z[::50]:
        found, _ = search_generative(index, None, ask(index, query), shown, PHOTOS, 8**3)
        assert sorted(found.rows.tolist()) == np.flatnonzero(mask).tolist()


def test_a_few_rows_more_are_hidden_without_pruning_again(
    z: np.ndarray, packed: np.ndarray
) -> None:
    index = build(z, packed, np.ones(PHOTOS, bool))
    shown = Shown(np.arange(PHOTOS) < 100)
    left = shown.left(index.segments[0])
    fewer = shown.without(np.array([3]))
    assert fewer.left(index.segments[0]) is left
    assert (shown.count, fewer.count) == (100, 99)
    found, _ = search_generative(index, None, ask(index, z[3]), fewer, PHOTOS, 8**3)
    assert sorted(found.rows.tolist()) == [row for row in range(100) if row != 3]


def test_a_beam_tells_how_deep_its_nearest_photos_lie(z: np.ndarray, packed: np.ndarray) -> None:
    index = build(z, packed, np.ones(PHOTOS, bool))
    shown = Shown(np.ones(PHOTOS, bool))
    narrow, _ = search_generative(index, None, ask(index, z[3]), shown, 10, 60)
    assert 0 < narrow.depth <= 1
    everything, _ = search_generative(index, None, ask(index, z[3]), shown, PHOTOS, 8**3)
    assert everything.depth == 0.0


@pytest.mark.parametrize("photos", [2, 40, PHOTOS])
def test_norms_of_few_photos_are_those_of_many(photos: int) -> None:
    rng = np.random.default_rng(5)
    quantizer = ResidualQuantizer(rng.normal(size=(3, 64, WIDTH)).astype(np.float32))
    codes = rng.integers(0, 64, (photos, 3))
    trie = Trie(pack(codes, 64), 3, 64)
    norms = prefix_norms(trie, quantizer)
    paths = np.unique(codes, axis=0)
    for level, norm in enumerate(norms):
        prefixes = np.unique(paths[:, : level + 1], axis=0)
        np.testing.assert_allclose(norm, (quantizer.decode(prefixes) ** 2).sum(1), rtol=1e-4)
