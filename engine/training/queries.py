"""What training asks with: Q photos and edited views of photos, as a decoder reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import TrainingError
from engine.search.ports import Floats, Ints
from engine.search.trie import Trie
from engine.tokenizer.model import Tokenizer
from engine.training.cache import ViewCache
from engine.training.targets import hard_leaves


@dataclass(frozen=True)
class Queries:
    """Row by row: ``embedding`` (Q, E), ``patches`` (Q, N', C), ``u`` (Q, D + P) as the tree score
    asks, the ``source`` (Q,) gallery row, ``is_view`` (Q,), ``hard`` (Q, HARD) leaves.
    """

    embedding: NDArray[np.float16]
    patches: NDArray[np.float16]
    u: Floats
    source: Ints
    is_view: NDArray[np.bool_]
    hard: Ints
    usable: Ints  # rows that may be asked: not held out, with a thumbnail


def queries_of(
    cache: ViewCache, held: Ints, trie: Trie, tokenizer: Tokenizer, own: Ints
) -> Queries:
    """Everything that may be asked: no query of a held-out photo, none without a thumbnail.

    ``own`` (G,): landmarks that the photos themselves are; they do not tell their own label.
    """
    embedding, patches = cache.open()
    encoded = embedding.any(1)
    usable = np.flatnonzero(encoded & ~np.isin(cache.source, held))
    if not len(usable):
        raise TrainingError(
            "The library has no thumbnails to train with: run 'photoglyph index' to make them "
            "again, then train."
        )
    u = tokenizer.place(tokenizer.space.project(embedding), own[cache.source])
    hard = hard_leaves(trie, tokenizer.quantizer, u, tokenizer.tree)
    return Queries(embedding, patches, u, cache.source, cache.is_view, hard, usable)
