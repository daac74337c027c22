"""Figures of copies by hand-made ranks; the perceptual hash as a rival."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.copies import ABSENT, Found, PerceptualHashes, rank_of, rows, sample
from engine.evaluation.edits import EDITS, edited
from engine.photos.thumbnails import perceptual_hash
from tests.conftest import picture

SEVEN, FURTHER = EDITS[:2], EDITS[-1:]


def test_a_sample_is_in_order_without_repeats_and_the_same_for_a_seed() -> None:
    photos = list(range(100))
    chosen = sample(photos, 20, 0)
    assert chosen == sorted(set(chosen)) == sample(photos, 20, 0) and len(chosen) == 20
    assert chosen != sample(photos, 20, 1)
    assert sample(photos, 500, 0) == photos


def test_a_rank_counts_from_one_and_ends_with_ten() -> None:
    found = np.arange(30) + 100
    assert [rank_of(row, found) for row in (100, 109, 110, 7)] == [1, 10, ABSENT, ABSENT]
    assert rank_of(1, np.zeros(0, np.int64)) == ABSENT


def test_rows_are_means_by_edit_of_the_seven_and_of_all() -> None:
    ranks = np.array([[1, 2, ABSENT], [1, ABSENT, 1]])
    milliseconds = np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 9.0]])
    edits = (*SEVEN, *FURTHER)
    found = {row.edit: row for row in rows(Found("x", ranks, milliseconds), edits, 0)}
    assert list(found) == [*(edit.name for edit in edits), "seven", "all"]
    first, second, third = (found[edit.name] for edit in edits)
    assert [(row.r_1, row.r_10) for row in (first, second, third)] == [(1, 1), (0, 0.5), (0.5, 0.5)]
    seven, whole = found["seven"], found["all"]
    assert (seven.queries, seven.r_1, seven.r_10) == (4, 0.5, 0.75)
    assert (whole.queries, whole.r_1) == (6, 0.5)
    assert whole.r_10 == pytest.approx(4 / 6)
    assert (first.milliseconds_p50, whole.milliseconds_p50) == (2.0, 3.0)


def test_an_interval_resamples_photos_and_not_their_copies() -> None:
    # Half of the photos are always found: as unsure as 20 coins, not as 60.
    ranks = np.repeat(np.arange(20)[:, None] % 2, 3, axis=1)
    found = Found("x", ranks, np.ones(ranks.shape))
    *_, whole = rows(found, (*SEVEN, *FURTHER), 0)
    low, high = whole.r_1_interval
    assert low < whole.r_1 == 0.5 < high
    assert high - low > 0.35


def test_a_perceptual_hash_finds_photos_saved_again_and_not_cropped_ones() -> None:
    photos = {row: picture(row, (160, 120)) for row in range(40, 60)}
    hashes = PerceptualHashes(np.array(list(photos)), [perceptual_hash(p) for p in photos.values()])
    by_name = {edit.name: edit for edit in EDITS}

    def found(name: str) -> float:
        hits = []
        for row, photo in photos.items():
            copy = edited(photo, by_name[name], str(row), 0)
            hits.append(hashes.nearest(perceptual_hash(copy), 10)[0] == row)
        return float(np.mean(hits))

    assert found("jpeg-30") == 1
    assert found("mirrored") < 0.5


def test_the_nearest_hash_differs_in_the_fewest_bits_whatever_its_sign() -> None:
    bits = [0b1111, -1, 0b0001, -(1 << 63)]
    hashes = PerceptualHashes(np.array([10, 11, 12, 13]), bits)
    assert hashes.nearest(0b0011, 3).tolist() == [12, 10, 13]
    assert hashes.nearest(-2, 1).tolist() == [11]
    assert hashes.nearest(0, 9).tolist() == [12, 13, 10, 11]  # equal distances: gallery order
