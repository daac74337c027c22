"""A combo box in the window's own look: the style sheet's frame, an arrow in the text's colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox

from desktop.guarding import guarded


class DropDown(QComboBox):
    """Style sheets know arrows from files only; this one follows the theme."""

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self.palette().color(self.foregroundRole()), 1.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        middle = QPointF(14 if self.isRightToLeft() else self.width() - 14, self.height() / 2)
        painter.drawPolyline(
            [middle + QPointF(-4, -2), middle + QPointF(0, 2), middle + QPointF(4, -2)]
        )
