"""The ``Decoder`` port in torch: for figures during training, before there is an ONNX bundle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from engine.retriever.model import Retriever
from engine.search.ports import Floats, Ints, QueryState


class TorchDecoder:
    """See ``engine.search.ports.Decoder``. ``retriever`` is on the CPU, in evaluation mode."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever
        self.levels = retriever.config.levels
        self.codes = retriever.config.codes

    @torch.inference_mode()
    def begin(self, embedding: Floats, patches: Floats) -> QueryState:
        z, memory = self._retriever.begin(torch.from_numpy(embedding), torch.from_numpy(patches))
        c = self._retriever.config
        cache = np.zeros((c.layers, 2, len(embedding), 1, c.heads, 0, c.head_width), np.float32)
        return QueryState(z.numpy(), memory.numpy(), cache)

    @torch.inference_mode()
    def score(self, state: QueryState, identifiers: Ints) -> Floats:
        scored: Floats = self._retriever.score(
            torch.from_numpy(state.z), torch.from_numpy(state.cross), torch.from_numpy(identifiers)
        ).numpy()
        return scored

    @torch.inference_mode()
    def step(self, state: QueryState, prefix: Ints) -> tuple[Floats, QueryState]:
        correction, cache = self._retriever.step(
            torch.from_numpy(state.z),
            torch.from_numpy(state.cross),
            self._retriever.flat(torch.from_numpy(prefix)),
            torch.tensor([prefix.shape[2]]),
            torch.from_numpy(state.cache),
        )
        return correction.numpy(), replace(state, cache=cache.numpy())

    def select(self, state: QueryState, parents: Ints) -> QueryState:
        beams = np.arange(len(parents))[:, None]
        return replace(state, cache=state.cache[:, :, beams, parents])
