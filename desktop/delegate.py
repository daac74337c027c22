"""Paints one cell of the grid: picture, name, band, and what is special about the photo."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QPainter,
    QPainterPath,
    QPalette,
    QPen,
    QPixmap,
    QPixmapCache,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop import words
from desktop.arranging import Cell
from desktop.guarding import guarded
from desktop.panels.picture import outline_of, paint_outline
from desktop.results import CellRole, Index, SignRole, pixmap_of
from desktop.signs import paint_sign, pill_size
from desktop.theme import GAP, RADIUS, Colours, colours
from engine.types import Band

CAPTION = 24  # pixels below the picture
INSET = 4  # between the picture and the cell's edge, where the selection shows


class CellPainter(QStyledItemDelegate):
    """Paints a square over ``caption`` pixels of text."""

    caption = CAPTION


class CellDelegate(CellPainter):
    """A square picture over one line of text."""

    badges = True  # name the band on each picture (where no heading above does)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = index.data(CellRole)
        if cell is None:
            return
        now = colours()
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if cell.spread or cell.below:  # the photos of an open stack lie on one ground
            painter.fillRect(rect.adjusted(-GAP // 2, 0, GAP // 2, 0), QColor(now.card))
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            selected = bool(state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.selected if selected else now.hover))
            painter.drawRoundedRect(rect, RADIUS, RADIUS)
        frame = picture_frame(rect)
        if cell.behind and not cell.spread:
            _paint_stack(painter, frame, now)
        match = None if cell.hit is None else cell.hit.match
        found = outline_of(match, cell.photo.width, cell.photo.height)
        self._paint_picture(painter, frame, pixmap_of(index), found, now)
        if cell.hit is not None and self.badges:
            _badge(painter, frame, words.band(cell.hit.band), now.band(cell.hit.band), now)
        if cell.best:
            _badge(painter, frame, words.best_badge(), now.good, now)
        if not cell.photo.online:
            offline = words.offline_badge()
            _badge(painter, frame, offline, now.on_warning, now, bottom=True)
        sign = index.data(SignRole)
        if sign:
            _paint_mark(painter, frame, sign)
        if cell.stacked:
            _paint_count(painter, stack_badge(rect, cell, painter.fontMetrics()), cell, now)
        self._paint_caption(painter, rect, frame, index, cell.hit and cell.hit.band, now)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(now.accent), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        rect: QRect = option.rect
        return rect.size()

    def _paint_picture(
        self,
        painter: QPainter,
        frame: QRect,
        pixmap: QPixmap | None,
        found: QRectF | None,
        now: Colours,
    ) -> None:
        """``found``: where in the picture a part was found, as shares of its sides."""
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(frame), RADIUS - 2, RADIUS - 2)
        painter.fillPath(outline, QColor(now.card))
        if pixmap is None:
            return
        if pixmap.isNull():
            painter.setPen(QColor(now.muted))
            painter.drawText(
                frame.adjusted(GAP, GAP, -GAP, -GAP),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                words.no_picture(),
            )
            return
        fitting = _fitting(pixmap, frame.size(), painter.device().devicePixelRatio())
        target = QRect(QPoint(), fitting.deviceIndependentSize().toSize())
        target.moveCenter(frame.center())
        painter.setClipPath(outline)
        painter.drawPixmap(target.topLeft(), fitting)
        if found is not None:
            paint_outline(painter, QRectF(target), found)
        painter.setClipping(False)

    def _paint_caption(
        self,
        painter: QPainter,
        rect: QRect,
        frame: QRect,
        index: Index,
        band: Band | None,
        now: Colours,
    ) -> None:
        line = QRect(frame.left() + 2, frame.bottom() + 3, frame.width() - 4, CAPTION - INSET)
        if band is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.band(band)))
            painter.drawEllipse(QRectF(line.left(), line.center().y() - 3, 7, 7))
            line.setLeft(line.left() + 12)
        text = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideMiddle, line.width()
        )
        painter.setPen(QColor(now.muted))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, text)


def _fitting(pixmap: QPixmap, size: QSize, ratio: float) -> QPixmap:
    """Most are made for this size; others are scaled once and kept, not again for every frame."""
    whole = size * ratio
    if max(pixmap.width(), pixmap.height()) == whole.width():
        fitting = QPixmap(pixmap)
        fitting.setDevicePixelRatio(ratio)
        return fitting
    key = f"cell {pixmap.cacheKey()} {whole.width()}"
    fitting = QPixmap()
    if not QPixmapCache.find(key, fitting):
        fitting = pixmap.scaled(
            whole, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        fitting.setDevicePixelRatio(ratio)
        QPixmapCache.insert(key, fitting)
    return fitting


def picture_side(width: int) -> int:
    """Of the square in a cell of ``width``, in pixels."""
    return width - 2 * INSET


def paint_heading(painter: QPainter, rect: QRect, text: str, palette: QPalette) -> None:
    """A section's heading: a line of text with a rule that runs to the right edge."""
    now = colours()
    font = painter.font()
    font.setBold(True)
    painter.save()
    painter.setFont(font)
    painter.setPen(palette.color(QPalette.ColorRole.WindowText))
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, text)
    start = rect.left() + QFontMetrics(font).horizontalAdvance(text) + 2 * GAP
    painter.setPen(QColor(now.border))
    painter.drawLine(start, rect.center().y(), rect.right(), rect.center().y())
    painter.restore()


