"""When a search should not trust its beam."""

from __future__ import annotations

import numpy as np
import pytest

from engine.training.doubt import SURE, deepest


def test_queries_are_trusted_as_deep_as_they_miss_nothing() -> None:
    depth = np.array([0.1, 0.9, 0.2, 0.3, 0.5])
    recall = np.array([1.0, 0.5, 1.0, 1.0, 0.9])
    assert deepest(depth, recall) == pytest.approx(0.3)


def test_a_beam_that_misses_nothing_is_always_trusted() -> None:
    assert deepest(np.array([0.4, 1.0]), np.array([1.0, SURE])) == 1.0


def test_a_beam_that_misses_everywhere_is_never_trusted() -> None:
    assert deepest(np.array([0.1, 0.2]), np.array([0.5, 0.5])) == 0.0


def test_one_bad_query_among_many_good_ones_is_forgiven() -> None:
    depth = np.linspace(0, 1, 200)
    recall = np.ones(200)
    recall[50] = 0.5
    assert deepest(depth, recall) == 1.0
