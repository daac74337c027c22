"""The list of files that could not be used, each with its reason."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QFrame, QTreeView, QWidget

from desktop import words
from desktop.library import LibraryModel
from desktop.panels.making import IconButton, button, column, label, row
from desktop.theme import GAP
from engine.errors import printable
from engine.types import Problem

Index = QModelIndex | QPersistentModelIndex


class ProblemTable(QAbstractTableModel):
    """Columns: file, reason, folder."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._problems: tuple[Problem, ...] = ()

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        if problems != self._problems:
            self.beginResetModel()
            self._problems = problems
            self.endResetModel()

    def problem(self, index: Index) -> Problem | None:
        return self._problems[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._problems)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else 3

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return (
            words.translate("File"),
            words.translate("Reason"),
            words.translate("Folder"),
        )[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        problem = self.problem(index)
        if problem is None or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{printable(problem.path)}\n{words.sentence(problem.reason)}"
        return (
            words.name(problem.path),
            words.sentence(problem.reason),
            words.place(problem.path.parent),
        )[index.column()]


class ProblemsPanel(QFrame):
    """Below the grid; opened from the status line."""

    retry_wanted = Signal()
    reveal_wanted = Signal(object)  # Path

    def __init__(self, library: LibraryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self.setProperty("look", "foot")
        self.setFixedHeight(220)
        self.setAccessibleName(words.translate("Problems"))
        self.table = ProblemTable(self)
        view = QTreeView()
        view.setModel(self.table)
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setAllColumnsShowFocus(True)
        view.setAccessibleName(words.translate("Files that could not be used"))
        view.setColumnWidth(0, 220)
        view.setColumnWidth(1, 380)
        view.activated.connect(self._reveal)
        self.heading = label(look="heading")
        self.retry_button = button(words.translate("Try again"))
        self.retry_button.clicked.connect(self.retry_wanted)
        self.close_button = IconButton("close", words.translate("Close"))
        self.close_button.clicked.connect(self.hide)
        head = row(self.heading)
        head.addStretch()
        head.addWidget(self.retry_button)
        head.addWidget(self.close_button)
        head.setContentsMargins(2 * GAP, GAP, GAP, 0)
        body = column(view)
        body.setContentsMargins(GAP, 0, GAP, GAP)
        self.setLayout(column(head, body, gap=GAP // 2))
        self.hide()
        library.refreshed.connect(self._show)
        library.indexing_changed.connect(self._show)

    def _show(self) -> None:
        problems = self._library.problems
        self.table.show_problems(problems)
        self.heading.setText(
            words.translate("These files could not be used; everything else is searchable")
            if problems
            else words.translate("No problems: every file could be used")
        )
        self.retry_button.setEnabled(bool(problems) and not self._library.indexing)

    def _reveal(self, index: QModelIndex) -> None:
        problem = self.table.problem(index)
        if problem is not None:
            self.reveal_wanted.emit(problem.path)
