"""Identifiers as rows of coloured cells, the codes that two of them share marked."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.guarding import guarded
from desktop.theme import colours


def shared(codes: tuple[int, ...] | None, others: tuple[int, ...] | None) -> int:
    """How many codes two identifiers have in common from the left: how far one path leads."""
    count = 0
    for code, other in zip(codes or (), others or (), strict=False):
        if code != other:
            break
        count += 1
    return count


class Codes(QWidget):
    """One identifier, coarse to fine. Equal codes have equal colours; shared ones a frame."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: tuple[int, ...] = ()
        self.marked = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(28)

    def show_codes(self, codes: tuple[int, ...] | None, marked: int = 0) -> None:
        """``marked``: how many from the left are shared."""
        self._codes, self.marked = codes or (), marked
        text = " ".join(str(code) for code in self._codes)
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dark = QColor(colours().window).lightness() < 128
        width = min(48, (self.width() + 4) // max(1, len(self._codes)) - 4)
        for position, code in enumerate(self._codes):
            # The golden angle sets neighbouring codes far apart on the colour wheel.
            hue = code * 137.508 % 360 / 360
            ground = QColor.fromHslF(hue, 0.45, 0.28 if dark else 0.85)
            place = position * (width + 4)
            if self.isRightToLeft():
                place = self.width() - place - width
            box = QRectF(place + 1, 3, width - 2, 22)
            common = position < self.marked
            painter.setPen(QPen(QColor(colours().accent), 2) if common else Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, 5, 5)
            painter.setPen(QColor(colours().text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(code))
