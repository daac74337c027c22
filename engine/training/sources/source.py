"""What every origin of weak labels gives: groups of photos that belong together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.search.ports import Ints

NONE = -1  # group of a photo of which the origin says nothing
SMALLEST = 2  # photos of a group; a single one teaches nothing
LARGEST_SHARE = 0.5  # of the library; a group with most photos tells nothing apart


def _no_pairs() -> Ints:
    return np.zeros((0, 2), np.int64)


@dataclass(frozen=True)
class Source:
    """Groups of photos that belong together, as one origin tells.

    Rows are those of the content ids that the source was read for.
    """

    name: str  # "albums", "events", "bursts", "duplicates", "feedback", "file"
    groups: Ints  # (G,) 0..C-1, every number used by two photos at least; -1: nothing is said
    apart: Ints = field(default_factory=_no_pairs)  # (n, 2) rows that a person kept apart


def group(keys: Ints, largest: int | None = None) -> Ints:
    """Group numbers (G,) of ``keys`` (G,), where equal keys above -1 belong together.

    Groups of one photo, or of more than ``largest``, are none.
    """
    unique, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    kept = (unique > NONE) & (counts >= SMALLEST)
    if largest is not None:
        kept &= counts <= largest
    return np.where(kept, np.cumsum(kept) - 1, NONE).astype(np.int64)[inverse]


def largest_of(content_ids: Ints) -> int:
    """The most photos that a group may have which nobody made on purpose."""
    return int(LARGEST_SHARE * len(content_ids))


def rows_of(content_ids: Ints, wanted: Ints) -> Ints:
    """Row (n,) of each of ``wanted`` (n,) in ``content_ids`` (G,); -1 where it is not there."""
    if not len(content_ids):
        return np.full(len(wanted), NONE, np.int64)
    order = np.argsort(content_ids, kind="stable")
    place = np.searchsorted(content_ids, wanted, sorter=order)
    rows = order[np.minimum(place, len(content_ids) - 1)]
    return np.where(content_ids[rows] == wanted, rows, NONE).astype(np.int64)
