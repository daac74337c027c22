"""A picture that fits its place, centred, on a quiet ground."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.guarding import guarded
from desktop.theme import RADIUS, colours


class Picture(QWidget):
    """Null: nothing to show (yet). ``ground`` False: the picture alone."""

    def __init__(self, *, ground: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ground = ground
        self.image = QImage()

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
