"""The small pill that tells what was said of a picture: like it, or not, and how much it counts."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from desktop.theme import colours


def pill_size(metrics: QFontMetrics, said: str) -> QSizeF:
    """A circle for one letter, longer for more."""
    height = metrics.height() + 1
    return QSizeF(max(height, metrics.horizontalAdvance(said) + 10), height)


def paint_sign(painter: QPainter, pill: QRectF, said: str, sign: int) -> None:
    """``said``: the sign and the weight, from ``words.sign``. Shape and letter tell, not colour."""
    now = colours()
    painter.save()
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(now.surface))
    painter.setBrush(QColor(now.good if sign > 0 else now.on_error))
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, said)
    painter.restore()
