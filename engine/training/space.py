"""The space of a training: learnt from the library where that stands its trial, else whitened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Ints
from engine.search.ranking import RowVectors
from engine.tokenizer.space import WIDTH, Space, fit_space
from engine.training.projection import WIDE, learn_projection
from engine.training.projection_trial import Trial
from engine.types import Progress

FITTED_ON = 20_000  # photos at most


@dataclass(frozen=True)
class ChosenSpace:
    space: Space
    learnt: bool


@dataclass(frozen=True)
class Views:
    """``embedding`` (V, E) of edited views of the rows ``of`` (V,); zero rows were not encoded."""

    embedding: NDArray[np.floating]
    of: Ints

    def among(self, rows: Ints) -> Views:
        """Those of ``rows`` (n,), ascending, with ``of`` counted in them."""
        kept = np.flatnonzero(np.isin(self.of, rows))
        embedding = self.embedding[kept]
        encoded = embedding.any(1)
        return Views(embedding[encoded], np.searchsorted(rows, self.of[kept[encoded]]))


def choose_space(
    photos: RowVectors, count: int, views: Views, held: Ints, seed: int
) -> Iterator[Progress | ChosenSpace]:
    """Yields ``Progress``, and the choice last.

    ``photos`` (G, E), ``count`` G; the rows ``held`` (H,) are fitted on by nothing and judge.
    """
    yield Progress("space", 0, 3)
    rows = _sample(count, np.union1d(views.of, held), seed)
    embeddings = photos.take(rows)
    judging = np.isin(rows, held)
    wide = fit_space(embeddings[~judging], WIDE)
    whitened = Space(wide.mean, np.ascontiguousarray(wide.projection[:, :WIDTH]))
    teaching, asking = views.among(rows[~judging]), views.among(held)
    if not len(teaching.of) or not len(asking.of):
        yield ChosenSpace(whitened, False)
        return
    yield Progress("space", 1, 3)
    learnt = learn_projection(
        wide, embeddings[~judging], teaching.embedding, teaching.of, seed, whitened.width
    )
    yield Progress("space", 2, 3)
    trial = Trial(
        embeddings, np.flatnonzero(judging), asking.embedding, np.flatnonzero(judging)[asking.of]
    )
    better = trial.of(learnt).may_replace(trial.of(whitened))
    yield ChosenSpace(learnt if better else whitened, better)


def _sample(count: int, wanted: Ints, seed: int) -> Ints:
    """At most ``FITTED_ON`` of ``count`` rows, ascending: those ``wanted``, then others."""
    order = np.random.default_rng((seed, 6)).permutation(count)
    first = np.isin(order, wanted)
    return np.sort(np.concatenate([order[first], order[~first]])[:FITTED_ON]).astype(np.int64)
