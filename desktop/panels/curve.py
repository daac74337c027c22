"""A small live chart: the loss and the recall of a training, over its steps.

Drawn here rather than by a plotting library: two lines need none, and the window starts sooner.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop import words
from desktop.guarding import guarded
from desktop.theme import colours

HEIGHT = 96  # pixels
Points = Sequence[tuple[float, float]]


class Curve(QWidget):
    """Loss on the left axis (its own range), recall on the right one (0 to 1), steps below.

    The lines differ by dashes too, not only by colour, and their names stand at their axes.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._losses: Points = ()
        self._recalls: Points = ()
        self._end = 1.0
        self._rank = 10  # of the recall
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(words.translate("Loss and recall over the steps"))

    def show_lines(self, losses: Points, recalls: Points, steps: int, rank: int) -> None:
        """Points are (step, value); ``steps``: where the training ends; ``rank`` of the recall."""
        self._losses, self._recalls, self._end = list(losses), list(recalls), float(max(1, steps))
        self._rank = rank
        told = words.curve(losses, recalls, steps, rank)
        self.setAccessibleDescription(told)
        self.setToolTip(told)
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        line = painter.fontMetrics().height()
        area = QRectF(self.rect()).adjusted(1, line + 2, -1, -line - 2)
        painter.setPen(QPen(QColor(colours().border), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        self._write(painter, area, line)
        self._draw(painter, area, self._losses, None, QPen(QColor(colours().accent), 2))
        dashed = QPen(QColor(colours().good), 2, Qt.PenStyle.DashLine)
        self._draw(painter, area, self._recalls, (0.0, 1.0), dashed)

    def _write(self, painter: QPainter, area: QRectF, line: int) -> None:
        """What the axes are, and the values of now."""
        above = QRectF(area.left(), 0, area.width(), line)
        below = QRectF(area.left(), area.bottom() + 1, area.width(), line)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if self._losses:
            painter.setPen(QColor(colours().accent))
            painter.drawText(above, left, words.axis_loss(self._losses[-1][1]))
        if self._recalls:
            painter.setPen(QColor(colours().good))
            painter.drawText(above, right, words.axis_recall(self._recalls[-1][1], self._rank))
        painter.setPen(QColor(colours().muted))
        painter.drawText(below, left, words.axis_steps(0))
        painter.drawText(below, right, words.axis_steps(round(self._end)))

    def _draw(
        self,
        painter: QPainter,
        area: QRectF,
        points: Points,
        ends: tuple[float, float] | None,
        pen: QPen,
    ) -> None:
        """``ends`` of the value's axis; None: as far as the values go."""
        if not points:
            return
        values = [value for _, value in points]
        low, high = ends or (min(values), max(values))
        scale = area.height() / ((high - low) or 1.0)
        places = [
            QPointF(
                area.left() + min(1.0, step / self._end) * area.width(),
                area.bottom() - (value - low) * scale,
            )
            for step, value in points
        ]
        painter.setPen(pen)
        if len(places) == 1:
            painter.drawEllipse(places[0], 1.5, 1.5)
        else:
            painter.drawPolyline(QPolygonF(places))
