"""Queries for training: photos and their edited views, encoded once, kept on disk.

Query i < G is photo i itself (from its thumbnail); the others are views, in rounds over the photos.
Rows are written in order and never changed, so a cancelled training goes on where it stopped.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.encoder.pooling import GRID, pool_patches
from engine.photos.preprocess import model_input
from engine.search.ports import Encoder, EncoderSpec, Ints
from engine.store import thumbnails
from engine.store.database import Library
from engine.training.sizes import MOST, rounds
from engine.training.views import random_view
from engine.types import Progress

BATCH = 16


class ViewCache:
    """``embedding`` (Q, E) and ``patches`` (Q, N', C) float16 of ``source`` (Q,) rows."""

    def __init__(self, folder: Path, spec: EncoderSpec, content_ids: Ints, seed: int) -> None:
        """``content_ids`` (G,): photo of every row."""
        count = len(content_ids)
        rng = np.random.default_rng(seed)
        views = rounds(count)
        order = np.arange(count) if views else rng.permutation(count)[:MOST]
        self.source: Ints = np.concatenate(
            [order, *(np.arange(count) for _ in range(views))]
        ).astype(np.int64)
        if not views:  # a large library: half of what is encoded are views
            self.source = np.concatenate([order[: MOST // 2], order[: MOST // 2]])
        self.is_view: NDArray[np.bool_] = np.zeros(len(self.source), bool)
        self.is_view[count if views else MOST // 2 :] = True
        self.content_ids = content_ids
        self._seed = seed
        self._files = (folder / "embedding.f16", folder / "patches.f16")
        self._shapes = (
            (spec.embedding_width,),
            (GRID * GRID, spec.patch_width),
        )

    def __len__(self) -> int:
        return len(self.source)

    @property
    def begun(self) -> bool:
        """Whether an earlier training has encoded some of it."""
        return self._done() > 0

    def fill(self, library: Library, encoder: Encoder) -> Iterator[Progress]:
        """Encode what is missing. Photos without a thumbnail stay zero and are not asked.

        The next batch is decoded and edited while this one is encoded.
        """
        side = encoder.spec.image_size
        starts = range(self._done(), len(self), BATCH)
        with ThreadPoolExecutor(1) as ahead:
            waiting = [ahead.submit(self._batch, library, side, self._rows(s)) for s in starts[:1]]
            for number, start in enumerate(starts):
                yield Progress("views", start, len(self))
                pixels, places = waiting.pop().result()
                following = starts[number + 1 : number + 2]
                waiting.extend(
                    ahead.submit(self._batch, library, side, self._rows(s)) for s in following
                )
                self._append(start, self._encoded(encoder, len(self._rows(start)), pixels, places))
        yield Progress("views", len(self), len(self))

    def open(self) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
        """Both arrays, memory-mapped."""
        embedding, patches = (
            np.memmap(file, np.float16, "r", shape=(len(self), *shape))
            for file, shape in zip(self._files, self._shapes, strict=True)
        )
        return embedding, patches

    def encoded(
        self, library: Library, encoder: Encoder, rows: Ints
    ) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
        """The same queries ``rows`` (n,) with another encoder of the same image size: as ``open``.

        Nothing of it is kept.
        """
        parts = []
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH].tolist()
            pixels, places = self._batch(library, encoder.spec.image_size, some)
            parts.append(self._encoded(encoder, len(some), pixels, places))
        embedding, patches = (np.concatenate(part) for part in zip(*parts, strict=True))
        return embedding, patches

    def pixels(self, library: Library, side: int, count: int) -> NDArray[np.uint8]:
        """Model input of about ``count`` photos, (B, side, side, 3)."""
        wanted = [int(c) for c in self.content_ids[:: max(1, len(self.content_ids) // count)]]
        photos = map(opened, thumbnails.by_content(library, wanted).values())
        return np.stack([model_input(photo, side) for photo in photos if photo is not None])

    def _batch(
        self, library: Library, side: int, rows: Sequence[int]
    ) -> tuple[list[NDArray[np.uint8]], list[int]]:
        """Model input of the queries ``rows``, and the places among them that it belongs to."""
        wanted = [int(self.content_ids[self.source[i]]) for i in rows]
        jpegs = thumbnails.by_content(library, wanted)
        pixels, places = [], []
        for place, (i, content_id) in enumerate(zip(rows, wanted, strict=True)):
            photo = opened(jpegs.get(content_id, b""))
            if photo is None:
                continue
            if self.is_view[i]:
                photo = random_view(photo, np.random.default_rng((self._seed, i)))
            pixels.append(model_input(photo, side))
            places.append(place)
        return pixels, places

    def _done(self) -> int:
        """Rows that both files hold; a row that was cut off is written again."""
        counts = []
        for file, shape in zip(self._files, self._shapes, strict=True):
            size = file.stat().st_size if file.is_file() else 0
            counts.append(size // (2 * int(np.prod(shape))))
        return min(*counts, len(self))

    def _rows(self, start: int) -> range:
        return range(start, min(start + BATCH, len(self)))

    def _encoded(
        self, encoder: Encoder, count: int, pixels: list[NDArray[np.uint8]], places: list[int]
    ) -> list[NDArray[np.float16]]:
        """Embeddings (count, E) and pooled patches (count, N', C); zero but for ``places``."""
        arrays = [np.zeros((count, *shape), np.float16) for shape in self._shapes]
        if pixels:
            encoded = encoder.encode(np.stack(pixels))
            arrays[0][places] = encoded.embedding
            arrays[1][places] = pool_patches(encoded.patches)
        return arrays

    def _append(self, start: int, arrays: list[NDArray[np.float16]]) -> None:
        for file, array in zip(self._files, arrays, strict=True):
            file.touch()
            with file.open("r+b") as out:
                out.seek(start * array[0].nbytes)
                out.write(array.tobytes())


def opened(jpeg: bytes) -> Image.Image | None:
    """A thumbnail as a picture; None where there is none, or a damaged one."""
    try:
        return Image.open(io.BytesIO(jpeg)).convert("RGB")
    except OSError:
        return None
