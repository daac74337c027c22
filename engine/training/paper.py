"""The paper's plain decoder (IRGen, section 3), trained and asked on a library: for comparison.

It is trained as the product's decoder is, on the same queries, teacher and identifiers. No normal
training makes one: ``photoglyph evaluate --paper-decoder`` does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import TrainingError
from engine.retriever.plain import PlainRetriever
from engine.search.beam import beam_search
from engine.search.graph import Neighbours, neighbours_of
from engine.search.ports import Decoder, Encoder, Floats
from engine.search.scores import PlainScore
from engine.search.trie import Indices, Trie
from engine.services import identifying
from engine.store import generations
from engine.store.database import Library
from engine.tokenizer.model import Tokenizer
from engine.tokenizer.packing import unpack
from engine.training import holdout
from engine.training.cache import ViewCache
from engine.training.checkpoint import Checkpoint, Signature
from engine.training.loop import train_decoder
from engine.training.loss import PlainLoss
from engine.training.queries import Queries, queries_of
from engine.training.sources.read import read_sources
from engine.training.start import device_of, new_retriever, photos_of
from engine.training.steps import counted, last_of
from engine.training.targets import SELF_SHARE, Targets
from engine.training.teacher import Taught, teach
from engine.training.torch_decoder import TorchDecoder
from engine.training.trust import Trusted, trust
from engine.types import Job, Progress

EPOCHS = 20  # from nothing: there is no score to start from
NO_IDENTIFIERS = (
    "The paper's decoder needs identifiers of the library's photos: run 'photoglyph train' first."
)


def train_on(
    library: Library,
    encoder: Encoder,
    *,
    label_source: str = "none",
    device: str = "auto",
    minutes: float | None = None,
    seed: int = 0,
) -> Job[Decoder]:
    """Train one on the identifiers of the generation that answers, which stays as it is.

    With the ``label_source`` and ``seed`` of that generation's training, views, held-out photos and
    teacher are the same. What it needs on disk lies in the library's folder, and is removed.
    Raises ``TrainingError`` where it cannot train, ``BundleError`` for a damaged generation.
    """
    generation = generations.ready(library)
    if generation is None:
        raise TrainingError(NO_IDENTIFIERS)
    on = device_of(device)
    tokenizer = Tokenizer.load(generation.folder)
    identifying.assign(library, generation)  # photos that came meanwhile
    with tempfile.TemporaryDirectory(
        prefix=".paper-", dir=library.folder, ignore_cleanup_errors=True
    ) as folder:
        signature = Signature(generation.model_id, label_source, seed)
        checkpoint = Checkpoint(Path(folder), signature)
        photos = photos_of(library, checkpoint)
        if photos.model_id != generation.model_id:
            raise TrainingError(NO_IDENTIFIERS)
        sources = read_sources(library, label_source, photos.content_ids)
        cache = ViewCache(checkpoint.folder, encoder.spec, photos.content_ids, seed)
        held = holdout.choose(np.unique(cache.source[cache.is_view]), seed)
        yield from cache.fill(library, encoder)

        z = photos.projected(tokenizer.space)
        neighbours = yield from last_of(counted("neighbours", neighbours_of(z), len(z)), Neighbours)
        trusted = yield from last_of(trust(z, neighbours, sources, seed), Trusted)
        taught = yield from last_of(teach(z, trusted.graph), Taught)

        levels, codes = tokenizer.quantizer.levels, tokenizer.quantizer.codes
        known, packed = generations.identifiers(library, generation.generation_id)
        packed = packed[np.searchsorted(known, photos.content_ids)]
        trie = Trie(packed, levels, codes)
        queries = queries_of(cache, held, trie, tokenizer, trusted.own)
        rankings = taught.rankings.without(held)
        targets = Targets(trie, unpack(packed, levels, codes), rankings, SELF_SHARE)
        retriever = new_retriever(
            PlainRetriever, encoder.spec, tokenizer.space, tokenizer.quantizer, seed
        )
        yield from train_plain(retriever, targets, queries, checkpoint, on, minutes, seed)
    return TorchDecoder(retriever)


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
    left = trie if shown is None else trie.of(shown)[0]
    beam = beam_search(left, PlainScore(decoder, state), width, 1.0)
    return left.photos(beam.leaves)[1]
