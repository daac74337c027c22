"""Between Qt's images, Pillow's and JPEG bytes. Safe on any thread: no QPixmap here."""

from __future__ import annotations

from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage


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
