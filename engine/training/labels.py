"""Weak labels: albums (folders), events (capture times), or a file a person wrote.

A label says "these photos belong together"; the teacher gives such photos a share of its mass.
"""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np

from engine.errors import UserError, printable
from engine.search.ports import Ints
from engine.store import whereabouts
from engine.store.database import Library

SOURCES = ("auto", "albums", "events", "none")
EVENT_GAP = timedelta(hours=6)
SMALLEST = 2  # photos of a label; a single one teaches nothing
LARGEST_SHARE = 0.5  # of the library; a folder with everything is no album
# Folders that cameras and programs name: 100CANON, DCIM, Camera, 2021, 2021-05, IMG_...
MEANINGLESS = re.compile(
    r"(\d{3}[a-z_0-9]{5}|dcim|camera( roll)?|photos?|pictures|images?|\d{4}([-_. ]?\d{2})*)",
    re.IGNORECASE,
)


def read(library: Library, source: str, content_ids: Ints) -> Ints | None:
    """Labels (G,) of ``content_ids``, -1 where there is none; None where nothing is labelled.

    ``source``: "albums", "events", "auto" and "none" (no labels), or the path of a CSV file with
    the columns ``file`` (relative to the CSV) and ``label``. Raises ``UserError`` for a file that
    cannot be used.
    """
    if source in ("auto", "none"):
        return None
    named: Mapping[int, str]
    if source == "albums":
        named = _albums(library)
    elif source == "events":
        named = _events(library)
    else:
        named = _from_file(library, Path(source))
    counts = Counter(named.get(int(c)) for c in content_ids)
    most = LARGEST_SHARE * len(content_ids)
    kept = {
        name: number
        for number, name in enumerate(sorted(n for n in counts if n is not None))
        if SMALLEST <= counts[name] <= most
    }
    labels = np.array([kept.get(named.get(int(c), ""), -1) for c in content_ids], np.int64)
    return labels if (labels >= 0).any() else None


def _albums(library: Library) -> dict[int, str]:
    with library.read() as connection:
        found = whereabouts.present_paths(connection)
    return {
        content_id: os.fspath(root / path.parent)
        for content_id, root, path in found
        if not MEANINGLESS.fullmatch(path.parent.name or root.name)
    }


def _events(library: Library) -> dict[int, str]:
    """Photos with no gap of ``EVENT_GAP`` between them are one event."""
    with library.read() as connection:
        found = whereabouts.capture_times(connection)
    events: dict[int, str] = {}
    number, last = 0, None
    for content_id, taken_at in found:
        if last is not None and taken_at - last > EVENT_GAP:
            number += 1
        events[content_id] = f"event {number}"
        last = taken_at
    return events


def _from_file(library: Library, file: Path) -> dict[int, str]:
    name = printable(file)
    try:
        with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as opened:
            reader = csv.DictReader(opened)
            if not {"file", "label"} <= set(reader.fieldnames or ()):
                raise UserError(
                    f"{name} has no columns 'file' and 'label' in its first line: add them."
                )
            rows = [(row["file"], row["label"]) for row in reader]
    except OSError as error:
        raise UserError(
            f"The labels file {name} cannot be read ({error.strerror}): give a CSV file, or one "
            f"of {', '.join(SOURCES)}."
        ) from error
    except csv.Error as error:
        raise UserError(f"{name} is no CSV file ({error}): save it as CSV.") from error
    with library.read() as connection:
        found = whereabouts.present_paths(connection)
    contents = {os.fspath(root / path): content_id for content_id, root, path in found}
    folder = os.path.abspath(file.parent)
    named = {}
    for path, label in rows:
        content_id = contents.get(os.path.normpath(os.path.join(folder, path or "")))
        if content_id is not None and label:
            named[content_id] = label
    if not named:
        raise UserError(
            f"None of the photos in {name} is in the library: give paths relative to {name}, "
            "of photos that are indexed."
        )
    return named
