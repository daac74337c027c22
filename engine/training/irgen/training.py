"""The paper's training: the tokenizer with the encoder, identifiers, the decoder with the encoder.

Neighbours: ``photos`` feeds it, ``losses`` is what it minimises, ``devices`` where it runs,
``answering`` what comes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from engine.encoder.timm_models import PooledEncoder, load_encoder
from engine.errors import TrainingError
from engine.retriever.config import RetrieverConfig
from engine.retriever.plain import PlainRetriever
from engine.search.ports import EncoderSpec, Floats, Ints
from engine.settings import PaperRecipe
from engine.tokenizer.quantizer import ResidualQuantizer, fit_quantizer
from engine.training.irgen.devices import agreed, check_shares, workers_of
from engine.training.irgen.losses import DecoderLoss, Heads, TokenizerLoss, embedding, tune
from engine.training.irgen.photos import Batch, Classes, Loader, Photos, batches
from engine.training.irgen.schedule import optimizer_of, set_rate
from engine.types import Job, Progress

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
    seed: int = 0,
) -> Job[Trained]:
    """Train on photos with ``labels`` (G,) class numbers. The same seed gives the same model.

    Raises ``TrainingError`` where there are fewer photos than codes, or batches cannot be shared
    by the devices; ``BundleError`` for an encoder that is not here, ``PhotoError`` for a photo that
    cannot be read.
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
    course = _Course(photos, Classes(labels), recipe, accelerator, seed)
    first = yield from _train_tokenizer(course, tokenizer, spec)
    z = yield from embeddings(tokenizer, photos, accelerator, "identifying")
    quantizer, identifiers = _quantized(z, recipe, seed)
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


@dataclass(frozen=True)
class _Course:
    """What both trainings have in common."""

    photos: Photos
    classes: Classes
    recipe: PaperRecipe
    accelerator: Accelerator
    seed: int

    def loader(self, batch: int) -> Loader:
        """Random crops in the order of the seed; each process gets its share of a batch."""
        workers = workers_of(self.accelerator)
        loader = batches(self.photos, batch, workers, self.seed)
        prepared: Loader = self.accelerator.prepare(loader)
        return prepared

    def descend(self, optimizer: torch.optim.Optimizer, loss: Tensor) -> Tensor:
        """One step; returns the mean loss of all processes."""
        optimizer.zero_grad()
        self.accelerator.backward(loss)
        optimizer.step()
        reduced: Tensor = self.accelerator.reduce(loss.detach(), "mean")
        return reduced


def _train_tokenizer(course: _Course, encoder: PooledEncoder, spec: EncoderSpec) -> Job[float]:
    """Epochs of the classifiers' loss, k-means refitted on the embeddings before each of them."""
    recipe, accelerator = course.recipe, course.accelerator
    heads = Heads(spec.patch_width, course.classes.count)
    optimizer = optimizer_of(heads, encoder, recipe.tokenizer_rate)
    loss_of = TokenizerLoss(encoder, heads, recipe.prefix_weight)
    loss_of, optimizer = accelerator.prepare(loss_of, optimizer)
    loader = course.loader(recipe.tokenizer_batch)
    epochs, last = recipe.tokenizer_epochs, float("nan")
    for epoch in range(epochs):
        stage = "tokenizer: embeddings"
        z = yield from embeddings(encoder, course.photos, accelerator, stage)
        quantizer, identifiers = _quantized(z, recipe, course.seed)
        tune(encoder)
        losses: list[float] = []
        for rows, pixels in _epoch(course.photos, loader, epoch):
            set_rate(optimizer, epoch + len(losses) / len(loader), epochs)
            prefixes = _prefixes(quantizer, identifiers[rows.cpu().numpy()])
            loss = loss_of(
                pixels,
                torch.from_numpy(prefixes).to(accelerator.device),
                torch.from_numpy(course.classes.labels[rows.cpu().numpy()]).to(accelerator.device),
            )
            losses.append(float(course.descend(optimizer, loss)))
            yield _progress("tokenizer", epoch, epochs, losses, loader)
        last = float(np.mean(losses))
    accelerator.free_memory()
    return last


def _train_decoder(
    course: _Course, encoder: PooledEncoder, decoder: PlainRetriever, identifiers: Ints
) -> Job[float]:
    """A photo asks; the identifier of a photo of its class, drawn anew, is the answer."""
    recipe, accelerator = course.recipe, course.accelerator
    optimizer = optimizer_of(decoder, encoder, recipe.decoder_rate)
    loss_of: nn.Module = DecoderLoss(encoder, decoder)
    loss_of, optimizer = accelerator.prepare(loss_of, optimizer)
    loader = course.loader(recipe.decoder_batch)
    epochs, last = recipe.decoder_epochs, float("nan")
    for epoch in range(epochs):
        tune(encoder)
        decoder.train()
        losses: list[float] = []
        for rows, pixels in _epoch(course.photos, loader, epoch):
            set_rate(optimizer, epoch + len(losses) / len(loader), epochs)
            right = course.classes.partners(rows.cpu().numpy(), course.seed, epoch)
            codes = torch.from_numpy(identifiers[right]).to(accelerator.device)  # (B, M)
            losses.append(float(course.descend(optimizer, loss_of(pixels, codes))))
            yield _progress("decoder", epoch, epochs, losses, loader)
        last = float(np.mean(losses))
    accelerator.free_memory()
    return last


def _epoch(photos: Photos, loader: Loader, epoch: int) -> Iterator[Batch]:
    photos.epoch = epoch
    yield from loader


def _progress(stage: str, epoch: int, epochs: int, losses: list[float], loader: Loader) -> Progress:
    steps = len(loader)
    done, mean = epoch * steps + len(losses), float(np.mean(losses))
    return Progress(stage, done, epochs * steps, values={"loss": mean})


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
