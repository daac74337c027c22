"""``evaluate`` as Markdown tables with confidence intervals, for docs/benchmarks.md.

    python -m tests.bench.retrieval LABELS.csv [--set NAME] [--labels-in-training FRACTION]

The figures are those of ``photoglyph evaluate``.
"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from console.progress import ProgressLine
from engine.services.evaluating import evaluate
from engine.types import EvaluationReport, EvaluationRow
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.bench.markdown import machine, table

HEADER = (
    *("engine", "R@1 (95 %)", "R@10", "P@10", "P@20", "mAP@100 (95 %)", "seen", "unseen", "MRR"),
    *("recall@10 of exact", "p50 ms", "p95 ms", "bytes a photo"),
)


def markdown(report: EvaluationReport) -> str:
    """A line an engine; mAP@100 of seen and unseen labels in columns of their own."""
    groups: dict[str, dict[str, EvaluationRow]] = {}
    for row in report.rows:
        groups.setdefault(row.engine, {})[row.labels] = row
    title = f"**{report.set}**: {report.queries} queries, gallery {report.gallery}; "
    return f"{title}{report.protocol}.\n\n{table(HEADER, map(_line, groups.values()))}"


def _line(rows: dict[str, EvaluationRow]) -> list[str]:
    row = rows["all"]
    seen, unseen = (f"{rows[g].map_100:.3f}" if g in rows else "" for g in ("seen", "unseen"))
    recall = row.recall_vs_exact_10
    return [
        row.engine,
        _with(row.r_1, row.r_1_interval),
        f"{row.r_10:.3f}",
        f"{row.p_10:.3f}",
        f"{row.p_20:.3f}",
        _with(row.map_100, row.map_100_interval),
        seen,
        unseen,
        f"{row.mrr:.3f}",
        "" if recall is None else f"{recall:.3f}",
        f"{row.milliseconds_p50:.2f}",
        f"{row.milliseconds_p95:.2f}",
        f"{row.bytes_per_photo:.0f}",
    ]


def _with(value: float, interval: tuple[float, float] | None) -> str:
    return f"{value:.3f}" if interval is None else f"{value:.3f} ({_bounds(*interval)})"


def _bounds(low: float, high: float) -> str:
    return f"{low:.3f} to {high:.3f}"


def measured(chosen: argparse.Namespace) -> Iterator[EvaluationReport]:
    job = evaluate(
        chosen.labels,
        OnnxRuntime(),
        BundleExporter(),
        set_name=chosen.set,
        labels_in_training=chosen.labels_in_training,
        minutes=chosen.minutes,
    )
    with ProgressLine(sys.stderr) as line:
        while True:
            try:
                line.show(next(job))
            except StopIteration as end:
                yield from end.value
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labels", type=Path, metavar="LABELS.csv")
    parser.add_argument("--set")
    parser.add_argument("--labels-in-training", type=float, default=0.0)
    parser.add_argument("--minutes", type=float)
    print(f"{machine()}.")
    for report in measured(parser.parse_args()):
        print(f"\n{markdown(report)}")


if __name__ == "__main__":
    main()
