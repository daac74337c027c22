"""The figures of the checks on a GPU, as a table for docs/benchmarks.md at the end of the run.

    pytest tests/gpu -n 0

One process, so that nothing else is measured at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
import torch

from tests.bench.markdown import machine, table

HEADER = ("", "GPU", "processor", "beside it")
ROW, LINES = "figure", "lines"  # names of what a test reports

Figure = Callable[..., None]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """``figure(what, gpu, processor, beside)``: a row of the table."""

    def keep(what: str, gpu: str, processor: str = "", beside: str = "") -> None:
        record_property(ROW, (what, gpu, processor, beside))

    return keep


@pytest.fixture
def lines(record_property: Callable[[str, object], None]) -> Callable[[list[str]], None]:
    """``lines(report)``: a report that stands by itself, below the table."""
    return lambda report: record_property(LINES, "\n".join(report))


def report(properties: Iterable[tuple[str, object]], device: str) -> str:
    """All that tests have reported, in Markdown; empty where that is nothing."""
    found = list(properties)
    rows = [[str(cell) for cell in row] for name, row in found if name == ROW]  # type: ignore[attr-defined]
    whole = [table(HEADER, rows)] if rows else []
    whole += [str(text) for name, text in found if name == LINES]
    return "\n\n".join([f"**{device}**, {machine()}", *whole]) if whole else ""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    ran = [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]
    properties = [each for test in ran for each in getattr(test, "user_properties", ())]
    if properties and torch.cuda.is_available():
        terminalreporter.write_sep("=", "figures for docs/benchmarks.md")
        terminalreporter.write_line(report(properties, torch.cuda.get_device_name()))
