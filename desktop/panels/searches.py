"""The left panel's list of searches: those with a name, and below them what was asked lately."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
)
from PySide6.QtGui import QAction, QColor, QFont, QIcon, QKeySequence, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListView,
    QMenu,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from desktop import icons, words
from desktop.panels.making import IconButton, keep_focus, label, plain, row
from desktop.panels.question import RemoveQuestion
from desktop.searches import Searches
from desktop.theme import GAP, colours
from engine.types import SavedSearch

Index = QModelIndex | QPersistentModelIndex

PICTURE = 32  # pixels, side
LEAST = 48  # pixels of the list, in a small window
SearchRole = Qt.ItemDataRole.UserRole


class SearchRows(QAbstractListModel):
    """Searches, and the headings of both groups, which cannot be selected."""

    def __init__(self, searches: Searches, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._searches = searches
        self._rows: list[SavedSearch | str] = []
        searches.picture_arrived.connect(self._picture_arrived)

    def show_rows(self) -> None:
        rows: list[SavedSearch | str] = []
        for heading, searches in (
            (words.translate("Saved"), self._searches.named),
            (words.translate("Recent"), self._searches.recent),
        ):
            rows += [heading, *searches] if searches else []
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def row_of(self, saved_id: int) -> QModelIndex:
        """Not valid: it is not here (yet)."""
        for number, shown in enumerate(self._rows):
            if isinstance(shown, SavedSearch) and shown.saved_id == saved_id:
                return self.index(number)
        return QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self._rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        search = self._rows[index.row()]
        if isinstance(search, str):
            return self._heading(search, role)
        if role == SearchRole:
            return search
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._searches.label(search.saved_id)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(search.saved_id)
        told = words.kept_search(search, self._searches.label(search.saved_id))
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(told)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return told
        return None

    def setData(  # noqa: N802
        self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        """A person has typed a name."""
        search = index.data(SearchRole)
        if role != Qt.ItemDataRole.EditRole or search is None or value == search.name:
            return False
        self._searches.rename(search.saved_id, str(value))
        return True

    def _heading(self, text: str, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(colours().muted)
        if role == Qt.ItemDataRole.FontRole:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def _picture(self, saved_id: int) -> QPixmap | QIcon:
        image = self._searches.picture(saved_id)
        if image.isNull():
            return icons.icon("search", colours().muted)
        side = min(image.width(), image.height())  # a square, so that the names are in line
        left, top = (image.width() - side) // 2, (image.height() - side) // 2
        pixmap = QPixmap.fromImage(image.copy(left, top, side, side))
        pixmap.setDevicePixelRatio(side / PICTURE)
        return pixmap

    def _picture_arrived(self, saved_id: int) -> None:
        index = self.row_of(saved_id)
        if index.isValid():
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])


class Naming(QStyledItemDelegate):
    """Leaves what is being typed alone when a picture arrives: Qt would read the old name again."""

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)


class SearchesPanel(QFrame):
    """Opens, names and forgets searches. Hidden as long as nothing was searched for."""

    def __init__(
        self, searches: Searches, save: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._searches = searches
        self._to_name: int | None = None
        self.question: RemoveQuestion | None = None
        self.setAccessibleName(words.translate("Searches"))
        self.save_button = IconButton("save", words.translate("Save this search (Ctrl+S)"))
        self.save_button.clicked.connect(save)
        head = row(label(words.translate("Searches"), "heading"), gap=2)
        head.addStretch()
        head.addWidget(self.save_button)
        head.setContentsMargins(2 * GAP, 0, GAP, 0)
        self.rows = SearchRows(searches, self)
        self.view = QListView()
        self.view.setProperty("look", "list")
        self.view.setModel(self.rows)
        self.view.setItemDelegate(Naming(self.view))
        self.view.setAccessibleName(words.translate("Searches"))
        self.view.setIconSize(QSize(PICTURE, PICTURE))
        self.view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setMinimumHeight(LEAST)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.clicked.connect(self._clicked)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        t = words.translate
        self._open = self._offer(t("Open"), "Return", self._open_current)
        self._name = self._offer(t("Name…"), "F2", self._name_current)
        self._unname = self._offer(t("No longer saved"), "", self._unname_current)
        self._remove = self._offer(t("Delete…"), "Del", self.ask_to_remove)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        whole.addLayout(head)
        body = row(self.view)
        body.setContentsMargins(GAP, 0, GAP, 0)
        whole.addLayout(body, 1)
        self._place = row()  # of a question
        self._place.setContentsMargins(GAP + 4, 0, GAP + 4, GAP)
        whole.addLayout(self._place)
        self.view.itemDelegate().closeEditor.connect(lambda *_: self._show())
        searches.changed.connect(self._show)
        searches.moved.connect(self._follow)
        searches.name_wanted.connect(self.name)
        searches.clear_wanted.connect(self._ask_to_clear)
        self._show()

    def chosen(self) -> list[SavedSearch]:
        found = [index.data(SearchRole) for index in self.view.selectedIndexes()]
        return [search for search in found if search is not None]

    def name(self, saved_id: int) -> None:
        """Let the person type a name, as soon as the search is in the list."""
        self._to_name = saved_id
        self._edit()

    def menu(self) -> QMenu:
        chosen = self.chosen()
        one, named = len(chosen) == 1, any(search.name is not None for search in chosen)
        for action, shown in (
            (self._open, one),
            (self._name, one),
            (self._unname, named),
            (self._remove, bool(chosen)),
        ):
            action.setVisible(shown)
        menu = QMenu(self)
        menu.addActions(self.view.actions())
        return menu

    def ask_to_remove(self) -> None:
        """Of the selected searches; the question stands below the list."""
        chosen = self.chosen()
        if chosen:
            labels = [self._searches.label(search.saved_id) for search in chosen]
            ids = [search.saved_id for search in chosen]
            self._ask(words.remove_searches(labels), ids)

    def _ask_to_clear(self) -> None:
        ids = [search.saved_id for search in self._searches.recent]
        self._ask(words.clear_searches(len(ids)), ids)

    def _ask(self, text: str, saved_ids: list[int]) -> None:
        self._answered()
        question = RemoveQuestion(text, words.translate("Delete"))
        question.remove_wanted.connect(lambda: self._searches.remove(saved_ids))
        for end in (question.remove_wanted, question.keep_wanted):
            end.connect(self._answered)
        self._place.addWidget(question)
        self.question = question
        question.keep_button.setFocus()

    def _answered(self) -> None:
        if self.question is not None:
            keep_focus(self.question)
            self.question.hide()
            self.question.deleteLater()
            self.question = None
            self.view.setFocus()

    def _show(self) -> None:
        self.setVisible(bool(self._searches.named or self._searches.recent))
        if self.view.state() is QAbstractItemView.State.EditingState:
            return  # what is being typed is not taken away; the end of it comes here again
        chosen = [search.saved_id for search in self.chosen()]
        self.rows.show_rows()
        for saved_id in chosen[:1]:
            self.view.setCurrentIndex(self.rows.row_of(saved_id))
        self._follow()
        self._edit()

    def _follow(self) -> None:
        """The row of what is on screen is the chosen one, where nobody works in the list."""
        if self.view.hasFocus() or self.view.state() is QAbstractItemView.State.EditingState:
            return
        self.view.clearSelection()
        if self._searches.shown is not None:
            self.view.setCurrentIndex(self.rows.row_of(self._searches.shown))

    def _edit(self) -> None:
        if self._to_name is None:
            return
        index = self.rows.row_of(self._to_name)
        if index.isValid():
            self._to_name = None
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)
            self.view.edit(index)

    def _clicked(self, index: QModelIndex) -> None:
        search = index.data(SearchRole)
        if search is not None and len(self.chosen()) == 1:
            self._searches.open(search.saved_id)

    def _open_current(self) -> None:
        for search in self.chosen()[:1]:
            self._searches.open(search.saved_id)

    def _name_current(self) -> None:
        for search in self.chosen()[:1]:
            self.name(search.saved_id)

    def _unname_current(self) -> None:
        for search in self.chosen():
            if search.name is not None:
                self._searches.rename(search.saved_id, None)

    def _offer(self, text: str, keys: str, act: Callable[[], object]) -> QAction:
        action = QAction(text, self.view)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda _=False: act())
        self.view.addAction(action)
        return action

    def _open_menu(self, where: QPoint) -> None:
        if self.chosen():
            self.menu().popup(self.view.viewport().mapToGlobal(where))
