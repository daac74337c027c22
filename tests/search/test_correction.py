"""The decoder's corrections: of whole candidates, in one pass, after the beam is open."""

from __future__ import annotations

import numpy as np
import pytest

from engine.search import searcher
from engine.search.ports import Floats, Ints, QueryState
from engine.search.ranking import Ranked
from engine.search.searcher import GenerativeIndex, search_generative
from engine.search.segments import Shown
from engine.tokenizer.model import RankingWeights, Tokenizer, TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import fit_quantizer
from engine.tokenizer.space import Space, unit
from engine.training.pipeline import Rows
from tests.search.fakes import RandomDecoder

LEVELS, CODES, WIDTH, PHOTOS = 3, 8, 10, 80
EVERYTHING = np.ones(PHOTOS, bool)


class Counting(RandomDecoder):
    """Remembers what it was asked about."""

    def __init__(self) -> None:
        super().__init__(LEVELS, CODES, seed=0)
        self.asked: list[Ints] = []

    def score(self, state: QueryState, identifiers: Ints) -> Floats:
        self.asked.append(identifiers)
        return super().score(state, identifiers)


class Nothing(RandomDecoder):
    """Corrects nothing."""

    def score(self, state: QueryState, identifiers: Ints) -> Floats:
        return np.zeros(identifiers.shape, np.float32)


@pytest.fixture
def z() -> np.ndarray:
    vectors = np.random.default_rng(0).normal(size=(PHOTOS, WIDTH))
    vectors[1] = vectors[0]  # two photos of one identifier
    return unit(vectors.astype(np.float32))


@pytest.fixture
def index(z: np.ndarray) -> GenerativeIndex:
    quantizer = fit_quantizer(z, LEVELS, CODES)
    space = Space(np.zeros(WIDTH, np.float32), np.eye(WIDTH, dtype=np.float32))
    ranking = RankingWeights(logp=0.05, same_scene=1.1)  # no photo is surely of the same scene
    tokenizer = Tokenizer(space, quantizer, TreeWeights.untrained(LEVELS), ranking)
    return GenerativeIndex.build(
        tokenizer, pack(quantizer.encode(z), CODES), EVERYTHING, Rows(z), None
    )


def search(
    index: GenerativeIndex, decoder: RandomDecoder | None, query: np.ndarray, rescored: bool = True
) -> Ranked:
    asked = index.ask(query, query[None])
    return search_generative(index, decoder, asked, Shown(EVERYTHING), PHOTOS, PHOTOS, rescored)[0]


@pytest.mark.parametrize("rescored", [True, False])
def test_a_decoder_that_corrects_nothing_changes_nothing(
    index: GenerativeIndex, z: np.ndarray, rescored: bool
) -> None:
    plain = search(index, None, z[3], rescored)
    corrected = search(index, Nothing(LEVELS, CODES, 0), z[3], rescored)
    np.testing.assert_array_equal(plain.rows, corrected.rows)
    assert plain.logp is not None and corrected.logp is not None
    np.testing.assert_allclose(plain.logp, corrected.logp, atol=1e-5)


@pytest.mark.parametrize("rescored", [True, False])
def test_candidates_stand_by_the_sum_of_tree_score_and_corrections(
    index: GenerativeIndex, z: np.ndarray, rescored: bool
) -> None:
    decoder = Counting()
    ranked = search(index, decoder, z[3], rescored)
    assert ranked.logp is not None
    identifiers = index.tokenizer.quantizer.encode(z[ranked.rows])
    decoded = index.tokenizer.quantizer.decode(identifiers)
    tree = decoded @ z[3] - (decoded**2).sum(1) / 2
    state = decoder.begin(z[3][None], z[3][None, None])
    total = tree + decoder.score(state, identifiers[None])[0].sum(1)
    expected = (total - total.max()) / index.tokenizer.tree.temperature
    np.testing.assert_allclose(ranked.logp - ranked.logp.max(), expected, rtol=1e-3, atol=1e-2)
    if not rescored:
        assert (np.diff(ranked.logp) <= 0).all()
    assert (ranked.logp <= 0).all()


def test_one_question_is_asked_about_every_identifier(
    index: GenerativeIndex, z: np.ndarray
) -> None:
    decoder = Counting()
    search(index, decoder, z[3])
    (asked,) = decoder.asked
    assert len(np.unique(asked[0], axis=0)) == asked.shape[1] == index.segments[0].trie.distinct


def test_only_the_best_candidates_are_contested(
    index: GenerativeIndex, z: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searcher, "CONTESTED", 7)
    plain = search(index, None, z[3])
    decoder = Counting()
    ranked = search(index, decoder, z[3])
    (asked,) = decoder.asked
    contested = index.tokenizer.quantizer.encode(z[plain.rows[:7]])
    np.testing.assert_array_equal(asked[0], np.unique(contested, axis=0))
    assert sorted(ranked.rows) == list(range(PHOTOS))
    assert ranked.rows[0] == plain.rows[0], "the most similar photo is first"
