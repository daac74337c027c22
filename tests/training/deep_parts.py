"""A tiny network, a few drawn photos and what a tuning needs of both.

python -m tests.training.deep_parts FOLDER      tune in FOLDER, a line on stdout for every step
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from engine.encoder.timm_models import PooledEncoder, _import_timm
from engine.search.graph import Graph, mutual_neighbours
from engine.settings import DeepTuning
from engine.tokenizer.space import fit_space
from engine.training.checkpoint import Checkpoint, Signature
from engine.training.deep import tuning
from engine.training.deep.looks import Looks
from engine.training.deep.loss import Head
from engine.training.deep.positives import Positives
from engine.training.deep.reading import Batch, Pixels, stacked
from engine.training.deep.tuning import Tuned, Tuning
from engine.training.views import random_view
from engine.types import Progress
from tests.conftest import picture

SIDE, PHOTOS, HELD, BATCH = 32, 24, 6, 6
# So few steps have to change something, and views of drawn photos are found from the start.
LIVELY = {"LEARNING_RATE": 0.05, "PATIENCE": 100}


def network() -> PooledEncoder:
    torch.manual_seed(0)
    model = _import_timm().create_model("test_efficientnet", pretrained=False, num_classes=0)
    return PooledEncoder(model, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)).eval()


def views(seed: int, rows: Iterator[int] | range) -> Pixels:
    rng = np.random.default_rng(seed)
    return stacked([random_view(picture(row), rng) for row in rows], SIDE)


class Parts:
    """Everything of a tuning but the encoder, of ``PHOTOS`` photos."""

    def __init__(self, encoder: PooledEncoder) -> None:
        photos = stacked([picture(row) for row in range(PHOTOS)], SIDE)
        with torch.no_grad():
            embedding = encoder(torch.from_numpy(photos))[0].numpy()
        space = fit_space(embedding)
        *_, graph = mutual_neighbours(space.project(embedding), 4)
        assert isinstance(graph, Graph)
        self.head = Head(space)
        self.positives = Positives(graph, BATCH)
        held = range(PHOTOS, PHOTOS + HELD)
        asked = stacked([picture(row) for row in held], SIDE)
        self.looks = Looks(views(9, held), np.concatenate([asked, photos]))

    def read(self, step: int) -> Batch:
        rows = self.positives.choose(np.random.default_rng(step))
        pixels = np.concatenate([views(2 * step + n, rows.tolist()) for n in range(2)])
        return Batch(rows, pixels)

    def tuning(self, encoder: nn.Module, **settings: object) -> Tuning:
        given = {"photos": BATCH, "checkpoint_seconds": 0.0, **settings}
        return Tuning(
            encoder,  # type: ignore[arg-type]
            self.head,
            self.positives,
            self.looks,
            torch.device("cpu"),
            DeepTuning(**given),  # type: ignore[arg-type]
        )


def checkpoint_in(folder: Path) -> Checkpoint:
    return Checkpoint(folder, Signature(1, "none", 0, kind="test"))


def last(steps: Iterator[Progress | Tuned]) -> Tuned:
    *_, tuned = steps
    assert isinstance(tuned, Tuned)
    return tuned


def state(encoder: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in encoder.state_dict().items()}


def main(folder: Path, total: int) -> None:
    torch.set_num_threads(1)
    for name, value in LIVELY.items():
        setattr(tuning, name, value)
    encoder = network()
    parts = Parts(encoder)
    for step in parts.tuning(encoder).run(parts.read, checkpoint_in(folder), total, None):
        if isinstance(step, Progress):
            print(step.done, flush=True)  # noqa: T201 - the test that kills this reads it


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
