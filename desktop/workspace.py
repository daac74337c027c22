"""The window's inside once a library is open: wires the three models to the parts that show them.

Every command ends as a call to a model; nothing here waits for anything. Neighbours: actions (what
is done to photos), taking (what the window is given), views (ways to look at the library).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop import menus, opening, words
from desktop.actions import PhotoActions
from desktop.arrivals import Arrivals
from desktop.background import Background
from desktop.beside import Beside
from desktop.centre import Centre
from desktop.commands import Command
from desktop.cropping import Cropping
from desktop.incoming import Incoming
from desktop.jobs import Jobs
from desktop.library import LibraryModel
from desktop.marks import Marks
from desktop.outgoing import Outgoing
from desktop.panels.banner import Banner, Tone
from desktop.panels.details import DetailsPanel
from desktop.panels.filters import FilterBar
from desktop.panels.folders import FoldersPanel
from desktop.panels.likeness import LikenessBox
from desktop.panels.making import column, row
from desktop.panels.searches import SearchesPanel
from desktop.panels.sorting import SortBox
from desktop.panels.status_line import StatusLine
from desktop.panels.top_bar import TopBar
from desktop.panels.training_card import TrainingCard
from desktop.panels.work import Page, WorkPanel
from desktop.query_bar import QueryBar
from desktop.query_pictures import QueryPictures
from desktop.quick_look import QuickLook
from desktop.refining import Refining
from desktop.remembered import Remembered
from desktop.results import PhotoModel
from desktop.resuming import Resuming
from desktop.searches import Searches
from desktop.searching import SearchModel
from desktop.taking import Taking
from desktop.theme import GAP
from desktop.thumbnails import Thumbnails
from desktop.training import TrainingModel
from desktop.views import View, Views
from desktop.watching import Watching
from engine.types import SearchAnswer

if TYPE_CHECKING:
    from engine.services.session import Session


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
        self._remembered = remembered
        self._started = False
        self._damage = ""  # of the trained model, that was told
        self.background = Background(remembered.rules, jobs, self)

        self.library = LibraryModel(session, jobs, self)
        self.search = SearchModel(
            session, jobs, self, filters=remembered.filters, order=remembered.order
        )
        self.training = TrainingModel(session, jobs, self.library, self)
        self.resuming = Resuming(self.training, self.library, self.background, remembered, self)
        self.watching = Watching(session, jobs, self.library, self.background, self)
        self.thumbnails = Thumbnails(session, jobs, self)
        self.thumbnails.set_limit(remembered.cache_mb * 2**20)
        self.photos = PhotoModel(self.thumbnails, self)

        self.query_pictures = QueryPictures(self.search, jobs, self)
        self.query_bar = QueryBar(self.search, self.query_pictures)
        self.banner = Banner()
        self.centre = Centre(self.library, self.search, self.photos)
        self.grid, self.page = self.centre.grid, self.centre.page
        self.filters = FilterBar(session, jobs, self.library, self.search)
        self.likeness_box = LikenessBox(self.search)
        self.sort_box = SortBox()
        self.searches = Searches(session, jobs, self.search, self)
        arrivals = Arrivals(session, jobs, self.searches, self.library, self)
        self.searches_panel = SearchesPanel(self.searches, arrivals, self.save_search)
        card = TrainingCard(self.training, self.library)
        self.folders = FoldersPanel(self.library, self.searches_panel, card)
        self.details = DetailsPanel(self.search, self.query_pictures, jobs)
        self.marks = Marks(session, jobs, self)
        self.work = WorkPanel(self.library, self.training, self.marks)
        self.status = StatusLine(self.library, self.background)
        self.photo_actions = PhotoActions(
            self.grid, self.photos, self.search, jobs, self.banner, self.library, self
        )
        self.outgoing = Outgoing(
            self.photo_actions, self.search, jobs, remembered, self.banner, self
        )
        self.beside = Beside(session, jobs, self.search, self.library)
        self.taking = Taking(self.search, self.library, remembered, self.banner, self)
        self.views = Views(
            session,
            jobs,
            self.library,
            self.search,
            self.training,
            self.centre,
            self.photo_actions,
            self.banner,
            self,
        )
        self._lay_out()
        self.cropping = Cropping(self.search, jobs, self)
        self.refining = Refining(
            session, jobs, self.search, self.photo_actions, self.cropping, self.banner, self.grid
        )
        self.quick_look = QuickLook(self.grid, self.photos, self.search, jobs, self)
        found = self.views.duplicates
        self.quick_compare = QuickLook(
            found.grid, found.photos, self.search, jobs, self, of_answers=False
        )
        self._wire()
        self._restore()

        # The models load while the person looks at the photos; the first search waits for them.
        once = Qt.ConnectionType.SingleShotConnection
        self.search.browsed.connect(
            lambda *_: jobs.ask(jobs.searching, session.warm, lambda _: None), once
        )
        jobs.ask(jobs.reading, session.samples, self.centre.offer_samples)
        self.search.refresh()  # photos first: counting takes longer
        self.library.refresh()
        self.searches.refresh()

    # Parts

    def _lay_out(self) -> None:
        top = TopBar(self.query_bar)
        self.sidebar_button, self.details_button = top.sidebar_button, top.details_button
        self.back_button, self.forward_button = top.back_button, top.forward_button
        self.tools = QWidget()
        tools = row(self.filters, self.likeness_box, self.sort_box)
        tools.setStretch(0, 1)
        for box in (self.likeness_box, self.sort_box):
            tools.setAlignment(box, Qt.AlignmentFlag.AlignTop)
        tools.setContentsMargins(2 * GAP, GAP, 2 * GAP, 0)
        self.tools.setLayout(tools)
        views = self.views
        middle = column(self.banner, self.beside, views.bar, self.tools, gap=0)
        middle.addWidget(views.stack, 1)
        middle.addWidget(self.work)
        body = row(self.folders, gap=0)
        body.addLayout(middle, 1)
        body.addWidget(self.details)
        whole = column(top, gap=0)
        whole.addLayout(body, 1)
        whole.addWidget(self.status)
        self.setLayout(whole)

    def _wire(self) -> None:
        library, search = self.library, self.search
        library.refreshed.connect(self._look_for_new)
        self.background.allowed_changed.connect(self._look_for_new)
        library.photos_arrived.connect(search.look_for_new)
        library.photos_arrived.connect(self.thumbnails.forget_missing)
        library.photos_changed.connect(search.refresh)
        library.failed.connect(self._tell_failure)
        self.watching.told.connect(self.banner.say)
        self.searches.failed.connect(lambda e: self.banner.say(words.error(e), Tone.WARNING))
        self.searches.name_wanted.connect(lambda _: self.sidebar_button.setChecked(True))
        self.searches.clear_wanted.connect(lambda: self.sidebar_button.setChecked(True))
        search.step_changed.connect(self._step_changed)
        search.answered.connect(self._tell_damage)
        self.training.generation_switched.connect(search.refresh)
        self.photos.modelReset.connect(self._selection_changed)

        self.query_bar.open_wanted.connect(self.taking.choose_image)
        self.query_bar.crop_wanted.connect(self.refining.crop_piece)
        self.photo_actions.part_wanted.connect(self.refining.crop_photo)
        self.refining.crop_begun.connect(self.quick_look.dismiss)
        self.photo_actions.copy_wanted.connect(self.outgoing.copy)
        self.outgoing.copying_changed.connect(self.beside.copying.follow)
        self.beside.failed.connect(self._tell_failure)
        self.centre.image_wanted.connect(self.taking.choose_image)
        self.centre.folder_wanted.connect(self.taking.choose_folder)
        self.centre.unfiltered_wanted.connect(self.filters.clear)
        self.centre.sort_changed.connect(self._show_tools)
        self.sort_box.chosen.connect(self.centre.choose_sort)
        library.refreshed.connect(self._show_tools)
        self.back_button.clicked.connect(self.views.back)
        self.forward_button.clicked.connect(self.views.forward)
        self.views.changed.connect(self._view_changed)
        self.views.duplicates.export_wanted.connect(self.export)
        self.photo_actions.tree_wanted.connect(self.views.show_in_tree)
        self.sidebar_button.toggled.connect(self._show_folders)
        self.details_button.toggled.connect(self._show_details)
        self.folders.add_wanted.connect(self.taking.choose_folder)
        self.folders.rescan_wanted.connect(library.rescan)
        self.folders.remove_wanted.connect(library.remove_folder)
        self.folders.reveal_wanted.connect(opening.open_file)
        self.work.problems.reveal_wanted.connect(opening.reveal)
        self.work.marks.reveal_wanted.connect(opening.reveal)
        self.refining.kept.connect(self.work.marks.look_again)
        self.marks.failed.connect(self._tell_failure)
        self.status.problems_wanted.connect(self.toggle_problems)
        self.status.jobs_wanted.connect(self.toggle_jobs)
        self.status.size_slider.valueChanged.connect(self.views.set_wanted)
        self.grid.side_changed.connect(self.thumbnails.set_side)
        for grid in (self.grid, self.views.duplicates.grid):
            grid.selectionModel().selectionChanged.connect(self._selection_changed)
            grid.selectionModel().currentChanged.connect(self._selection_changed)
        self.details.similar_wanted.connect(self.photo_actions.find_similar)
        self.details.part_wanted.connect(self.refining.crop_photo)
        self.details.open_wanted.connect(self.photo_actions.open)
        self.details.reveal_wanted.connect(self.photo_actions.reveal)

    def _restore(self) -> None:
        self.sidebar_button.setChecked(self._remembered.shown("folders", True))
        self.details_button.setChecked(self._remembered.shown("details", False))
        self._show_folders(self.sidebar_button.isChecked())
        self._show_details(self.details_button.isChecked())
        self._step_changed()
        self.status.size_slider.setValue(self._remembered.cell)
        self.photos.stacks = self._remembered.stacks
        self.centre.answer_sort = self._remembered.answer_sort
        self._show_tools()

    def remember(self) -> None:
        self.resuming.remember()
        self._remembered.set_shown("folders", self.sidebar_button.isChecked())
        self._remembered.set_shown("details", self.details_button.isChecked())
        self._remembered.cell = self.grid.wanted
        self._remembered.stacks = self.photos.stacks
        self._remembered.answer_sort = self.centre.answer_sort
        self._remembered.order = self.search.order
        self._remembered.filters = self.search.filters

    # Commands

    def commands(self) -> list[Command]:
        """What the menus offer, in order."""
        return menus.commands(self)

    def clear(self) -> None:
        """Away with the query; where there is none, with the filters."""
        if self.search.step.is_search:
            self.search.clear()
        else:
            self.filters.clear()

    def save_search(self) -> None:
        """Give what is asked now a name, in the list of searches."""
        if not self.searches.save():
            self.banner.say(words.nothing_to_save(), Tone.WARNING)

    def export(self) -> None:
        """The list that is in sight: of duplicates, else of what was found."""
        if self.views.current is View.DUPLICATES:
            self.outgoing.export_duplicates(self.views.duplicates.found.report)
        else:
            self.outgoing.export()

    def toggle_stacks(self) -> None:
        self.photos.set_stacks(not self.photos.stacks)
        self.banner.say(words.stacks(self.photos.stacks))

    def take(self, found: Incoming) -> None:
        """See ``Taking.take``."""
        self.taking.take(found)

    def drop(self, mime: QMimeData, *, beside: bool = False) -> None:
        """See ``Taking.drop``."""
        self.taking.drop(mime, beside=beside)

    def toggle_jobs(self) -> None:
        self.work.toggle(Page.JOBS)

    def toggle_problems(self) -> None:
        self.work.toggle(Page.PROBLEMS)

    def toggle_models(self) -> None:
        self.work.toggle(Page.MODELS)

    def offer_deep_training(self) -> None:
        """Show the training card, with the encoder's tuning chosen."""
        self.sidebar_button.setChecked(True)
        self.training.offer_deep()

    def toggle_marks(self) -> None:
        self.work.toggle(Page.MARKS)

    # What the parts say

    def _selection_changed(self, *_: object) -> None:
        if self.details.isVisibleTo(self):
            self.details.show_cell(self.photo_actions.current())

    def _show_folders(self, shown: bool) -> None:
        self.folders.setVisible(shown)

    def _show_details(self, shown: bool) -> None:
        self.details.setVisible(shown)
        self._selection_changed()

    def _show_tools(self) -> None:
        """Nothing is filtered or sorted before there are photos."""
        self.sort_box.show_sort(self.centre.sort, self.centre.sorts)
        of_photos = self.views.current is View.PHOTOS
        self.tools.setVisible(
            of_photos and (not self.library.empty or not self.search.filters.empty)
        )

    def _look_for_new(self) -> None:
        """Once, as soon as nothing speaks against it: photos may have come meanwhile."""
        status = self.library.status
        if not self._started and status is not None and self.background.allowed:
            self._started = True
            if status.folders:
                self.library.rescan()

    def _step_changed(self) -> None:
        self.title_changed.emit(self.search.step.label)
        self._show_ways()

    def _view_changed(self) -> None:
        self._show_tools()
        self._show_ways()
        self._selection_changed()

    def _show_ways(self) -> None:
        self.back_button.setEnabled(self.views.can_go_back)
        self.forward_button.setEnabled(self.views.can_go_forward)

    def _tell_damage(self, answer: SearchAnswer) -> None:
        """Said once for each damage, not with every answer."""
        if answer.problem and answer.note != self._damage:
            self._damage = answer.note
            self.banner.say(words.sentence(answer.note), Tone.WARNING)

    def _tell_failure(self, error: Exception) -> None:
        if self.library.status is None:
            self.centre.tell_damage(error)
        else:
            self.banner.say(words.error(error), Tone.ERROR)
