"""A file of any kind -> an upright RGB picture, or one reason why not.

The header is checked before any pixel is decoded, since a few bytes can claim gigabytes. JPEG is
decoded at reduced size. Neighbours: ``scan`` finds the files, ``metadata`` reads EXIF from the
opened image, ``preprocess`` and ``thumbnails`` take the picture from here.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import (  # each plugin registers its format
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from engine.errors import PhotoError
from engine.photos import raw
from engine.photos.metadata import BROKEN, read_metadata, read_orientation
from engine.types import Metadata

# Content decides, not the name; what is not listed here is never handed to a decoder.
FORMATS = (
    JpegImagePlugin.JpegImageFile.format,  # with MPO, which begins as a JPEG
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    GifImagePlugin.GifImageFile.format,
    TiffImagePlugin.TiffImageFile.format,
    BmpImagePlugin.BmpImageFile.format,
    AvifImagePlugin.AvifImageFile.format,
    "HEIF",
)

LARGEST_SIDE = 30_000  # pixels
LARGEST_MEGAPIXELS = 120  # decoded whole: 480 MB as RGBA
LARGEST_MEGAPIXELS_REDUCED = 200  # JPEG, decoded at reduced size
LARGEST_FILE_BYTES = 2 << 30

pillow_heif.register_heif_opener(thumbnails=False)
# Our own limits, checked right after the header, name the figures; Pillow's would come first.
Image.MAX_IMAGE_PIXELS = None

_FILTERS = threading.Lock()


@dataclass(frozen=True, slots=True)
class Decoded:
    """``image``: RGB, upright, its shorter side at least the asked one where the photo has it.

    ``width`` and ``height`` are the photo's own pixels, upright.
    """

    image: Image.Image
    width: int
    height: int
    metadata: Metadata


def decode(path: Path, side: int, *, file: BinaryIO | None = None) -> Decoded:
    """Decode the photo at ``path`` (from ``file`` where it is open already).

    ``side``: pixels that the shorter side of the result must keep; larger photos are reduced
    towards it while they are decoded, to less than twice as much. Transparency lies on white;
    of an animation or a document the first picture is taken. Raises ``PhotoError``.
    """
    if file is None:
        with open_photo(path) as opened:
            return decode(path, side, file=opened)
    with _reasons(path):
        if raw.is_raw(path, file):
            return _decode_raw(path, file, side)
        file.seek(0)
        with Image.open(file, formats=FORMATS) as image:
            return _decode(path, image, side)


def open_photo(path: Path) -> BinaryIO:
    """Open a regular, non-empty file for reading. Raises ``PhotoError``.

    Where the disk refused, the ``OSError`` is its cause: that may pass, damage does not.

    Never hangs: a pipe or a device is recognised before it is read.
    """
    try:
        _check_kind(path, path.stat())  # opening a device may already do something
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    except OSError as error:
        raise PhotoError(path, open_reason(error)) from error
    file = os.fdopen(descriptor, "rb")
    try:
        status = os.fstat(descriptor)
        _check_kind(path, status)
        if status.st_size == 0:
            raise PhotoError(path, "the file is empty")
        if status.st_size > LARGEST_FILE_BYTES:
            raise PhotoError(
                path,
                f"the file has {status.st_size / 1e9:.1f} GB, "
                f"more than the {LARGEST_FILE_BYTES / 1e9:.1f} GB that are read",
            )
    except BaseException:
        file.close()
        raise
    return file


_BINARY = getattr(os, "O_BINARY", 0)  # Windows


def _check_kind(path: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise PhotoError(path, "this is a folder, not a picture")
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError(path, "not a regular file (a pipe, socket or device)")


def open_reason(error: OSError) -> str:
    """Why a file or folder could not be reached, in words."""
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return "there is no such file"
        case errno.EACCES | errno.EPERM:
            return "no permission to read it"
        case errno.ELOOP:
            return "a link that leads back to itself"
        case errno.ENAMETOOLONG:
            return "the path is too long for this system"
        case _:
            return f"it cannot be read ({error.strerror or error})"


def _decode(path: Path, image: Image.Image, side: int) -> Decoded:
    width, height = image.size
    # A PNG may keep its EXIF behind the pixels, a TIFF loses its file once they are loaded.
    late = image.format == "PNG"
    metadata = Metadata() if late else read_metadata(image, path.name)
    picture = _load(path, image, side)
    if late:
        metadata = read_metadata(image, path.name)
    turn = read_orientation(image)  # what is left to do: Pillow turns a TIFF while it loads
    if turn >= 5:
        width, height = height, width
    named = "JPEG" if image.format in _REDUCIBLE else image.format
    return Decoded(_turned(picture, turn), width, height, replace(metadata, format=named))


def _decode_raw(path: Path, file: BinaryIO, side: int) -> Decoded:
    preview = raw.open_preview(path, file)
    with preview.image as image:
        picture = _turned(_load(path, image, side), preview.turn)
    return Decoded(picture, preview.width, preview.height, preview.metadata)


def _load(path: Path, image: Image.Image, side: int) -> Image.Image:
    """The pixels of an opened image as RGB, once its header has been found sound."""
    reducible = image.format in _REDUCIBLE
    _check_size(path, *image.size, reducible)
    if reducible:
        # Scaled in the DCT: 12 megapixels in 19 ms instead of 145.
        image.draft(None, (side, side))
    image.load()
    return _rgb(image, side)


def _turned(picture: Image.Image, turn: int) -> Image.Image:
    return picture if turn == 1 else picture.transpose(_TURNS[turn])


_REDUCIBLE = ("JPEG", "MPO")


def _check_size(path: Path, width: int, height: int, reducible: bool) -> None:
    if width < 1 or height < 1:
        raise PhotoError(path, "the picture has no pixels")
    if max(width, height) > LARGEST_SIDE:
        raise PhotoError(
            path, f"{width} x {height} pixels: a side is longer than {LARGEST_SIDE:,} pixels"
        )
    most = LARGEST_MEGAPIXELS_REDUCED if reducible else LARGEST_MEGAPIXELS
    if width * height > most * 1_000_000:
        raise PhotoError(
            path,
            f"{width} x {height} pixels are {width * height / 1e6:.0f} megapixels, "
            f"more than the {most} that are decoded",
        )


def _rgb(image: Image.Image, side: int) -> Image.Image:
    """Any mode as RGB, transparency on white, reduced by a whole factor towards ``side``.

    What can be averaged is reduced before it is converted: that is where the memory goes.
    """
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.mode in ("I", "F"):
        image = Image.fromarray(_eight_bits(np.asarray(image)))
    if _transparent(image):
        return _reduced(_on_white(image), side)
    if image.mode in ("L", "RGB", "CMYK", "YCbCr"):
        return _reduced(image, side).convert("RGB")
    return _reduced(image.convert("RGB"), side)


def _reduced(image: Image.Image, side: int) -> Image.Image:
    """``image`` box-filtered by a whole factor, as far as its shorter side stays >= ``side``."""
    factor = min(image.size) // side
    return image.reduce(factor) if factor > 1 else image


def _transparent(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "La":
        image = image.convert("LA")
    layer = image if image.mode == "RGBA" else image.convert("RGBA")
    white = Image.new("RGB", layer.size, "white")
    white.paste(layer, mask=layer.getchannel("A"))
    return white


def _eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey values of 32 bits (H, W) as 0..255.

    Floats in 0..1 and integers in 0..65535 have their usual scale; anything else is stretched
    from its least to its greatest value.
    """
    grey: NDArray[np.float32] = np.nan_to_num(
        values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0
    )
    low, high = float(grey.min()), float(grey.max())
    if values.dtype.kind == "f" and low >= 0 and high <= 1:
        grey *= 255
    elif low >= 0 and high <= 65535:
        grey /= 257 if high > 255 else 1
    else:
        grey -= low
        grey *= 255 / max(high - low, 1e-12)
    grey += 0.5
    return grey.clip(0, 255).astype(np.uint8)


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@contextmanager
def _reasons(path: Path) -> Iterator[None]:
    """Turn whatever a decoder raises into a reason; warnings of Pillow's are errors.

    Decoders fail in any way that strangers' bytes can make them fail, so the net is wide here,
    and only here.
    """
    try:
        # Filters are global to the process: one thread at a time may change them.
        with _FILTERS, warnings.catch_warnings():
            warnings.filterwarnings("error", module=r"(PIL|pillow_heif)\b")
            # A broken animation, or a broken second picture: the first one is whole.
            for first_is_whole in ("Invalid APNG", "Image appears to be a malformed MPO"):
                warnings.filterwarnings("ignore", message=first_is_whole, module=r"PIL\b")
            yield
    except PhotoError:
        raise
    except UnidentifiedImageError:
        raise PhotoError(path, "not an image that Photoglyph can read") from None
    except MemoryError:
        raise PhotoError(path, "decoding it needs too much memory") from None
    except OSError as error:
        if error.errno is not None:  # the disk's word, not the decoder's
            raise PhotoError(path, open_reason(error)) from error
        raise PhotoError(path, DAMAGED) from None
    except (*BROKEN, EOFError, zlib.error) as error:
        raise PhotoError(path, DAMAGED) from error


DAMAGED = "the picture data is cut off or damaged"
