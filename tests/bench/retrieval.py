"""``evaluate`` as Markdown tables with confidence intervals, for docs/benchmarks.md.

    python -m tests.bench.retrieval LABELS.csv [--set NAME] [--labels-in-training FRACTION]
        [--inserted FRACTION] [--seeds 0,1,2]

The figures are those of ``photoglyph evaluate``. With several seeds a training for each: the same
photos and labels, and of every row that training takes part in the mean and what lies around it.
"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

from console.progress import ProgressLine
from engine.services.evaluating import evaluate
from engine.services.session import Session
from engine.types import EvaluationReport, EvaluationRow, Job, TrainReport
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.bench.markdown import machine, table

HEADER = (
    *("engine", "R@1 (95 %)", "R@10", "P@10", "P@20", "mAP@100 (95 %)", "seen", "unseen", "MRR"),
    *("recall@10 of exact", "p50 ms", "p95 ms", "bytes a photo"),
)
SEEDED = ("R@1", "R@10", "P@10", "P@20", "mAP@100", "seen", "unseen", "recall@10 of exact")
UNTRAINED = ("exact", "exact-whitened", "query-expansion", "diffusion", "binary-rescored")
OWN_SEED = ("metric-learner",)  # trained by evaluation, once


def markdown(report: EvaluationReport) -> str:
    """A line an engine; mAP@100 of seen and unseen labels in columns of their own."""
    title = f"**{report.set}**: {report.queries} queries, gallery {report.gallery}; "
    grown = any(row.recall_vs_exact_10_old is not None for row in report.rows)
    header = (*HEADER, "of old", "of inserted") if grown else HEADER
    lines = (_line(rows, grown) for rows in _groups(report).values())
    return f"{title}{report.protocol}.\n\n{table(header, lines)}"


def _line(rows: dict[str, EvaluationRow], grown: bool) -> list[str]:
    row = rows["all"]
    seen, unseen = (f"{rows[g].map_100:.3f}" if g in rows else "" for g in ("seen", "unseen"))
    line = [
        row.engine,
        _with(row.r_1, row.r_1_interval),
        f"{row.r_10:.3f}",
        f"{row.p_10:.3f}",
        f"{row.p_20:.3f}",
        _with(row.map_100, row.map_100_interval),
        seen,
        unseen,
        f"{row.mrr:.3f}",
        _told(row.recall_vs_exact_10),
        f"{row.milliseconds_p50:.2f}",
        f"{row.milliseconds_p95:.2f}",
        f"{row.bytes_per_photo:.0f}",
    ]
    if grown:
        line += map(_told, (row.recall_vs_exact_10_old, row.recall_vs_exact_10_inserted))
    return line


def _told(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.3f}"


def _with(value: float, interval: tuple[float, float] | None) -> str:
    return f"{value:.3f}" if interval is None else f"{value:.3f} ({_bounds(*interval)})"


def _bounds(low: float, high: float) -> str:
    return f"{low:.3f} to {high:.3f}"


def spread(reports: Sequence[EvaluationReport], seeds: Sequence[int]) -> str:
    """Mean, lowest and highest over trainings; engines that training has no part in left out."""
    tables = [_groups(report) for report in reports]
    lines = []
    for engine in tables[0]:
        if engine.startswith("faiss-") or engine in UNTRAINED + OWN_SEED:
            continue
        columns = zip(*(_figures(groups[engine]) for groups in tables), strict=True)
        lines.append([engine, *map(_around, columns)])
    given = ", ".join(map(str, seeds))
    title = f"**{reports[0].set}**: mean (lowest to highest) of trainings with the seeds {given}."
    return f"{title}\n\n{table(('engine', *SEEDED), lines)}"


def _groups(report: EvaluationReport) -> dict[str, dict[str, EvaluationRow]]:
    groups: dict[str, dict[str, EvaluationRow]] = {}
    for row in report.rows:
        groups.setdefault(row.engine, {})[row.labels] = row
    return groups


def _figures(rows: dict[str, EvaluationRow]) -> Iterator[float | None]:
    row = rows["all"]
    yield from (row.r_1, row.r_10, row.p_10, row.p_20, row.map_100)
    for group in ("seen", "unseen"):
        yield rows[group].map_100 if group in rows else None
    yield row.recall_vs_exact_10


def _around(values: Sequence[float | None]) -> str:
    told = [value for value in values if value is not None]
    if not told:
        return ""
    return f"{sum(told) / len(told):.3f} ({_bounds(min(told), max(told))})"


def seeded(seed: int) -> contextlib.AbstractContextManager[object]:
    """Sessions train with ``seed`` within; in this process, not in one of their own."""
    from engine.training.pipeline import train

    def training(
        session: Session, *, labels: str, device: str, minutes: float | None
    ) -> Job[TrainReport]:
        return train(
            session.library,
            OnnxRuntime(),
            BundleExporter(),
            label_source=labels,
            device=device,
            minutes=minutes,
            seed=seed,
        )

    return patch.object(Session, "train", training)


def measured(chosen: argparse.Namespace) -> Iterator[EvaluationReport]:
    job = evaluate(
        chosen.labels,
        OnnxRuntime(),
        BundleExporter(),
        set_name=chosen.set,
        labels_in_training=chosen.labels_in_training,
        inserted=chosen.inserted,
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
    parser.add_argument("--inserted", type=float, default=0.0)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--seeds", type=lambda text: [int(n) for n in text.split(",")], default=[0])
    chosen = parser.parse_args()
    print(f"{machine()}.")
    found: list[list[EvaluationReport]] = []
    for number, seed in enumerate(chosen.seeds):
        with seeded(seed) if len(chosen.seeds) > 1 else contextlib.nullcontext():
            found.append([])
            for report in measured(chosen):
                found[-1].append(report)
                if not number:
                    print(f"\n{markdown(report)}", flush=True)
    if len(found) > 1:
        for reports in zip(*found, strict=True):
            print(f"\n{spread(reports, chosen.seeds)}")


if __name__ == "__main__":
    main()
