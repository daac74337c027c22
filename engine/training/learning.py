"""Recall of a decoder that is still learning, for the curve that a person watches.

A few held-out views, ten times in a training. They are ranked by identifiers alone, which is what
is being learnt: beside stored vectors the difference would hardly show. The figures that decide
come from ``holdout``, of all of them, at the end.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from engine.retriever.model import Retriever
from engine.search.searcher import GenerativeIndex, search_generative
from engine.search.segments import Shown
from engine.settings import DEFAULT_BEAM
from engine.training.holdout import HeldOut
from engine.training.loss import tree_weights
from engine.training.torch_decoder import TorchDecoder

ASKED = 50  # held-out views at most: a second a look
DEPTH = 10


class LearningRecall:
    """Recall@10 of views: the share that finds the photo they were made from among ten.

    ``index``: over everything, with a tokenizer whose tree is not trained.
    """

    def __init__(self, index: GenerativeIndex, held_out: HeldOut) -> None:
        self._index = index
        self._held_out = held_out
        count = len(held_out.rows)
        self._asked = np.linspace(0, count - 1, min(ASKED, count)).astype(int)

    def __call__(self, retriever: Retriever) -> float:
        """Of ``retriever`` as it is now; it is left as it was found."""
        device = next(retriever.parameters()).device
        training = retriever.training
        retriever.cpu().eval()
        tokenizer = self._index.tokenizer
        ranking = replace(tokenizer.ranking, correction=True)
        index = replace(
            self._index, tokenizer=replace(tokenizer, tree=tree_weights(retriever), ranking=ranking)
        )
        decoder, everything = TorchDecoder(retriever), Shown(np.ones(len(index.packed), bool))
        found = 0
        with torch.random.fork_rng(devices=[]):
            for i in self._asked:
                held = self._held_out
                asked = index.ask(held.view_embedding[i], held.view_patches[i])
                ranked, _ = search_generative(
                    index, decoder, asked, everything, DEPTH, DEFAULT_BEAM, rescored=False
                )
                found += bool((ranked.rows == held.rows[i]).any())
        retriever.to(device).train(training)
        return found / len(self._asked)
