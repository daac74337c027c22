"""Answers as files: the JSON document that ``search --json`` prints, or a CSV table."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid4

from engine.errors import UserError, printable
from engine.types import DuplicatesReport, SearchAnswer, SearchHit

Document = dict[str, Any]

COLUMNS = (
    "rank",
    "path",
    "band",
    "score",
    "similarity",
    "identifier",
    "logp",
    "taken_at",
    "camera",
    "width",
    "height",
)


def export(answer: SearchAnswer, file: Path) -> None:
    """Write ``answer`` to ``file``: a table where it ends in .csv, else JSON.

    A file that is there is replaced, as a whole or not at all. Raises ``UserError``.
    """
    _write(table(answer) if _is_table(file) else text(document(answer)), file)


def export_duplicates(report: DuplicatesReport, file: Path) -> None:
    """Write groups of duplicates to ``file``, as :func:`export` does."""
    _write(duplicates_table(report) if _is_table(file) else text(duplicates(report)), file)


def _is_table(file: Path) -> bool:
    return file.suffix.lower() == ".csv"


def _write(content: str, file: Path) -> None:
    unfinished = file.with_name(f".{file.name}.{uuid4().hex[:8]}")
    try:
        try:
            unfinished.write_bytes(content.encode("utf-8", "surrogateescape"))
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            f"{printable(file)} cannot be written ({error.strerror}): choose another place."
        ) from error


def document(answer: SearchAnswer) -> Document:
    """Stable keys and plain values. Paths are strings with surrogate escapes."""
    return {
        "engine": answer.engine.value,
        "generation": answer.generation,
        "widened": answer.widened,
        "note": answer.note,
        "identifier": _codes(answer.identifier),
        "milliseconds": {k: round(v, 2) for k, v in asdict(answer.milliseconds).items()},
        "results": [_hit(hit) for hit in answer.hits],
    }


def duplicates(report: DuplicatesReport) -> Document:
    """Groups, the best photo of each first."""
    return {
        "photos": report.photos,
        "seconds": round(report.seconds, 3),
        "groups": [
            {
                "kind": group.kind.value,
                "best": os.fspath(group.photos[0].path),
                "reason": group.reason,
                "photos": [
                    {
                        "path": os.fspath(photo.path),
                        "width": photo.width,
                        "height": photo.height,
                        "bytes": photo.size_bytes,
                    }
                    for photo in group.photos
                ],
            }
            for group in report.groups
        ],
    }


def duplicates_table(report: DuplicatesReport) -> str:
    """RFC 4180, one line a file; files of one group have its number."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("group", "kind", "best", "reason", "path", "width", "height", "bytes"))
    for number, group in enumerate(report.groups, 1):
        for place, photo in enumerate(group.photos):
            best, reason = ("yes", group.reason) if place == 0 else ("no", "")
            size = (photo.width, photo.height, photo.size_bytes)
            path = os.fspath(photo.path)
            writer.writerow((number, group.kind.value, best, reason, path, *size))
    return out.getvalue()


def text(found: Mapping[str, Any]) -> str:
    """One JSON document and a newline."""
    return json.dumps(found, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def table(answer: SearchAnswer) -> str:
    """RFC 4180, one line a photo, codes of an identifier apart by spaces."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for hit in answer.hits:
        photo, told = hit.photo, _hit(hit)
        taken = photo.metadata.taken_at
        writer.writerow(
            [
                hit.rank,
                told["path"],
                told["band"],
                told["score"],
                told["similarity"],
                " ".join(str(code) for code in hit.identifier or ()),
                told["logp"],
                taken.isoformat() if taken else None,
                photo.metadata.camera,
                photo.width,
                photo.height,
            ]
        )
    return out.getvalue()


def _hit(hit: SearchHit) -> Document:
    return {
        "rank": hit.rank,
        "path": os.fspath(hit.photo.path),
        "score": round(float(hit.score), 6),
        "band": hit.band.value,
        "identifier": _codes(hit.identifier),
        "logp": None if hit.logp is None else round(float(hit.logp), 6),
        "similarity": round(float(hit.similarity), 6),
        "stack": [os.fspath(path) for path in hit.stack],
        "near": hit.near,
        "match": None if hit.match is None else list(hit.match),
    }


def _codes(identifier: tuple[int, ...] | None) -> list[int] | None:
    return None if identifier is None else [int(code) for code in identifier]
