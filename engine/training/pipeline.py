"""From a library to a new generation: the whole training, in the order it happens.

views -> space -> labels, weighed -> quantizer -> identifiers -> teacher -> decoder -> held-out
figures -> verified bundle -> rows -> switch. Everything up to the decoder is a function of the
photos and the seed; views and decoder go on from their checkpoints. The generation that answers is
not touched before the switch, which is one transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import BundleError, TrainingError
from engine.retriever.model import Retriever
from engine.search.graph import Neighbours, neighbours_of
from engine.search.ports import Decoder, Exporter, Floats, Ints, Runtime
from engine.search.searcher import GenerativeIndex
from engine.search.second_look import LABELLED_LENGTH, LENGTH, DiffusionLists
from engine.search.trie import Trie
from engine.services import identifying
from engine.store import diffusion, generations, label_sources, models
from engine.store.database import Library
from engine.tokenizer.model import NORM, Tokenizer, TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import fit_quantizer
from engine.training import holdout
from engine.training.cache import ViewCache
from engine.training.checkpoint import Checkpoint, Signature
from engine.training.doubt import fit_doubt
from engine.training.holdout import HeldOut
from engine.training.learning import LearningRecall
from engine.training.loop import train_decoder
from engine.training.loss import CandidateLoss, tree_weights
from engine.training.queries import queries_of
from engine.training.sizes import BATCH, identifier_size
from engine.training.sources.read import read_sources
from engine.training.space import ChosenSpace, Views, choose_space
from engine.training.start import Photos, device_of, new_retriever, photos_of
from engine.training.steps import counted, last_of
from engine.training.targets import SELF_SHARE, Targets
from engine.training.teacher import Taught, teach
from engine.training.torch_decoder import TorchDecoder
from engine.training.trust import Trusted, measured, trust
from engine.types import Generation, GenerationFigures, Job, Progress, TrainReport

VERIFIED_ON = 8  # photos
QUANTIZED_ON = 200_000  # photos at most

Encodings = tuple[NDArray[np.float16], NDArray[np.float16]]
"""``embedding`` (n, E) and ``patches`` (n, N', C)."""


class Rows:
    """An array as ``RowVectors``."""

    def __init__(self, array: Floats) -> None:
        self._array = array

    def take(self, rows: NDArray[np.integer]) -> Floats:
        taken: Floats = self._array[rows]
        return taken

    def blocks(self) -> Iterator[tuple[int, Floats]]:
        yield 0, self._array


def train(
    library: Library,
    runtime: Runtime,
    exporter: Exporter,
    *,
    label_source: str = "none",
    device: str = "auto",
    minutes: float | None = None,
    seed: int = 0,
) -> Job[TrainReport]:
    """Train a generation on everything that is searchable now, and switch to it if it is better.

    Raises ``TrainingError`` where it cannot: too few photos, no such device, drift on export.
    """
    with library.claim("training"):
        on = device_of(device)
        yield Progress("reading", 0)
        with library.read() as connection:
            current = models.current(connection)
        model_id = 0 if current is None else current[0]
        return (
            yield from train_generation(
                library, runtime, exporter, model_id, on, label_source, minutes, seed
            )
        )


@dataclass(frozen=True)
class Asked:
    """Held-out ``rows`` (H,), and the queries (H,) of a ``ViewCache``: ``photos``, ``views``."""

    rows: Ints
    photos: Ints
    views: Ints

    def answered(self, views: Encodings, photos: Encodings) -> HeldOut:
        """With the (H, E) embeddings and (H, N', C) patches of the two."""
        arrays = (array.astype(np.float32) for array in (*views, *photos))
        return HeldOut(self.rows, *arrays)


@dataclass(frozen=True)
class Challenger:
    """A training in a space that does not answer yet: it has to beat what answers.

    ``held``: contents (H,) that ask, as the space was made without them. ``answering``: figures of
    what answers now on the queries (rows of a ``ViewCache``) of photos and their views.
    ``catch_up``: gives photos that came meanwhile an embedding, before the switch.
    """

    held: Ints
    answering: Callable[[ViewCache, Asked], GenerationFigures]
    catch_up: Callable[[], Iterator[Progress]]


def train_generation(
    library: Library,
    runtime: Runtime,
    exporter: Exporter,
    model_id: int,
    on: torch.device,
    label_source: str,
    minutes: float | None,
    seed: int,
    challenger: Challenger | None = None,
) -> Job[TrainReport]:
    """Train in the space of ``model_id``, under the claim to training. See :func:`train`."""
    started = time.monotonic()
    checkpoint = Checkpoint(
        library.folder / "models" / generations.CHECKPOINT,
        Signature(model_id, label_source, seed),
    )
    photos = photos_of(library, checkpoint, model_id or None)
    sources = read_sources(library, label_source, photos.content_ids)
    encoder_folder = exporter.prepare_encoder(photos.encoder_name)
    encoder = runtime.open_encoder(encoder_folder)

    cache = ViewCache(checkpoint.folder, encoder.spec, photos.content_ids, seed)
    resumed = cache.begun
    held = held_rows(cache, seed)
    if challenger is not None:
        held = np.flatnonzero(np.isin(photos.content_ids, challenger.held))

    yield from cache.fill(library, encoder)

    # Held-out photos are fitted on by nothing: how they are found is how photos that are added
    # later will be.
    views = Views(cache.open()[0][cache.is_view], cache.source[cache.is_view])
    count = len(photos.content_ids)
    steps = choose_space(photos.embeddings, count, views, held, seed)
    chosen = yield from last_of(steps, ChosenSpace)
    space = chosen.space
    z = photos.projected(space)
    neighbours = yield from last_of(counted("neighbours", neighbours_of(z), len(z)), Neighbours)
    trusted = yield from last_of(trust(z, neighbours, sources, seed), Trusted)

    levels, codes = identifier_size(count)
    yield Progress("tokenizer", 0, levels)
    sample = np.random.default_rng(seed).permutation(count)
    sample = sample[~np.isin(sample, held)]
    quantizer = fit_quantizer(trusted.u[np.sort(sample[:QUANTIZED_ON])], levels, codes, seed)
    identifiers = quantizer.encode(trusted.u)
    packed = pack(identifiers, codes)
    trie = Trie(packed, levels, codes)
    untrained = TreeWeights.untrained(levels, NORM)
    tokenizer = Tokenizer(space, quantizer, untrained, affinity=trusted.affinity)
    length = LENGTH if trusted.affinity is None else LABELLED_LENGTH
    taught = yield from last_of(teach(z, trusted.graph, length), Taught)

    queries = queries_of(cache, held, trie, tokenizer, trusted.own)

    retriever = new_retriever(Retriever, encoder.spec, space, quantizer, seed)
    with torch.no_grad():
        retriever.log_norm.copy_(torch.from_numpy(np.log(untrained.norm)))
    rankings = taught.rankings.without(held)
    targets = Targets(trie, identifiers, rankings, SELF_SHARE)
    everything = np.ones(len(z), bool)
    own = np.arange(len(z))
    lists = DiffusionLists(taught.members, taught.weights, own, own)
    index = GenerativeIndex.build(tokenizer, packed, everything, Rows(z), lists)
    asked = _asked(cache, held)
    embedding, patches = cache.open()
    held_out = asked.answered(
        (embedding[asked.views], patches[asked.views]),
        (embedding[asked.photos], patches[asked.photos]),
    )
    step = Progress("decoder", 0)
    for step in train_decoder(
        retriever,
        CandidateLoss(targets),
        queries,
        checkpoint,
        on,
        minutes,
        seed,
        recall_of=LearningRecall(index, held_out),
    ):
        yield step
    retriever.cpu().eval()

    yield Progress("checking", 0)
    tokenizer = replace(tokenizer, tree=tree_weights(retriever))
    index = replace(index, tokenizer=tokenizer)
    decoder: Decoder = TorchDecoder(retriever)
    tokenizer = holdout.fit_ranking(index, decoder, held_out, taught.rankings, z)
    index = replace(index, tokenizer=tokenizer)
    ranking = replace(tokenizer.ranking, doubt=fit_doubt(index, held_out, z))
    tokenizer = replace(tokenizer, ranking=ranking)
    index = replace(index, tokenizer=tokenizer)
    used = decoder if tokenizer.ranking.correction else None
    figures = holdout.figures(index, used, held_out, photos.embeddings, z, held)
    old, inserted = holdout.errors(index, z, held)
    figures = replace(figures, error_old=old, error_inserted=inserted, trained_on=len(z))
    if challenger is None:
        before = answering(library, runtime, photos, held_out)
        switched = before is None or figures.as_good_as(before)
    else:
        before = challenger.answering(cache, asked)
        switched = figures.better_than(before)

    yield Progress("exporting", 0)
    folder = generations.free_folder(library)
    pixels = cache.pixels(library, encoder.spec.image_size, VERIFIED_ON)
    parity = exporter.publish(retriever, tokenizer, encoder_folder, pixels, folder)
    if challenger is not None:
        yield from challenger.catch_up()
    yield Progress("publishing", 0)
    if minutes is None and not resumed:
        figures = replace(figures, seconds=time.monotonic() - started)
    generation = _publish(
        library, photos, (levels, codes), folder, packed, taught, figures, switched
    )
    with library.write(visible=False) as connection:
        label_sources.save(
            connection, {v.name: (v.strength, measured(v)) for v in trusted.verdicts}
        )
    checkpoint.remove()
    return TrainReport(
        generation=generation.generation_id,
        photos=len(z),
        levels=levels,
        codes=codes,
        distinct=trie.distinct,
        epochs=max(1, step.done * BATCH // max(1, len(queries.usable))),
        loss=step.values.get("loss", float("nan")),
        figures=figures,
        previous=before,
        switched=switched,
        seconds=time.monotonic() - started,
        device=str(on),
        parity=parity,
        labels=trusted.verdicts,
        learnt_space=chosen.learnt,
    )


def held_rows(cache: ViewCache, seed: int) -> Ints:
    """Rows (H,) of the photos that are held out of everything, the same in every training."""
    return holdout.choose(np.unique(cache.source[cache.is_view]), seed)


def _asked(cache: ViewCache, held: Ints) -> Asked:
    """Of every held-out photo its own query and its first view."""
    embedding = cache.open()[0]
    own = {int(s): i for i, s in enumerate(cache.source) if not cache.is_view[i]}
    view = {int(s): i for i, s in reversed(list(enumerate(cache.source))) if cache.is_view[i]}
    rows = [int(r) for r in held if int(r) in own and int(r) in view]
    rows = [r for r in rows if embedding[own[r]].any() and embedding[view[r]].any()]
    if not rows:
        raise TrainingError(
            "The library has no thumbnails to check a model with: run 'photoglyph index' to make "
            "them again, then train."
        )
    return Asked(
        np.array(rows, np.int64),
        np.array([own[r] for r in rows], np.int64),
        np.array([view[r] for r in rows], np.int64),
    )


def answering(
    library: Library, runtime: Runtime, photos: Photos, held_out: HeldOut
) -> GenerationFigures | None:
    """The generation that answers now, on the same held-out queries; None where it cannot."""
    ready = generations.ready(library)
    if ready is None or ready.model_id != photos.model_id:
        return None
    try:
        tokenizer = Tokenizer.load(ready.folder)
        decoder = runtime.open_decoder(ready.folder) if tokenizer.ranking.correction else None
    except BundleError:
        return None
    z = photos.projected(tokenizer.space)
    packed = pack(tokenizer.quantizer.encode(tokenizer.place(z)), tokenizer.quantizer.codes)
    lists = diffusion.open_lists(library, ready.generation_id, photos.content_ids)
    index = GenerativeIndex.build(tokenizer, packed, np.ones(len(z), bool), Rows(z), lists)
    return holdout.figures(index, decoder, held_out, photos.embeddings, z)


def _publish(
    library: Library,
    photos: Photos,
    size: tuple[int, int],
    folder: Path,
    packed: Ints,
    taught: Taught,
    figures: GenerationFigures,
    switched: bool,
) -> Generation:
    """Rows of the new generation, identifiers of photos that came meanwhile, then the switch."""
    with library.write(visible=False) as connection:
        number = generations.create(connection, photos.model_id, *size, folder.name)
    try:
        for start in range(0, len(packed), generations.BLOCK):
            block = slice(start, start + generations.BLOCK)
            with library.write(visible=False) as connection:
                generations.add_identifiers(
                    connection, number, photos.content_ids[block], packed[block]
                )
        diffusion.save_lists(library, number, photos.content_ids, taught.members, taught.weights)
        (built,) = [g for g in generations.generations(library) if g.generation_id == number]
        identifying.assign(library, built)
        with library.write() as connection:
            generations.finish(connection, number, figures)
            if switched:
                generations.switch(connection, number)
    except BaseException:
        with library.write(visible=False) as connection:
            generations.forget(connection, number)
        raise
    return built
