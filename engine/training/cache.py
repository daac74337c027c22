"""Queries for training: photos and their edited views, encoded once, kept on disk.

Query i < G is photo i itself (from its thumbnail); the others are views, in rounds over the photos.
Rows are written in order and never changed, so a cancelled training goes on where it stopped.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.encoder.pooling import GRID, pool_patches
from engine.photos.preprocess import model_input
from engine.search.ports import Encoder, EncoderSpec, Floats, Ints
from engine.store import thumbnails
from engine.store.database import Library
from engine.training.views import random_view
from engine.types import Progress

BATCH = 16
ROUNDS = 4  # views of every photo, at most; those of held-out photos are never trained on
MOST = 24_000  # encodings: five minutes on two cores


class ViewCache:
    """``embedding`` (Q, E) and ``patches`` (Q, N', C) float16 of ``source`` (Q,) rows."""

    def __init__(self, folder: Path, spec: EncoderSpec, content_ids: Ints, seed: int) -> None:
        """``content_ids`` (G,): photo of every row."""
        count = len(content_ids)
        rng = np.random.default_rng(seed)
        rounds = min(ROUNDS, max(1, (MOST - count) // count)) if count < MOST else 0
        order = np.arange(count) if rounds else rng.permutation(count)[:MOST]
        self.source: Ints = np.concatenate(
            [order, *(np.arange(count) for _ in range(rounds))]
        ).astype(np.int64)
        if not rounds:  # a large library: half of what is encoded are views
            self.source = np.concatenate([order[: MOST // 2], order[: MOST // 2]])
        self.is_view: NDArray[np.bool_] = np.zeros(len(self.source), bool)
        self.is_view[count if rounds else MOST // 2 :] = True
        self._content_ids = content_ids
        self._seed = seed
        self._files = (folder / "embedding.f16", folder / "patches.f16")
        self._shapes = (
            (spec.embedding_width,),
            (GRID * GRID, spec.patch_width),
        )

    def __len__(self) -> int:
        return len(self.source)

    def fill(self, library: Library, encoder: Encoder) -> Iterator[Progress]:
        """Encode what is missing. Photos without a thumbnail stay zero and are not asked."""
        done = self._done()
        for start in range(done, len(self), BATCH):
            yield Progress("views", start, len(self))
            self._append(start, *self._encoded(library, encoder, start))
        yield Progress("views", len(self), len(self))

    def open(self) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
        """Both arrays, memory-mapped."""
        embedding, patches = (
            np.memmap(file, np.float16, "r", shape=(len(self), *shape))
            for file, shape in zip(self._files, self._shapes, strict=True)
        )
        return embedding, patches

    def pixels(self, library: Library, side: int, count: int) -> NDArray[np.uint8]:
        """Model input of about ``count`` photos (at least two), (B, side, side, 3)."""
        wanted = [int(c) for c in self._content_ids[:: max(1, len(self._content_ids) // count)]]
        jpegs = thumbnails.by_content(library, wanted).values()
        photos = [Image.open(io.BytesIO(jpeg)).convert("RGB") for jpeg in jpegs]
        return np.stack([model_input(photo, side) for photo in photos])

    def _encoded(self, library: Library, encoder: Encoder, start: int) -> tuple[Floats, Floats]:
        rows = range(start, min(start + BATCH, len(self)))
        wanted = [int(self._content_ids[self.source[i]]) for i in rows]
        jpegs = thumbnails.by_content(library, wanted)
        side = encoder.spec.image_size
        pixels, places = [], []
        for place, (i, content_id) in enumerate(zip(rows, wanted, strict=True)):
            jpeg = jpegs.get(content_id)
            if jpeg is None:
                continue
            photo = Image.open(io.BytesIO(jpeg)).convert("RGB")
            if self.is_view[i]:
                photo = random_view(photo, np.random.default_rng((self._seed, i)))
            pixels.append(model_input(photo, side))
            places.append(place)
        embedding = np.zeros((len(rows), *self._shapes[0]), np.float32)
        patches = np.zeros((len(rows), *self._shapes[1]), np.float32)
        if pixels:
            encoded = encoder.encode(np.stack(pixels))
            embedding[places] = encoded.embedding
            patches[places] = pool_patches(encoded.patches)
        return embedding, patches

    def _done(self) -> int:
        """Rows that both files hold; a row that was cut off is written again."""
        counts = []
        for file, shape in zip(self._files, self._shapes, strict=True):
            size = file.stat().st_size if file.is_file() else 0
            counts.append(size // (2 * int(np.prod(shape))))
        return min(*counts, len(self))

    def _append(self, start: int, *arrays: Floats) -> None:
        for file, shape, array in zip(self._files, self._shapes, arrays, strict=True):
            file.touch()
            with file.open("r+b") as out:
                out.seek(start * 2 * int(np.prod(shape)))
                out.write(array.astype(np.float16).tobytes())
