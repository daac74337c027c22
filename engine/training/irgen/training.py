"""The paper's recipe (IRGen, sections 3.1 and 3.2): tokenizer, then decoder, both with the encoder.

Unlike ``pipeline`` it needs labels for every photo, tunes the encoder at a hundredth of the
learning rate, and answers with identifiers alone. It is there to reproduce the paper on its
benchmarks (``engine.services.benchmarking``), not for libraries of people.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from engine.encoder.timm_models import PooledEncoder, load_encoder
from engine.errors import TrainingError
from engine.photos.decode import decode
from engine.photos.preprocess import model_input
from engine.retriever.config import RetrieverConfig
from engine.retriever.plain import PlainRetriever
from engine.search.beam import beam_search
from engine.search.ports import EncoderSpec, Floats, Ints
from engine.search.scores import PlainScore
from engine.search.trie import Trie
from engine.settings import PaperRecipe
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import ResidualQuantizer, fit_quantizer
from engine.training.loss import LABEL_SMOOTHING
from engine.training.start import device_of
from engine.training.torch_decoder import TorchDecoder
from engine.types import Job, Progress

BETAS = (0.9, 0.96)
WEIGHT_DECAY = 0.05
ENCODER_SHARE = 0.01  # of the learning rate
WARM_UP = 0.1  # share of the steps
ENCODED_AT_ONCE = 32


class Photos:
    """Photos by path, decoded when they are asked for. ``labels`` (G,) class numbers."""

    def __init__(self, paths: Sequence[Path], labels: Ints, side: int) -> None:
        self._paths = paths
        self.labels = labels
        self._side = side

    def __len__(self) -> int:
        return len(self._paths)

    def pixels(self, rows: NDArray[np.integer]) -> Tensor:
        """(B,) -> (B, S, S, 3) uint8. Raises ``PhotoError``."""
        return torch.from_numpy(np.stack([self._read(row, self._side) for row in rows.tolist()]))

    def varied(self, rows: NDArray[np.integer], rng: np.random.Generator) -> Tensor:
        """As :meth:`pixels`, each a random crop of an eighth less, mirrored half of the time."""
        wide, views = round(self._side * 8 / 7), []
        for row in rows.tolist():
            x, y = rng.integers(0, wide - self._side + 1, 2)
            view = self._read(row, wide)[y : y + self._side, x : x + self._side]
            views.append(view[:, ::-1] if rng.random() < 0.5 else view)
        return torch.from_numpy(np.stack(views))

    def _read(self, row: int, side: int) -> NDArray[np.uint8]:
        return model_input(decode(self._paths[row], side).image, side)


class Heads(nn.Module):
    """h and h_q: linear classifiers of the embedding and of its prefix reconstructions."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.full = nn.Linear(width, classes)
        self.prefix = nn.Linear(width, classes)


def tokenizer_loss(
    z: Tensor, reconstructions: Tensor, labels: Tensor, heads: Heads, weight: float
) -> Tensor:
    """CE(h(z), y) + ``weight`` sum_m (CE(h_q(z^{<=m}), y) + |z - z^{<=m}|^2), section 3.1.

    ``z`` (B, D); ``reconstructions`` (B, M, D), z^{<=m} for m = 1..M, constants: the classifier's
    gradient passes straight through them to z; ``labels`` (B,).
    """
    loss = F.cross_entropy(heads.full(z), labels)
    for level in range(reconstructions.shape[1]):
        fixed = reconstructions[:, level].detach()
        straight = z + (fixed - z).detach()
        commitment = (z - fixed).square().mean()
        loss = loss + weight * (F.cross_entropy(heads.prefix(straight), labels) + commitment)
    return loss


@dataclass(frozen=True)
class Trained:
    """``tokenizer`` made the identifiers and is frozen then; ``encoder`` asks."""

    tokenizer: PooledEncoder
    encoder: PooledEncoder
    decoder: PlainRetriever
    quantizer: ResidualQuantizer
    losses: tuple[float, float]  # of the last epoch: tokenizer, decoder
    device: str

    def identify(self, paths: Sequence[Path], side: int) -> Job[tuple[Floats, Ints]]:
        """Embeddings (G, D) and identifiers (G, M) of photos, by the frozen tokenizer."""
        device = next(self.tokenizer.parameters()).device
        photos = Photos(paths, np.zeros(len(paths), np.int64), side)
        z = yield from _embed(self.tokenizer, photos, device, "identifying")
        return z, self.quantizer.encode(z)


