"""The grid of photos: stacks, drags, and the bands as headings or badges."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from desktop.arranging import Section, Sort
from desktop.delegate import CellDelegate, stack_badge
from desktop.guarding import guarded
from desktop.results import PhotoModel, pixmap_of
from desktop.sectioned import Sectioned

_SPREADING = (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Grid(Sectioned):
    """Photos of a model, several of which can be selected and dragged out."""

    look_wanted = Signal()  # at the current photo, large

    def __init__(self, model: PhotoModel, parent: QWidget | None = None) -> None:
        self._photos = model
        self._cells = CellDelegate()
        super().__init__(model, self._cells, parent)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)

    def _take_sections(self, sections: list[Section]) -> None:
        by_band = self._photos.sorted_by is Sort.RELEVANCE
        self._cells.badges = not by_band or any(section.mixed for section in sections)

    @guarded
    def startDrag(self, actions: Qt.DropAction) -> None:  # noqa: N802
        indexes = self.selectedIndexes()
        if not indexes:
            return
        drag = QDrag(self)
        mime: QMimeData = self._photos.mimeData(indexes)
        drag.setMimeData(mime)
        pixmap = pixmap_of(indexes[0])
        if pixmap is not None and not pixmap.isNull():
            drag.setPixmap(pixmap.scaledToWidth(96, Qt.TransformationMode.SmoothTransformation))
        drag.exec(Qt.DropAction.CopyAction)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        self.by_keyboard = True
        key = event.key()
        if event.modifiers() == Qt.KeyboardModifier.NoModifier:
            if key == Qt.Key.Key_Space:
                self.look_wanted.emit()
                return
            if self.isRightToLeft():
                key = {Qt.Key.Key_Left: Qt.Key.Key_Right, Qt.Key.Key_Right: Qt.Key.Key_Left}.get(
                    Qt.Key(key), Qt.Key(key)
                )
            if key in _SPREADING and self._spread(spread=True):
                return
            if key == Qt.Key.Key_Left and self._spread(spread=False):
                return
        super().keyPressEvent(event)

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mousePressEvent(event)
        where = event.position().toPoint()
        index = self.indexAt(where)
        cell = self._photos.cell(index)
        if event.button() != Qt.MouseButton.LeftButton or cell is None or not cell.behind:
            return
        if stack_badge(self.visualRect(index), cell, self.fontMetrics()).contains(where):
            self._photos.spread(index, not cell.spread)

    # Inside

    def _spread(self, *, spread: bool) -> bool:
        """Open or close the current stack. False: there is nothing to open or close."""
        index = self.currentIndex()
        cell = self._photos.cell(index)
        if cell is None or not cell.behind or cell.spread is spread:
            return False
        self._photos.spread(index, spread)
        return True
