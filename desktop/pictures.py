"""Between Qt's images, Pillow's and JPEG bytes. Safe on any thread: no QPixmap here."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from engine.types import Kept

BITMAPS = 4  # that are kept converted; one can weigh 100 MB


def to_pillow(image: QImage) -> Image.Image:
    """A pasted or dropped bitmap as RGB; transparent parts become white."""
    rgba = image.convertToFormat(QImage.Format.Format_RGBA8888)
    width, height = rgba.width(), rgba.height()
    pixels = Image.frombuffer(
        "RGBA", (width, height), bytes(rgba.constBits()), "raw", "RGBA", rgba.bytesPerLine(), 1
    )
    if not image.hasAlphaChannel():
        return pixels.convert("RGB")
    paper = Image.new("RGBA", pixels.size, "white")
    return Image.alpha_composite(paper, pixels).convert("RGB")


def from_jpeg(jpeg: bytes | None, side: int) -> QImage:
    """Decoded and, where larger, scaled down to ``side`` pixels. Null: there is no picture."""
    image = QImage.fromData(jpeg) if jpeg else QImage()
    return fit(image, side)


def fit(image: QImage, side: int) -> QImage:
    if max(image.width(), image.height()) <= side:
        return image
    return image.scaled(
        QSize(side, side),
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


class Bitmaps:
    """Pasted images as Pillow's, each converted once: the engine knows an object that comes again.

    For worker threads.
    """

    def __init__(self) -> None:
        self._known: dict[int, Image.Image] = {}

    def of(self, image: Path | QImage | int | Kept) -> Path | Image.Image | int | Kept:
        """Whatever is no bitmap stays what it is."""
        if not isinstance(image, QImage):
            return image
        found = self._known.get(image.cacheKey())
        if found is None:
            found = to_pillow(image)
            self._known = dict([*self._known.items()][1 - BITMAPS :])
            self._known[image.cacheKey()] = found
        return found
