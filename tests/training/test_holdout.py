"""What is fitted on held-out photos: which ones, the bands' ends, and what may take part."""

from __future__ import annotations

import numpy as np

from engine.training.holdout import MOST, SHARE, band_ends, choose


def test_held_out_photos_are_a_part_of_the_library_and_the_same_for_one_seed() -> None:
    rows = np.arange(100, 400)
    held = choose(rows, seed=1)
    assert len(held) == len(rows) * SHARE == len(set(held.tolist()))
    assert set(held.tolist()) <= set(rows.tolist())
    np.testing.assert_array_equal(held, choose(rows, seed=1))
    assert held.tolist() != choose(rows, seed=2).tolist()
    assert len(choose(np.arange(100_000), 0)) == MOST
    assert len(choose(np.arange(1), 0)) == 1


def test_bands_end_where_pairs_stop_being_a_photo_and_its_view() -> None:
    rng = np.random.default_rng(0)
    similarity = rng.uniform(0, 0.5, (40, 2000)).astype(np.float32)
    own = np.arange(40)
    similarity[own, own] = 0.9
    similarity[own, own + 100] = 0.7  # as many strangers as views, less alike
    same_shot, same_scene, related = band_ends(similarity, own)
    assert 0.69 < same_shot <= 0.9
    assert 0.5 < same_scene <= 0.7
    assert 0.45 < related <= 0.5


def test_a_library_whose_views_are_found_nowhere_promises_nothing() -> None:
    rng = np.random.default_rng(0)
    similarity = rng.uniform(0, 0.5, (20, 500)).astype(np.float32)
    similarity[np.arange(20), np.arange(20)] = 0
    same_shot, same_scene, _ = band_ends(similarity, np.arange(20))
    assert same_shot == same_scene == 1
