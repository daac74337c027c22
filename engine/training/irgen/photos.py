"""Photos by path, cropped as the paper crops them, in batches of a seed's order.

The shorter side becomes 8/7 of the model's input (256 of 224), and a square of it is taken: the
middle one, or for training any. The published code mirrors nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from engine.photos.decode import decode
from engine.search.ports import Ints

WIDER = 8 / 7  # the shorter side before cropping, in input sides
CENTRE = 0.5

Batch = tuple[Tensor, Tensor]  # rows (B,), pixels (B, S, S, 3) uint8
Item = tuple[int, NDArray[np.uint8]]  # row, pixels (S, S, 3)
Loader = DataLoader[Any]  # of Batch; torch's own types speak of the items


class Photos(Dataset[Item]):
    """G photos, decoded when they are asked for. Equal seeds and epochs give equal crops."""

    def __init__(self, paths: Sequence[Path], side: int, seed: int = 0) -> None:
        self._paths = paths
        self._side = side
        self._seed = seed
        self.epoch: int | None = None  # None: the middle of every photo

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, row: int) -> Item:
        """Raises ``PhotoError``."""
        left = top = CENTRE
        if self.epoch is not None:
            # Its own generator: crops must not depend on batches, workers or devices.
            left, top = np.random.default_rng((self._seed, 3, self.epoch, row)).random(2)
        image = decode(self._paths[row], round(self._side * WIDER)).image
        return row, cropped(image, self._side, left, top)


def cropped(image: Image.Image, side: int, left: float, top: float) -> NDArray[np.uint8]:
    """A square of 7/8 of the shorter side as (side, side, 3); ``left`` and ``top`` in 0..1."""
    taken = min(image.size) / WIDER
    x, y = (image.width - taken) * left, (image.height - taken) * top
    box = (x, y, x + taken, y + taken)
    square = image.resize((side, side), Image.Resampling.BICUBIC, box, reducing_gap=3.0)
    return np.asarray(square, dtype=np.uint8)


class Order(Sampler[int]):
    """Every row once, in an order of the seed and the epoch."""

    def __init__(self, photos: Photos, seed: int) -> None:
        self._photos = photos
        self._seed = seed

    def __len__(self) -> int:
        return len(self._photos)

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng((self._seed, 1, self._photos.epoch or 0))
        yield from rng.permutation(len(self._photos)).tolist()


def batches(photos: Photos, size: int, workers: int, seed: int | None = None) -> Loader:
    """``size`` photos at a time, in the order of ``seed``, or in their own where it is None.

    ``workers``: processes that decode ahead; 0 decodes here.
    """
    loader: Loader = DataLoader(
        photos,
        batch_size=size,
        sampler=None if seed is None else Order(photos, seed),
        num_workers=workers,
        collate_fn=_together,
    )
    return loader


def _together(items: list[Item]) -> Batch:
    rows = torch.tensor([row for row, _ in items])
    return rows, torch.from_numpy(np.stack([pixels for _, pixels in items]))


class Classes:
    """Photos by class: ``labels`` (G,), class numbers from 0."""

    def __init__(self, labels: Ints) -> None:
        self.labels = labels
        self.count = int(labels.max()) + 1
        self._order = np.argsort(labels, kind="stable")
        self._sizes = np.bincount(labels, minlength=self.count)
        self._starts = np.cumsum(self._sizes) - self._sizes

    def partners(self, rows: Ints, seed: int, epoch: int) -> Ints:
        """For every photo of ``rows`` (B,) one of its class, itself included, drawn anew: (B,)."""
        rngs = (np.random.default_rng((seed, 2, epoch, row)) for row in rows.tolist())
        drawn = np.array([rng.random() for rng in rngs])
        own = self.labels[rows]
        chosen: Ints = self._order[self._starts[own] + (drawn * self._sizes[own]).astype(np.int64)]
        return chosen
