"""The small JPEG of a photo, and the 64 bits that recognise it after re-encoding.

Both come from the picture that ``decode`` made for the model: a file is decoded once.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from engine.settings import THUMBNAIL_SIDE

QUALITY = 82  # about 16 KB at 320 pixels; blocks do not show


def thumbnail(image: Image.Image) -> bytes:
    """``image`` (RGB, upright) as JPEG, its longer side at most ``THUMBNAIL_SIDE``."""
    small = image.copy() if max(image.size) <= THUMBNAIL_SIDE else _fitted(image)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _fitted(image: Image.Image) -> Image.Image:
    scale = THUMBNAIL_SIDE / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)


_SIDE = 32
_LOW = 8
# DCT-II without its constant factors: row k samples cos(pi (2x + 1) k / 2 SIDE).
_COSINES = np.cos(np.pi / (2 * _SIDE) * np.outer(np.arange(_LOW), 2 * np.arange(_SIDE) + 1))


def perceptual_hash(image: Image.Image) -> int:
    """64 bits as a signed integer: signs of the lowest frequencies against their median.

    Two encodings or sizes of one picture differ in few bits; unrelated pictures in about 32.
    """
    grey = image.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC, reducing_gap=3.0).convert("L")
    low = _COSINES @ np.asarray(grey, dtype=np.float64) @ _COSINES.T  # (8, 8)
    bits = np.packbits((low > np.median(low)).ravel())
    return int.from_bytes(bits.tobytes(), "big", signed=True)
