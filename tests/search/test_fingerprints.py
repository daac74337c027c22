"""Hashes in the ranking: copies rise, chance does not, and similarity keeps its scale."""

from __future__ import annotations

import numpy as np

from engine.search.fingerprints import (
    ADDED,
    ALIKE,
    BITS,
    LATE,
    Fingerprint,
    Hashes,
    bits_apart,
    raised,
)


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


def flipped(base: int, count: int, seed: int) -> int:
    """``base`` with ``count`` of its bits turned."""
    for bit in np.random.default_rng(seed).permutation(BITS)[:count]:
        base ^= int(np.array([1 << int(bit)], np.uint64).view(np.int64)[0])
    return base


def gallery(count: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of unrelated photos, the first 40 of them those of ever poorer copies of row 0."""
    rng = np.random.default_rng(0)
    bits = rng.integers(-(2**63), 2**63 - 1, count, dtype=np.int64)
    for row in range(1, 40):
        bits[row] = flipped(int(bits[0]), row // 2, seed=row)
    return bits, np.ones(count, bool)


def test_every_copy_of_less_than_eight_bits_is_near() -> None:
    bits, known = gallery()
    hashes = Hashes.build(bits, known)
    for row in range(40):
        near = set(hashes.near(bits[row : row + 1]).tolist())
        apart = bits_apart(bits[row : row + 1], bits, known)
        assert set(np.flatnonzero(apart < 8).tolist()) <= near


def test_rows_that_came_later_are_near_until_they_are_sorted_too() -> None:
    bits, known = gallery()
    first = Hashes.build(bits[:300], known[:300])
    grown = first.grown(bits, known)
    assert grown.sorted_rows == 300
    assert set(range(300, 500)) <= set(grown.near(bits[:1]).tolist())
    assert not grown.crowded
    more = np.concatenate([bits, np.zeros(2 * LATE, np.int64)])
    many = first.grown(more, np.ones(len(more), bool))
    assert many.crowded
    joined = many.joined()
    assert (joined.sorted_rows, joined.crowded) == (len(more), False)
    assert first.begins(many)
    assert not joined.begins(first)
    assert not Hashes.build(bits[1:], known[1:]).begins(many)


def test_a_photo_without_a_hash_is_no_copy_of_anything() -> None:
    bits, known = gallery()
    known[3] = False
    fingerprint = Fingerprint(Hashes.build(bits, known), bits[:1])
    assert 3 not in fingerprint.copies(np.ones(len(bits), bool))
    assert fingerprint.apart(np.array([3])).tolist() == [BITS]


def test_hidden_photos_and_all_but_the_nearest_are_not_brought_in() -> None:
    bits = np.concatenate([[0b111, 0b1, -1, 0b11], np.full(2 * ADDED, 0b1111)])
    fingerprint = Fingerprint(Hashes.build(bits, np.ones(len(bits), bool)), np.zeros(1, np.int64))
    shown = np.ones(len(bits), bool)
    shown[1] = False
    rows = fingerprint.copies(shown)
    assert rows[:2].tolist() == [3, 0] and len(rows) == ADDED
    assert 1 not in rows and 2 not in rows


def test_any_view_of_a_query_may_be_the_copy() -> None:
    bits, known = gallery()
    asked = np.array([bits[100] ^ 1, bits[200]])
    copies = Fingerprint(Hashes.build(bits, known), asked).copies(known)
    assert copies[:2].tolist() == [200, 100]


def test_copies_are_closer_than_half_of_the_bits() -> None:
    bits, known = gallery()
    fingerprint = Fingerprint(Hashes.build(bits, known), bits[:1])
    copies = fingerprint.copies(known)
    assert (fingerprint.apart(copies) < ALIKE).all()
    assert (np.diff(fingerprint.apart(copies).astype(int)) >= 0).all()


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
