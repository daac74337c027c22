"""Reports as the JSON documents that ``--json`` prints: stable keys, plain values.

Paths are strings with surrogate escapes, which ``write`` turns back into the file system's bytes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.services import exporting
from engine.types import (
    CopiesReport,
    DuplicatesReport,
    EvaluationReport,
    EvaluationRow,
    ExploredTree,
    Generation,
    IndexReport,
    JobView,
    LibraryStatus,
    Problem,
    SavedSearch,
    SearchAnswer,
    TrainReport,
    TreeNode,
)

if TYPE_CHECKING:
    from engine.evaluation.benchmarks.official import BenchmarkReport
    from engine.services.care import CheckReport
    from engine.services.encoders import EncoderView

Document = dict[str, Any]


def write(document: Mapping[str, Any], stream: BinaryIO) -> None:
    """One document and a newline, in UTF-8; names that are not UTF-8 keep their own bytes."""
    stream.write(exporting.text(document).encode("utf-8", "surrogateescape"))
    stream.flush()


def index(report: IndexReport) -> Document:
    return {
        "found": report.found,
        "indexed": report.indexed,
        "unchanged": report.unchanged,
        "moved": report.moved,
        "removed": report.removed,
        "offline": report.offline,
        "skipped": [{"path": _text(s.path), "reason": s.reason} for s in report.skipped],
        "seconds": round(report.seconds, 3),
        "photos_per_second": round(report.photos_per_second, 2),
        "device": report.device,
    }


def search(answer: SearchAnswer) -> Document:
    return exporting.document(answer)


def saved(found: Sequence[SavedSearch]) -> Document:
    return {
        "saved": [
            {
                "number": search.saved_id,
                "name": search.name,
                "images": [
                    {
                        "path": _text(part.image) if isinstance(part.image, Path) else None,
                        "crop": part.crop,
                        "sign": part.sign,
                        "weight": part.weight,
                    }
                    for part in search.query.parts
                ],
                "marks": len(search.query.marks),
                "filtered": not search.filters.empty,
                "likeness": search.likeness,
                "created_at": search.created_at.isoformat(),
                "ran_at": search.ran_at.isoformat(),
                "note": search.note,
            }
            for search in found
        ]
    }


def explored(tree: ExploredTree) -> Document:
    return {
        "generation": tree.generation,
        "levels": tree.levels,
        **_node(tree.node),
        "children": [_node(child) for child in tree.children],
        "note": tree.note,
    }


def _node(node: TreeNode) -> Document:
    return {
        "prefix": list(node.prefix),
        "photos": node.count,
        "name": node.name,
        "month": None if node.month is None else f"{node.month:%Y-%m}",
        "typical": [_text(photo.path) for photo in node.photos],
    }


def duplicates(report: DuplicatesReport) -> Document:
    return exporting.duplicates(report)


def train(report: TrainReport) -> Document:
    return {
        "generation": report.generation,
        "photos": report.photos,
        "identifiers": {
            "levels": report.levels,
            "codes": report.codes,
            "distinct": report.distinct,
        },
        "epochs": report.epochs,
        "loss": report.loss,
        "figures": asdict(report.figures),
        "previous": None if report.previous is None else asdict(report.previous),
        "switched": report.switched,
        "seconds": round(report.seconds, 3),
        "device": report.device,
        "parity": report.parity,
        "labels": [asdict(verdict) for verdict in report.labels],
        "learnt_space": report.learnt_space,
        "deep": None if report.deep is None else asdict(report.deep),
    }


def status(report: LibraryStatus, problems: Sequence[Problem], jobs: Sequence[JobView]) -> Document:
    return {
        "library": _text(report.library),
        "photos": report.photos,
        "searchable": report.searchable,
        "described": report.described,
        "generation": report.generation,
        "identifiers": {
            "levels": report.levels,
            "codes": report.codes,
            "distinct": report.distinct,
        },
        "bytes": report.bytes,
        "device": report.device,
        "providers": list(report.providers),
        "advice": report.advice,
        "labels": [asdict(verdict) for verdict in report.labels],
        "folders": [
            {
                "path": _text(folder.path),
                "photos": folder.photos,
                "online": folder.online,
                "kind": folder.kind.value,
                "paused": folder.paused,
            }
            for folder in report.folders
        ],
        "jobs": [_job(job) for job in jobs],
        "problems": [
            {
                "path": _text(problem.path),
                "reason": problem.reason,
                "when": problem.when.isoformat(),
                "attempts": problem.attempts,
                "ignored": problem.ignored,
            }
            for problem in problems
        ],
    }


def _job(job: JobView) -> Document:
    return {
        "path": _text(job.path),
        "kind": job.kind,
        "state": job.state.value,
        "done": job.done,
        "total": job.total,
        "attempts": job.attempts,
        "last_error": job.last_error,
    }


def evaluations(reports: Sequence[EvaluationReport]) -> Document:
    """One set's report as it is; several below "sets"."""
    found = [_evaluation(report) for report in reports]
    return found[0] if len(found) == 1 else {"sets": found}


