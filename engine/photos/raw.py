"""A camera raw file -> the preview that the camera put into it, and what the file says of itself.

The preview is what the camera's own screen shows; developing the sensor's data would take seconds.
rawpy (LibRaw) finds it and is an optional part of the installation: without it raw files are
refused in words. Neighbour: ``decode``, which makes an upright picture of the preview.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, JpegImagePlugin

from engine.errors import PhotoError
from engine.photos.metadata import BROKEN, from_exif, read_metadata
from engine.types import Metadata

EXTENSIONS = frozenset(("cr2", "cr3", "nef", "arw", "dng", "raf", "orf", "rw2"))
FORMAT = "RAW"
NOT_INSTALLED = (
    "camera raw files need an addition to Photoglyph: install it with pip install 'photoglyph[raw]'"
)
NO_PREVIEW = "the camera raw file holds no preview picture"
SMALLEST_SIDE = 96  # pixels of a preview; an old camera's is 160 x 120

_TIFF = (b"II*\0", b"MM\0*", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")  # Olympus and Panasonic vary it
_FUJI = b"FUJIFILM"
_CANON = b"ftypcrx"  # from the fifth byte on
_JPEG = (JpegImagePlugin.JpegImageFile.format,)


@dataclass(frozen=True, slots=True)
class Preview:
    """``image``: opened, not loaded where it is a JPEG; ``turn``: EXIF 1..8, what is left to do.

    ``width`` and ``height``: pixels of the raw picture itself, upright.
    """

    image: Image.Image
    turn: int
    width: int
    height: int
    metadata: Metadata


def installed() -> bool:
    """Whether raw files can be read here; loads nothing."""
    return find_spec("rawpy") is not None


def is_raw(path: Path, file: BinaryIO) -> bool:
    """Whether the name says that this is a raw file, and the content does not deny it."""
    if path.suffix[1:].lower() not in EXTENSIONS:
        return False
    head = _head(file)
    return head.startswith((*_TIFF, _FUJI)) or head[4:].startswith(_CANON)


def open_preview(path: Path, file: BinaryIO) -> Preview:
    """The largest preview of an opened raw file. Raises ``PhotoError``, or what Pillow raises."""
    if not installed():
        raise PhotoError(path, NOT_INSTALLED)
    import rawpy

    file.seek(0)
    try:
        with rawpy.imread(file) as opened:
            sizes = opened.sizes
            thumbnail = opened.extract_thumb()
            if thumbnail.format == rawpy.ThumbFormat.JPEG:
                jpeg = io.BytesIO(thumbnail.data)
                image: Image.Image = Image.open(jpeg, formats=_JPEG)
            else:  # LibRaw's memory ends with the block
                image = Image.fromarray(thumbnail.data.copy())
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
        raise PhotoError(path, NO_PREVIEW) from None
    except rawpy.LibRawFileUnsupportedError:
        raise PhotoError(path, "not a camera raw file that can be read") from None
    except rawpy.LibRawUnsufficientMemoryError:
        raise MemoryError from None
    except rawpy.LibRawError:
        raise PhotoError(path, "the camera raw file is cut off or damaged") from None
    if min(image.size) < SMALLEST_SIDE:
        raise PhotoError(path, NO_PREVIEW)
    width, height = _sensor_size(sizes)
    orientation = _orientation(sizes.flip)
    across = orientation >= 5
    # Some cameras turn the preview and say nothing: then it stands where the sensor lies.
    upright = across and (image.width < image.height) != (width < height)
    preview = read_metadata(image, path.name)
    metadata = replace(
        _merged(_container_metadata(file), preview), orientation=orientation, format=FORMAT
    )
    if across:
        width, height = height, width
    return Preview(image, 1 if upright else orientation, width, height, metadata)


def _sensor_size(sizes: Any) -> tuple[int, int]:
    """What a developed picture would measure, as the sensor lies."""
    if 0 < sizes.crop_width <= sizes.width and 0 < sizes.crop_height <= sizes.height:
        return sizes.crop_width, sizes.crop_height
    return sizes.width, sizes.height


def _orientation(flip: int) -> int:
    """LibRaw's flip (1 mirrored, 2 upside down, 4 transposed, added up) as EXIF orientation."""
    return (1, 2, 4, 3, 5, 8, 6, 7)[flip] if 0 <= flip < 8 else 1


def _container_metadata(file: BinaryIO) -> Metadata:
    """What a raw file that is a TIFF says of itself; nothing of any other."""
    head = _head(file)
    block = Image.Exif()
    if head.startswith(_TIFF):
        order = "<" if head.startswith(b"II") else ">"
        block.endian = order
        try:
            block.load_from_fp(file, struct.unpack(order + "I", head[4:8])[0])
        except (*BROKEN, OSError):
            return Metadata()
    return from_exif(block, {})


def _merged(container: Metadata, preview: Metadata) -> Metadata:
    """The container's word first: what a preview says is often LibRaw's shorter copy of it."""
    timed = preview if container.taken_at is None else container
    placed = preview if container.latitude is None else container
    return Metadata(
        taken_at=timed.taken_at,
        taken_offset=timed.taken_offset,
        camera=container.camera or preview.camera,
        lens=container.lens or preview.lens,
        latitude=placed.latitude,
        longitude=placed.longitude,
        rating=preview.rating if container.rating is None else container.rating,
    )


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(16)
