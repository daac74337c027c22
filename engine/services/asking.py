"""What is asked of a library: a picture, as vectors and perceptual hashes.

A query is encoded once as it is. What it may be a copy of (the picture within a frame, a mirrored
one) is hashed at next to no cost; views that are worth an encoding wait until the first answer
turns out unsure.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from engine.encoder.pooling import pool_patches
from engine.errors import PhotoError, UserError
from engine.photos.decode import Decoded, decode
from engine.photos.preprocess import model_input
from engine.photos.query_views import encoded_views, hashed_views
from engine.photos.thumbnails import perceptual_hash
from engine.search.feedback import rocchio
from engine.search.ports import Encoder, Floats, Ints
from engine.store import files, thumbnails
from engine.store.database import Library
from engine.types import Kept, Metadata, Part, Preview, Query

MOST_IMAGES = 20  # of one query; marks are not counted
KEPT = 2 * MOST_IMAGES  # encoded images that the next step of a conversation may ask with again
CROPPED_SIDE = 2048  # pixels a photo is decoded to before a part of it is cut out


def _no_hashes() -> Ints:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class EncodedQuery:
    """``embedding`` (E,), ``patches`` (N', C), and what it took.

    ``hashes`` (v,): perceptual hashes of what the picture may be a copy of. ``further``: makes
    further views of it, encoded; none, one or two. ``given`` (p, E): each image of the query on its
    own, ``signs`` (p,) its weight, below 0 where it is to be avoided. ``wanted``: those of several
    images that are wanted.
    """

    embedding: Floats
    patches: Floats
    decode_ms: float
    encode_ms: float
    hashes: Ints
    further: Callable[[], Iterator[EncodedQuery]]
    given: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    signs: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    wanted: tuple[EncodedQuery, ...] = ()


class QueryEncoder:
    """Reads pictures from files, from memory and from the library, and encodes them.

    Thread-safe. What a query of several images asks with is remembered: the next step of the
    conversation brings one image more, or a mark.
    """

    def __init__(self, library: Library, encoder: Encoder) -> None:
        self._library = library
        self.encoder = encoder
        self._lock = threading.Lock()
        # The image itself is kept too: an object's id may be given again once it is gone.
        self._kept: dict[tuple[object, ...], tuple[object, EncodedQuery]] = {}

    def encode(self, query: Query, *, again: bool = False) -> EncodedQuery:
        """The query's images: together (``engine.search.feedback.rocchio``), and one by one.

        ``again``: what was asked before need not be read anew. Raises ``PhotoError`` for a picture
        that cannot be read, ``UserError`` for a crop outside, too many images, or none that is
        wanted.
        """
        parts = settled(query.parts)
        talking = again or len(query.parts) > 1 or bool(query.marks)
        encoded = [self._part(part, remembered=talking) for part in parts]
        given = np.stack([one.embedding for one in encoded])
        signs = np.array([part.sign * part.weight for part in parts], np.float32)
        if len(query.parts) == 1:
            return replace(encoded[0], given=given, signs=signs)
        first = encoded[int(np.argmax(signs > 0))]
        return replace(  # a mixture is no copy of anything
            first,
            embedding=rocchio(given, signs),
            decode_ms=sum(one.decode_ms for one in encoded),
            encode_ms=sum(one.encode_ms for one in encoded),
            hashes=_no_hashes(),
            further=lambda: iter(()),
            given=given,
            signs=signs,
            wanted=tuple(one for one, sign in zip(encoded, signs, strict=True) if sign > 0),
        )

    def _part(self, part: Part, *, remembered: bool) -> EncodedQuery:
        key = _identity(part)
        with self._lock:
            kept = self._kept.pop(key, None) if remembered else None
        if kept is None:
            encoded = self._read(part)
        else:
            encoded = replace(kept[1], decode_ms=0.0, encode_ms=0.0)
        with self._lock:
            self._kept[key] = part.image, encoded  # the newest last
            for old in list(self._kept)[:-KEPT]:
                del self._kept[old]
        return encoded

    def _read(self, part: Part) -> EncodedQuery:
        started = time.perf_counter()
        picture = self._picture(part.image, part.crop)
        decoded = (time.perf_counter() - started) * 1e3
        encoded = replace(self._encoded(picture), decode_ms=decoded)
        if isinstance(part.image, Kept) and part.image.weights == self.encoder.spec.weights:
            vector = np.frombuffer(part.image.vector, np.float16).astype(np.float32)
            encoded = replace(encoded, embedding=vector)  # of the image before it was made small
        hashes = np.array([perceptual_hash(view) for view in hashed_views(picture)], np.int64)
        whole = (time.perf_counter() - started) * 1e3

        def further() -> Iterator[EncodedQuery]:
            return map(self._encoded, encoded_views(picture))

        return replace(encoded, encode_ms=whole - decoded, hashes=hashes, further=further)

    def _encoded(self, picture: Image.Image) -> EncodedQuery:
        started = time.perf_counter()
        encoded = self.encoder.encode(model_input(picture, self.encoder.spec.image_size)[None])
        patches = pool_patches(encoded.patches)
        taken = (time.perf_counter() - started) * 1e3
        return EncodedQuery(
            encoded.embedding[0], patches[0], 0.0, taken, _no_hashes(), lambda: iter(())
        )

    def _picture(
        self, image: Path | Image.Image | int | Kept, crop: tuple[int, int, int, int] | None
    ) -> Image.Image:
        return query_picture(self._library, image, crop, self.encoder.spec.image_size)


def settled(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The images of a query without contradictions: of one that is given twice the last counts.

    Raises ``UserError`` where there are too many, or none is left to look for.
    """
    if len(parts) > MOST_IMAGES:
        raise UserError(
            f"A search takes {MOST_IMAGES} images at most, and this one has {len(parts)}: "
            "leave some out."
        )
    last = {_identity(part): part for part in parts}
    if all(part.sign < 0 for part in last.values()):
        raise UserError(
            "Every image of this search is one to be avoided: add one that shows what to look for."
        )
    return tuple(last.values())


def contradictory(parts: tuple[Part, ...]) -> bool:
    """Whether an image is both asked for and to be avoided."""
    signs = {(_identity(part), part.sign) for part in parts}
    return len({identity for identity, _ in signs}) < len(signs)


def _identity(part: Part) -> tuple[object, ...]:
    """What tells one image from another: a file as it is now, an object, a photo; and its part."""
    if isinstance(part.image, Path):
        try:
            told = part.image.stat()
        except OSError:
            return part.image, part.crop
        return part.image, told.st_mtime_ns, told.st_size, part.crop
    if isinstance(part.image, int | Kept):
        return part.image, part.crop
    return "picture", id(part.image), part.crop


def query_picture(
    library: Library,
    image: Path | Image.Image | int | Kept,
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
    library: Library, image: Path | Image.Image | int | Kept, side: int, *, closely: bool
) -> Decoded:
    """``closely``: a photo of the library is read from its file, if that is there."""
    if isinstance(image, Path):
        return decode(image, side)
    if isinstance(image, Image.Image):
        return Decoded(image.convert("RGB"), image.width, image.height, Metadata())
    if isinstance(image, Kept):
        kept = Image.open(io.BytesIO(image.jpeg)).convert("RGB")
        return Decoded(kept, kept.width, kept.height, Metadata())
    jpeg = thumbnails.by_content(library, [image]).get(image)
    stored = None if jpeg is None else Image.open(io.BytesIO(jpeg)).convert("RGB")
    if stored is not None and not closely:
        return Decoded(stored, stored.width, stored.height, Metadata())
    with library.read() as connection:
        copies = files.photos_by_content(connection, [image]).get(image)
    if not copies:
        raise UserError("That photo is no longer in the library: choose another.")
    try:
        return decode(copies[0].path, side)
    except PhotoError:
        if stored is None:
            raise
        return Decoded(stored, copies[0].width, copies[0].height, copies[0].metadata)


def _cut(
    picture: Image.Image, crop: tuple[int, int, int, int], width: int, height: int
) -> Image.Image:
    """The part ``crop`` (x, y, width, height in pixels of the full ``width`` x ``height``)."""
    x, y, w, h = crop
    if w <= 0 or h <= 0:
        raise UserError(f"The crop {x},{y},{w},{h} is a box of no size: draw a larger one.")
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
