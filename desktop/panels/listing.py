"""Lists of the work panel: rows of frozen values in columns of plain text, with what can be done.

Neighbours: jobs_page, problems, models_page (one list each), work (the panel around them).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    Qt,
)
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QMenu, QTreeView, QWidget

from desktop.panels.making import plain

Index = QModelIndex | QPersistentModelIndex
T = TypeVar("T")


@dataclass(frozen=True)
class Shape(Generic[T]):
    """How values of one kind are shown: ``key`` tells a row from others when it is shown anew."""

    heads: tuple[str, ...]
    cells: Callable[[T], tuple[str, ...]]
    key: Callable[[T], object]
    tip: Callable[[T], str]


class Table(QAbstractTableModel, Generic[T]):
    """Values as rows; what changes in them does not disturb the selection."""

    def __init__(self, shape: Shape[T], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shape = shape
        self._rows: tuple[T, ...] = ()

    @property
    def rows(self) -> tuple[T, ...]:
        return self._rows

    def show_rows(self, rows: Sequence[T]) -> None:
        if tuple(rows) == self._rows:
            return
        same = [self.shape.key(row) for row in rows] == [self.shape.key(r) for r in self._rows]
        if same:
            self._rows = tuple(rows)
            last = self.index(len(rows) - 1, len(self.shape.heads) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        else:
            self.beginResetModel()
            self._rows = tuple(rows)
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self.shape.heads)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return self.shape.heads[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        value = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.shape.cells(value)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(self.shape.tip(value))
        return None


class Listing(QTreeView, Generic[T]):
    """A ``Table`` with a context menu, whose actions have keys while the list has the focus."""

    def __init__(
        self, name: str, shape: Shape[T], widths: Sequence[int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.table = Table(shape, self)
        self.setModel(self.table)
        self.setAccessibleName(name)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)

    def show_rows(self, rows: Sequence[T]) -> None:
        """What was selected stays so, wherever it stands now; where nothing was, the first is."""
        chosen = {self.table.shape.key(value) for value in self.chosen()}
        self.table.show_rows(rows)
        if self.chosen() or not rows or not self.isVisible():
            return
        if not chosen.intersection(map(self.table.shape.key, rows)):
            self.setCurrentIndex(self.table.index(0, 0))
            return
        flags = QItemSelectionModel.SelectionFlag
        for number, value in enumerate(rows):
            if self.table.shape.key(value) in chosen:
                index = self.table.index(number, 0)
                self.selectionModel().select(index, flags.Select | flags.Rows)
                self.selectionModel().setCurrentIndex(index, flags.NoUpdate)

    def chosen(self) -> list[T]:
        """The selected values, in their order."""
        places = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.table.rows[place] for place in places]

    def offer(self, text: str, keys: str, act: Callable[[], object]) -> QAction:
        """An action for the context menu."""
        action = QAction(text, self)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda _=False: act())
        self.addAction(action)
        return action

    def menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addActions([action for action in self.actions() if action.isVisible()])
        return menu

    def _open_menu(self, where: QPoint) -> None:
        self.menu().popup(self.viewport().mapToGlobal(where))
