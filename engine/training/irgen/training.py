"""The paper's training: the tokenizer with the encoder, identifiers, the decoder with the encoder.

Neighbours: ``photos`` feeds it, ``losses`` is what it minimises, ``epochs`` how it goes on,
``devices`` where it runs, ``answering`` what comes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator

from engine.encoder.timm_models import PooledEncoder, load_encoder
from engine.errors import TrainingError
from engine.retriever.config import RetrieverConfig
from engine.retriever.plain import PlainRetriever
from engine.search.ports import EncoderSpec, Floats, Ints
from engine.settings import PaperRecipe
from engine.tokenizer.quantizer import ResidualQuantizer, fit_quantizer
from engine.training.irgen.checkpoint import RunCheckpoint, State
from engine.training.irgen.devices import agreed, check_shares, workers_of
from engine.training.irgen.epochs import Course, Epochs
from engine.training.irgen.losses import DecoderLoss, Heads, TokenizerLoss, embedding, tune
from engine.training.irgen.photos import Classes, Photos, batches
from engine.types import Job, Progress

TOKENIZER, DECODER = "tokenizer", "decoder"  # the trainings, and what is kept of them
ENCODED_AT_ONCE = 32
FITTED_ON = 256  # photos a code, at most, that k-means looks at: what faiss takes


@dataclass(frozen=True)
class Trained:
    """``tokenizer`` made the identifiers and is frozen then; ``encoder`` asks."""

    tokenizer: PooledEncoder
    encoder: PooledEncoder
    decoder: PlainRetriever
    quantizer: ResidualQuantizer
    side: int  # pixels of the model's input
    losses: tuple[float, float]  # of the last epoch: tokenizer, decoder


def train(
    paths: Sequence[Path],
    labels: Ints,
    encoder_name: str,
    recipe: PaperRecipe,
    accelerator: Accelerator,
    checkpoint: RunCheckpoint,
    seed: int = 0,
) -> Job[Trained]:
    """Train on photos with ``labels`` (G,) class numbers. The same seed gives the same model.

    A run that ended early goes on after the last epoch in ``checkpoint``, on any number of devices.
    Raises ``TrainingError`` where there are fewer photos than codes, batches cannot be shared by
    the devices, or the checkpoint can be neither read nor written; ``BundleError`` for an encoder
    that is not here, ``PhotoError`` for a photo that cannot be read.
    """
    if len(paths) < recipe.codes:
        raise TrainingError(
            f"The recipe has {recipe.codes} codes a level and there are {len(paths)} photos to "
            "learn them from: give more photos, or fewer codes."
        )
    check_shares(accelerator, recipe)
    torch.manual_seed(seed)
    tokenizer, spec = load_encoder(encoder_name)
    photos = Photos(paths, spec.image_size, seed)
    course = Course(photos, Classes(labels), recipe, accelerator, checkpoint, seed)
    quantizer, identifiers, first = yield from _tokenized(course, tokenizer, spec)
    encoder = load_encoder(encoder_name)[0]  # afresh, as the published code does
    torch.manual_seed(seed)  # again: loaders of several processes draw other numbers than one's
    decoder = _new_decoder(spec, quantizer, recipe)
    second = yield from _train_decoder(course, encoder, decoder, identifiers)
    encoder.eval()
    decoder.eval()
    return Trained(tokenizer, encoder, decoder, quantizer, spec.image_size, (first, second))


def embeddings(
    encoder: PooledEncoder, photos: Photos, accelerator: Accelerator, stage: str
) -> Job[Floats]:
    """(G, C) of all photos, the middle of each; every process gets all of them."""
    encoder.to(accelerator.device).eval()
    photos.epoch = None
    size = ENCODED_AT_ONCE * accelerator.num_processes
    loader = accelerator.prepare(batches(photos, size, workers_of(accelerator)))
    parts: list[Floats] = []
    for _, pixels in loader:
        yield Progress(stage, sum(map(len, parts)), len(photos))
        with torch.inference_mode(), accelerator.autocast():
            z = embedding(encoder, pixels)[0].float()
        parts.append(accelerator.gather_for_metrics(z).cpu().numpy())
    return np.concatenate(parts)


def _tokenized(
    course: Course, encoder: PooledEncoder, spec: EncoderSpec
) -> Job[tuple[ResidualQuantizer, Ints, float]]:
    """Train the tokenizer; returns codebooks, identifiers (G, M) of the photos, and the loss.

    Identifiers are kept with it: the decoder's training must not go on with others.
    """
    kept = course.checkpoint.load(TOKENIZER)
    epochs = course.recipe.tokenizer_epochs
    if kept is not None and "codebooks" in kept:
        yield Progress(TOKENIZER, epochs, epochs, "kept")
        encoder.load_state_dict(kept["encoder"])
        encoder.to(course.accelerator.device).eval()
        return ResidualQuantizer(kept["codebooks"].numpy()), kept["ids"].numpy(), kept["loss"]
    loss = yield from _train_tokenizer(course, encoder, spec, kept)
    z = yield from embeddings(encoder, course.photos, course.accelerator, "identifying")
    quantizer, identifiers = _quantized(z, course.recipe, course.seed)

    def state() -> State:
        return {
            "epoch": epochs,
            "loss": loss,
            "encoder": encoder.state_dict(),
            "codebooks": torch.from_numpy(quantizer.codebooks),
            "ids": torch.from_numpy(identifiers),
        }

    course.checkpoint.keep(TOKENIZER, state, at_once=True)
    return quantizer, identifiers, loss


def _train_tokenizer(
    course: Course, encoder: PooledEncoder, spec: EncoderSpec, kept: State | None
) -> Job[float]:
    """Epochs of the classifiers' loss, k-means refitted on the embeddings before each of them."""
    recipe, accelerator = course.recipe, course.accelerator
    heads = Heads(spec.patch_width, course.classes.count)
    training = Epochs(
        TOKENIZER,
        course,
        encoder,
        heads,
        TokenizerLoss(encoder, heads, recipe.prefix_weight),
        batch=recipe.tokenizer_batch,
        rate=recipe.tokenizer_rate,
        epochs=recipe.tokenizer_epochs,
        kept=kept,
    )
    yield training.progress()
    for _ in training.left():
        stage = f"{TOKENIZER}: embeddings"
        z = yield from embeddings(encoder, course.photos, accelerator, stage)
        quantizer, identifiers = _quantized(z, recipe, course.seed)
        tune(encoder)
        for rows, pixels in training.batches():
            prefixes = _prefixes(quantizer, identifiers[rows.cpu().numpy()])
            loss = training.loss_of(
                pixels,
                torch.from_numpy(prefixes).to(accelerator.device),
                torch.from_numpy(course.classes.labels[rows.cpu().numpy()]).to(accelerator.device),
            )
            yield training.descend(loss)
    accelerator.free_memory()
    return training.loss


