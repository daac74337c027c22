"""The window's inside once a library is open: wires the three models to the parts that show them.

Every command ends here as a call to a model; nothing here waits for anything.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QFrame, QMenu, QStackedWidget, QWidget

from desktop import incoming, opening, words
from desktop.commands import Command
from desktop.grid import Grid
from desktop.incoming import ImageQuery, Incoming, NewFolders, WebAddress
from desktop.jobs import Jobs
from desktop.library import LibraryModel
from desktop.panels.banner import Banner, Tone
from desktop.panels.details import DetailsPanel
from desktop.panels.folders import FoldersPanel
from desktop.panels.making import IconButton, Line, column, label, row
from desktop.panels.message_page import Choice, MessagePage
from desktop.panels.problems import ProblemsPanel
from desktop.panels.status_line import StatusLine
from desktop.panels.training_card import TrainingCard
from desktop.query_bar import QueryBar
from desktop.remembered import Remembered
from desktop.results import Cell, CellRole, PhotoModel
from desktop.searching import SearchModel, label_of
from desktop.theme import GAP
from desktop.thumbnails import Thumbnails
from desktop.training import TrainingModel
from engine.types import Photo, SearchAnswer

if TYPE_CHECKING:
    from engine.services.session import Session

IMAGE_NAMES = "*.jpg *.jpeg *.png *.webp *.gif *.tif *.tiff *.bmp *.heic *.heif *.avif"


class Workspace(QWidget):
    """Query bar, panels, grid and status line around one session."""

    title_changed = Signal(str)

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        remembered: Remembered,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._remembered = remembered
        self._samples: Path | None = None
        self._failure: Exception | None = None  # of the search
        self._damage: Exception | None = None  # of a library that cannot even be read
        self._started = False

        self.library = LibraryModel(session, jobs, self)
        self.search = SearchModel(session, jobs, self)
        self._shown = self.search.step  # what the grid shows: the last one until the answer comes
        self.training = TrainingModel(session, jobs, self.library, self)
        self.thumbnails = Thumbnails(session, jobs, self)
        self.photos = PhotoModel(self.thumbnails, self)

        self.query_bar = QueryBar(self.search)
        self.banner = Banner()
        self.grid = Grid(self.photos)
        self.grid.setAccessibleName(words.translate("Photos"))
        self.page = MessagePage()
        self.heading = Line("heading", Qt.TextElideMode.ElideMiddle)
        self.line = Line("muted")
        self.note = label(look="muted", wrap=True)
        self.note.hide()
        self.folders = FoldersPanel(self.library, TrainingCard(self.training, self.library))
        self.details = DetailsPanel(session, jobs)
        self.problems = ProblemsPanel(self.library)
        self.status = StatusLine(self.library)
        self._lay_out()
        self._wire()
        self._restore()

        # The models load while the person looks for a query; the first search waits for them.
        jobs.ask(jobs.searching, session.warm, lambda _: None)
        jobs.ask(jobs.reading, session.samples, self._take_samples)
        self.library.refresh()
        self.search.refresh()

    # Parts

    def _lay_out(self) -> None:
        self.sidebar_button = IconButton("sidebar", words.translate("Folders (Ctrl+B)"))
        self.back_button = IconButton("back", words.translate("Back (Alt+Left)"))
        self.forward_button = IconButton("forward", words.translate("Forward (Alt+Right)"))
        self.details_button = IconButton("details", words.translate("Details (I)"))
        for toggle in (self.sidebar_button, self.details_button):
            toggle.setCheckable(True)
        top = QFrame()
        top.setProperty("look", "bar")
        bar = row(
            self.sidebar_button,
            self.back_button,
            self.forward_button,
            self.query_bar,
            self.details_button,
            gap=4,
        )
        bar.setContentsMargins(GAP + 4, GAP, GAP + 4, GAP)
        bar.insertSpacing(3, 4)
        bar.insertSpacing(5, 4)
        top.setLayout(bar)

        first = row(self.heading, self.line, gap=GAP + 4)
        first.addStretch(1)
        self._answer = QWidget()
        answer = column(first, self.note, gap=2)
        answer.setContentsMargins(2 * GAP + 4, GAP + 4, 2 * GAP, GAP)
        self._answer.setLayout(answer)
        found = QWidget()
        found.setLayout(column(self._answer, self.grid, gap=0))
        self.centre = QStackedWidget()
        self.centre.addWidget(found)
        self.centre.addWidget(self.page)
        self._found = found

        middle = column(self.banner, self.centre, self.problems, gap=0)
        body = row(self.folders, gap=0)
        body.addLayout(middle, 1)
        body.addWidget(self.details)
        whole = column(top, gap=0)
        whole.addLayout(body, 1)
        whole.addWidget(self.status)
        self.setLayout(whole)

    def _wire(self) -> None:
        library, search = self.library, self.search
        library.refreshed.connect(self._refreshed)
        library.photos_arrived.connect(search.look_for_new)
        library.photos_arrived.connect(self.thumbnails.forget_missing)
        library.photos_changed.connect(search.refresh)
        library.indexing_changed.connect(self._show_state)
        library.failed.connect(self._tell_failure)
        search.step_changed.connect(self._step_changed)
        search.answered.connect(self._answered)
        search.browsed.connect(self._browsed)
        search.failed.connect(self._search_failed)
        search.busy_changed.connect(self._show_state)
        self.training.generation_switched.connect(search.refresh)
        self.photos.more_wanted.connect(search.more)
        self.photos.modelReset.connect(self._selection_changed)

        self.query_bar.open_wanted.connect(self.choose_image)
        self.back_button.clicked.connect(search.back)
        self.forward_button.clicked.connect(search.forward)
        self.sidebar_button.toggled.connect(self._show_folders)
        self.details_button.toggled.connect(self._show_details)
        self.folders.add_wanted.connect(self.choose_folder)
        self.folders.rescan_wanted.connect(library.rescan)
        self.folders.remove_wanted.connect(library.remove_folder)
        self.folders.reveal_wanted.connect(opening.open_file)
        self.problems.retry_wanted.connect(library.retry_problems)
        self.problems.reveal_wanted.connect(opening.reveal)
        self.status.problems_wanted.connect(self.toggle_problems)
        self.status.size_slider.valueChanged.connect(self.grid.set_wanted)
        self.grid.side_changed.connect(self.thumbnails.set_side)
        self.grid.activated.connect(lambda _: self.open_photo())
        self.grid.customContextMenuRequested.connect(self._open_menu)
        self.grid.selectionModel().selectionChanged.connect(self._selection_changed)
        self.grid.selectionModel().currentChanged.connect(self._selection_changed)
        self.details.similar_wanted.connect(self.find_similar)
        self.details.open_wanted.connect(self.open_photo)
        self.details.reveal_wanted.connect(self.reveal_photo)

    def _restore(self) -> None:
        self.sidebar_button.setChecked(self._remembered.shown("folders", True))
        self.details_button.setChecked(self._remembered.shown("details", False))
        self._show_folders(self.sidebar_button.isChecked())
        self._show_details(self.details_button.isChecked())
        self.status.size_slider.setValue(self._remembered.cell)

    def remember(self) -> None:
        self._remembered.set_shown("folders", self.sidebar_button.isChecked())
        self._remembered.set_shown("details", self.details_button.isChecked())
        self._remembered.cell = self.grid.wanted

    # Commands

    def commands(self) -> list[Command]:
        """What the menus offer, in order."""
        t = words.translate
        file, go, photo, view = t("&File"), t("&Go"), t("&Photo"), t("&View")
        slider = self.status.size_slider
        return [
            Command("open", file, t("Open image…"), self.choose_image, ("Ctrl+O",)),
            Command("paste", file, t("Paste image"), self.paste, ("Ctrl+V",)),
            Command("add", file, t("Add folder…"), self.choose_folder, ("Ctrl+Shift+O",), gap=True),
            Command("rescan", file, t("Scan all folders again"), self.library.rescan, ("F5",)),
            Command("train", file, t("Train on this library"), self.training.start),
            Command("back", go, t("Back"), self.search.back, ("Alt+Left",)),
            Command("forward", go, t("Forward"), self.search.forward, ("Alt+Right",)),
            Command("clear", go, t("Clear the query"), self.search.clear, ("Esc",), gap=True),
            Command("similar", photo, t("Find similar"), self.find_similar, ("F",)),
            Command("view", photo, t("Open") + "\t" + t("Enter"), self.open_photo),
            Command("reveal", photo, t("Reveal in folder"), self.reveal_photo, ("Ctrl+Return",)),
            Command("copy", photo, t("Copy file"), self.copy_files, ("Ctrl+C",), gap=True),
            Command("copy_path", photo, t("Copy path"), self.copy_paths, ("Ctrl+Shift+C",)),
            Command("folders", view, t("Folders"), self.sidebar_button.toggle, ("Ctrl+B",)),
            Command("details", view, t("Details"), self.details_button.toggle, ("I",)),
            Command("problems", view, t("Problems"), self.toggle_problems),
            Command(
                "larger",
                view,
                t("Larger thumbnails"),
                lambda: slider.setValue(slider.value() + 24),
                ("Ctrl++", "Ctrl+="),
                gap=True,
            ),
            Command(
                "smaller",
                view,
                t("Smaller thumbnails"),
                lambda: slider.setValue(slider.value() - 24),
                ("Ctrl+-",),
            ),
        ]

    def choose_image(self) -> None:
        kinds = f"{words.translate('Images')} ({IMAGE_NAMES} {IMAGE_NAMES.upper()})"
        name, _ = QFileDialog.getOpenFileName(
            self,
            words.translate("Search with an image"),
            str(self._remembered.folder),
            f"{kinds};;{words.translate('All files')} (*)",
        )
        if name:
            self._remembered.folder = Path(name).parent
            self.take(ImageQuery(Path(name)))

    def choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self, words.translate("Add a folder with photos"), str(self._remembered.folder)
        )
        if name:
            self._remembered.folder = Path(name).parent
            self.take(NewFolders((Path(name),)))

    def paste(self) -> None:
        found = incoming.read(QGuiApplication.clipboard().mimeData())
        if found is None:
            self.banner.say(words.nothing_to_paste(), Tone.WARNING)
        else:
            self.take(found, bitmap=words.pasted())

    def drop(self, mime: QMimeData) -> None:
        found = incoming.read(mime)
        if found is None:
            self.banner.say(words.nothing_to_drop(), Tone.WARNING)
        else:
            self.take(found, bitmap=words.dropped())

    def take(self, found: Incoming, *, bitmap: str = "") -> None:
        """Do what was dropped, pasted or chosen; ``bitmap`` names an image without a file."""
        self.banner.hide()
        match found:
            case ImageQuery(image, files):
                if files > 1 and isinstance(image, Path):
                    self.banner.say(words.first_of(files, image))
                self.search.search(image, label_of(image, bitmap))
            case NewFolders(folders):
                self.library.add_folders(folders)
            case WebAddress():
                self.banner.say(words.web_refused(), Tone.WARNING)

    def find_similar(self) -> None:
        cell = self._current()
        if cell is not None:
            self.banner.hide()
            self.search.search(cell.photo.content_id, words.name(cell.photo.path))

    def open_photo(self) -> None:
        cell = self._current()
        if cell is not None:
            self._with_file(cell.photo, opening.open_file)

    def reveal_photo(self) -> None:
        cell = self._current()
        if cell is not None:
            self._with_file(cell.photo, opening.reveal)

    def copy_files(self) -> None:
        paths = [cell.photo.path for cell in self._selected()]
        if paths:
            opening.copy_files(paths)

    def copy_paths(self) -> None:
        paths = [cell.photo.path for cell in self._selected()]
        if paths:
            opening.copy_paths(paths)

    def toggle_problems(self) -> None:
        self.problems.setVisible(self.problems.isHidden())

    # Photos

    def _current(self) -> Cell | None:
        index = self.grid.currentIndex()
        return self.photos.cell(index) if index.isValid() else None

    def _selected(self) -> list[Cell]:
        indexes = sorted(self.grid.selectedIndexes(), key=lambda index: index.row())
        return [cell for index in indexes if (cell := index.data(CellRole)) is not None]

    def _with_file(self, photo: Photo, act: Callable[[Path], object]) -> None:
        """Look whether the file is there (a network drive may take its time), then ``act``."""

        def found(there: bool) -> None:
            if not there:
                self.banner.say(words.cannot_open(photo), Tone.WARNING)
            elif act(photo.path) is False:
                self.banner.say(words.nothing_opens(photo), Tone.WARNING)

        self._jobs.ask(self._jobs.reading, photo.path.exists, found, self._tell_failure)

    def _open_menu(self, where: QPoint) -> None:
        if self.grid.indexAt(where).isValid():
            self.photo_menu().popup(self.grid.viewport().mapToGlobal(where))

    def photo_menu(self) -> QMenu:
        menu = QMenu(self)
        for text, act in (
            (words.translate("Find similar"), self.find_similar),
            (words.translate("Open"), self.open_photo),
            (words.translate("Reveal in folder"), self.reveal_photo),
            (words.translate("Copy path"), self.copy_paths),
            (words.translate("Copy file"), self.copy_files),
        ):
            menu.addAction(text).triggered.connect(act)
        return menu

    def _selection_changed(self, *_: object) -> None:
        if self.details.isVisibleTo(self):
            self.details.show_cell(self._current())

    def _show_folders(self, shown: bool) -> None:
        self.folders.setVisible(shown)

    def _show_details(self, shown: bool) -> None:
        self.details.setVisible(shown)
        self._selection_changed()

    # What the models say

    def _take_samples(self, folder: Path | None) -> None:
        self._samples = folder
        self._show_state()

    def _refreshed(self) -> None:
        status = self.library.status
        if not self._started and status is not None:
            self._started = True
            if status.folders:
                self.library.rescan()  # photos may have come while the program was closed
        self._show_state()

    def _step_changed(self) -> None:
        self._failure = None
        self.title_changed.emit(self.search.step.label)
        self._show_state()

    def _answered(self, answer: SearchAnswer) -> None:
        self._take_place()
        self.photos.show_hits(answer.hits, more=not self.search.all_shown)
        self._show_state()

    def _browsed(self, photos: tuple[Photo, ...], append: bool) -> None:
        self._take_place()
        show = self.photos.append_photos if append else self.photos.show_photos
        show(photos, more=not self.search.all_shown)
        self._show_state()

    def _take_place(self) -> None:
        """Photos of the current step come in; those of another step begin at the top."""
        self._failure = None
        if self._shown is not self.search.step:
            self._shown = self.search.step
            self.grid.scrollToTop()

    def _search_failed(self, error: Exception) -> None:
        self._take_place()
        self._failure = error
        self.photos.clear()
        self._show_state()

    def _tell_failure(self, error: Exception) -> None:
        if self.library.status is None:  # nothing else can be shown
            self._damage = error
            self._show_state()
        else:
            self.banner.say(words.error(error), Tone.ERROR)

    # What is in the middle

    def _show_state(self) -> None:
        search, library = self.search, self.library
        self.back_button.setEnabled(search.can_go_back)
        self.forward_button.setEnabled(search.can_go_forward)
        if self._damage is not None and library.status is None:
            self.page.say("warning", words.cannot_start(), words.error(self._damage))
        elif self._failure is not None:
            self.page.say(
                "warning",
                words.query_failed() if search.step.is_search else words.cannot_start(),
                words.error(self._failure),
                (
                    Choice(words.translate("Open another image…"), self.choose_image),
                    Choice(words.translate("Show the library"), search.clear),
                )
                if search.step.is_search
                else (),
            )
        elif self.photos.rowCount():
            self._show_heading()
            self._show(self._found, self.grid)
            return
        elif search.step.is_search and search.answer is not None:
            self.page.say("search", *words.nothing_found(library.searchable, library.indexing))
        elif search.step.is_search or library.status is None:
            self.page.say("image", words.searching() if search.busy else "")
        elif library.empty and not library.indexing:
            self._welcome()
        else:
            self.page.say("image", *words.no_photos_yet(library.indexing))
        self._show(self.page, self.page.buttons[0] if self.page.buttons else self.page)

    def _show(self, part: QWidget, focus: QWidget) -> None:
        """Bring ``part`` to the front; the keyboard goes along."""
        if self.centre.currentWidget() is part:
            return
        focused = QApplication.focusWidget()
        self.centre.setCurrentWidget(part)
        if focused is None or self.centre.isAncestorOf(focused):
            focus.setFocus()

    def _welcome(self) -> None:
        samples = self._samples
        choices = [Choice(words.translate("Add folder…"), self.choose_folder)]
        if samples is not None:
            choices.append(
                Choice(
                    words.translate("Try with sample photos"),
                    lambda: self.library.add_folders((samples,)),
                )
            )
        self.page.say("app", *words.welcome(), choices)

    def _show_heading(self) -> None:
        search, status = self.search, self.library.status
        if self._shown is not search.step:
            return  # the words stay with the photos that they are about
        if not search.step.is_search:
            self.heading.setText(words.library_heading())
            self.line.setText(words.library_line(status))
            self.note.hide()
            return
        if search.answer is None:
            return
        self.heading.setText(words.answer_heading(search.step.label))
        self.line.setText(words.answer(search.answer, status, self.library.indexing))
        self.note.setText(search.answer.note)
        self.note.setVisible(bool(search.answer.note))
