"""Rows of the table, by hand-made ranked lists."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.metrics import EMPTY
from engine.evaluation.table import DEPTH, Answers, Task, padded, rows

GALLERY = np.array([0, 0, 1, 1])
QUERIES = np.array([0, 1])


def answers(name: str, *lists: list[int]) -> Answers:
    ranked = padded([np.array(found) for found in lists])
    return Answers(name, ranked, np.array([1.0, 3.0]), 12.0)


def test_rows_hold_the_means_of_their_queries():
    task = Task(GALLERY, QUERIES, np.array([True, False]))
    whole, seen, unseen = rows(task, answers("x", [0, 1, 2, 3], [0, 2, 1, 3]), None)
    assert [row.labels for row in (whole, seen, unseen)] == ["all", "seen", "unseen"]
    assert (seen.r_1, unseen.r_1, whole.r_1) == (1.0, 0.0, 0.5)
    assert unseen.map_100 == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert whole.map_100 == pytest.approx((1 + unseen.map_100) / 2)
    assert unseen.mrr == 0.5
    assert whole.p_5 == pytest.approx(2 / 5)
    assert (whole.milliseconds_p50, whole.bytes_per_photo) == (2.0, 12.0)
    assert whole.recall_vs_exact_10 is None


def test_groups_without_queries_and_files_without_groups_have_no_rows():
    found = answers("x", [0], [2])
    everything_seen = Task(GALLERY, QUERIES, np.array([True, True]))
    assert [row.labels for row in rows(everything_seen, found, None)] == ["all", "seen"]
    assert [row.labels for row in rows(Task(GALLERY, QUERIES, None), found, None)] == ["all"]


def test_recall_against_exact_is_per_group():
    exact = answers("exact", [0, 1], [2, 3])
    found = answers("x", [1, 0], [2])
    task = Task(GALLERY, QUERIES, np.array([True, False]))
    assert [row.recall_vs_exact_10 for row in rows(task, found, exact)] == [0.75, 1.0, 0.5]


def test_recall_of_inserted_photos_is_told_apart():
    exact = answers("exact", [0, 1, 2], [2, 3])
    found = answers("x", [1, 0], [3, 2])
    task = Task(GALLERY, QUERIES, None, inserted=np.array([False, True, True, False]))
    (row,) = rows(task, found, exact)
    assert row.recall_vs_exact_10_old == 1.0  # 0 and 3
    assert row.recall_vs_exact_10_inserted == pytest.approx(2 / 3)  # of 1, 2 and 2 again
    (alone,) = rows(task, found, None)
    assert alone.recall_vs_exact_10_old is None


def test_no_inserted_neighbour_is_no_recall_of_none():
    exact = answers("exact", [0], [3])
    task = Task(GALLERY, QUERIES, None, inserted=np.array([False, True, False, False]))
    (row,) = rows(task, exact, exact)
    assert (row.recall_vs_exact_10_old, row.recall_vs_exact_10_inserted) == (1.0, None)


def test_lists_are_cut_and_filled_to_one_depth():
    filled = padded([np.array([5, 6]), np.arange(DEPTH + 20), np.zeros(0, np.int64)])
    assert filled.shape == (3, DEPTH)
    assert filled[0, :3].tolist() == [5, 6, EMPTY]
    assert filled[1, -1] == DEPTH - 1
    assert (filled[2] == EMPTY).all()