def _evaluation(report: EvaluationReport) -> Document:
    return {
        "set": report.set,
        "protocol": report.protocol,
        "queries": report.queries,
        "gallery": report.gallery,
        "rows": [_row(row) for row in report.rows],
    }


def _row(row: EvaluationRow) -> Document:
    document: Document = {
        "engine": row.engine,
        "labels": row.labels,
        "p@1": row.p_1,
        "p@5": row.p_5,
        "p@10": row.p_10,
        "p@20": row.p_20,
        "r@1": row.r_1,
        "r@10": row.r_10,
        "map@100": row.map_100,
        "mrr": row.mrr,
        "recall_vs_exact@10": row.recall_vs_exact_10,
        "milliseconds_p50": row.milliseconds_p50,
        "milliseconds_p95": row.milliseconds_p95,
        "bytes_per_photo": row.bytes_per_photo,
    }
    old, inserted = row.recall_vs_exact_10_old, row.recall_vs_exact_10_inserted
    if old is not None or inserted is not None:  # with --inserted alone
        document |= {"recall_vs_exact@10_old": old, "recall_vs_exact@10_inserted": inserted}
    return document


def copies(report: CopiesReport) -> Document:
    return {
        "set": report.set,
        "protocol": report.protocol,
        "queries": report.queries,
        "gallery": report.gallery,
        "rows": [
            {
                "engine": row.engine,
                "edit": row.edit,
                "queries": row.queries,
                "r@1": row.r_1,
                "r@10": row.r_10,
                "milliseconds_p50": row.milliseconds_p50,
            }
            for row in report.rows
        ],
    }


def generations(found: Sequence[Generation]) -> Document:
    return {
        "generations": [
            {
                "generation": g.generation_id,
                "state": g.state.value,
                "levels": g.levels,
                "codes": g.codes,
                "created_at": g.created_at.isoformat(),
                "folder": _text(g.folder),
                "figures": None if g.figures is None else asdict(g.figures),
            }
            for g in found
        ]
    }


def benchmark(report: BenchmarkReport) -> Document:
    """``p@k`` is standard; ``script_p@k`` is what the paper's published script counts."""
    return {
        "benchmark": report.benchmark,
        "classes": report.protocol,
        "recipe": report.recipe,
        "encoder": report.encoder,
        "protocol": report.note,
        "queries": report.queries,
        "gallery": report.gallery,
        "rows": [
            {
                "engine": row.engine,
                **{f"p@{k}": p for k, p in zip(report.ranks, row.precision, strict=True)},
                **{f"r@{k}": r for k, r in zip(report.ranks, row.recall, strict=True)},
                "map@100": row.map_100,
                "mrr": row.mrr,
                **{
                    f"script_p@{k}": p
                    for k, p in zip(report.ranks, row.script_precision, strict=True)
                },
            }
            for row in report.rows
        ],
        "published": None
        if report.published is None
        else {
            **{f"r@{k}": r for k, r in zip(report.ranks, report.published.recall, strict=True)},
            **{
                f"script_p@{k}": p
                for k, p in zip(report.ranks, report.published.script_precision, strict=True)
            },
        },
    }


def encoders(found: Sequence[EncoderView]) -> Document:
    return {"encoders": [asdict(encoder) for encoder in found]}


def check(library: Path, report: CheckReport) -> Document:
    return {
        "library": _text(library),
        "sound": report.sound,
        "problems": list(report.problems),
        "repaired": list(report.repaired),
    }


def file(path: Path, size_bytes: int) -> Document:
    return {"file": _text(path), "bytes": size_bytes}


def _text(path: Path) -> str:
    return os.fspath(path)
