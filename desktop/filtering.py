"""Filters as a person sees them: parts that can be taken away one by one, and a line to keep.

Plain functions. Neighbours: panels.filters (the chips), remembered (the line).
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from desktop import words
from engine.types import Filters


def parts(filters: Filters) -> list[tuple[str, Filters]]:
    """The words of each part, and the filters without it."""
    found = [
        (
            words.filter_folder(folder),
            replace(filters, folders=tuple(f for f in filters.folders if f != folder)),
        )
        for folder in filters.folders
    ]
    if filters.taken_from is not None or filters.taken_until is not None:
        said = words.filter_dates(filters.taken_from, filters.taken_until)
        found.append((said, replace(filters, taken_from=None, taken_until=None)))
    if filters.prefix:
        said = words.tree_place(filters.prefix)
        found.append((said, replace(filters, prefix=(), generation=None)))
    if filters.camera is not None:
        found.append((words.filter_camera(filters.camera), replace(filters, camera=None)))
    found += [
        (name, replace(filters, formats=tuple(f for f in filters.formats if f != name)))
        for name in filters.formats
    ]
    if filters.orientation is not None:
        said = words.orientation(filters.orientation)
        found.append((said, replace(filters, orientation=None)))
    if filters.rating_from is not None:
        found.append((words.rating_from(filters.rating_from), replace(filters, rating_from=None)))
    return found


def between(filters: Filters, first: date, last: date) -> Filters:
    """Photos of these days alone, both ends included.

    Cameras mostly note no time zone; their clocks are kept as UTC (``photos.capture_time``).
    """
    first, last = min(first, last), max(first, last)
    return replace(
        filters,
        taken_from=datetime.combine(first, time.min, UTC),
        taken_until=datetime.combine(last, time.max, UTC),
    )


def of_year(filters: Filters, year: int) -> Filters:
    return between(filters, date(year, 1, 1), date(year, 12, 31))


def toggled(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    """Without ``value`` where it is in, else with it."""
    return tuple(v for v in values if v != value) if value in values else (*values, value)


def written(filters: Filters) -> str:
    """One line that :func:`read` understands. Another day, the library may have another tree."""
    kept = {
        "folders": [str(folder) for folder in filters.folders],
        "from": filters.taken_from and filters.taken_from.isoformat(),
        "until": filters.taken_until and filters.taken_until.isoformat(),
        "camera": filters.camera,
        "formats": list(filters.formats),
        "orientation": filters.orientation,
        "rating": filters.rating_from,
    }
    return json.dumps(kept)


def read(line: str) -> Filters:
    """Raises ``ValueError``, ``KeyError`` or ``TypeError`` for anything else."""
    kept = json.loads(line)
    shape, rating = kept["orientation"], kept["rating"]
    if shape not in (None, "landscape", "portrait", "square"):
        raise ValueError(shape)
    if rating is not None and not isinstance(rating, int):
        raise ValueError(rating)
    return Filters(
        folders=tuple(Path(folder) for folder in kept["folders"]),
        taken_from=_time(kept["from"]),
        taken_until=_time(kept["until"]),
        camera=None if kept["camera"] is None else str(kept["camera"]),
        formats=tuple(str(name) for name in kept["formats"]),
        orientation=shape,
        rating_from=rating,
    )


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError(text)
    return when
