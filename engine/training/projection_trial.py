"""May a learnt space be used? Asked of photos that it was not learnt from.

Edited views say whether copies are found. They say nothing of the rest of a list, and a space that
is learnt from views wins on them always. So two more things are asked, both by the backbone's own
likeness, which no learning has touched: does a photo that is another's nearest both ways stay so,
and are the photos that graph diffusion finds still near?
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.graph import Neighbours, graph_of, neighbours_of
from engine.search.ports import Floats, Ints
from engine.tokenizer.space import Space, fit_space
from engine.training.projection import WIDE

DEPTH = 20  # of diffusion's ranking that counts
# What a good space may change: on the train split lists by label got better down to these, and
# worse beyond (docs/decisions.md).
LESS_DIFFUSION = 0.025
LESS_NEAREST = 0.15
BLOCK = 1024


@dataclass(frozen=True)
class Merit:
    """Shares, 0..1, over held-out photos. ``pairs``: how many have a mutual nearest photo."""

    views_1: float  # views that find their photo first
    views_10: float
    diffusion: float  # of the backbone's DEPTH by diffusion that the space's DEPTH holds
    nearest: float  # mutual nearest photos that are nearest in the space
    pairs: int

    def may_replace(self, other: Merit) -> bool:
        """Better for copies than ``other``, and no worse for what belongs together."""
        slack = max(LESS_NEAREST, 2 / max(1, self.pairs))  # two pairs may be chance
        return (
            self.views_1 + self.views_10 > other.views_1 + other.views_10
            and self.diffusion >= other.diffusion - LESS_DIFFUSION
            and self.nearest >= other.nearest - slack
        )


class Trial:
    """Questions about ``held`` (H,) rows of ``photos`` (G, E), G > H, asked of any space.

    ``views`` (V, E) of the rows ``of`` (V,), all of them held out.
    """

    def __init__(
        self,
        photos: NDArray[np.floating],
        held: Ints,
        views: NDArray[np.floating],
        of: Ints,
    ) -> None:
        self._photos, self._held, self._views, self._of = photos, held, views, of
        backbone = fit_space(photos, WIDE, power=0).project(photos)
        *_, found = neighbours_of(backbone)
        assert isinstance(found, Neighbours)  # what is yielded last
        nearest = found.columns[np.arange(len(photos)), found.cosine.argmax(axis=1)]
        self._mutual = held[nearest[nearest[held]] == held]
        self._partner = nearest[self._mutual]
        spread = graph_of(found).diffused(held)
        spread[np.arange(len(held)), held] = 0
        self._depth = min(DEPTH, len(photos) - 1)
        self._community = _first(spread, self._depth)

    def of(self, space: Space) -> Merit:
        z = space.project(self._photos)
        rank = self._view_ranks(space, z)
        near = _first(_others(z, self._held), self._depth)
        shared = [np.isin(c, n).mean() for c, n in zip(self._community, near, strict=True)]
        kept = _others(z, self._mutual).argmax(axis=1) == self._partner
        return Merit(
            views_1=float((rank == 0).mean()),
            views_10=float((rank < 10).mean()),
            diffusion=float(np.mean(shared)),
            nearest=float(kept.mean()) if len(kept) else 1.0,
            pairs=len(kept),
        )

    def _view_ranks(self, space: Space, z: Floats) -> Ints:
        """How many photos are more like each view (V,) than its own photo is."""
        ranks = []
        for start in range(0, len(self._of), BLOCK):
            of = self._of[start : start + BLOCK]
            similarity = space.project(self._views[start : start + BLOCK]) @ z.T
            own = similarity[np.arange(len(of)), of]
            ranks.append((similarity > own[:, None]).sum(axis=1))
        found: Ints = np.concatenate(ranks).astype(np.int64)
        return found


def _others(z: Floats, rows: Ints) -> Floats:
    """Similarity (n, G) of ``rows`` (n,) to all photos but themselves."""
    similarity: Floats = z[rows] @ z.T
    similarity[np.arange(len(rows)), rows] = -np.inf
    return similarity


def _first(scores: Floats, count: int) -> NDArray[np.intp]:
    return np.argsort(-scores, axis=1, kind="stable")[:, :count]
