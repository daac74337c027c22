"""The ways to look at a library, one at a time: photos, its tree, folders, months, duplicates.

Whatever asks for photos brings the photos to the front. Neighbours: centre (photos), panels.
level_page and duplicates_page (the others), menus (their commands).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFrame, QStackedWidget, QTabBar

from desktop import words
from desktop.actions import PhotoActions
from desktop.browsing import FolderLevels, TimeLevels
from desktop.centre import Centre
from desktop.duplicates import DuplicateSearch, Verdict
from desktop.exploring import TreeLevels
from desktop.jobs import Jobs
from desktop.library import LibraryModel
from desktop.panels.banner import Banner, Tone
from desktop.panels.duplicates_page import DuplicatesPage
from desktop.panels.level_page import LevelPage, Words
from desktop.panels.making import row
from desktop.panels.message_page import Choice
from desktop.searching import SearchModel
from desktop.theme import GAP
from desktop.thumbnails import Thumbnails
from desktop.training import TrainingModel
from engine.types import Filters

if TYPE_CHECKING:
    from engine.services.session import Session

CACHE_BYTES = 32 * 2**20  # of pictures on tiles, and as much for those of duplicates


class View(IntEnum):
    """In the order of the tabs."""

    PHOTOS = 0
    EXPLORE = 1
    FOLDERS = 2
    TIME_LINE = 3
    DUPLICATES = 4


class Views(QObject):
    """``bar`` chooses what ``stack`` shows."""

    changed = Signal()  # another view, or another place in it

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        library: LibraryModel,
        search: SearchModel,
        training: TrainingModel,
        centre: Centre,
        acts: PhotoActions,
        banner: Banner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._search = search
        self._training = training
        self._centre = centre
        self._banner = banner
        self._acts = acts
        on_tiles, of_duplicates = (Thumbnails(session, jobs, self) for _ in range(2))
        for kept in (on_tiles, of_duplicates):
            kept.set_limit(CACHE_BYTES)
        self.tree = TreeLevels(session, jobs, self)
        self.explore = LevelPage(
            words.translate("Explore"), self.tree, on_tiles, self._explain_tree
        )
        self.folders = LevelPage(
            words.translate("Folders"), FolderLevels(session, jobs, self), on_tiles, self._explain
        )
        self.time_line = LevelPage(
            words.translate("Time line"), TimeLevels(session, jobs, self), on_tiles, self._explain
        )
        self.duplicates = DuplicatesPage(DuplicateSearch(session, jobs, self), of_duplicates)
        found = self.duplicates
        verdicts = (
            (words.translate("Group: not the same"), found.not_the_same),
            (words.translate("Photo: not the same"), found.photo_is_another),
        )
        acts.serve(found.grid, found.photos, verdicts)
        self.levels = (self.explore, self.folders, self.time_line)

        self.stack = QStackedWidget()
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(words.translate("Ways to look at the library"))
        for title, page in (
            (words.translate("Photos"), centre),
            (words.translate("Explore"), self.explore),
            (words.translate("Folders"), self.folders),
            (words.translate("Time line"), self.time_line),
            (words.translate("Duplicates"), self.duplicates),
        ):
            self.tabs.addTab(title)
            self.stack.addWidget(page)
        self.bar = QFrame()
        line = row(self.tabs)
        line.setContentsMargins(2 * GAP - 4, GAP, 2 * GAP, 0)
        self.bar.setLayout(line)
        self._wire()

    def _wire(self) -> None:
        self.tabs.currentChanged.connect(self._switched)
        for page in self.levels:
            page.photos_wanted.connect(self.show_photos)
            page.within_wanted.connect(self.search_within)
            page.similar_wanted.connect(self._search.search)
            page.view.side_changed.connect(page.tiles.thumbnails.set_side)
            page.model.changed.connect(self.changed)
        self.tree.not_there.connect(self._refuse)
        self.duplicates.nothing_chosen.connect(lambda: self._warn(words.choose_group()))
        self.duplicates.only_copies.connect(lambda: self._warn(words.copies_of_one_file()))
        found = self.duplicates.found
        found.told.connect(self._tell_verdict)
        found.taken_back.connect(lambda _: self._banner.say(words.the_same_after_all()))
        found.refused.connect(self._refuse)
        self._search.step_changed.connect(lambda: self.show(View.PHOTOS))
        self._search.filters_changed.connect(lambda: self.show(View.PHOTOS))
        self._library.photos_changed.connect(self._outdate)
        self._library.refreshed.connect(self._show_bar)
        self._training.generation_switched.connect(self._tree_changed)

    # Which one

    @property
    def current(self) -> View:
        return View(self.tabs.currentIndex())

    @property
    def level(self) -> LevelPage | None:
        """The page of levels that is in sight."""
        page = self.stack.currentWidget()
        return page if isinstance(page, LevelPage) else None

    def show(self, view: View) -> None:
        self.tabs.setCurrentIndex(view)

    def set_wanted(self, pixels: int) -> None:
        """Larger or smaller cells, whatever lies in them."""
        for page in self.levels:
            page.view.set_wanted(pixels)
        for grid in (self._centre.grid, self.duplicates.grid):
            grid.set_wanted(pixels)

    def _switched(self, number: int) -> None:
        self.stack.setCurrentIndex(number)
        level = self.level
        if level is not None:
            level.say_reading()
            level.model.show()
            level.take_focus()
        elif self.current is View.DUPLICATES:
            self.duplicates.take_focus()
        else:
            self._centre.grid.setFocus()
        self.changed.emit()

    def _show_bar(self) -> None:
        """There is nothing to choose from before there are photos."""
        self.bar.setVisible(not self._library.empty)

    # Back and forward go through levels where there are some

    @property
    def can_go_back(self) -> bool:
        level = self.level
        return self._search.can_go_back if level is None else level.model.can_go_back

    @property
    def can_go_forward(self) -> bool:
        level = self.level
        return self._search.can_go_forward if level is None else level.model.can_go_forward

    def back(self) -> None:
        level = self.level
        (self._search if level is None else level.model).back()

    def forward(self) -> None:
        level = self.level
        (self._search if level is None else level.model).forward()

    def up(self) -> None:
        if self.level is not None:
            self.level.model.up()

    # What tiles are good for

    def show_photos(self, filters: Filters) -> None:
        """These photos alone, and no query."""
        self._search.clear()
        self.search_among(filters)

    def search_within(self, filters: Filters) -> None:
        """The query that there is, or the next one, among these photos and the other filters."""
        now = self._search.filters
        if filters.prefix:
            now = replace(now, prefix=filters.prefix, generation=filters.generation)
        elif filters.folders:
            now = replace(now, folders=filters.folders)
        else:
            now = replace(now, taken_from=filters.taken_from, taken_until=filters.taken_until)
        self.search_among(now)

    def search_among(self, filters: Filters) -> None:
        self._search.set_filters(filters)
        self.show(View.PHOTOS)

    def of_tile(self, act: Callable[[LevelPage], None]) -> None:
        """A command of the menu, on the current tile."""
        level = self.level
        if level is None or level.current() is None:
            self._warn(words.choose_tile())
        else:
            act(level)

    def show_in_tree(self) -> None:
        """The part of the tree that the current photo lies in."""
        cell = self._acts.current()
        if cell is None:
            self._warn(words.no_photo_to_locate())
            return
        self.tree.look_for(cell.photo.content_id)
        self.show(View.EXPLORE)

    # What is said

    def _explain_tree(self, error: Exception) -> Words:
        status = self._library.status
        if status is None or status.generation is not None:
            return self._explain(error)
        return (
            *words.no_tree(),
            (Choice(words.translate("Train on this library"), self._training.start),),
        )

    def _explain(self, error: Exception) -> Words:
        choice = Choice(words.translate("Show from the beginning"), self._begin_again)
        return words.nothing_to_browse(), words.error(error), (choice,)

    def _begin_again(self) -> None:
        if self.level is not None:
            self.level.model.begin_again()

    def look_for_duplicates(self) -> None:
        self.show(View.DUPLICATES)
        self.duplicates.found.start()

    def _tell_verdict(self, verdict: Verdict) -> None:
        self._banner.say(words.not_the_same(len(verdict.photos)))

    def take_back(self) -> None:
        found = self.duplicates.found
        if found.can_take_back:
            found.take_back()
        else:
            self._warn(words.nothing_to_take_back())

    def _warn(self, sentence: str) -> None:
        self._banner.say(sentence, Tone.WARNING)

    def _refuse(self, error: Exception) -> None:
        self._banner.say(words.error(error), Tone.ERROR)

    # What happens meanwhile

    def _outdate(self) -> None:
        for page in self.levels:
            page.model.outdate()
        self.duplicates.found.outdate()
        if self.level is not None:
            self.level.model.show()

    def _tree_changed(self) -> None:
        """Another tree: a part of the old one says nothing of it."""
        self.tree.outdate()
        now = self._search.filters
        if now.prefix:
            view = self.current
            self._search.set_filters(replace(now, prefix=(), generation=None))
            self.show(view)
            self._banner.say(words.tree_changed())
        if self.current is View.EXPLORE:
            self.tree.show()
