"""Beam search never leaves the gallery, and misses nothing that its width could hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.search.beam import Beam, beam_search, logsumexp, top
from engine.search.scores import PlainScore, TreeScore, prefix_norms
from engine.search.trie import Trie
from engine.tokenizer.model import TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import ResidualQuantizer
from tests.search.fakes import RandomDecoder

LEVELS, CODES, WIDTH = 3, 5, 6
CLASSICAL = TreeWeights.untrained(LEVELS)


def gallery(seed: int, count: int) -> tuple[np.ndarray, ResidualQuantizer, Trie, np.ndarray]:
    rng = np.random.default_rng(seed)
    identifiers = rng.integers(0, CODES, (count, LEVELS))
    books = rng.normal(size=(LEVELS, CODES, WIDTH)).astype(np.float32)
    trie = Trie(pack(identifiers, CODES), LEVELS, CODES)
    return identifiers, ResidualQuantizer(books), trie, rng.normal(size=WIDTH).astype(np.float32)


def weights(seed: int) -> TreeWeights:
    rng = np.random.default_rng(seed)
    a, b, g = rng.uniform(0.3, 2, (3, LEVELS)).astype(np.float32)
    return TreeWeights(a, b, g, temperature=0.5)


def tree_score(
    trie: Trie, quantizer: ResidualQuantizer, weights: TreeWeights, z: np.ndarray
) -> TreeScore:
    return TreeScore(quantizer.codebooks @ z, prefix_norms(trie, quantizer), weights)


def rows(trie: Trie, beam: Beam) -> list[int]:
    return trie.photos(beam.leaves)[1].tolist()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 80))
def test_a_wide_beam_equals_brute_force(seed: int, count: int) -> None:
    identifiers, quantizer, trie, z = gallery(seed, count)
    w = weights(seed)
    score = tree_score(trie, quantizer, w, z)
    beam = beam_search(trie, score, CODES**LEVELS, w.temperature)

    unique, photos = np.unique(identifiers, axis=0, return_counts=True)
    u = quantizer.decode(unique)
    expected = (
        w.similarity[-1] * (u @ z) - w.norm[-1] * (u**2).sum(1) / 2 + w.count[-1] * np.log(photos)
    )
    order = np.argsort(-expected, kind="stable")
    np.testing.assert_allclose(beam.score, expected[order], rtol=1e-3, atol=1e-3)
    total = logsumexp((expected / w.temperature).astype(np.float32))
    np.testing.assert_allclose(beam.logp, beam.score / w.temperature - total, atol=1e-2)
    assert np.exp(beam.logp).sum() == pytest.approx(1, abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60))
def test_the_plain_decoder_spreads_probability_over_identifiers_that_exist(
    seed: int, count: int
) -> None:
    identifiers, _, trie, _ = gallery(seed, count)
    decoder = RandomDecoder(LEVELS, CODES, seed)
    state = decoder.begin(np.zeros((1, 1), np.float32), np.zeros((1, 1, 1), np.float32))
    beam = beam_search(trie, PlainScore(decoder, state), CODES**LEVELS, 1.0)

    unique = np.unique(identifiers, axis=0)
    logits = decoder.score(state, unique[None])[0]  # (n, M)
    expected = np.zeros(len(unique))
    for level in range(LEVELS):
        nodes, first = np.unique(unique[:, : level + 1], axis=0, return_index=True)
        for i, identifier in enumerate(unique):
            siblings = (nodes[:, :level] == identifier[:level]).all(1)
            total = np.log(np.exp(logits[first[siblings], level]).sum())
            expected[i] += logits[i, level] - total
    order = np.argsort(-expected, kind="stable")
    np.testing.assert_allclose(beam.score, expected[order], atol=1e-4)
    assert np.exp(beam.score).sum() == pytest.approx(1, abs=1e-4)
    narrow = beam_search(trie, PlainScore(decoder, state), 1, 1.0)
    assert len(narrow.leaves) == 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 80), st.integers(1, 12), st.floats(0, 1))
def test_only_photos_that_are_shown_are_found(
    seed: int, count: int, width: int, share: float
) -> None:
    _, quantizer, trie, z = gallery(seed, count)
    shown = np.random.default_rng(seed).random(count) < share
    left, _ = trie.of(shown)
    score = tree_score(left, quantizer, weights(seed), z)
    beam = beam_search(left, score, width, 0.5)
    found = rows(left, beam)
    assert shown[found].all()
    assert bool(found) == bool(shown.any())
    if width >= CODES**LEVELS:
        assert sorted(found) == np.flatnonzero(shown).tolist()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 80), st.floats(0, 1))
def test_a_filtered_trie_is_the_one_built_from_what_is_left(
    seed: int, count: int, share: float
) -> None:
    identifiers, quantizer, trie, _ = gallery(seed, count)
    shown = np.flatnonzero(np.random.default_rng(seed).random(count) < share)
    packed = pack(identifiers, CODES)
    built = Trie(packed[shown], LEVELS, CODES, shown)
    left, kept = trie.of(np.isin(np.arange(count), shown))
    assert left.rows.tolist() == built.rows.tolist()
    for one, other in zip(left.levels, built.levels, strict=True):
        assert one.code.tolist() == other.code.tolist()
        assert one.first_child.tolist() == other.first_child.tolist()
        assert one.first_photo.tolist() == other.first_photo.tolist()
    norms = [n[k] for n, k in zip(prefix_norms(trie, quantizer), kept, strict=True)]
    for one_norm, other_norm in zip(norms, prefix_norms(built, quantizer), strict=True):
        np.testing.assert_allclose(one_norm, other_norm, rtol=1e-4, atol=1e-4)


def test_the_untrained_score_is_the_classical_tree_search() -> None:
    identifiers, quantizer, trie, z = gallery(7, 60)
    beam = beam_search(
        trie, tree_score(trie, quantizer, TreeWeights.untrained(LEVELS), z), 1000, 1.0
    )
    distance = ((z - quantizer.decode(identifiers)) ** 2).sum(1)
    found = rows(trie, beam)
    np.testing.assert_allclose(distance[found], np.sort(distance), rtol=1e-4)


def test_a_budget_keeps_to_the_children_of_the_best_prefixes() -> None:
    identifiers, quantizer, trie, z = gallery(3, 80)
    first = trie.levels[0]
    whole = beam_search(trie, tree_score(trie, quantizer, CLASSICAL, z), 1000, 1.0)
    one = beam_search(trie, tree_score(trie, quantizer, CLASSICAL, z), 1000, 1.0, budget=1)
    assert 0 < len(one.leaves) < len(whole.leaves)
    distance = ((z - quantizer.codebooks[0][first.code]) ** 2).sum(1)
    nearest = first.code[distance.argmin()]
    assert set(identifiers[rows(trie, one), 0].tolist()) == {nearest}


def test_a_short_answer_is_short() -> None:
    _, quantizer, trie, z = gallery(1, 3)
    beam = beam_search(
        trie, tree_score(trie, quantizer, TreeWeights.untrained(LEVELS), z), 100, 1.0
    )
    assert sorted(rows(trie, beam)) == [0, 1, 2]


def test_an_empty_gallery_answers_nothing() -> None:
    trie = Trie(np.zeros(0, np.int64), LEVELS, CODES)
    quantizer = ResidualQuantizer(np.ones((LEVELS, CODES, WIDTH), np.float32))
    score = tree_score(trie, quantizer, CLASSICAL, np.ones(WIDTH))
    assert len(beam_search(trie, score, 10, 1.0).leaves) == 0


def test_photos_of_one_identifier_stay_together() -> None:
    identifiers = np.array([[1, 2, 3], [0, 0, 0], [1, 2, 3]])
    trie = Trie(pack(identifiers, CODES), LEVELS, CODES)
    assert trie.distinct == 2
    assert trie.photos(np.array([1]))[1].tolist() == [0, 2]
    assert trie.counts(2).tolist() == [1, 2]


@given(st.lists(st.integers(-3, 3), max_size=30), st.integers(0, 40))
def test_top_orders_like_a_stable_sort(values: list[int], count: int) -> None:
    array = np.array(values, np.float32)
    np.testing.assert_array_equal(top(array, count), np.argsort(-array, kind="stable")[:count])
