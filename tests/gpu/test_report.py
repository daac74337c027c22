"""What the checks on a GPU print; this needs none."""

from __future__ import annotations

from tests.gpu.conftest import report


def test_figures_of_all_tests_become_one_table_with_the_devices_name() -> None:
    told = report(
        [
            ("figure", ("tuning, views a second", "900", "9.5", "its limit 1000")),
            ("other", 1),
            ("lines", "| a table |"),
            ("figure", ("loss, bf16", "3.21", "3.20", "")),
        ],
        "Some GPU",
    )
    first, _, *rest = told.splitlines()
    assert first.startswith("**Some GPU**, ")
    assert rest[0] == "|  | GPU | processor | beside it |"
    assert rest[2] == "| tuning, views a second | 900 | 9.5 | its limit 1000 |"
    assert rest[3:] == ["| loss, bf16 | 3.21 | 3.20 |  |", "", "| a table |"]
    assert report([("other", 1)], "Some GPU") == ""
