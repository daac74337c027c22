"""The middle of the window: the photos under a heading, or a page of words instead of them.

Decides from the models' state which of the two is seen, and what is said. Neighbours: grid (the
photos), panels.message_page (the words).
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from desktop import words
from desktop.arranging import Sort
from desktop.grid import Grid
from desktop.library import LibraryModel
from desktop.panels.making import Line, column, label, row
from desktop.panels.message_page import Choice, MessagePage
from desktop.results import PhotoModel
from desktop.searching import SearchModel
from desktop.theme import GAP
from engine.errors import LibraryError
from engine.types import Likeness, Order, Photo, SearchAnswer


class Centre(QStackedWidget):
    """Fills the grid's model with what the search model finds, and words it."""

    image_wanted = Signal()
    folder_wanted = Signal()
    unfiltered_wanted = Signal()
    sort_changed = Signal()

    def __init__(
        self,
        library: LibraryModel,
        search: SearchModel,
        photos: PhotoModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._search = search
        self._photos = photos
        self._samples: Path | None = None
        self._failure: Exception | None = None  # of the search
        self._damage: Exception | None = None  # of a library that cannot even be read
        self._shown = search.step  # what the grid shows: the last one until the answer comes
        self._question = search.question
        self._place = search.place
        self.answer_sort = Sort.RELEVANCE
        photos.begin(self.sort)

        self.grid = Grid(photos)
        self.grid.setAccessibleName(words.translate("Photos"))
        self.page = MessagePage()
        self.heading = Line("heading", Qt.TextElideMode.ElideMiddle)
        self.line = Line("muted")
        self.note = label(look="muted", wrap=True)
        self.note.hide()
        first = row(self.heading, self.line, gap=GAP + 4)
        first.addStretch(1)
        head = QWidget()
        answer = column(first, self.note, gap=2)
        answer.setContentsMargins(2 * GAP + 4, GAP + 4, 2 * GAP, GAP)
        head.setLayout(answer)
        self._found = QWidget()
        self._found.setLayout(column(head, self.grid, gap=0))
        self.addWidget(self._found)
        self.addWidget(self.page)

        library.refreshed.connect(self.show_state)
        library.indexing_changed.connect(self.show_state)
        search.step_changed.connect(self._step_changed)
        search.answered.connect(self._answered)
        search.browsed.connect(self._browsed)
        search.failed.connect(self._search_failed)
        search.busy_changed.connect(self.show_state)
        photos.more_wanted.connect(search.more)

    def offer_samples(self, folder: Path | None) -> None:
        """The sample photos that an empty library may be tried with."""
        self._samples = folder
        self.show_state()

    # The order

    @property
    def sort(self) -> Sort:
        """Of what is asked for now."""
        if self._search.step.is_search:
            return self.answer_sort
        return Sort.FOLDER if self._search.order is Order.FOLDER else Sort.DATE

    @property
    def sorts(self) -> tuple[Sort, ...]:
        """What a person can choose from."""
        return tuple(Sort) if self._search.step.is_search else (Sort.DATE, Sort.FOLDER)

    def choose_sort(self, sort: Sort) -> None:
        if self._search.step.is_search:
            self.answer_sort = sort
            self._photos.set_sort(sort)
            self.grid.scrollToTop()
        elif sort in self.sorts:
            self._search.set_order(Order.FOLDER if sort is Sort.FOLDER else Order.DATE)
        self.sort_changed.emit()
        self.show_state()

    def tell_damage(self, error: Exception) -> None:
        """The library cannot be read: nothing else can be shown."""
        self._damage = error
        self.show_state()

    # What the models say

    def _step_changed(self) -> None:
        self._failure = None
        self._photos.set_signs(self._search.step.signs)
        self.sort_changed.emit()
        self.show_state()

    def _answered(self, answer: SearchAnswer) -> None:
        index = self.grid.currentIndex()
        cell = self._photos.cell(index)
        refined = self._place is self._search.place and self._question != self._search.question
        self._take_place()
        self._photos.show_hits(answer.hits, more=not self._search.all_shown)
        if refined and cell is not None:
            self._return_to(cell.photo.content_id, index.row())
        self.show_state()

    def _return_to(self, content_id: int, row: int) -> None:
        """Whoever marks one photo after another goes on where they were."""
        there = self._photos.row_of(content_id)
        index = self._photos.index(there if there is not None else row)
        seen = self.grid.viewport().rect()
        if there is None and not seen.intersects(self.grid.visualRect(index)):
            index = self._photos.index(0)
        if index.isValid():
            self.grid.setCurrentIndex(index)

    def _browsed(self, photos: tuple[Photo, ...], append: bool) -> None:
        self._take_place()
        show = self._photos.append_photos if append else self._photos.show_photos
        show(photos, more=not self._search.all_shown)
        self.show_state()

    def _take_place(self) -> None:
        """Photos of the current step come in; those of another step begin at the top."""
        self._failure = None
        self._shown = self._search.step
        if self._question != self._search.question:
            self._question = self._search.question
            self._place = self._search.place
            self._photos.begin(self.sort)
            self.grid.scrollToTop()

    def _search_failed(self, error: Exception) -> None:
        self._take_place()
        self._failure = error
        self._photos.clear()
        self.show_state()

    # What is seen

    def show_state(self) -> None:
        """Choose between photos and words."""
        search, library = self._search, self._library
        if self._damage is not None and library.status is None:
            self.page.say("warning", words.cannot_start(), words.error(self._damage))
        elif self._failure is not None:
            self._tell_failure(self._failure)
        elif self._photos.rowCount():
            self._show_heading()
            self._show(self._found, self.grid)
            return
        elif self._filtered_out():
            clear = Choice(words.translate("Clear filters"), self.unfiltered_wanted.emit)
            self.page.say("search", *words.nothing_passes(), (clear,))
        elif search.step.is_search and search.answer is not None:
            note = words.sentences(search.answer.note)
            if note and search.likeness is not Likeness.CONTENT:
                self.page.say("image", words.described_first(), note)
            else:
                self.page.say("search", *words.nothing_found(library.searchable, library.indexing))
        elif search.step.is_search or library.status is None:
            self.page.say("image", words.searching() if search.busy else "")
        elif library.empty and not library.indexing:
            self._welcome()
        else:
            self.page.say("image", *words.no_photos_yet(library.indexing))
        self._show(self.page, self.page.buttons[0] if self.page.buttons else self.page)

    def _filtered_out(self) -> bool:
        search = self._search
        if search.filters.empty or search.asking:
            return False
        return not search.step.is_search or (
            search.answer is not None and not search.answer.searched
        )

    def _show(self, part: QWidget, focus: QWidget) -> None:
        """Bring ``part`` to the front; the keyboard goes along."""
        if self.currentWidget() is part:
            return
        focused = QApplication.focusWidget()
        self.setCurrentWidget(part)
        if focused is None or self.isAncestorOf(focused):
            focus.setFocus()

    def _tell_failure(self, error: Exception) -> None:
        status = self._library.status
        empty = status is not None and not status.searchable
        if self._search.step.is_search and empty and isinstance(error, LibraryError):
            self.page.say("app", *words.nothing_to_search(), self._beginnings())
        elif self._search.step.is_search:
            choices = (
                Choice(words.translate("Open another image…"), self.image_wanted.emit),
                Choice(words.translate("Show the library"), self._search.clear),
            )
            self.page.say("warning", words.query_failed(), words.error(error), choices)
        elif self._search.filters.empty:
            self.page.say("warning", words.cannot_start(), words.error(error))
        else:
            clear = Choice(words.translate("Clear filters"), self.unfiltered_wanted.emit)
            self.page.say("warning", words.filters_failed(), words.error(error), (clear,))

    def _welcome(self) -> None:
        self.page.say("app", *words.welcome(), self._beginnings())

    def _beginnings(self) -> list[Choice]:
        """Where photos can come from."""
        samples = self._samples
        choices = [Choice(words.translate("Add folder…"), self.folder_wanted.emit)]
        if samples is not None:
            choices.append(
                Choice(
                    words.translate("Try with sample photos"),
                    lambda: self._library.add_folders((samples,)),
                )
            )
        return choices

    def _show_heading(self) -> None:
        search, status = self._search, self._library.status
        if self._shown is not search.step:
            return  # the words stay with the photos that they are about
        if not search.step.is_search:
            self.heading.setText(words.library_heading())
            self.line.setText(words.library_line(status, filtered=not search.filters.empty))
            self.note.hide()
            return
        if search.answer is None:
            return
        within = any(hit.match is not None for hit in search.answer.hits)
        part = search.step.names_part
        self.heading.setText(words.answer_heading(search.step.label, part=part, within=within))
        best = self.sort is not Sort.RELEVANCE and not search.all_shown
        self.line.setText(
            words.answer(
                search.answer,
                status,
                self._library.indexing,
                by=search.going_by,
                within=within,
                best_alone=best,
            )
        )
        note = "" if search.answer.problem else search.answer.note  # that is said more loudly
        self.note.setText(words.sentences(note))
        self.note.setVisible(bool(note))
