"""A picture that fits its place, centred, on a quiet ground."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.guarding import guarded
from desktop.theme import RADIUS, colours

VEIL = 90  # of 255, over what lies outside an outline
CORNER = 0.06  # of an outline's shorter side, at most RADIUS pixels


class Picture(QWidget):
    """Null: nothing to show (yet). ``ground`` False: the picture alone."""

    def __init__(self, *, ground: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ground = ground
        self.image = QImage()
        self.outline: QRectF | None = None

    def show_outline(self, outline: QRectF | None) -> None:
        """Where in the picture something was found, as shares of its sides; None: nowhere."""
        self.outline = outline
        self.update()

    def show_image(self, image: QImage) -> None:
        self.image = image
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if self._ground:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours().card))
            painter.drawRoundedRect(self.rect(), RADIUS, RADIUS)
        if not self.image.isNull():
            size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(QRectF(self.rect()).center())
            painter.drawImage(target, self.image)
            if self.outline is not None:
                paint_outline(painter, target, self.outline)


def paint_outline(painter: QPainter, target: QRectF, outline: QRectF) -> None:
    """A soft frame over the picture in ``target``: what lies outside is a little darker."""
    inside = QRectF(
        target.left() + outline.left() * target.width(),
        target.top() + outline.top() * target.height(),
        outline.width() * target.width(),
        outline.height() * target.height(),
    ).intersected(target)
    around, within = QPainterPath(), QPainterPath()
    around.addRect(target)
    corner = min(RADIUS, max(2.0, CORNER * min(inside.width(), inside.height())))
    within.addRoundedRect(inside, corner, corner)
    painter.fillPath(around.subtracted(within), QColor(0, 0, 0, VEIL))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # White on black is seen on any photo, in any theme.
    for colour, width in ((QColor(0, 0, 0, VEIL), 4), (QColor(255, 255, 255, 235), 2)):
        painter.setPen(QPen(colour, width))
        painter.drawPath(within)


def outline_of(match: tuple[int, int, int, int] | None, width: int, height: int) -> QRectF | None:
    """``match`` (x, y, width, height in pixels of a photo) as shares of the photo's sides."""
    if match is None or not width or not height:
        return None
    x, y, w, h = match
    return QRectF(x / width, y / height, w / width, h / height)
