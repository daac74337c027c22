"""A virtual grid of cells under headings: only what is in sight is laid out, asked for and painted.

``QListView`` keeps one rectangle for each item, which is slow at 100,000 and knows no headings;
here every position is computed from the row. What remains of it is selection, keyboard and
accessibility. Neighbours: grid (photos), tiles (folders, months, parts of the tree).
"""

from __future__ import annotations

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from desktop.arranging import Section
from desktop.delegate import CellPainter, paint_heading, picture_side
from desktop.guarding import guarded
from desktop.layout import HEADING, MARGIN, Layout, SectionedModel
from desktop.theme import GAP

Move = QAbstractItemView.CursorAction

SMALLEST, LARGEST, USUAL = 96, 320, 168  # pixels, the width that a cell is meant to have


class Sectioned(QListView):
    """Emits ``activated`` on Enter and double click, ``side_changed`` in device pixels."""

    side_changed = Signal(int)

    def __init__(
        self, model: SectionedModel, painter: CellPainter, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._cells_of = model
        self._painter = painter
        painter.setParent(self)
        self._wanted = USUAL
        self._layout = Layout([], 0, USUAL, painter.caption)
        self._anchor: tuple[QPersistentModelIndex, int] | None = None
        self.by_keyboard = False  # the focus ring is for those who walk with the keys
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self.setItemDelegate(painter)
        self.setModel(model)
        model.rowsAboutToBeInserted.connect(self._keep_place)
        model.rowsAboutToBeRemoved.connect(self._keep_place)

    @property
    def wanted(self) -> int:
        """The width that cells are meant to have, in pixels."""
        return self._wanted

    def set_wanted(self, pixels: int) -> None:
        """Larger or smaller cells; the photo at the top stays at the top."""
        self._wanted = max(SMALLEST, min(LARGEST, pixels))
        self._lay_out_again()

    def _take_sections(self, sections: list[Section]) -> None:
        """They were laid out."""

    # Where things are (QListView would look into its own list of rectangles)

    @guarded
    def doItemsLayout(self) -> None:  # noqa: N802
        QAbstractItemView.doItemsLayout(self)
        sections = self._cells_of.sections()
        before = self._layout.cell
        width = self.viewport().width()
        self._layout = Layout(sections, width, self._wanted, self._painter.caption)
        self._take_sections(sections)
        if self._layout.cell != before:
            self.side_changed.emit(
                round(picture_side(self._layout.cell) * self.devicePixelRatioF())
            )
        self.updateGeometries()
        self._return_to_place()
        self.viewport().update()
        self._want_more()

    def updateGeometries(self) -> None:  # noqa: N802
        bar, page = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, self._layout.height - page))
        bar.setPageStep(page)
        bar.setSingleStep(max(1, self._layout.row_height // 3))

    def horizontalOffset(self) -> int:  # noqa: N802
        return 0

    def verticalOffset(self) -> int:  # noqa: N802
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: QModelIndex | QPersistentModelIndex) -> bool:  # noqa: N802
        return False

    def visualRect(self, index: QModelIndex | QPersistentModelIndex) -> QRect:  # noqa: N802
        if not index.isValid():
            return QRect()
        return self._on_screen(self._layout.rect(index.row()))

    def indexAt(self, point: QPoint) -> QModelIndex:  # noqa: N802
        mirrored = self._on_screen(QRect(point, point))  # its own inverse, but for scrolling
        row = self._layout.row_at(QPoint(mirrored.x(), point.y() + self.verticalOffset()))
        return QModelIndex() if row is None else self._cells_of.index(row)

    @guarded
    def scrollTo(  # noqa: N802
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        if not index.isValid():  # while the model is being set, nothing else may be asked
            return
        self.executeDelayedItemsLayout()
        rect, bar = self._layout.rect(index.row()), self.verticalScrollBar()
        page = self.viewport().height()
        if hint == QAbstractItemView.ScrollHint.PositionAtTop or rect.top() - GAP < bar.value():
            bar.setValue(rect.top() - GAP)
        elif rect.bottom() + GAP > bar.value() + page:
            bar.setValue(rect.bottom() + GAP - page)

    def moveCursor(  # noqa: N802
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        count = self._cells_of.rowCount()
        if not count:
            return QModelIndex()
        current = self.currentIndex()
        if not current.isValid():
            return self._cells_of.index(0)
        if self.isRightToLeft():
            action = {Move.MoveLeft: Move.MoveRight, Move.MoveRight: Move.MoveLeft}.get(
                action, action
            )
        row = current.row()
        page = max(1, self.viewport().height() // self._layout.row_height)
        if action in (Move.MoveUp, Move.MoveDown, Move.MovePageUp, Move.MovePageDown):
            lines = page if action in (Move.MovePageUp, Move.MovePageDown) else 1
            up = action in (Move.MoveUp, Move.MovePageUp)
            row = self._vertically(row, -lines if up else lines)
        elif action in (Move.MoveLeft, Move.MovePrevious):
            row -= 1
        elif action in (Move.MoveRight, Move.MoveNext):
            row += 1
        elif action == Move.MoveHome:
            row = 0
        elif action == Move.MoveEnd:
            row = count - 1
        return self._cells_of.index(max(0, min(count - 1, row)))

    @guarded
    def setSelection(  # noqa: N802
        self, rect: QRect, command: QItemSelectionModel.SelectionFlag
    ) -> None:
        area = rect.normalized().translated(0, self.verticalOffset())
        selection = QItemSelection()
        for row in self._layout.rows_between(area.top(), area.bottom()):
            here = self._on_screen(self._layout.rect(row)).translated(0, self.verticalOffset())
            if here.intersects(area):
                index = self._cells_of.index(row)
                selection.select(index, index)
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:  # noqa: N802
        region = QRegion()
        for index in selection.indexes():
            region += self.visualRect(index)
        return region

    # What is seen

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self.viewport())
        area = event.rect().translated(0, self.verticalOffset())
        for block in self._layout.blocks:
            if block.section.heading and block.top <= area.bottom() and block.cells >= area.top():
                width = self._layout.width - 2 * MARGIN
                rect = QRect(MARGIN + 4, block.top, width - 4, HEADING)
                paint_heading(painter, self._on_screen(rect), block.section.heading, self.palette())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        usual, current = option.state, self.currentIndex()
        hovered = self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos()))
        for row in self._layout.rows_between(area.top(), area.bottom()):
            index = self._cells_of.index(row)
            state = usual & ~QStyle.StateFlag.State_HasFocus
            if self.selectionModel().isSelected(index):
                state |= QStyle.StateFlag.State_Selected
            if index == hovered and self.underMouse():
                state |= QStyle.StateFlag.State_MouseOver
            if index == current and self.hasFocus() and self.by_keyboard:
                state |= QStyle.StateFlag.State_HasFocus
            option.state = state
            option.rect = self.visualRect(index)
            self._painter.paint(painter, option, index)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._lay_out_again()

    @guarded
    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802
        self.viewport().scroll(dx, dy)  # what stays in sight is moved, not painted again
        self._want_more()

    # Keys and clicks

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        self.by_keyboard = True
        super().keyPressEvent(event)

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.by_keyboard = False
        super().mousePressEvent(event)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Letters are shortcuts here."""

    # Inside

    def _top_in_sight(self) -> QModelIndex:
        """The first photo of the uppermost line that is in sight with its upper half at least."""
        half = self._layout.row_height // 2
        row = next(iter(self._layout.rows_between(self.verticalOffset() + half, 2**30)), None)
        return QModelIndex() if row is None else self._cells_of.index(row)

    def _keep_place(self) -> None:
        """Rows come or go above: what is in sight shall not jump."""
        if self._anchor is None and self.verticalOffset() > 0:
            top = self._top_in_sight()
            if top.isValid():
                self._anchor = QPersistentModelIndex(top), self.visualRect(top).top()

    def _return_to_place(self) -> None:
        anchor, self._anchor = self._anchor, None
        if anchor is not None and anchor[0].isValid():
            top = self._layout.rect(anchor[0].row()).top()
            self.verticalScrollBar().setValue(top - anchor[1])

    def _on_screen(self, rect: QRect) -> QRect:
        moved = rect.translated(0, -self.verticalOffset())
        return QStyle.visualRect(self.layoutDirection(), QRect(0, 0, self._layout.width, 0), moved)

    def _lay_out_again(self) -> None:
        top = self._top_in_sight()
        scrolled = self.verticalOffset() > 0
        self.doItemsLayout()
        if scrolled and top.isValid():
            self.scrollTo(top, QAbstractItemView.ScrollHint.PositionAtTop)

    def _vertically(self, row: int, lines: int) -> int:
        """The row ``lines`` further down (negative: up) in the same column, across headings."""
        blocks = self._layout.blocks
        for _ in range(abs(lines)):
            number = self._layout.block_of(row)
            if number is None:
                return 0
            here = blocks[number]
            at = row - here.section.first
            first, count, step = here.section.first, here.section.count, self._layout.columns
            column = at % step
            if lines > 0:
                if at // step < (count - 1) // step:
                    row = first + min(at + step, count - 1)
                elif here is not blocks[-1]:
                    following = blocks[number + 1].section
                    row = following.first + min(column, following.count - 1)
            elif at >= step:
                row -= step
            elif here is not blocks[0]:
                above = blocks[number - 1].section
                last_line = (above.count - 1) // step * step
                row = above.first + min(last_line + column, above.count - 1)
        return row

    def _want_more(self) -> None:
        """Ask for more rows when less than two pages are left below."""
        seen = self.verticalOffset() + self.viewport().height()
        if self._layout.height - seen < 2 * self.viewport().height():
            self._cells_of.fetchMore(QModelIndex())
