"""Metrics: examples computed by hand, and properties against the written definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.evaluation import metrics

ONE_LIST = np.array([[False, True, True, False, True]])

matrices = st.tuples(st.integers(1, 6), st.integers(1, 14)).flatmap(
    lambda shape: arrays(np.bool_, shape)
)


def test_precision_at_k_divides_by_k_even_when_the_list_is_shorter():
    assert metrics.precision_at(ONE_LIST, 2)[0] == pytest.approx(1 / 2)
    assert metrics.precision_at(ONE_LIST, 5)[0] == pytest.approx(3 / 5)
    assert metrics.precision_at(ONE_LIST, 10)[0] == pytest.approx(3 / 10)


def test_success_at_k_asks_for_any_right_answer():
    assert metrics.success_at(ONE_LIST, 1)[0] == 0
    assert metrics.success_at(ONE_LIST, 2)[0] == 1


def test_average_precision_by_hand():
    # Right at ranks 2, 3, 5: precisions 1/2, 2/3, 3/5.
    total = 1 / 2 + 2 / 3 + 3 / 5
    assert metrics.average_precision_at(ONE_LIST, np.array([3]))[0] == pytest.approx(total / 3)
    assert metrics.average_precision_at(ONE_LIST, np.array([10]))[0] == pytest.approx(total / 10)
    # Only three ranks can be right within k = 3.
    at_3 = metrics.average_precision_at(ONE_LIST, np.array([10]), k=3)[0]
    assert at_3 == pytest.approx((1 / 2 + 2 / 3) / 3)


def test_reciprocal_rank_is_zero_without_a_right_answer():
    lists = np.array([[False, True, False], [False, False, False], [True, True, True]])
    assert metrics.reciprocal_rank(lists).tolist() == [0.5, 0.0, 1.0]


def test_a_query_without_right_answers_in_the_gallery_scores_zero():
    nothing = np.zeros((1, 5), dtype=bool)
    assert metrics.average_precision_at(nothing, np.array([0]))[0] == 0
    assert metrics.success_at(nothing, 5)[0] == 0


def test_empty_ranks_are_never_right():
    ranked = np.array([[2, metrics.EMPTY]])
    labels = np.array([7, 7, 7])  # index -1 would wrap around to a right answer
    assert metrics.relevance(ranked, labels, np.array([7])).tolist() == [[True, False]]


def test_totals_count_the_gallery_and_know_absent_labels():
    totals = metrics.relevant_totals(np.array([3, 3, 5]), np.array([3, 5, 4, 9]))
    assert totals.tolist() == [2, 1, 0, 0]


def test_recall_against_exact_ignores_order_and_counts_short_answers():
    exact = np.array([[1, 2, 3, 4]])
    assert metrics.recall_against(np.array([[4, 3, 2, 1]]), exact, 4)[0] == 1
    assert metrics.recall_against(np.array([[1, 9, -1, -1]]), exact, 4)[0] == pytest.approx(1 / 4)
    small = np.array([[1, 2, -1, -1]])
    assert metrics.recall_against(np.array([[2, 7, -1, -1]]), small, 4)[0] == pytest.approx(1 / 2)


@given(matrices, st.integers(1, 16))
@settings(max_examples=60, deadline=None)
def test_metrics_equal_their_definitions(relevant, k):
    totals = relevant.sum(axis=1) + 1  # one right answer lies beyond the list
    for q, row in enumerate(relevant.tolist()):
        right = row[:k]
        assert metrics.precision_at(relevant, k)[q] == pytest.approx(sum(right) / k)
        assert metrics.success_at(relevant, k)[q] == float(any(right))
        precisions = [sum(right[: r + 1]) / (r + 1) for r, hit in enumerate(right) if hit]
        wanted = sum(precisions) / min(int(totals[q]), k)
        assert metrics.average_precision_at(relevant, totals, k)[q] == pytest.approx(wanted)
        first = next((1 / (r + 1) for r, hit in enumerate(row) if hit), 0.0)
        assert metrics.reciprocal_rank(relevant)[q] == pytest.approx(first)


@given(matrices)
@settings(max_examples=40, deadline=None)
def test_metrics_stay_between_zero_and_one_and_a_perfect_list_scores_one(relevant):
    totals = relevant.sum(axis=1)
    values = metrics.average_precision_at(relevant, totals)
    assert ((values >= 0) & (values <= 1 + 1e-12)).all()
    perfect = -np.sort(-relevant.astype(int), axis=1) > 0
    best = metrics.average_precision_at(perfect, totals)
    assert np.allclose(best, totals > 0)


def test_the_bootstrap_interval_is_seeded_and_holds_the_mean():
    values = np.random.default_rng(0).random(200)
    low, high = metrics.bootstrap_interval(values, seed=1)
    assert (low, high) == metrics.bootstrap_interval(values, seed=1)
    assert low < values.mean() < high
    assert high - low < 0.1
    assert metrics.bootstrap_interval(np.ones(5), seed=0) == (1.0, 1.0)
