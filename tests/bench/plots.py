"""The ablation's plots as SVG, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

Line = Sequence[tuple[float, float]]
SIZE = (5.6, 3.6)  # inches

mpl.rcParams.update(
    {
        "svg.hashsalt": "photoglyph",  # else ids are random
        "svg.fonttype": "none",  # letters as text: small, and can be searched
        "font.size": 9,
        "axes.grid": True,
        "grid.alpha": 0.3,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)


def lines(
    file: Path,
    title: str,
    axes: tuple[str, str],
    drawn: Mapping[str, Line],
    *,
    logarithmic: bool = False,
) -> None:
    """A line a name through its points (x, y)."""
    figure = Figure(SIZE, layout="constrained")
    axis = figure.add_subplot()
    for name, points in drawn.items():
        x, y = zip(*points, strict=True)
        # What is drawn dashed is ranked by identifiers alone.
        axis.plot(x, y, "--" if "alone" in name else "-", marker="o", markersize=3.5, label=name)
    if logarithmic:
        axis.set_xscale("log")
        ticks = sorted({x for points in drawn.values() for x, _ in points})
        axis.set_xticks(ticks, [f"{x:g}" for x in ticks])
        axis.minorticks_off()
    _finish(figure, axis, file, title, axes)


def bars(
    file: Path, title: str, groups: Sequence[str], drawn: Mapping[str, Sequence[float]], value: str
) -> None:
    """A bar a name in every group; nan leaves its place empty."""
    figure = Figure(SIZE, layout="constrained")
    axis = figure.add_subplot()
    width = 0.8 / len(drawn)
    for number, (name, heights) in enumerate(drawn.items()):
        left = [group - 0.4 + width * (number + 0.5) for group in range(len(groups))]
        axis.bar(left, heights, width, label=name)
    axis.set_xticks(range(len(groups)), groups)
    axis.grid(visible=False, axis="x")
    _finish(figure, axis, file, title, ("", value))


def points(
    file: Path,
    title: str,
    axes: tuple[str, str],
    drawn: Mapping[str, Iterable[tuple[float, float, str]]],
) -> None:
    """Named points (x, y, what it is)."""
    figure = Figure(SIZE, layout="constrained")
    axis = figure.add_subplot()
    for name, marked in drawn.items():
        x, y, words = zip(*marked, strict=True)
        axis.plot(x, y, "o", markersize=4, label=name)
        for at in zip(x, y, words, strict=True):
            axis.annotate(at[2], at[:2], (4, -3), textcoords="offset points", fontsize=7)
    _finish(figure, axis, file, title, axes)


def _finish(figure: Figure, axis: Any, file: Path, title: str, axes: tuple[str, str]) -> None:
    axis.set_title(title, fontsize=10)
    axis.set_xlabel(axes[0])
    axis.set_ylabel(axes[1])
    axis.legend(frameon=False, fontsize=8)
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
