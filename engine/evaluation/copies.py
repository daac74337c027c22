"""Finding a photo by an edited copy of it: who is asked, where the photo ranks, the table.

Neighbours: ``edits`` makes the copies, ``engine.services.evaluating_copies`` asks with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.edits import Edit
from engine.evaluation.metrics import Bools, Doubles, Ints, bootstrap_interval
from engine.types import CopiesRow

T = TypeVar("T")

DEPTH = 10  # length of the lists: what R@10 looks at
ABSENT = 0  # no rank: not among the first DEPTH


def sample(photos: Sequence[T], count: int, seed: int) -> list[T]:
    """``count`` of ``photos``, or all where there are fewer, in their order."""
    chosen = np.random.default_rng(seed).permutation(len(photos))[:count]
    return [photos[i] for i in sorted(chosen.tolist())]


def rank_of(row: int, found: NDArray[np.integer]) -> int:
    """The rank of ``row`` in the list ``found`` (n,), from 1, or ``ABSENT``."""
    places = np.flatnonzero(found[:DEPTH] == row)
    return int(places[0]) + 1 if len(places) else ABSENT


class PerceptualHashes:
    """The classical way to find copies: the fewest different bits of 64.

    ``hashes`` (n,) signed integers of the gallery's ``rows`` (n,). Many photos differ in equally
    many bits: those stand in the order of the gallery, which knows nothing of the query.
    """

    def __init__(self, rows: Ints, hashes: Sequence[int]) -> None:
        self._rows = rows
        self._hashes = np.array(hashes, dtype=np.int64).view(np.uint64)

    def nearest(self, asked: int, count: int) -> Ints:
        """Rows (min(count, n),), nearest first, for the hash ``asked``."""
        distance = np.bitwise_count(self._hashes ^ np.array(asked, np.int64).view(np.uint64))
        best: Ints = self._rows[np.argsort(distance, kind="stable")[:count]]
        return best


@dataclass(frozen=True)
class Found:
    """One engine's answers, photos in rows, edits in columns.

    ``ranks`` (P, edits) of the right photo, from 1, or ``ABSENT``; ``milliseconds`` as well.
    """

    engine: str
    ranks: Ints
    milliseconds: Doubles


def rows(found: Found, edits: Sequence[Edit], seed: int) -> Iterator[CopiesRow]:
    """A row for each of the ``edits``, one for the mean of the seven, one for that of all."""
    for column, edit in enumerate(edits):
        yield _row(found, edit.name, np.arange(len(edits)) == column, seed)
    yield _row(found, "seven", np.array([edit.seven for edit in edits]), seed)
    yield _row(found, "all", np.ones(len(edits), dtype=np.bool_), seed)


def _row(found: Found, name: str, columns: Bools, seed: int) -> CopiesRow:
    ranks = found.ranks[:, columns]
    # A photo's copies are found or missed together: photos are resampled, not queries.
    first = (ranks == 1).mean(axis=1)
    return CopiesRow(
        engine=found.engine,
        edit=name,
        queries=ranks.size,
        r_1=float(first.mean()),
        r_10=float((ranks != ABSENT).mean()),
        milliseconds_p50=float(np.median(found.milliseconds[:, columns])),
        r_1_interval=bootstrap_interval(first, seed=seed),
    )
