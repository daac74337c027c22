"""A second look at a beam's photos: which communities of the library do the best of them lie in?

Graph diffusion from the query's nearest photos ranks far better than cosine down the list, and a
solve over the whole library is too slow for a query. But diffusion is linear in its source: the
part that starts at a photo can be computed beforehand and cut off (Yang et al., "Efficient Image
Retrieval via Decoupling Diffusion", AAAI 2019), so that a query only adds up ten short lists.
Photos that came after training have no list; they take the mean of the photos around them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.search.beam import top
from engine.search.ports import Floats
from engine.search.ranking import RowVectors
from engine.search.trie import Indices

LENGTH = 100  # T: photos in a list; 600 bytes each
LABELLED_LENGTH = 200  # where labels tie large groups together
SEEDS = 10  # the query's nearest photos, whose lists are added
POWER = 3.0  # of their similarity
FLOOR = 1e-3  # share of the largest mass that counts as none
AROUND = 10  # neighbours whose mean a photo without a list takes


@dataclass(frozen=True)
class DiffusionLists:
    """Lists of L photos: photo i's own unit of mass leaves ``weights[i]`` (T,) at the photos
    ``members[i]`` (T,), which are numbers of lists too.

    ``row`` (L,): gallery row of a list's photo, ``place`` (G,): list of a gallery row; -1 for none.
    """

    members: NDArray[np.integer]
    weights: NDArray[np.floating]
    row: NDArray[np.integer]
    place: NDArray[np.integer]

    def grown(self, rows: int) -> DiffusionLists:
        """With ``rows`` gallery rows instead of G or fewer; the new ones have no list."""
        new = np.full(rows - len(self.place), -1, self.place.dtype)
        return replace(self, place=np.concatenate([self.place, new]))


def nearby(lists: DiffusionLists, rows: Indices, similarity: Floats) -> tuple[Indices, Floats]:
    """Photos that diffusion reaches from the nearest of ``rows`` (n,): rows (m,), mass (m,).

    Rows are growing, mass is relative to its largest value; empty where none of the nearest has
    a list.
    """
    listed = np.flatnonzero((lists.place[rows] >= 0) & (similarity > 0))
    seeds = listed[top(similarity[listed], SEEDS)]
    if not len(seeds):
        return rows[:0], similarity[:0]
    place = lists.place[rows[seeds]]
    strength = similarity[seeds, None] ** POWER
    members, where = np.unique(lists.members[place], return_inverse=True)
    mass = np.bincount(where.ravel(), (lists.weights[place] * strength).ravel())
    reached = lists.row[members]
    known = np.flatnonzero(reached >= 0)
    known = known[np.argsort(reached[known])]
    return reached[known].astype(np.intp), (mass[known] / mass.max()).astype(np.float32)


def look_again(
    lists: DiffusionLists,
    vectors: RowVectors,
    rows: Indices,
    reached: Indices,
    mass: Floats,
) -> Floats:
    """log of the mass at each of ``rows`` (n,), about 0 at best.

    ``reached`` (m,), ``mass`` (m,): from :func:`nearby`.
    """
    share = np.zeros(len(rows), np.float32)
    if len(reached):  # sorted, from np.unique
        at = np.minimum(np.searchsorted(reached, rows), len(reached) - 1)
        share = np.where(reached[at] == rows, mass[at], 0).astype(np.float32)
    late = np.flatnonzero(lists.place[rows] < 0)
    if len(late) and len(late) < len(rows):
        early = np.flatnonzero(lists.place[rows] >= 0)
        around = vectors.take(rows[late]) @ vectors.take(rows[early]).T  # (late, early)
        k = min(AROUND, len(early))
        near = np.argpartition(-around, k - 1, axis=1)[:, :k]
        weight = np.maximum(np.take_along_axis(around, near, axis=1), 1e-6) ** POWER
        share[late] = (weight * share[early[near]]).sum(1) / weight.sum(1)
    logarithm: Floats = np.log(share + np.float32(FLOOR))
    return logarithm
