"""Near-duplicates: which photo of a ranked list stands for which others."""

from __future__ import annotations

import numpy as np

from engine.search.stacking import ALMOST, leaders


def bits(*positions: int) -> int:
    return sum(1 << position for position in positions)


def lead(*hashes: int, known: list[bool] | None = None) -> list[int]:
    marks = np.array(known if known is not None else [True] * len(hashes))
    return leaders(np.array(hashes, np.int64), marks).tolist()


def test_photos_of_few_different_bits_are_stacked_below_the_best_of_them() -> None:
    other = bits(*range(20, 60))
    assert lead(0, other, bits(1, 2), other | bits(3)) == [0, 1, 0, 1]


def test_one_bit_more_than_almost_the_same_is_another_photo() -> None:
    assert lead(0, bits(*range(ALMOST)), bits(*range(ALMOST + 1))) == [0, 0, 2]


def test_a_photo_that_is_like_a_stacked_one_alone_stays_for_itself() -> None:
    assert lead(0, bits(*range(ALMOST)), bits(*range(2 * ALMOST))) == [0, 0, 2]


def test_photos_without_a_hash_are_never_stacked() -> None:
    assert lead(0, 0, 0, known=[True, False, True]) == [0, 1, 0]


def test_an_empty_list_has_no_stacks() -> None:
    assert lead() == []