def train(
    paths: Sequence[Path],
    labels: Ints,
    encoder_name: str,
    recipe: PaperRecipe,
    *,
    device: str = "auto",
    seed: int = 0,
) -> Job[tuple[Trained, EncoderSpec]]:
    """Train on photos with ``labels`` (G,) class numbers. The same seed gives the same model.

    Raises ``TrainingError`` where there are fewer photos than codes, ``BundleError`` for an
    encoder that is not here, ``PhotoError`` for a photo that cannot be read.
    """
    if len(paths) < recipe.codes:
        raise TrainingError(
            f"The recipe has {recipe.codes} codes a level and there are {len(paths)} photos to "
            "learn them from: give more photos, or fewer codes."
        )
    on = device_of(device)
    torch.manual_seed(seed)
    tokenizer, spec = load_encoder(encoder_name)
    tokenizer.to(on)
    photos = Photos(paths, labels, spec.image_size)
    heads = Heads(spec.embedding_width, int(labels.max()) + 1).to(on)
    first = yield from _train_tokenizer(tokenizer, heads, photos, recipe, on, seed)
    z = yield from _embed(tokenizer, photos, on, "identifying")
    quantizer = fit_quantizer(z, recipe.levels, recipe.codes, seed)
    identifiers = quantizer.encode(z)
    encoder = load_encoder(encoder_name)[0].to(on)  # afresh, as the published code does
    decoder = _new_decoder(spec, quantizer, recipe).to(on)
    second = yield from _train_decoder(encoder, decoder, photos, identifiers, recipe, on, seed)
    encoder.eval()
    decoder.eval()
    return Trained(tokenizer, encoder, decoder, quantizer, (first, second), str(on)), spec


def search(
    trained: Trained,
    trie: Trie,
    gallery: Floats,
    paths: Sequence[Path],
    recipe: PaperRecipe,
    side: int,
) -> Job[list[Ints]]:
    """Rows of the gallery for every query, best identifier first; the beam keeps to ``trie``.

    Photos that share an identifier are ordered by similarity to the query: ``gallery`` (G, D)
    embeddings. Answers are as short as the beam's identifiers have photos.
    """
    device = next(trained.encoder.parameters()).device
    queries = Photos(paths, np.zeros(len(paths), np.int64), side)
    decoder = TorchDecoder(trained.decoder.cpu())
    unit = gallery / np.maximum(np.linalg.norm(gallery, axis=1, keepdims=True), 1e-6)
    answers: list[Ints] = []
    for row in range(len(paths)):
        yield Progress("ask", row, len(paths))
        with torch.inference_mode():
            pixels = queries.pixels(np.array([row])).to(device)
            embedding, patches = (t.float().cpu().numpy() for t in trained.encoder(pixels))
            own = trained.tokenizer(pixels)[0].float().cpu().numpy()
        state = decoder.begin(embedding, patches)
        beam = beam_search(trie, PlainScore(decoder, state), recipe.beam, 1.0)
        leaf, found = trie.photos(beam.leaves)
        order = np.lexsort((-(unit[found] @ own[0]), leaf))
        answers.append(found[order].astype(np.int64))
    return answers


def trie_of(identifiers: Ints, recipe: PaperRecipe) -> Trie:
    return Trie(pack(identifiers, recipe.codes), recipe.levels, recipe.codes)


# The two trainings


def _train_tokenizer(
    encoder: PooledEncoder,
    heads: Heads,
    photos: Photos,
    recipe: PaperRecipe,
    device: torch.device,
    seed: int,
) -> Job[float]:
    """Epochs of the classifiers' loss, k-means refitted on the embeddings before each of them."""
    optimizer = _optimizer(heads, encoder, recipe.tokenizer_rate)
    total = recipe.tokenizer_epochs * _batches(photos, recipe.tokenizer_batch)
    step, last = 0, float("nan")
    for epoch in range(recipe.tokenizer_epochs):
        z = yield from _embed(encoder, photos, device, "tokenizer: embeddings")
        quantizer = fit_quantizer(z, recipe.levels, recipe.codes, seed)
        sums = _prefix_sums(quantizer, quantizer.encode(z))  # (G, M, D)
        rng = np.random.default_rng((seed, 3, epoch))
        losses = []
        encoder.train()
        for rows in _order(photos, recipe.tokenizer_batch, seed, epoch):
            _set_rate(optimizer, step / total)
            pixels = photos.varied(rows, rng).to(device)
            with _mixed(device):
                embedded = encoder(pixels)[0]
            loss = tokenizer_loss(
                embedded.float(),
                torch.from_numpy(sums[rows]).to(device),
                torch.from_numpy(photos.labels[rows]).to(device),
                heads,
                recipe.prefix_weight,
            )
            losses.append(_descend(optimizer, loss))
            step += 1
            yield Progress("tokenizer", step, total, values={"loss": float(np.mean(losses))})
        last = float(np.mean(losses))
    return last


