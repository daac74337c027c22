"""What several images and marks say together: Rocchio's query, and a classifier of its answer.

Rocchio (1971): the mean of what is wanted less a share of the mean of what is to be avoided. That
one vector is what candidates are decoded with. They are then ranked by their score plus what a
ridge regression says of them, which learnt in closed form to tell what is wanted from what is not
and from random photos of the library. Neighbours: ``ranking`` (the scores), and
``engine.services.refining``, which looks up the photos that were marked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.search.ports import Floats
from engine.tokenizer.space import unit

AVOIDED = 0.5  # Rocchio's share of what is subtracted
RIDGE = 0.1  # of a sample's own square, which is 1 before centring
BACKGROUND = 300  # random photos that stand for all that nobody marked


def rocchio(given: Floats, signs: Floats) -> Floats:
    """(D,) from ``given`` (p, D), ``signs`` (p,): weights, below 0 for what is to be avoided."""
    wanted = signs > 0
    moved = np.average(given[wanted], axis=0, weights=signs[wanted])
    if not wanted.all():
        moved = moved - AVOIDED * np.average(given[~wanted], axis=0, weights=-signs[~wanted])
    mixture: Floats = moved.astype(np.float32)
    return mixture


@dataclass(frozen=True)
class Background:
    """Random photos that stand for all that nobody marked, prepared once for a conversation.

    ``centre`` (D,): their mean. ``rooted`` (r, D): they, from the centre, times the root of what
    each weighs; ``inverse`` (r, r): of their Gram matrix with the ridge.
    """

    centre: Floats
    rooted: Floats
    inverse: Floats

    @classmethod
    def of(cls, vectors: Floats) -> Background:
        """``vectors`` (r, D); none leaves the centre at 0."""
        samples = unit(vectors)
        centre = np.zeros(vectors.shape[1], np.float32)
        if len(samples):
            centre = samples.mean(0).astype(np.float32)
        rooted = (samples - centre) * np.float32(max(len(samples), 1) ** -0.5)
        system = rooted @ rooted.T
        system[np.diag_indices_from(system)] += RIDGE
        return cls(centre, rooted, np.linalg.inv(system).astype(np.float32))

    def solved(self, given: Floats) -> Floats:
        """``given`` (p, D) times (rooted^T rooted + RIDGE)^-1 (Woodbury): (p, D)."""
        seen = given @ self.rooted.T @ self.inverse @ self.rooted
        found: Floats = ((given - seen) / np.float32(RIDGE)).astype(np.float32)
        return found


@dataclass(frozen=True)
class Preference:
    """A linear classifier in the space of photos: ``weights`` (D,) around ``centre`` (D,)."""

    weights: Floats
    centre: Floats

    @classmethod
    def fit(cls, given: Floats, signs: Floats, background: Background) -> Preference:
        """Of ``given`` (p, D) with ``signs`` (p,), against the ``background``.

        Weighted ridge regression on targets 1 and -1 (0 for the background, of which some may be
        wanted). Wanted photos, avoided ones and the background weigh the same together. The
        background's part is solved already, so that a mark costs a p x p system.
        """
        targets = np.sign(signs)
        share = np.abs(signs).astype(np.float32)
        for group in (targets > 0, targets < 0):
            share[group] /= max(share[group].sum(), 1e-9)
        root = np.sqrt(share)
        rooted = (unit(given) - background.centre) * root[:, None]  # (p, D)
        solved = background.solved(rooted)
        system = rooted @ solved.T
        system[np.diag_indices_from(system)] += 1
        weights = np.linalg.solve(system, root * targets) @ solved
        return cls(weights.astype(np.float32), background.centre)

    def of(self, vectors: Floats) -> Floats:
        """What it says of ``vectors`` (n, D): (n,), about 1 for wanted, -1 for avoided ones."""
        from_centre: Floats = unit(vectors) - self.centre
        told: Floats = from_centre @ self.weights
        return told
