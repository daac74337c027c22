"""What a drop would do, shown over the whole window while a drag hovers."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop import icons
from desktop.guarding import guarded
from desktop.theme import GAP, RADIUS, colours


class DropOverlay(QWidget):
    """Covers its parent; never takes events of its own."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.text = ""
        self._shape = "search"
        self._refusal = False
        self.hide()

    def announce(self, text: str, shape: str, *, refusal: bool = False) -> None:
        self.text, self._shape, self._refusal = text, shape, refusal
        self.setAccessibleName(text)
        self.setGeometry(self._covered.rect())
        self.raise_()
        self.show()
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(now.window)
        veil.setAlpha(225)
        painter.fillRect(self.rect(), veil)
        colour = now.on_error if self._refusal else now.accent
        frame = QRectF(self.rect()).adjusted(2 * GAP, 2 * GAP, -2 * GAP, -2 * GAP)
        painter.setPen(QPen(QColor(colour), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, RADIUS * 1.5, RADIUS * 1.5)
        centre = frame.center().toPoint()
        picture = icons.icon(self._shape, colour).pixmap(64, 64)
        painter.drawPixmap(centre.x() - 32, centre.y() - 64, picture)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 1.7)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(now.text))
        below = frame.adjusted(0, frame.height() / 2 + GAP, 0, 0)
        painter.drawText(
            below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, self.text
        )