def _train_decoder(
    encoder: PooledEncoder,
    decoder: PlainRetriever,
    photos: Photos,
    identifiers: Ints,
    recipe: PaperRecipe,
    device: torch.device,
    seed: int,
) -> Job[float]:
    """A photo asks; the identifier of a photo of its class, drawn anew, is the answer."""
    optimizer = _optimizer(decoder, encoder, recipe.decoder_rate)
    total = recipe.decoder_epochs * _batches(photos, recipe.decoder_batch)
    members = [np.flatnonzero(photos.labels == c) for c in range(int(photos.labels.max()) + 1)]
    step, last = 0, float("nan")
    for epoch in range(recipe.decoder_epochs):
        rng = np.random.default_rng((seed, 2, epoch))
        losses = []
        encoder.train()
        decoder.train()
        for rows in _order(photos, recipe.decoder_batch, seed, epoch):
            _set_rate(optimizer, step / total)
            right = [rng.choice(members[label]) for label in photos.labels[rows]]
            codes = torch.from_numpy(identifiers[right]).to(device)  # (B, M)
            pixels = photos.varied(rows, rng).to(device)
            with _mixed(device):
                z, memory = decoder.begin(*encoder(pixels))
                logits = decoder(z, memory, codes[:, None])[:, 0]  # (B, M, K)
            loss = F.cross_entropy(
                logits.float().flatten(0, 1), codes.flatten(), label_smoothing=LABEL_SMOOTHING
            )
            losses.append(_descend(optimizer, loss))
            step += 1
            yield Progress("decoder", step, total, values={"loss": float(np.mean(losses))})
        last = float(np.mean(losses))
    return last


def _new_decoder(
    spec: EncoderSpec, quantizer: ResidualQuantizer, recipe: PaperRecipe
) -> PlainRetriever:
    """All patch tokens are read, and the embedding as it is: there is no learnt space."""
    width = spec.embedding_width
    config = RetrieverConfig(
        levels=recipe.levels,
        codes=recipe.codes,
        space_width=width,
        embedding_width=width,
        patch_width=spec.patch_width,
        patch_tokens=spec.patches,
        width=recipe.width,
        layers=recipe.layers,
        heads=recipe.heads,
    )
    mean, same = np.zeros(width, np.float32), np.eye(width, dtype=np.float32)
    return PlainRetriever(config, mean, same, quantizer.codebooks)


def _embed(encoder: PooledEncoder, photos: Photos, device: torch.device, stage: str) -> Job[Floats]:
    """Embeddings (G, D) of all photos."""
    encoder.eval()
    parts = []
    for start in range(0, len(photos), ENCODED_AT_ONCE):
        yield Progress(stage, start, len(photos))
        rows = np.arange(start, min(start + ENCODED_AT_ONCE, len(photos)))
        with torch.inference_mode():
            parts.append(encoder(photos.pixels(rows).to(device))[0].float().cpu().numpy())
    embedded: Floats = np.concatenate(parts)
    return embedded


def _prefix_sums(quantizer: ResidualQuantizer, identifiers: Ints) -> Floats:
    """z^{<=m} for every m: (G, M) -> (G, M, D)."""
    levels = range(1, quantizer.levels + 1)
    return np.stack([quantizer.decode(identifiers[:, :m]) for m in levels], axis=1)


def _optimizer(new: nn.Module, encoder: nn.Module, rate: float) -> torch.optim.Optimizer:
    groups = [(new, rate), (encoder, ENCODER_SHARE * rate)]
    return torch.optim.AdamW(
        [
            {"params": [p for p in m.parameters() if p.requires_grad], "lr": r, "peak": r}
            for m, r in groups
        ],
        betas=BETAS,
        weight_decay=WEIGHT_DECAY,
    )


def _set_rate(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Linear warm-up, then half a cosine; ``share`` of the steps is done."""
    if share < WARM_UP:
        factor = max(share / WARM_UP, 0.01)
    else:
        factor = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP)))
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> float:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return float(loss.detach())


def _mixed(device: torch.device) -> torch.autocast | nullcontext[None]:
    """bf16 where the GPU has it: it needs no scaling of the loss."""
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.autocast("cuda", torch.bfloat16)
    return nullcontext()


def _batches(photos: Photos, size: int) -> int:
    return math.ceil(len(photos) / size)


def _order(photos: Photos, size: int, seed: int, epoch: int) -> Iterator[Ints]:
    """Every photo once, in an order of the seed and the epoch."""
    order = np.random.default_rng((seed, 1, epoch)).permutation(len(photos))
    for start in range(0, len(order), size):
        yield order[start : start + size]
