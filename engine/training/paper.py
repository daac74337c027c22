"""The paper's plain decoder (IRGen, section 3), trained and asked on a library: for comparison.

It is trained as the product's decoder is, on the same queries, teacher and identifiers. No normal
training makes one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from engine.retriever.plain import PlainRetriever
from engine.search.beam import beam_search
from engine.search.ports import Decoder, Floats
from engine.search.scores import PlainScore
from engine.search.trie import Indices, Trie
from engine.training.checkpoint import Checkpoint
from engine.training.loop import train_decoder
from engine.training.loss import PlainLoss
from engine.training.queries import Queries
from engine.training.targets import Targets
from engine.types import Progress

EPOCHS = 20  # from nothing: there is no score to start from


def train_plain(
    retriever: PlainRetriever,
    targets: Targets,
    queries: Queries,
    checkpoint: Checkpoint,
    device: torch.device,
    minutes: float | None,
    seed: int,
) -> Iterator[Progress]:
    """Train in place; see ``engine.training.loop.train_decoder``."""
    loss = PlainLoss(targets)
    return train_decoder(retriever, loss, queries, checkpoint, device, minutes, seed, EPOCHS)


def decode(
    trie: Trie,
    decoder: Decoder,
    embedding: Floats,
    patches: Floats,
    width: int,
    shown: NDArray[np.bool_] | None = None,
) -> Indices:
    """Gallery rows of the ``width`` most probable identifiers, best first.

    ``embedding`` (E,), ``patches`` (N', C); ``shown`` (G,) rows that may be found, None: all.
    Photos that share an identifier stand in row order.
    """
    state = decoder.begin(embedding[None], patches[None])
    live = None if shown is None else trie.live(shown)
    beam = beam_search(trie, PlainScore(decoder, state), width, 1.0, live)
    rows = trie.photos(beam.leaves)[1]
    return rows if shown is None else rows[shown[rows]]
