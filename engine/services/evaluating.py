"""``photoglyph evaluate``: every way of searching, on the same photos and the same embeddings.

Neighbours: ``evaluating_sets`` builds a library of a set and asks it, ``evaluating_engines`` are
what is asked, ``engine.evaluation`` holds the protocol, the rivals and the metrics.
"""

from __future__ import annotations

from pathlib import Path

from engine.evaluation import labels, protocol, table
from engine.evaluation.protocol import Protocol
from engine.evaluation.rivals import PAPER, STANDS_IN_FOR
from engine.search.ports import Exporter, Runtime
from engine.services.evaluating_engines import ENGINES
from engine.services.evaluating_sets import ask_set, named
from engine.types import EvaluationReport, EvaluationRow, Job


def evaluate(
    labels_csv: Path,
    runtime: Runtime,
    exporter: Exporter,
    *,
    set_name: str | None = None,
    labels_in_training: float | None = None,
    inserted: float = 0.0,
    paper_decoder: bool = False,
    device: str = "auto",
    minutes: float | None = None,
    seed: int = 0,
) -> Job[tuple[EvaluationReport, ...]]:
    """Measure the sets of ``labels_csv`` (or the named one), one report each.

    ``labels_in_training`` and ``inserted``: see ``engine.evaluation.protocol.plan``.
    ``paper_decoder``: train and ask the paper's plain decoder too. ``device`` and ``minutes`` are
    training's, for each set and decoder. ``seed`` chooses labels and inserted photos and resamples
    queries. Raises ``UserError`` for a labels file that cannot be used.
    """
    photos = labels.read_labels(labels_csv)
    sets = [labels.of_set(photos, name) for name in labels.choose_sets(photos, set_name)]
    # All before the first: a set that cannot be measured is told before hours of work.
    plans = [protocol.plan(chosen, labels_in_training or 0.0, seed, inserted) for chosen in sets]
    reports = []
    for rules in plans:
        report = _evaluate_set(rules, runtime, exporter, paper_decoder, device, minutes, seed)
        reports.append((yield from named(rules.set, report)))
    return tuple(reports)


def _evaluate_set(
    rules: Protocol,
    runtime: Runtime,
    exporter: Exporter,
    paper_decoder: bool,
    device: str,
    minutes: float | None,
    seed: int,
) -> Job[EvaluationReport]:
    engines = (*ENGINES, PAPER) if paper_decoder else ENGINES
    asked = yield from ask_set(
        rules, runtime, exporter, device=device, minutes=minutes, seed=seed, engines=engines
    )
    found: list[EvaluationRow] = []
    for answer in asked.answers.values():
        exact = asked.answers.get(STANDS_IN_FOR.get(answer.engine, ""))
        found.extend(table.rows(asked.task, answer, exact))
    return EvaluationReport(
        set=rules.set,
        protocol="; ".join(asked.notes),
        queries=len(asked.task.query_labels),
        gallery=len(asked.task.gallery_labels),
        rows=tuple(found),
    )
