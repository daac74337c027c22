"""Tiles of a level in the virtual grid: a mosaic of some photos, a name, a number.

Neighbours: levels (what they stand for), sectioned (where they lie).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPixmapCache,
)
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QWidget

from desktop import words
from desktop.arranging import Section
from desktop.delegate import INSET, CellPainter, picture_frame
from desktop.guarding import guarded
from desktop.layout import SectionedModel
from desktop.levels import Level, Tile
from desktop.panels.making import plain
from desktop.results import Index
from desktop.sectioned import Sectioned
from desktop.theme import RADIUS, Colours, colours
from desktop.thumbnails import Thumbnails

TileRole = Qt.ItemDataRole.UserRole
LINE = 20  # pixels of each of the two lines below the mosaic
SEAM = 2  # between two pictures of a mosaic
NINE_FROM = 200  # pixels a mosaic has to have for nine pictures rather than four


class TileModel(SectionedModel):
    """The tiles of one level; their pictures are fetched as they come into sight."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.thumbnails = thumbnails
        self._tiles: tuple[Tile, ...] = ()
        self._sections: tuple[Section, ...] = ()
        self._rows: dict[int, list[int]] = {}  # content id -> rows with its picture
        thumbnails.arrived.connect(self._picture_arrived)

    def show_level(self, level: Level) -> None:
        self.thumbnails.forget_requests()
        self.beginResetModel()
        self._tiles, self._sections = level.tiles, level.sections
        self._rows = {}
        for row, tile in enumerate(self._tiles):
            for content_id in tile.pictures:
                self._rows.setdefault(content_id, []).append(row)
        self.endResetModel()

    def tile(self, index: Index) -> Tile | None:
        return self._tiles[index.row()] if 0 <= index.row() < len(self._tiles) else None

    def row_of(self, place: object) -> int | None:
        return next((row for row, tile in enumerate(self._tiles) if tile.place == place), None)

    def sections(self) -> list[Section]:
        return list(self._sections)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._tiles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        tile = self.tile(index)
        if tile is None:
            return None
        if role == TileRole:
            return tile
        if role == Qt.ItemDataRole.DisplayRole:
            return tile.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(words.tile(tile.name, tile.count))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words.tile(tile.name, tile.count)
        return None

    def _picture_arrived(self, content_id: int) -> None:
        for row in self._rows.get(content_id, ()):
            self.dataChanged.emit(self.index(row), self.index(row))


class TilePainter(CellPainter):
    """A mosaic over a name and a number; tiles with a level below lie on a second sheet."""

    caption = 2 * LINE + INSET

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._thumbnails = thumbnails

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tile = index.data(TileRole)
        if tile is None:
            return
        now = colours()
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            selected = bool(state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.selected if selected else now.hover))
            painter.drawRoundedRect(rect, RADIUS, RADIUS)
        frame = picture_frame(rect)
        if tile.deeper:
            painter.setPen(QPen(QColor(now.muted), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            sheet = QRectF(frame).adjusted(3, -2.5, 2.5, -3)
            painter.drawRoundedRect(sheet, RADIUS - 2, RADIUS - 2)
        self._paint_mosaic(painter, frame, tile.pictures, now)
        _paint_words(painter, frame, tile, now)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(now.accent), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        rect: QRect = option.rect
        return rect.size()

    def _paint_mosaic(
        self, painter: QPainter, frame: QRect, pictures: Sequence[int], now: Colours
    ) -> None:
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(frame), RADIUS - 2, RADIUS - 2)
        painter.fillPath(outline, QColor(now.card))
        painter.setClipPath(outline)
        ratio = painter.device().devicePixelRatio()
        for place, content_id in zip(mosaic(frame, len(pictures)), pictures, strict=False):
            pixmap = self._thumbnails.get(content_id)
            if pixmap is not None and not pixmap.isNull():
                painter.drawPixmap(place.topLeft(), _filling(pixmap, place.size(), ratio))
        painter.setClipping(False)


def mosaic(frame: QRect, pictures: int) -> list[QRect]:
    """Where one, two, three, four or nine pictures lie in a square, the first in reading order."""
    if pictures <= 1:
        return [frame]
    side = 3 if pictures >= 9 and frame.width() >= NINE_FROM else 2
    step = (frame.width() + SEAM) / side
    edges = [round(number * step) for number in range(side + 1)]
    spans = [(edges[n], edges[n + 1] - SEAM - edges[n]) for n in range(side)]
    cells = [QRect(frame.left() + x, frame.top() + y, w, h) for y, h in spans for x, w in spans]
    if pictures < 4:  # the first has the whole left side, the second, of two, the whole right one
        left, right = cells[0].united(cells[2]), cells[1].united(cells[3])
        return [left, right] if pictures == 2 else [left, cells[1], cells[3]]
    return cells


def _paint_words(painter: QPainter, frame: QRect, tile: Tile, now: Colours) -> None:
    line = QRect(frame.left() + 2, frame.bottom() + INSET, frame.width() - 4, LINE)
    metrics = painter.fontMetrics()
    for text, colour in ((tile.name, now.text), (words.photos(tile.count), now.muted)):
        painter.setPen(QColor(colour))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
        line.translate(0, LINE)


def _filling(pixmap: QPixmap, size: QSize, ratio: float) -> QPixmap:
    """The middle of a picture, so that it fills ``size``; scaled once and kept."""
    whole = QSize(round(size.width() * ratio), round(size.height() * ratio))
    key = f"tile {pixmap.cacheKey()} {whole.width()} {whole.height()}"
    filling = QPixmap()
    if not QPixmapCache.find(key, filling):
        scaled = pixmap.scaled(
            whole,
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )
        middle = QRect(0, 0, whole.width(), whole.height())
        middle.moveCenter(scaled.rect().center())
        filling = scaled.copy(middle)
        filling.setDevicePixelRatio(ratio)
        QPixmapCache.insert(key, filling)
    return filling


class TileView(Sectioned):
    """Emits ``activated`` for the tile to open; keys of its own go before the menus'."""

    up_wanted = Signal()
    photos_wanted = Signal()
    within_wanted = Signal()
    similar_wanted = Signal()

    def __init__(self, model: TileModel, parent: QWidget | None = None) -> None:
        super().__init__(model, TilePainter(model.thumbnails), parent)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._own_keys = {
            Qt.Key.Key_Backspace: self.up_wanted,
            Qt.Key.Key_P: self.photos_wanted,
            Qt.Key.Key_W: self.within_wanted,
            Qt.Key.Key_F: self.similar_wanted,
        }

    def event(self, event: QEvent) -> bool:
        """Its keys mean something else for photos: they are no shortcuts while it has the focus."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
            and event.key() in self._own_keys
        ):
            event.accept()
            return True
        return super().event(event)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        wanted = self._own_keys.get(Qt.Key(event.key()))
        if wanted is not None and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            wanted.emit()
        else:
            super().keyPressEvent(event)