def picture_frame(rect: QRect) -> QRect:
    """The square of the picture in a cell's ``rect``."""
    return QRect(rect.topLeft() + QPoint(INSET, INSET), _square(picture_side(rect.width())))


def stack_badge(rect: QRect, cell: Cell, metrics: QFontMetrics) -> QRect:
    """Where the number of a stack is painted, and clicked."""
    frame = picture_frame(rect)
    width = metrics.horizontalAdvance(_stack_text(cell)) + 16
    height = metrics.height() + 4
    return QRect(frame.right() - width - 5, frame.bottom() - height - 5, width, height)


def _stack_text(cell: Cell) -> str:
    if not cell.behind and not cell.below:
        return words.raw_badge()
    return "\u2212" if cell.spread else f"+{cell.stacked}"


def _paint_count(painter: QPainter, pill: QRect, cell: Cell, now: Colours) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(now.accent))
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
    painter.setPen(QColor(now.on_accent))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, _stack_text(cell))


def _paint_mark(painter: QPainter, frame: QRect, sign: int) -> None:
    """What was said of the photo, in the corner where nothing else is."""
    said = words.sign(sign, 1)
    pill = QRectF(QPoint(), pill_size(painter.fontMetrics(), said) * 1.25)
    pill.moveTopRight(QPoint(frame.right() - 5, frame.top() + 6))
    paint_sign(painter, pill, said, sign)


def _paint_stack(painter: QPainter, frame: QRect, now: Colours) -> None:
    """The edge of a picture that lies under this one."""
    painter.setPen(QPen(QColor(now.muted), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(frame).adjusted(3, -2.5, 2.5, -3), RADIUS - 2, RADIUS - 2)


def _badge(
    painter: QPainter, frame: QRect, text: str, dot: str, now: Colours, *, bottom: bool = False
) -> None:
    width = painter.fontMetrics().horizontalAdvance(text) + 26
    height = painter.fontMetrics().height() + 4
    top = frame.bottom() - height - 5 if bottom else frame.top() + 6
    pill = QRectF(frame.left() + 6, top, min(width, frame.width() - 12), height)
    ground = QColor(now.surface)
    ground.setAlpha(235)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(pill, height / 2, height / 2)
    painter.setBrush(QColor(dot))
    painter.drawEllipse(QRectF(pill.left() + 8, pill.center().y() - 3.5, 7, 7))
    painter.setPen(QColor(now.text))
    painter.drawText(
        pill.adjusted(20, 0, -6, 0),
        Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine,
        text,
    )


def _square(side: int) -> QSize:
    return QSize(side, side)
