"""A decoder whose outputs are random but consistent: beam search must add up the right ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.search.ports import Floats, Ints, QueryState


class RandomDecoder:
    """Implements ``Decoder``. The cache carries the prefix, so a wrong reordering is noticed."""

    def __init__(self, levels: int, codes: int, seed: int) -> None:
        self.levels = levels
        self.codes = codes
        self._seed = seed

    def begin(self, embedding: Floats, patches: Floats) -> QueryState:
        empty = np.zeros((1, 1, len(embedding), 1, 1, 0, 1), np.float32)
        return QueryState(embedding, patches, empty)

    def score(self, state: QueryState, identifiers: Ints) -> Floats:
        of_codes = [
            [[self._row(tuple(i[:m]))[c] for m, c in enumerate(i)] for i in of_query]
            for of_query in identifiers.tolist()
        ]
        return np.array(of_codes, np.float32)

    def step(self, state: QueryState, prefix: Ints) -> tuple[Floats, QueryState]:
        batch, beams, level = prefix.shape
        out = np.empty((batch, beams, self.codes), np.float32)
        for b in range(batch):
            for w in range(beams):
                told = state.cache[0, 0, b, w, 0, 1:, 0].astype(int).tolist()
                assert told == prefix[b, w, : max(0, level - 1)].tolist(), "another beam's cache"
                out[b, w] = self._row(tuple(prefix[b, w].tolist()))
        last = prefix[:, :, -1:] if level else np.full((batch, beams, 1), -1)
        grown = np.concatenate(
            [state.cache, last.astype(np.float32)[None, None, :, :, None, :, None]], axis=5
        )
        return out, replace(state, cache=grown)

    def select(self, state: QueryState, parents: Ints) -> QueryState:
        beams = np.arange(len(parents))[:, None]
        return replace(state, cache=state.cache[:, :, beams, parents])

    def _row(self, prefix: tuple[int, ...]) -> Floats:
        rng = np.random.default_rng((self._seed, len(prefix), *prefix))
        return rng.normal(size=self.codes).astype(np.float32)
