"""The left panel's list of searches: those with a name, and below them what was asked lately.

Neighbour: search_rows (what a row shows).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from desktop import words
from desktop.arrivals import Arrivals
from desktop.panels.making import IconButton, label, row
from desktop.panels.question import QuestionPlace
from desktop.panels.search_rows import PICTURE, SearchDelegate, SearchRole, SearchRows
from desktop.searches import Searches
from desktop.theme import GAP
from engine.types import SavedSearch

LEAST = 48  # pixels of the list, in a small window


class SearchesPanel(QFrame):
    """Opens, names and forgets searches. Hidden as long as nothing was searched for."""

    def __init__(
        self,
        searches: Searches,
        arrivals: Arrivals,
        save: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._searches = searches
        self._to_name: int | None = None
        self.setAccessibleName(words.translate("Searches"))
        self.save_button = IconButton("save", words.translate("Save this search (Ctrl+S)"))
        self.save_button.clicked.connect(save)
        head = row(label(words.translate("Searches"), "heading"), gap=2)
        head.addStretch()
        head.addWidget(self.save_button)
        head.setContentsMargins(2 * GAP, 0, GAP, 0)
        self.rows = SearchRows(searches, arrivals, self)
        self.view = QListView()
        self.view.setProperty("look", "list")
        self.view.setModel(self.rows)
        self.view.setItemDelegate(SearchDelegate(self.view))
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
        self.asking = QuestionPlace(self.view)
        self.asking.setContentsMargins(GAP + 4, 0, GAP + 4, GAP)
        whole.addWidget(self.asking)
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
        self.asking.ask(text, lambda: self._searches.remove(saved_ids))

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
