"""A level of tiles under the way to it, or a page of words where there is none to show."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QMenu, QStackedWidget, QWidget

from desktop import words
from desktop.levels import Crumb, Level, LevelModel, Tile
from desktop.panels.drop_down import DropDown
from desktop.panels.making import IconButton, Line, button, clear, column, keep_focus, label, row
from desktop.panels.message_page import Choice, MessagePage
from desktop.theme import GAP
from desktop.thumbnails import Thumbnails
from desktop.tiles import TileModel, TileView

CRUMB = 180  # pixels of a name on the way
LAST_CRUMBS = 3  # of a long way, behind the first

Words = tuple[str, str, tuple[Choice, ...]]


class LevelPage(QStackedWidget):
    """Shows a ``LevelModel``. ``explain`` words a failure: a title, a sentence, buttons."""

    photos_wanted = Signal(object)  # Filters: these photos alone
    within_wanted = Signal(object)  # Filters: search among these
    similar_wanted = Signal(int, str)  # content id and the name of what it stands for

    def __init__(
        self,
        name: str,
        model: LevelModel,
        thumbnails: Thumbnails,
        explain: Callable[[Exception], Words],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.model = model
        self._explain = explain
        self.tiles = TileModel(thumbnails, self)
        self.view = TileView(self.tiles)
        self.view.setAccessibleName(name)
        self.page = MessagePage()
        self.up_button = IconButton("up", words.translate("Up one level (Backspace)"))
        self.up_button.clicked.connect(model.up)
        self._way = QHBoxLayout()
        self._way.setSpacing(0)
        self.line = Line("muted")
        self.years = DropDown()
        self.years.setAccessibleName(words.translate("Jump to a year"))
        self.years.setToolTip(words.translate("Jump to a year"))
        self.years.activated.connect(self.jump)
        self.photos_button = button(words.translate("Show photos"))
        self.photos_button.setToolTip(words.translate("All photos of this level"))
        self.photos_button.clicked.connect(self._show_all)
        self.note = label(look="muted", wrap=True)
        first = row(self.up_button, self._way, self.line, gap=GAP)
        first.addStretch(1)
        first.addWidget(self.years)
        first.addWidget(self.photos_button)
        head = QWidget()
        whole = column(first, self.note, gap=2)
        whole.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        head.setLayout(whole)
        found = QWidget()
        found.setLayout(column(head, self.view, gap=0))
        self.addWidget(found)
        self.addWidget(self.page)

        self.view.activated.connect(lambda _: self.open())
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.view.up_wanted.connect(model.up)
        self.view.photos_wanted.connect(self.show_photos)
        self.view.within_wanted.connect(self.search_within)
        self.view.similar_wanted.connect(self.find_similar)
        model.changed.connect(self._show)
        self.setCurrentWidget(self.page)

    # What can be done

    def current(self) -> Tile | None:
        return self.tiles.tile(self.view.currentIndex())

    def open(self) -> None:
        """The level below the current tile; where there is none, its photos."""
        tile = self.current()
        if tile is not None and tile.deeper:
            self.model.open(tile.place)
        elif tile is not None:
            self.photos_wanted.emit(tile.filters)

    def show_photos(self) -> None:
        tile = self.current()
        if tile is not None:
            self.photos_wanted.emit(tile.filters)

    def search_within(self) -> None:
        tile = self.current()
        if tile is not None:
            self.within_wanted.emit(tile.filters)

    def find_similar(self) -> None:
        """With the most telling photo of the current tile."""
        tile = self.current()
        if tile is not None and tile.pictures:
            self.similar_wanted.emit(tile.pictures[0], tile.name)

    def jump(self, section: int) -> None:
        """The first tile under a heading, at the top."""
        index = self.tiles.index(self.tiles.sections()[section].first)
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)
        self.view.setFocus()

    def menu(self) -> QMenu:
        menu = QMenu(self.view)
        tile = self.current()
        for text, act, possible in (
            (words.translate("Open"), self.open, tile is not None and tile.deeper),
            (words.translate("Show photos"), self.show_photos, True),
            (words.translate("Search within this"), self.search_within, True),
            (words.translate("Find similar"), self.find_similar, True),
        ):
            action = menu.addAction(text)
            action.setEnabled(possible)
            action.triggered.connect(act)
        return menu

    def take_focus(self) -> None:
        if self.currentWidget() is self.page:
            (self.page.buttons[0] if self.page.buttons else self.page).setFocus()
        else:
            self.view.setFocus()

    def _show_all(self) -> None:
        if self.model.level is not None:
            self.photos_wanted.emit(self.model.level.filters)

    def _open_menu(self, where: QPoint) -> None:
        if self.view.indexAt(where).isValid():
            self.menu().popup(self.view.viewport().mapToGlobal(where))

    # What is seen

    def say_reading(self) -> None:
        """Nothing was read yet."""
        if self.model.level is None and self.model.failure is None:
            self.page.say("image", words.reading_level())

    def _show(self) -> None:
        focused = self.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        failure, level = self.model.failure, self.model.level
        if failure is not None:
            title, sentence, choices = self._explain(failure)
            self.page.say("warning" if level else "image", title, sentence, choices)
            self.setCurrentWidget(self.page)
        elif level is not None:
            self._show_way(level)
            self.line.setText(level.line)
            self.note.setText(level.note)
            self.note.setVisible(bool(level.note))
            self._show_years(level)
            self.tiles.show_level(level)
            self.setCurrentIndex(0)
            self._choose(level)
        if focused or self.view.hasFocus():
            self.take_focus()

    def _choose(self, level: Level) -> None:
        """The tile that a person came up from, or looked for; else the first."""
        chosen = self.tiles.row_of(self.model.chosen) if self.model.chosen is not None else None
        self.view.scrollToTop()
        if level.tiles:
            index = self.tiles.index(chosen or 0)
            flags = QItemSelectionModel.SelectionFlag
            way = flags.ClearAndSelect if chosen is not None else flags.Clear
            self.view.selectionModel().setCurrentIndex(index, way)
            self.view.scrollTo(index)

    def _show_years(self, level: Level) -> None:
        headings = [section.heading for section in level.sections if section.heading]
        self.years.setVisible(len(headings) > 1)
        if [self.years.itemText(row) for row in range(self.years.count())] != headings:
            self.years.clear()
            self.years.addItems(headings)

    def _show_way(self, level: Level) -> None:
        keep_focus(self)
        clear(self._way)
        crumbs = level.crumbs
        left_out = len(crumbs) > LAST_CRUMBS + 1
        shown = (crumbs[0], *crumbs[-LAST_CRUMBS:]) if left_out else crumbs
        for number, crumb in enumerate(shown):
            if number:
                between = "\u203a \u2026 \u203a" if left_out and number == 1 else "\u203a"
                self._way.addWidget(label(between, "muted"))
            self._way.addWidget(self._crumb(crumb, last=number == len(shown) - 1))
        self.up_button.setVisible(len(crumbs) > 1)

    def _crumb(self, crumb: Crumb, *, last: bool) -> QWidget:
        metrics = self.fontMetrics()
        text = metrics.elidedText(crumb.name, Qt.TextElideMode.ElideMiddle, CRUMB)
        if last:
            here = label(text, "heading")
            here.setContentsMargins(6, 0, 6, 0)
            return here
        made = button(text.replace("&", "&&"), "link")
        made.setAccessibleName(crumb.name)
        made.clicked.connect(lambda: self.model.open(crumb.place, self.model.place))
        return made

    @property
    def way(self) -> tuple[str, ...]:
        """The names on the way, as they are shown."""
        level = self.model.level
        return tuple(crumb.name for crumb in level.crumbs) if level is not None else ()
