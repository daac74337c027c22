"""Labels that a person wrote down: a CSV file with the columns ``file`` and ``label``."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.errors import UserError, printable
from engine.search.ports import Ints
from engine.store import whereabouts
from engine.store.database import Library
from engine.training.sources.source import NONE, Source, group, largest_of


def read(library: Library, file: Path, content_ids: Ints, others: Sequence[str]) -> Source:
    """Photos of equal labels. ``others``: what may be given instead of a file.

    Raises ``UserError`` for a file that cannot be read, has other columns, or names no photo of
    the library.
    """
    rows = _rows(file, others)
    with library.read() as connection:
        found = whereabouts.present_paths(connection)
    contents = {os.fspath(root / path): content_id for content_id, root, path in found}
    folder = os.path.abspath(file.parent)
    labels: dict[int, str] = {}
    for path, label in rows:
        content_id = contents.get(os.path.normpath(os.path.join(folder, path or "")))
        if content_id is not None and label:
            labels[content_id] = label
    if not labels:
        name = printable(file)
        raise UserError(
            f"None of the photos in {name} is in the library: give paths relative to {name}, "
            "of photos that are indexed."
        )
    numbers = {label: number for number, label in enumerate(sorted(set(labels.values())))}
    keys = [numbers.get(labels.get(int(c), ""), NONE) for c in content_ids]
    return Source("file", group(np.array(keys, np.int64), largest_of(content_ids)))


def _rows(file: Path, others: Sequence[str]) -> list[tuple[str, str]]:
    """(file, label) of every line."""
    name = printable(file)
    try:
        with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as opened:
            reader = csv.DictReader(opened)
            if not {"file", "label"} <= set(reader.fieldnames or ()):
                raise UserError(
                    f"{name} has no columns 'file' and 'label' in its first line: add them."
                )
            return [(row["file"], row["label"]) for row in reader]
    except OSError as error:
        raise UserError(
            f"The labels file {name} cannot be read ({error.strerror}): give a CSV file, or one "
            f"of {', '.join(others)}."
        ) from error
    except csv.Error as error:
        raise UserError(f"{name} is no CSV file ({error}): save it as CSV.") from error
