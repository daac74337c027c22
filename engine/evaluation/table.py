"""One engine's ranked lists -> its rows of the table: all queries, seen labels, unseen labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.evaluation import metrics
from engine.evaluation.metrics import EMPTY, Bools, Doubles, Ints
from engine.types import EvaluationRow

DEPTH = 100  # length of the lists: what AP@100 looks at


@dataclass(frozen=True)
class Task:
    """What is asked of every engine alike.

    ``gallery_labels`` (G,) and ``query_labels`` (Q,) are class numbers. ``seen`` (Q,): whether the
    query's label has labelled photos to train on; None where the labels file does not say.
    ``inserted`` (G,): photos that came after training; None where all were there.
    """

    gallery_labels: Ints
    query_labels: Ints
    seen: Bools | None
    seed: int = 0
    inserted: Bools | None = None

    def groups(self) -> Iterator[tuple[str, Bools]]:
        """Queries of each row as a mask (Q,); empty groups are left out."""
        yield "all", np.ones(len(self.query_labels), dtype=np.bool_)
        if self.seen is not None:
            yield from ((n, m) for n, m in (("seen", self.seen), ("unseen", ~self.seen)) if m.any())


@dataclass(frozen=True)
class Answers:
    """One engine's answers to all queries.

    ``ranked`` (Q, DEPTH) gallery indices, best first, ``EMPTY`` where short; ``milliseconds`` (n,)
    of single queries, any n.
    """

    engine: str
    ranked: Ints
    milliseconds: Doubles
    bytes_per_photo: float


def rows(task: Task, answers: Answers, exact: Answers | None) -> Iterator[EvaluationRow]:
    """The engine's rows. ``exact``: what it stands in for, if anything."""
    right = metrics.relevance(answers.ranked, task.gallery_labels, task.query_labels)
    totals = metrics.relevant_totals(task.gallery_labels, task.query_labels)
    first = metrics.success_at(right, 1)
    precision = metrics.average_precision_at(right, totals, DEPTH)
    ranks = metrics.reciprocal_rank(right)
    p50, p95 = np.percentile(answers.milliseconds, (50, 95))
    for name, chosen in task.groups():
        hit = right[chosen]
        recall = old = inserted = None
        if exact is not None:
            found, wanted = answers.ranked[chosen], exact.ranked[chosen]
            recall = _mean(metrics.recall_against(found, wanted))
            if task.inserted is not None:
                old = metrics.share_found(found, wanted, ~task.inserted)
                inserted = metrics.share_found(found, wanted, task.inserted)
        yield EvaluationRow(
            engine=answers.engine,
            labels=name,
            queries=int(chosen.sum()),
            p_1=_mean(metrics.precision_at(hit, 1)),
            p_5=_mean(metrics.precision_at(hit, 5)),
            p_10=_mean(metrics.precision_at(hit, 10)),
            p_20=_mean(metrics.precision_at(hit, 20)),
            r_1=_mean(first[chosen]),
            r_10=_mean(metrics.success_at(hit, 10)),
            map_100=_mean(precision[chosen]),
            mrr=_mean(ranks[chosen]),
            recall_vs_exact_10=recall,
            milliseconds_p50=float(p50),
            milliseconds_p95=float(p95),
            bytes_per_photo=answers.bytes_per_photo,
            r_1_interval=metrics.bootstrap_interval(first[chosen], seed=task.seed),
            map_100_interval=metrics.bootstrap_interval(precision[chosen], seed=task.seed),
            recall_vs_exact_10_old=old,
            recall_vs_exact_10_inserted=inserted,
        )


def padded(lists: Sequence[NDArray[np.integer]]) -> Ints:
    """Answers of any length as (Q, DEPTH), cut or filled with ``EMPTY``."""
    filled = np.full((len(lists), DEPTH), EMPTY, dtype=np.int64)
    for row, found in zip(filled, lists, strict=True):
        row[: min(len(found), DEPTH)] = found[:DEPTH]
    return filled


def _mean(values: Doubles) -> float:
    return float(values.mean())
