"""What is done to the photos that are selected: searched with, opened, revealed, copied.

Neighbours: workspace (menus and buttons that ask for it), opening (the rest of the desktop).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu

from desktop import opening, words
from desktop.arranging import Cell
from desktop.grid import Grid
from desktop.jobs import Jobs
from desktop.library import LibraryModel
from desktop.panels.banner import Banner, Tone
from desktop.results import CellRole, PhotoModel
from desktop.searching import SearchModel
from engine.types import Photo

Acts = Sequence[tuple[str, Callable[[], None]]]


class PhotoActions(QObject):
    """Acts on the current photo of the grid in sight, or on all that are selected there."""

    part_wanted = Signal()  # of the current photo, to search with
    copy_wanted = Signal()  # of the selected photos to a folder
    more_wanted = Signal()  # like the selected photos
    less_wanted = Signal()
    tree_wanted = Signal()  # the part of the tree that the current photo lies in

    def __init__(
        self,
        grid: Grid,
        photos: PhotoModel,
        search: SearchModel,
        jobs: Jobs,
        banner: Banner,
        library: LibraryModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._grids: list[tuple[Grid, PhotoModel]] = []
        self._more: dict[Grid, Acts] = {}
        self._search = search
        self._jobs = jobs
        self._banner = banner
        self._library = library
        self.serve(grid, photos)

    def serve(self, grid: Grid, photos: PhotoModel, more: Acts = ()) -> None:
        """Act on the photos of ``grid`` too, while it is in sight; ``more`` for its menu."""
        self._grids.append((grid, photos))
        self._more[grid] = more
        grid.activated.connect(lambda _: self.open())
        grid.customContextMenuRequested.connect(self._open_menu)

    def _in_sight(self) -> Grid | None:
        return next((grid for grid, _ in self._grids if grid.isVisible()), None)

    def current(self) -> Cell | None:
        for grid, photos in self._grids:
            if grid.isVisible() and grid.currentIndex().isValid():
                return photos.cell(grid.currentIndex())
        return None

    def selected(self) -> list[Cell]:
        """In the order of the list."""
        grid = self._in_sight()
        indexes = sorted(grid.selectedIndexes() if grid else (), key=lambda index: index.row())
        return [cell for index in indexes if (cell := index.data(CellRole)) is not None]

    def find_similar(self) -> None:
        cell = self.current()
        if cell is not None:
            self._banner.hide()
            self._search.search(cell.photo.content_id, words.name(cell.photo.path))

    def open(self) -> None:
        cell = self.current()
        if cell is not None:
            self._with_file(cell.photo, opening.open_file)

    def reveal(self) -> None:
        cell = self.current()
        if cell is not None:
            self._with_file(cell.photo, opening.reveal)

    def copy_files(self) -> None:
        paths = [cell.photo.path for cell in self.selected()]
        if paths:
            opening.copy_files(paths)

    def copy_paths(self) -> None:
        paths = [cell.photo.path for cell in self.selected()]
        if paths:
            opening.copy_paths(paths)

    def menu(self) -> QMenu:
        grid = self._in_sight()
        menu = QMenu(grid)
        for text, act in (
            (words.translate("Find similar"), self.find_similar),
            (words.translate("More like this"), self.more_wanted.emit),
            (words.translate("Not this"), self.less_wanted.emit),
            (words.translate("Find similar to a part…"), self.part_wanted.emit),
            (words.translate("Show in the tree"), self.tree_wanted.emit),
            (words.translate("Open"), self.open),
            (words.translate("Reveal in folder"), self.reveal),
            (words.translate("Copy path"), self.copy_paths),
            (words.translate("Copy file"), self.copy_files),
            (words.translate("Copy to folder…"), self.copy_wanted.emit),
        ):
            menu.addAction(text).triggered.connect(act)
        for text, act in self._more[grid] if grid is not None else ():
            menu.addAction(text).triggered.connect(act)
        return menu

    def _open_menu(self, where: QPoint) -> None:
        grid = self._in_sight()
        if grid is not None and grid.indexAt(where).isValid():
            self.menu().popup(grid.viewport().mapToGlobal(where))

    def _root(self, photo: Photo) -> Path | None:
        status = self._library.status
        for folder in status.folders if status else ():
            if photo.path.is_relative_to(folder.path):
                return folder.path
        return None

    def _with_file(self, photo: Photo, act: Callable[[Path], object]) -> None:
        """Look whether the file is there (a network drive may take its time), then ``act``."""

        def found(there: bool) -> None:
            if not there:
                self._banner.say(words.cannot_open(photo, self._root(photo)), Tone.WARNING)
            elif act(photo.path) is False:
                self._banner.say(words.nothing_opens(photo), Tone.WARNING)

        def failed(error: Exception) -> None:
            self._banner.say(words.error(error), Tone.ERROR)

        self._jobs.ask(self._jobs.reading, photo.path.exists, found, failed)
