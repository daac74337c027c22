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
from engine.types import SearchAnswer, SearchHit

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
    content = table(answer) if file.suffix.lower() == ".csv" else text(document(answer))
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
    }


def _codes(identifier: tuple[int, ...] | None) -> list[int] | None:
    return None if identifier is None else [int(code) for code in identifier]
