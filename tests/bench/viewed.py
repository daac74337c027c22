"""A hundred thousand real embeddings where ten thousand photos are at hand: edited views of each.

    python -m tests.bench.viewed --cache FOLDER --photos FOLDER [--count 100000]

Makes what ``tests.bench.drawn`` keeps in a folder, so that scale and rivals take it as ``--cache``.
A gallery holds each photo as it is and as edited views (``engine.training.views``), all encoded by
the default encoder, in an order that makes any beginning of it a smaller library. Queries are one
view more of every fifth photo, and are in no gallery. The lists of the second look are made as
training makes them. On two cores 25 minutes of encoding, which goes on where it was ended, and 12
of lists.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import PhotoError
from engine.photos.decode import decode
from engine.photos.preprocess import model_input
from engine.search.graph import Neighbours, graph_of, neighbours_of
from engine.search.ports import Floats
from engine.settings import DEFAULT_ENCODER, THUMBNAIL_SIDE
from engine.tokenizer.space import fit_space
from engine.training.teacher import Taught, teach
from engine.training.views import random_view
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.bench.drawn import LISTS, keep

A_LINE = 10_240  # lists, a multiple of the teacher's block
A_PART = 200  # photos that are encoded and kept together
ASKED = 5  # every so many photos one is asked for


def views_of(path: Path, number: int, views: int, side: int) -> NDArray[np.uint8]:
    """(1 + views, S, S, 3): a photo as it is and edited; (0, S, S, 3) where it cannot be read."""
    try:
        photo: Image.Image = decode(path, side).image
    except PhotoError:
        return np.zeros((0, side, side, 3), np.uint8)
    small = photo.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    rng = np.random.default_rng(number)
    pictures = [photo, *(random_view(small, rng) for _ in range(views))]
    return np.stack([model_input(picture, side) for picture in pictures])


def make(cache: Path, photos: Sequence[Path], count: int) -> None:
    """Fill ``cache`` with ``count`` embeddings, or a view more than that of every photo."""
    cache.mkdir(parents=True, exist_ok=True)
    encoder = OnnxRuntime("cpu").open_encoder(BundleExporter().prepare_encoder(DEFAULT_ENCODER))
    each = -(-count // len(photos))  # of a photo, itself among them
    with ProcessPoolExecutor(1) as pool:
        for start in range(0, len(photos), A_PART):
            part = cache / f"part-{start:06}.npy"
            if part.is_file():
                continue
            own = photos[start : start + A_PART]
            numbers = range(start, start + len(own))
            cut = partial(views_of, views=each, side=encoder.spec.image_size)
            found = [
                encoder.encode(pixels).embedding.astype(np.float16)
                for pixels in pool.map(cut, own, numbers)
                if len(pixels)
            ]
            unfinished = part.with_suffix(".unfinished")
            with unfinished.open("wb") as file:
                np.save(file, np.stack(found))
            unfinished.rename(part)
            print(f"{start + len(own):,} of {len(photos):,} photos", file=sys.stderr)  # noqa: T201
    parts = [np.load(part) for part in sorted(cache.glob("part-*.npy"))]
    embeddings = np.concatenate(parts).astype(np.float32)  # (P, each + 1, E)
    space = fit_space(embeddings[:, 0])
    rng = np.random.default_rng(0)
    gallery = embeddings[:, :each].reshape(-1, embeddings.shape[2])
    rows = gallery[rng.permutation(len(gallery))[:count]]
    queries = rng.permutation(embeddings[::ASKED, each])
    z = space.project(rows).astype(np.float16)
    keep(cache, space, embeddings[:, 0], z, space.project(queries))
    taught = lists_of(z.astype(np.float32))
    np.savez(cache / LISTS, members=taught.members, weights=taught.weights)


def lists_of(z: Floats) -> Taught:
    """The second look in the gallery ``z`` (N, D)."""
    *_, near = neighbours_of(z)
    assert isinstance(near, Neighbours)
    for step in teach(z, graph_of(near)):
        if isinstance(step, Taught):
            return step
        if not step.done % A_LINE:
            print(f"lists of {step.done:,} of {len(z):,}", file=sys.stderr)  # noqa: T201
    raise AssertionError("it teaches something at last")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True, help="a folder of JPEGs")
    parser.add_argument("--count", type=int, default=100_000)
    chosen = parser.parse_args()
    make(chosen.cache, sorted(chosen.photos.rglob("*.jpg")), chosen.count)
