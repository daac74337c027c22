"""The row above the photos: a menu of filters, and those in force as chips with a cross."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QFrame, QMenu, QWidget

from desktop import filtering, words
from desktop.jobs import Jobs, Turns
from desktop.library import LibraryModel
from desktop.panels.dates import DateRange
from desktop.panels.flow import Flow
from desktop.panels.making import IconButton, button, keep_focus, label, row
from desktop.searching import SearchModel
from desktop.theme import GAP
from engine.types import Facets, Filters

if TYPE_CHECKING:
    from engine.services.session import Session

CAMERAS = 30  # in the menu; the others have few photos
ORIENTATIONS = ("landscape", "portrait", "square")
NOTHING = Facets(cameras=(), formats=(), years=())


class FilterBar(QWidget):
    """Shows a ``SearchModel``'s filters and changes them."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        library: LibraryModel,
        search: SearchModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._library = library
        self._search = search
        self._turns = Turns()
        self.chips: list[FilterChip] = []
        self.setAccessibleName(words.translate("Filters"))
        self.button = button(words.translate("Filter"))
        self.button.setToolTip(words.translate("Search among some of the photos (Ctrl+L)"))
        self.button.clicked.connect(self.open_menu)
        self.clear_button = button(words.translate("Clear filters"), "link")
        self.clear_button.clicked.connect(self.clear)
        self._flow = Flow(self, GAP)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.addWidget(self.button)
        self._flow.addWidget(self.clear_button)
        search.filters_changed.connect(self._show_filters)
        self._show_filters()

    def clear(self) -> None:
        self._search.set_filters(Filters())

    def open_menu(self) -> None:
        """The library is asked first what there is to choose from."""

        def popup(facets: Facets) -> None:
            below = self.button.rect().bottomLeft() + QPoint(0, 2)
            self.menu(facets).popup(self.button.mapToGlobal(below))

        self._jobs.ask(
            self._jobs.reading,
            self._session.facets,
            popup,
            lambda _: popup(NOTHING),
            ticket=self._turns.begin(),
        )

    def menu(self, facets: Facets) -> QMenu:
        """Every filter, with what the library has for it; those in force are marked."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill_folders(menu.addMenu(words.translate("Folder")))
        self._fill_dates(menu.addMenu(words.translate("Date")), facets)
        now = self._search.filters
        cameras = menu.addMenu(words.translate("Camera"))
        for camera, count in facets.cameras[:CAMERAS]:
            chosen = replace(now, camera=None if now.camera == camera else camera)
            self._add(cameras, words.with_count(camera, count), now.camera == camera, chosen)
        types = menu.addMenu(words.translate("Type"))
        for name, count in facets.formats:
            chosen = replace(now, formats=filtering.toggled(now.formats, name))
            self._add(types, words.with_count(name, count), name in now.formats, chosen)
        shapes = menu.addMenu(words.translate("Orientation"))
        for shape in ORIENTATIONS:
            chosen = replace(now, orientation=None if now.orientation == shape else shape)
            self._add(shapes, words.orientation(shape), now.orientation == shape, chosen)
        ratings = menu.addMenu(words.translate("Rating"))
        for stars in range(5, 0, -1):
            chosen = replace(now, rating_from=None if now.rating_from == stars else stars)
            self._add(ratings, words.rating_from(stars), now.rating_from == stars, chosen)
        for part in (cameras, types):
            part.setEnabled(not part.isEmpty())
        menu.addSeparator()
        clear = menu.addAction(words.translate("Clear filters"))
        clear.setEnabled(not now.empty)
        clear.triggered.connect(self.clear)
        return menu

    def _fill_folders(self, menu: QMenu) -> None:
        now = self._search.filters
        status = self._library.status
        for folder in status.folders if status else ():
            rest = tuple(path for path in now.folders if path != folder.path)
            marked = folder.path in now.folders
            chosen = replace(now, folders=rest if marked else (*rest, folder.path))
            self._add(menu, words.with_count(words.folder(folder), folder.photos), marked, chosen)
        menu.addSeparator()
        menu.addAction(words.translate("A folder inside…")).triggered.connect(self._choose_folder)

    def _choose_folder(self) -> None:
        status, now = self._library.status, self._search.filters
        start = str(status.folders[0].path) if status and status.folders else ""
        name = QFileDialog.getExistingDirectory(
            self, words.translate("Show the photos of a folder"), start
        )
        if name:
            folders = (*(path for path in now.folders if path != Path(name)), Path(name))
            self._search.set_filters(replace(now, folders=folders))

    def _fill_dates(self, menu: QMenu, facets: Facets) -> None:
        now = self._search.filters
        for year, count in facets.years:
            of_year = filtering.of_year(now, year)
            marked = of_year == now
            chosen = replace(now, taken_from=None, taken_until=None) if marked else of_year
            self._add(menu, words.with_count(str(year), count), marked, chosen)
        menu.addSeparator()
        menu.addAction(words.translate("From and until…")).triggered.connect(
            lambda: self.ask_for_dates(facets)
        )

    def ask_for_dates(self, facets: Facets) -> DateRange:
        """Opens a small window with two days to choose."""
        now, today = self._search.filters, datetime.now(UTC)
        oldest = facets.years[-1][0] if facets.years else today.year
        first = now.taken_from or today.replace(year=oldest, month=1, day=1)
        last = now.taken_until or today
        asking = DateRange(first.date(), last.date(), self)
        asking.chosen.connect(
            lambda first, last: self._search.set_filters(
                filtering.between(self._search.filters, first, last)
            )
        )
        asking.move(self.button.mapToGlobal(self.button.rect().bottomLeft()))
        asking.show()
        asking.first.setFocus()
        return asking

    def _add(self, menu: QMenu, text: str, marked: bool, chosen: Filters) -> None:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(marked)
        action.triggered.connect(lambda: self._search.set_filters(chosen))

    def _show_filters(self) -> None:
        keep_focus(self)
        self._flow.removeWidget(self.clear_button)
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = []
        for text, rest in filtering.parts(self._search.filters):
            chip = FilterChip(text, partial(self._search.set_filters, rest))
            self._flow.addWidget(chip)
            self.chips.append(chip)
        self._flow.addWidget(self.clear_button)
        self.clear_button.setVisible(len(self.chips) > 1)
        self.updateGeometry()


class FilterChip(QFrame):
    """One part of the filters, and a cross that takes it away."""

    def __init__(self, text: str, remove: Callable[[], None]) -> None:
        super().__init__()
        self.setProperty("look", "chip")
        self.setAccessibleName(text)
        self.name = label(text)
        self.close_button = IconButton("close", words.remove_filter(text))
        self.close_button.setFixedSize(24, 24)
        self.close_button.clicked.connect(remove)
        line = row(self.name, self.close_button, gap=2)
        line.setContentsMargins(GAP, 1, 2, 1)
        self.setLayout(line)
