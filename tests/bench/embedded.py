"""Labelled photos with their embeddings, encoded once: what an ablation starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import PhotoError
from engine.evaluation.labels import LabelledPhoto, read_labels
from engine.photos.decode import decode
from engine.photos.preprocess import model_input
from engine.search.ports import Encoder
from engine.settings import DEFAULT_ENCODER, THUMBNAIL_SIDE
from engine.training.views import random_view
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BATCH = 64
VIEWED = 200  # photos of a set's gallery with an edited view, for the ends of the bands


@dataclass(frozen=True)
class Photos:
    """N photos of one or more sets. ``label`` (N,) class numbers; ``view`` (N, E), zero for none.

    ``embedding`` (N, E), ``split`` and ``set`` (N,) names, ``seen`` (N,): may its label be known.
    """

    embedding: Floats
    view: Floats
    label: Ints
    split: NDArray[np.str_]
    set: NDArray[np.str_]
    seen: Bools

    def __getitem__(self, chosen: NDArray[np.generic]) -> Photos:
        return Photos(
            self.embedding[chosen],
            self.view[chosen],
            self.label[chosen],
            self.split[chosen],
            self.set[chosen],
            self.seen[chosen],
        )

    def __len__(self) -> int:
        return len(self.label)


def embedded(labels_csv: Path, features: Path | None) -> Photos:
    """Every readable photo of ``labels_csv``; ``features`` keeps the embeddings for another run.

    Raises ``UserError`` for a labels file that cannot be used.
    """
    listed = read_labels(labels_csv)
    names = np.array([photo.path.name for photo in listed])
    if features is not None and features.is_file():
        with np.load(features, allow_pickle=False) as file:
            if not np.array_equal(file["names"], names):
                raise SystemExit(f"{features} holds other photos: delete it, or name another file.")
            embedding, view = file["embedding"], file["view"]
    else:
        embedding, view = _encoded(listed)
        if features is not None:
            np.savez(features, names=names, embedding=embedding, view=view)
    read = embedding.any(1)
    in_train = {(p.set, p.label) for p in listed if p.split == "train"}
    photos = Photos(
        embedding.astype(np.float32),
        view.astype(np.float32),
        np.unique([f"{p.set}/{p.label}" for p in listed], return_inverse=True)[1].astype(np.int64),
        np.array([p.split for p in listed]),
        np.array([p.set for p in listed]),
        np.array([(p.set, p.label) in in_train if p.seen is None else p.seen for p in listed]),
    )
    return photos[np.flatnonzero(read)]


def _encoded(
    listed: Sequence[LabelledPhoto],
) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    """Embeddings and views (N, E) each; zero where there is none."""
    encoder = OnnxRuntime().open_encoder(BundleExporter().prepare_encoder(DEFAULT_ENCODER))
    shape = len(listed), encoder.spec.embedding_width
    embedding, view = np.zeros(shape, np.float16), np.zeros(shape, np.float16)
    for rows, pixels in _batches(_pictures(listed, encoder)):
        result = encoder.encode(pixels).embedding.astype(np.float16)
        for (row, is_view), found in zip(rows, result, strict=True):
            (view if is_view else embedding)[row] = found
    return embedding, view


Place = tuple[int, bool]  # row, and whether it is the row's view


def _pictures(
    listed: Sequence[LabelledPhoto], encoder: Encoder
) -> Iterator[tuple[Place, NDArray[np.uint8]]]:
    """Model inputs of photos, and of an edited view of the first of every gallery."""
    side = encoder.spec.image_size
    viewed: dict[str, int] = {}
    for row, photo in enumerate(listed):
        try:
            image: Image.Image = decode(photo.path, side).image
        except PhotoError:
            continue
        yield (row, False), model_input(image, side)
        if photo.split == "gallery" and viewed.setdefault(photo.set, 0) < VIEWED:
            viewed[photo.set] += 1
            image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            edited = random_view(image, np.random.default_rng(row))
            yield (row, True), model_input(edited, side)


def _batches(
    pictures: Iterator[tuple[Place, NDArray[np.uint8]]],
) -> Iterator[tuple[list[Place], NDArray[np.uint8]]]:
    rows: list[Place] = []
    pixels: list[NDArray[np.uint8]] = []
    for row, picture in pictures:
        rows.append(row)
        pixels.append(picture)
        if len(rows) == BATCH:
            yield rows, np.stack(pixels)
            rows, pixels = [], []
    if rows:
        yield rows, np.stack(pixels)
