"""What every training of a decoder begins with: a device, the library's photos, a new retriever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch

from engine.encoder.pooling import GRID
from engine.errors import TrainingError
from engine.retriever.config import RetrieverConfig
from engine.retriever.model import Retriever
from engine.search.ports import EncoderSpec, Floats, Ints
from engine.settings import SMALLEST_TRAINABLE
from engine.store import files, models, vectors
from engine.store.database import Library
from engine.tokenizer.quantizer import ResidualQuantizer
from engine.tokenizer.space import Space
from engine.training.checkpoint import Checkpoint

R = TypeVar("R", bound=Retriever)


@dataclass(frozen=True)
class Photos:
    """What a training is of: G photos with their embeddings (G, E), which stay on disk."""

    model_id: int
    encoder_name: str
    content_ids: Ints
    embeddings: vectors.Subset

    def projected(self, space: Space) -> Floats:
        """(G, D), a block of embeddings in memory at a time."""
        return np.concatenate([space.project(block) for _, block in self.embeddings.blocks()])


def device_of(name: str) -> torch.device:
    """``name``: auto, cpu or cuda. Raises ``TrainingError`` where there is no such device."""
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise TrainingError(
            "This computer has no GPU that PyTorch can use: train with --device cpu or auto."
        )
    return torch.device("cuda")


def photos_of(library: Library, checkpoint: Checkpoint, model_id: int | None = None) -> Photos:
    """Embeddings of the photos that are there; a started training keeps to its own.

    ``model_id``: whose embeddings; None: of the current model.
    """
    with library.read() as connection:
        current = models.current(connection)
        if model_id is not None:
            current = model_id, models.spec_of(connection, model_id)
        live = files.live_contents(connection)
    content_ids = np.zeros(0, np.int64)
    if current is not None:
        table = vectors.table(library, current[0])
        content_ids = np.sort(table.content_ids[np.isin(table.content_ids, live)])
    if current is None or len(content_ids) < SMALLEST_TRAINABLE:
        raise TrainingError(
            f"Training needs at least {SMALLEST_TRAINABLE} indexed photos and this library has "
            f"{len(content_ids)}: add more with 'photoglyph index FOLDER'; until then exact "
            "search answers."
        )
    return embedded(library, current, checkpoint.content_ids(content_ids))


def embedded(library: Library, model: tuple[int, EncoderSpec], content_ids: Ints) -> Photos:
    """``content_ids`` (G,), each with an embedding of the ``model``."""
    model_id, spec = model
    table = vectors.table(library, model_id)
    all_vectors = vectors.open_vectors(
        library, model_id, table.embedding_ids, spec.embedding_width, f"model-{model_id}"
    )
    order = np.argsort(table.content_ids, kind="stable")
    rows = order[np.searchsorted(table.content_ids[order], content_ids)]
    return Photos(model_id, spec.name, content_ids, vectors.Subset(all_vectors, rows))


def new_retriever(
    kind: type[R], spec: EncoderSpec, space: Space, quantizer: ResidualQuantizer, seed: int
) -> R:
    """Untrained, for photos encoded by ``spec``; the same for the same seed."""
    torch.manual_seed(seed)
    levels, codes, width = quantizer.codebooks.shape
    config = RetrieverConfig(
        levels=levels,
        codes=codes,
        space_width=width,
        embedding_width=spec.embedding_width,
        patch_width=spec.patch_width,
        patch_tokens=GRID * GRID,
    )
    # The decoder reads looks alone: where labels are told in u, its own place is zero.
    projection = np.pad(space.projection, ((0, 0), (0, width - space.width)))
    return kind(config, space.mean, projection, quantizer.codebooks)
