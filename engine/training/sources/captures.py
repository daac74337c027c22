"""Capture times that can be believed, with camera and place: what events and bursts are read from.

A clock that was never set, or a program that filled in a date, says nothing of when a photo was
taken, and would tie together what has nothing in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Ints
from engine.store import whereabouts
from engine.store.database import Library
from engine.training.sources.source import NONE, rows_of

Doubles = NDArray[np.float64]

# Where clocks begin when their battery was empty, as days since 1970. In zones east of Greenwich
# the first of them is still the day before.
EMPTY_CLOCKS = (
    -1,
    *((date(year, 1, 1) - date(1970, 1, 1)).days for year in (1970, 1980, 2000)),
)
# Photos of one second: more than a camera takes (30 at most) were dated by a scanner or an export.
MOST_IN_A_SECOND = 30
HALF_A_DAY = 43_200  # seconds; several photos at midnight or noon sharp have a date and no time


@dataclass(frozen=True, slots=True)
class Captures:
    """Photos in the order in which they were taken."""

    rows: Ints  # (n,) of the content ids
    seconds: Doubles  # (n,) since 1970, ascending
    cameras: Ints  # (n,) a number for every camera, -1 where it is not known
    places: Doubles  # (n, 2) latitude and longitude in degrees, NaN where they are not known


def read_captures(library: Library, content_ids: Ints) -> Captures:
    """Those of ``content_ids`` (G,) whose capture time can be believed."""
    with library.read() as connection:
        found = whereabouts.captures(connection)
    rows = rows_of(content_ids, np.array([capture.content_id for capture in found], np.int64))
    seconds = np.array([capture.taken_at.timestamp() for capture in found], np.float64)
    names: dict[str | None, int] = {None: NONE}
    cameras = [names.setdefault(capture.camera, len(names)) for capture in found]
    places = [(capture.latitude, capture.longitude) for capture in found]
    there = np.flatnonzero(rows != NONE)
    kept = there[_believed(seconds[there])]
    return Captures(
        rows[kept],
        seconds[kept],
        np.array(cameras, np.int64)[kept],
        np.array(places, np.float64).reshape(-1, 2)[kept],  # None becomes NaN
    )


def _believed(seconds: Doubles) -> NDArray[np.bool_]:
    """Which of these times (n,) a clock told that was set."""
    whole = np.floor(seconds)
    _, inverse, counts = np.unique(whole, return_inverse=True, return_counts=True)
    together = counts[inverse]
    no_clock = np.isin(whole // 86_400, EMPTY_CLOCKS)
    date_alone = (seconds % HALF_A_DAY == 0) & (together > 1)
    believed: NDArray[np.bool_] = ~no_clock & ~date_alone & (together <= MOST_IN_A_SECOND)
    return believed
