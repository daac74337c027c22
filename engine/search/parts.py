"""Where in a photo something is: overlapping tiles of every photo, each with a short vector.

A part of a picture is asked for as an image of its own, and compared with every tile of every
photo: a photo is as like as its most similar tile. Patch tokens of one pass over the whole photo
cost no further encoding, but every token has seen all of the photo: on the train split they found
a pasted part at rank 1 a third as often (docs/decisions.md). Neighbours: ``engine.store.regions``
(keeps the vectors), ``engine.services.parts`` (asks).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.photos.preprocess import model_input
from engine.search.ports import Floats
from engine.search.trie import Indices
from engine.tokenizer.space import Space, fit_space

Tiles = NDArray[np.int8]  # (G, T, WIDTH)


def _tiles() -> Floats:
    """(T, 4): left, top, right, bottom as shares of the sides: all, halves, and smaller ones."""
    boxes = [(0.0, 0.0, 1.0, 1.0)]
    for side in (0.5, 0.4):
        starts = [step * (1 - side) / 2 for step in range(3)]
        boxes += [(x, y, x + side, y + side) for y in starts for x in starts]
    return np.array(boxes, np.float32)


TILES = _tiles()
WIDTH = 96  # of a tile's vector; half as many lose .06 of R@10
FITTED_ON = 100  # photos, all tiles of each
STEPS = 127.0  # of a vector's components, -1..1
BLOCK = 512  # photos scanned at a time: 4 MB as float32
SOFT = 0.03  # of cosine; tiles this much less alike than the best take part in the outline


def cut(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    """The model's input for every tile of ``picture`` (RGB): (T, side, side, 3)."""
    width, height = picture.size
    tiles = []
    for left, top, right, bottom in TILES.tolist():
        x, y = round(left * width), round(top * height)
        box = (x, y, max(round(right * width), x + 1), max(round(bottom * height), y + 1))
        tiles.append(model_input(picture.crop(box), side))
    return np.stack(tiles)


def fit(embeddings: Floats) -> Space:
    """The space of tiles, from embeddings (n, E) of many, n >= 2; at most ``WIDTH`` wide."""
    return fit_space(embeddings, WIDTH)


def stored(space: Space, embeddings: Floats) -> Tiles:
    """(n, E) -> (n, WIDTH) int8."""
    z = space.project(embeddings)
    padded = np.zeros((len(z), WIDTH), np.float32)
    padded[:, : z.shape[1]] = z
    return np.round(padded * np.float32(STEPS)).astype(np.int8)


def asked(space: Space, embeddings: Floats) -> Floats:
    """What is asked for, (k, E) -> (k, WIDTH) float32, unit length."""
    padded = np.zeros((len(embeddings), WIDTH), np.float32)
    padded[:, : space.width] = space.project(embeddings)
    return padded


def likeness(query: Floats, tiles: Tiles, rows: Indices) -> Floats:
    """Cosine of ``query`` (k, WIDTH) and every tile of ``rows`` (n,): (n, k, T)."""
    vectors = tiles[rows].astype(np.float32).reshape(-1, WIDTH)  # (n T, WIDTH)
    cosines = vectors @ query.T / np.float32(STEPS)  # (n T, k)
    return cosines.reshape(-1, len(TILES), len(query)).swapaxes(1, 2)


def best(query: Floats, tiles: Tiles, rows: Indices) -> Floats:
    """The largest of :func:`likeness` in every photo: (n, k)."""
    found = np.zeros((len(rows), len(query)), np.float32)
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        found[start : start + BLOCK] = likeness(query, tiles, block).max(2)
    return found


@dataclass(frozen=True)
class Outline:
    """Where something was found: ``left``, ``top``, ``right``, ``bottom`` as shares of sides."""

    left: float
    top: float
    right: float
    bottom: float

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """x, y, width, height in a photo of that size."""
        x, y = round(self.left * width), round(self.top * height)
        right, bottom = round(self.right * width), round(self.bottom * height)
        return x, y, max(right - x, 1), max(bottom - y, 1)


def outlines(alike: Floats) -> Iterable[Outline]:
    """For every row of ``alike`` (n, T): its best tiles' mean, weighed by how good they are."""
    weights = np.exp((alike - alike.max(1, keepdims=True)) / SOFT)
    weights /= weights.sum(1, keepdims=True)
    return (Outline(*box) for box in (weights @ TILES).tolist())