def _train_decoder(
    course: Course, encoder: PooledEncoder, decoder: PlainRetriever, identifiers: Ints
) -> Job[float]:
    """A photo asks; the identifier of a photo of its class, drawn anew, is the answer."""
    recipe, accelerator = course.recipe, course.accelerator
    training = Epochs(
        DECODER,
        course,
        encoder,
        decoder,
        DecoderLoss(encoder, decoder),
        batch=recipe.decoder_batch,
        rate=recipe.decoder_rate,
        epochs=recipe.decoder_epochs,
        kept=course.checkpoint.load(DECODER),
    )
    yield training.progress()
    for epoch in training.left():
        tune(encoder)
        decoder.train()
        for rows, pixels in training.batches():
            right = course.classes.partners(rows.cpu().numpy(), course.seed, epoch)
            codes = torch.from_numpy(identifiers[right]).to(accelerator.device)  # (B, M)
            yield training.descend(training.loss_of(pixels, codes))
    accelerator.free_memory()
    return training.loss


def _quantized(z: Floats, recipe: PaperRecipe, seed: int) -> tuple[ResidualQuantizer, Ints]:
    """k-means of the residuals, level by level, and the identifiers (G, M): nearest codes."""
    sample = np.random.default_rng((seed, 4)).permutation(len(z))[: FITTED_ON * recipe.codes]
    fitted = fit_quantizer(z[np.sort(sample)], recipe.levels, recipe.codes, seed, refinements=0)
    quantizer: ResidualQuantizer = agreed(fitted)
    identifiers: Ints = agreed(quantizer.encode(z, beam=1))
    return quantizer, identifiers


def _prefixes(quantizer: ResidualQuantizer, identifiers: Ints) -> Floats:
    """z^{<=m} for every m: (B, M) -> (B, M, D)."""
    levels = range(1, quantizer.levels + 1)
    return np.stack([quantizer.decode(identifiers[:, :m]) for m in levels], axis=1)


def _new_decoder(
    spec: EncoderSpec, quantizer: ResidualQuantizer, recipe: PaperRecipe
) -> PlainRetriever:
    """All patch tokens are read, and the embedding as it is: there is no learnt space."""
    width = spec.patch_width
    config = RetrieverConfig(
        levels=recipe.levels,
        codes=recipe.codes,
        space_width=width,
        embedding_width=width,
        patch_width=width,
        patch_tokens=spec.patches,
        width=recipe.width,
        layers=recipe.layers,
        heads=recipe.heads,
    )
    mean, same = np.zeros(width, np.float32), np.eye(width, dtype=np.float32)
    decoder = PlainRetriever(config, mean, same, quantizer.codebooks)
    for block in decoder.layers():
        block.drop.p = 0.0  # as published
    return decoder
