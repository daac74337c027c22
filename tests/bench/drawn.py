"""A million vectors as photos would have them, where only ten thousand photos are at hand.

Real photos are embedded with the default encoder and brought into a space fitted on them. Vectors
are then drawn around them: a photo mixed with one of its ten nearest (weight U(.4, 1)), plus noise
of half the spread that neighbours have in each direction. They are synthetic: they have the
neighbourhoods of real photos, repeated, and say how searches compare and grow, not how well photos
are found. Queries are drawn in the same way with another seed and are in no gallery.

Everything is kept in a folder of arrays (``--cache``) that all benches of searching share. To make
it takes about three minutes for every 10,000 photos, as much for the codebooks, and half an hour
for a million identifiers on one core.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import PhotoError
from engine.evaluation.baselines import nearest
from engine.photos.decode import decode
from engine.photos.preprocess import model_input
from engine.search.ports import EncoderSpec, Floats, Ints
from engine.search.second_look import DiffusionLists
from engine.settings import DEFAULT_ENCODER
from engine.tokenizer.model import NORM, Tokenizer, TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import ResidualQuantizer, fit_quantizer
from engine.tokenizer.space import Space, fit_space, unit
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime

Halves = NDArray[np.float16]

LEVELS, CODES = 3, 1024
FITTED_ON = 30_000
ENCODING_BEAM = 2
NEIGHBOURS = 10
NOISE = 0.5  # of the local spread
QUERIES = 2000
BATCH = 32
BLOCK = 8192
LISTS = "lists.npz"


@dataclass(frozen=True)
class Drawn:
    """``photos`` (P, D) of real photos, ``z`` (N, D) drawn around them, ``queries`` (Q, D), all
    of unit length; ``codes`` (N, M): identifiers of ``z``. ``lists``: of the second look, as a
    training of all N makes them, where the cache has them.

    ``length``: that embeddings (P, E) have in ``space`` before they are made unit, on average.
    """

    space: Space
    length: float
    photos: Floats
    z: Halves
    queries: Floats
    quantizer: ResidualQuantizer
    codes: NDArray[np.int16]
    lists: DiffusionLists | None = None

    def packed(self, count: int) -> Ints:
        return pack(self.codes[:count], self.quantizer.codes)

    def tokenizer(self, space: Space | None = None) -> Tokenizer:
        """Untrained; ``space``: another one than that of vectors which are in the space already."""
        levels = self.quantizer.levels
        tree = TreeWeights.untrained(levels, NORM)
        return Tokenizer(space or nothing_to_project(), self.quantizer, tree)

    def lifted(self, z: NDArray[np.floating]) -> Floats:
        """Embeddings (n, E) that ``space`` brings to ``z`` (n, D)."""
        lifted: Floats = z.astype(np.float32) @ self._back + self.space.mean
        return lifted

    @cached_property
    def _back(self) -> Floats:
        """(D, E)"""
        back = self.length * np.linalg.pinv(self.space.projection)
        return np.ascontiguousarray(back, np.float32)


def nothing_to_project(width: int = 256) -> Space:
    """The space of vectors that are in it already."""
    return Space(np.zeros(width, np.float32), np.eye(width, dtype=np.float32))


def drawn(cache: Path, photos: Path | None, count: int) -> Drawn:
    """What ``cache`` holds, ``count`` vectors at least; made from the JPEGs of ``photos``."""
    if not (cache / "codes.npy").is_file():
        if photos is None:
            raise SystemExit(f"{cache} holds no vectors yet: give --photos FOLDER to make them.")
        _make(cache, photos, count)
    with np.load(cache / "space.npz") as file:
        space, length = Space(file["mean"], file["projection"]), float(file["length"])
    found = Drawn(
        space,
        length,
        np.load(cache / "photos.npy").astype(np.float32),
        np.load(cache / "z.npy", mmap_mode="r"),
        np.load(cache / "queries.npy").astype(np.float32),
        ResidualQuantizer(np.load(cache / "books.npy")),
        np.load(cache / "codes.npy"),
        _lists(cache),
    )
    if len(found.z) < count:
        raise SystemExit(f"{cache} holds {len(found.z):,} vectors only: give another --cache.")
    return found


def _lists(cache: Path) -> DiffusionLists | None:
    file = cache / LISTS
    if not file.is_file():
        return None
    with np.load(file) as held:
        own = np.arange(len(held["members"]), dtype=np.int32)
        return DiffusionLists(held["members"], held["weights"], own, own)


def around(photos: Floats, count: int, seed: int) -> Floats:
    """``count`` vectors (count, D) drawn around ``photos`` (P, D); see above."""
    rng = np.random.default_rng(seed)
    near = nearest(photos, photos, NEIGHBOURS + 1)[0][:, 1:]  # the first is the photo itself
    spread = np.sqrt(((photos[:, None] - photos[near]) ** 2).mean((0, 1)))
    parts = [np.zeros((0, photos.shape[1]), np.float32)]
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        one = rng.integers(0, len(photos), size)
        other = near[one, rng.integers(0, NEIGHBOURS, size)]
        weight = rng.uniform(0.4, 1, (size, 1)).astype(np.float32)
        noise = rng.standard_normal((size, photos.shape[1]), np.float32) * spread * NOISE
        parts.append(unit(weight * photos[one] + (1 - weight) * photos[other] + noise))
    return np.concatenate(parts)


def exact(z: NDArray[np.floating], queries: Floats, k: int) -> Ints:
    """The ``k`` nearest of ``z`` (G, D) to every query (Q, D) by cosine: (Q, k), best first."""
    best = np.full((len(queries), k), -np.inf, np.float32)
    rows = np.zeros((len(queries), k), np.int64)
    for start in range(0, len(z), 65_536):
        block = queries @ np.asarray(z[start : start + 65_536], np.float32).T
        both = np.concatenate([best, block], axis=1)
        first = np.argpartition(-both, k - 1, axis=1)[:, :k]
        known = first < k
        rows = np.where(known, np.take_along_axis(rows, first % k, axis=1), start + first - k)
        best = np.take_along_axis(both, first, axis=1)
    order = np.argsort(-best, axis=1, kind="stable")
    return np.take_along_axis(rows, order, axis=1)


def encoded(files: Sequence[Path]) -> tuple[EncoderSpec, Floats]:
    """Embeddings of all that can be decoded of ``files``, by the default encoder."""
    encoder = OnnxRuntime("cpu").open_encoder(BundleExporter().prepare_encoder(DEFAULT_ENCODER))
    side = encoder.spec.image_size
    parts = []
    for start in range(0, len(files), BATCH):
        batch = []
        for file in files[start : start + BATCH]:
            with suppress(PhotoError):
                batch.append(model_input(decode(file, side).image, side))
        if batch:
            parts.append(encoder.encode(np.stack(batch)).embedding)
    return encoder.spec, np.concatenate(parts)


def keep(cache: Path, space: Space, photos: Floats, z: Halves, queries: Floats) -> None:
    """Write a cache of ``z`` (N, D) and ``queries`` (Q, D): codebooks and identifiers are made.

    ``photos`` (P, E): embeddings of the real photos that ``space`` was fitted on.
    """
    count = len(z)
    length = np.linalg.norm((photos - space.mean) @ space.projection, axis=1).mean()
    np.savez(cache / "space.npz", mean=space.mean, projection=space.projection, length=length)
    np.save(cache / "photos.npy", space.project(photos).astype(np.float16))
    np.save(cache / "queries.npy", queries.astype(np.float16))
    np.save(cache / "z.npy", z)
    chosen = z[:: max(1, count // FITTED_ON)].astype(np.float32)
    quantizer = fit_quantizer(chosen, LEVELS, min(CODES, len(chosen) // 10))
    np.save(cache / "books.npy", quantizer.codebooks)
    print(f"codebooks fitted on {len(chosen):,}", file=sys.stderr)  # noqa: T201
    codes = [
        quantizer.encode(z[i : i + BLOCK].astype(np.float32), ENCODING_BEAM)
        for i in range(0, count, BLOCK)
    ]
    np.save(cache / "codes.npy", np.concatenate(codes).astype(np.int16))


def _make(cache: Path, photos: Path, count: int) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    _, embeddings = encoded(sorted(photos.rglob("*.jpg")))
    space = fit_space(embeddings)
    z = space.project(embeddings)
    rows = around(z, count, seed=0).astype(np.float16)
    keep(cache, space, embeddings, rows, around(z, QUERIES, seed=1))
