"""What is asked of a library: a picture, as vectors and perceptual hashes.

A query is encoded once as it is. What it may be a copy of (the picture within a frame, a mirrored
one) is hashed at next to no cost; views that are worth an encoding wait until the first answer
turns out unsure.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from engine.encoder.pooling import pool_patches
from engine.errors import PhotoError, UserError
from engine.photos.decode import Decoded, decode
from engine.photos.preprocess import model_input
from engine.photos.query_views import encoded_views, hashed_views
from engine.photos.thumbnails import perceptual_hash
from engine.search.ports import Encoder, Floats, Ints
from engine.store import files, thumbnails
from engine.store.database import Library
from engine.types import Metadata, Preview, Query

MINUS_WEIGHT = 0.5  # Rocchio's share of what is subtracted
CROPPED_SIDE = 2048  # pixels a photo is decoded to before a part of it is cut out


def _no_hashes() -> Ints:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class EncodedQuery:
    """``embedding`` (E,), ``patches`` (N', C), and what it took.

    ``hashes`` (v,): perceptual hashes of what the picture may be a copy of. ``further``: makes
    further views of it, encoded; none, one or two.
    """

    embedding: Floats
    patches: Floats
    decode_ms: float
    encode_ms: float
    hashes: Ints
    further: Callable[[], Iterator[EncodedQuery]]


class QueryEncoder:
    """Reads pictures from files, from memory and from the library, and encodes them."""

    def __init__(self, library: Library, encoder: Encoder) -> None:
        self._library = library
        self._encoder = encoder

    def encode(self, query: Query) -> EncodedQuery:
        """The query's embedding, what is to be avoided subtracted (Rocchio), and its patches.

        Raises ``PhotoError`` for a picture that cannot be read, ``UserError`` for a crop outside.
        """
        started = time.perf_counter()
        picture = self._picture(query.image, query.crop)
        decoded = (time.perf_counter() - started) * 1e3
        encoded = replace(self._encoded(picture), decode_ms=decoded)
        if query.minus:  # a mixture is no copy of anything
            avoided = [self._encoded(self._picture(m, None)).embedding for m in query.minus]
            moved = encoded.embedding - MINUS_WEIGHT * np.mean(avoided, axis=0, dtype=np.float32)
            return replace(encoded, embedding=moved.astype(np.float32))
        hashes = np.array([perceptual_hash(view) for view in hashed_views(picture)], np.int64)
        whole = (time.perf_counter() - started) * 1e3

        def further() -> Iterator[EncodedQuery]:
            return map(self._encoded, encoded_views(picture))

        return replace(encoded, encode_ms=whole - decoded, hashes=hashes, further=further)

    def _encoded(self, picture: Image.Image) -> EncodedQuery:
        started = time.perf_counter()
        encoded = self._encoder.encode(model_input(picture, self._encoder.spec.image_size)[None])
        patches = pool_patches(encoded.patches)
        taken = (time.perf_counter() - started) * 1e3
        return EncodedQuery(
            encoded.embedding[0], patches[0], 0.0, taken, _no_hashes(), lambda: iter(())
        )

    def _picture(
        self, image: Path | Image.Image | int, crop: tuple[int, int, int, int] | None
    ) -> Image.Image:
        return query_picture(self._library, image, crop, self._encoder.spec.image_size)


def query_picture(
    library: Library,
    image: Path | Image.Image | int,
    crop: tuple[int, int, int, int] | None,
    side: int,
) -> Image.Image:
    """The query as an upright RGB picture, at least ``side`` pixels where it has them.

    A photo of the library is taken from its thumbnail, so that an unplugged drive does not matter.
    Raises ``PhotoError``, or ``UserError`` for a crop outside the picture.
    """
    if crop is None:
        return _opened(library, image, side, closely=False).image
    picture = _opened(library, image, max(side, CROPPED_SIDE), closely=True)
    return _cut(picture.image, crop, picture.width, picture.height)


def query_preview(library: Library, query: Query, side: int) -> Preview:
    """The query's picture to look at, its longer side at most ``side``; raises as above."""
    opened = _opened(library, query.image, side, closely=True)
    picture, width, height = opened.image, opened.width, opened.height
    if query.crop is not None:
        picture = _cut(picture, query.crop, width, height)
        scale = width / opened.image.width
        width, height = round(picture.width * scale), round(picture.height * scale)
    picture.thumbnail((side, side))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return Preview(out.getvalue(), width, height)


def _opened(
    library: Library, image: Path | Image.Image | int, side: int, *, closely: bool
) -> Decoded:
    """``closely``: a photo of the library is read from its file, if that is there."""
    if isinstance(image, Path):
        return decode(image, side)
    if isinstance(image, Image.Image):
        return Decoded(image.convert("RGB"), image.width, image.height, Metadata())
    jpeg = thumbnails.by_content(library, [image]).get(image)
    kept = None if jpeg is None else Image.open(io.BytesIO(jpeg)).convert("RGB")
    if kept is not None and not closely:
        return Decoded(kept, kept.width, kept.height, Metadata())
    with library.read() as connection:
        copies = files.photos_by_content(connection, [image]).get(image)
    if not copies:
        raise UserError("That photo is no longer in the library: choose another.")
    try:
        return decode(copies[0].path, side)
    except PhotoError:
        if kept is None:
            raise
        return Decoded(kept, copies[0].width, copies[0].height, copies[0].metadata)


def _cut(
    picture: Image.Image, crop: tuple[int, int, int, int], width: int, height: int
) -> Image.Image:
    """The part ``crop`` (x, y, width, height in pixels of the full ``width`` x ``height``)."""
    x, y, w, h = crop
    left, upper = max(0, x), max(0, y)
    right, lower = min(width, x + w), min(height, y + h)
    if right <= left or lower <= upper:
        raise UserError(
            f"The crop {x},{y},{w},{h} lies outside the picture of {width} x {height} pixels: "
            "give X,Y,WIDTH,HEIGHT inside it."
        )
    sx, sy = picture.width / width, picture.height / height
    box = (round(left * sx), round(upper * sy), round(right * sx), round(lower * sy))
    return picture.crop((box[0], box[1], max(box[2], box[0] + 1), max(box[3], box[1] + 1)))
