"""Hashes in the ranking: copies rise, chance does not, and similarity keeps its scale."""

from __future__ import annotations

import numpy as np

from engine.search.fingerprints import ADDED, ALIKE, BITS, bits_apart, nearest, raised


def test_bits_apart_are_those_of_the_nearest_view() -> None:
    hashes = np.array([0, -1, 0b0111, np.iinfo(np.int64).min], np.int64)
    asked = np.array([0b0001, -2], np.int64)
    known = np.ones(4, bool)
    assert bits_apart(asked, hashes, known).tolist() == [1, 1, 2, 2]


def test_bits_apart_agree_with_counting_in_python() -> None:
    rng = np.random.default_rng(0)
    hashes, asked = (rng.integers(-(2**63), 2**63 - 1, n, dtype=np.int64) for n in (50, 3))
    found = bits_apart(asked, hashes, np.ones(50, bool))
    mask = (1 << 64) - 1
    expected = [min(((int(h) ^ int(a)) & mask).bit_count() for a in asked) for h in hashes]
    assert found.tolist() == expected


def test_a_photo_without_a_hash_is_nobodys_copy() -> None:
    apart = bits_apart(np.zeros(1, np.int64), np.zeros(2, np.int64), np.array([True, False]))
    assert apart.tolist() == [0, BITS]
    assert nearest(apart, np.ones(2, bool)).tolist() == [0]


def test_hidden_photos_and_all_but_the_nearest_are_not_brought_in() -> None:
    apart = np.array([3, 1, ALIKE, 2] + [4] * (2 * ADDED), np.uint8)
    shown = np.ones(len(apart), bool)
    shown[1] = False
    rows = nearest(apart, shown)
    assert rows[:2].tolist() == [3, 0] and len(rows) == ADDED
    assert 1 not in rows and 2 not in rows


def test_similarity_is_raised_towards_one_and_never_lowered() -> None:
    similarity = np.linspace(-1, 1, 21).astype(np.float32)
    same = raised(similarity, np.zeros(21, np.uint8))
    assert (same[:-1] > similarity[:-1]).all() and same.max() <= 1
    far = raised(similarity, np.full(21, ALIKE, np.uint8))
    assert far.tolist() == similarity.tolist()
    near = raised(np.full(ALIKE + 1, 0.3, np.float32), np.arange(ALIKE + 1, dtype=np.uint8))
    assert (np.diff(near) < 0).all()


def test_an_unlike_photo_with_half_of_the_bits_by_chance_stays_behind_a_like_one() -> None:
    like, chance = raised(np.array([0.5, 0.1], np.float32), np.array([30, 9], np.uint8))
    assert like > chance
