"""Standard figures, and those of the paper's published script beside them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.benchmarks import official

Y, N = True, False


@pytest.mark.parametrize(
    ("right", "total", "k", "expected"),
    [
        ([Y, Y, N, N], 2, 4, 1.0),  # all found by rank 2: divided by 2, where the standard says 0.5
        ([Y, N, N, Y], 2, 4, 0.5),  # the last right answer stands at k: divided by k
        ([Y, Y, N, N], 3, 4, 0.5),  # one was not found: divided by k
        ([N, N, N, N], 3, 4, 0.0),
        ([Y, N, Y, N], 2, 1, 1.0),
    ],
)
def test_the_scripts_precision_is_generous_where_everything_was_found(
    right: list[bool], total: int, k: int, expected: float
) -> None:
    found = official.script_precision_at(np.array([right]), np.array([total]), k)
    assert found == pytest.approx([expected])


def test_a_query_without_a_right_answer_is_left_out_by_the_script_alone() -> None:
    ranked = np.array([[0, 1], [0, 1]])
    row = official.row("e", ranked, np.array([0, 0]), np.array([0, 1]), (1, 2))
    assert row.script_precision == (1.0, 1.0)
    assert row.precision == (0.5, 0.5)
    assert row.recall == (0.5, 0.5)


def test_short_answers_count_as_wrong() -> None:
    ranked = np.array([[0, -1, -1, -1]])
    row = official.row("e", ranked, np.array([0, 0, 1]), np.array([0]), (1, 2, 4))
    assert row.precision == (1.0, 0.5, 0.25)
    assert row.script_precision == (1.0, 0.5, 0.25)
    assert row.map_100 == 0.5 and row.mrr == 1.0
