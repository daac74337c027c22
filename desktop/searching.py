"""What is being looked for, and the answers: one query after another, back and forward.

Going back asks again rather than showing an old answer, so that deleted photos never come back.
Neighbours: steps (the way that was gone), searches (keeps it beyond today).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from desktop import pictures
from desktop.incoming import ImageSource
from desktop.jobs import LASTING_MS, Jobs, Turns
from desktop.pictures import Bitmaps
from desktop.steps import Crop, Piece, Place, Step, Trail
from engine.errors import UserError
from engine.settings import DEFAULT_TOP
from engine.types import Filters, Likeness, Order, Photo, Preview, Query, SearchAnswer

if TYPE_CHECKING:
    from engine.services.session import Session

PAGE = 200  # photos of the library that are read at once
REFRESHED = 1000  # photos that are read again while the library grows; more would be noticed


class SearchModel(QObject):
    """The query, the way to it, and the photos that answer it."""

    step_changed = Signal()  # another query, or none, or something was said of it
    refined = Signal(object, object)  # Step, and what became of it: the same query, said better
    refused = Signal(object)  # Exception: the query could not be refined so, and is as before
    browsed = Signal(object, bool)  # tuple[Photo, ...], True: they go after those shown
    answered = Signal(object)  # SearchAnswer
    failed = Signal(object)  # Exception
    busy_changed = Signal()
    filters_changed = Signal()
    likeness_changed = Signal()

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        parent: QObject | None = None,
        *,
        filters: Filters | None = None,
        order: Order = Order.DATE,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._turns = Turns()
        self._trail = Trail()
        self._untried = False  # how the query was refined last has no answer yet
        self.bitmaps = Bitmaps()
        self.likeness = Likeness.CONTENT
        self.filters = filters or Filters()
        self.order = order  # of the library's own list
        self.question = 0  # a number for each step, filters and order that were asked for
        self._top = DEFAULT_TOP
        self._shown = 0
        self.all_shown = False
        self.asking = False
        self._outdated = False  # the library changed after the question was asked
        self.busy = False  # a search lasts longer than LASTING_MS
        self.answer: SearchAnswer | None = None
        self._patience = QTimer(self, interval=LASTING_MS, singleShot=True)
        self._patience.timeout.connect(lambda: self._set_busy(True))

    # Where we are

    @property
    def step(self) -> Step:
        return self._trail.step

    @property
    def place(self) -> Place:
        return self._trail.place

    @property
    def can_go_back(self) -> bool:
        return self._trail.can_go_back

    @property
    def can_go_forward(self) -> bool:
        return self._trail.can_go_forward

    @property
    def can_undo(self) -> bool:
        return self._trail.can_undo

    @property
    def is_kept(self) -> bool:
        """The question is a search that is kept, as it was kept."""
        kept = self.step.saved
        return kept is not None and (kept.filters, kept.likeness) == (self.filters, self.going_by)

    @property
    def going_by(self) -> Likeness:
        """What the question goes by: parts are described by what they show alone."""
        return Likeness.CONTENT if self.step.by_part else self.likeness

    # Where to go

    def search(self, image: ImageSource, label: str, crop: Crop | None = None) -> None:
        """Look for photos like ``image``; what lay ahead on the way is forgotten."""
        self.begin(Step((Piece(image, label, crop),)))

    def begin(self, step: Step) -> None:
        self._trail.add(step)
        self._arrive()

    def open_kept(self, step: Step) -> None:
        """Ask a kept search among the photos and by the likeness that it was kept with."""
        kept = step.saved
        assert kept is not None
        if kept.filters != self.filters:
            self.filters = kept.filters
            self.filters_changed.emit()
        if kept.likeness is not self.likeness:
            self.likeness = kept.likeness
            self.likeness_changed.emit()
        self.begin(step)

    def refine(self, step: Step) -> None:
        """Ask the same, said better; what it was can be gone back to with :meth:`undo`."""
        if not step.is_search:
            self.clear()
            return
        before = self.step
        self._trail.refine(step)
        self._untried = True
        self.refined.emit(before, step)
        self._say_again()

    def undo(self) -> None:
        """As it was before it was refined last."""
        if self._trail.can_undo:
            self._take_back()
            self._say_again()

    def set_filters(self, filters: Filters) -> None:
        """Ask the same among other photos; filters stay until they are taken away."""
        if filters != self.filters:
            self.filters = filters
            self.filters_changed.emit()
            self._begin_again()

    def set_likeness(self, likeness: Likeness) -> None:
        """Ask the same by what photos show, by their colours, or by how they are composed."""
        changed = likeness is not self.likeness
        if changed:
            self.likeness = likeness
            self.likeness_changed.emit()
        if self.step.by_part:
            self.look_within(False)
        elif changed and self.step.is_search:
            self._begin_again()

    def look_within(self, within: bool) -> None:
        """Look for what is asked with within photos, or compare it with whole ones."""
        if self.step.is_search and within is not self.step.by_part:
            self.refine(replace(self.step, by_part=within, saved=None))

    def set_order(self, order: Order) -> None:
        """Of the library's own list."""
        if order is not self.order:
            self.order = order
            if not self.step.is_search:
                self._begin_again()

    def picture(self, image: ImageSource, crop: Crop | None, side: int) -> Preview:
        """To look at closely; on a worker thread. Raises ``UserError``."""
        return self._session.preview(Query(self.bitmaps.of(image), crop), side)

    def small_picture(self, piece: Piece, side: int) -> QImage:
        """For a chip; on a worker thread. Raises ``UserError``."""
        if isinstance(piece.image, QImage):
            part = piece.image if piece.crop is None else piece.image.copy(*piece.crop)
            return pictures.fit(part, side)
        return pictures.from_jpeg(
            self._session.query_thumbnail(Query(piece.image, piece.crop), side), side
        )

    def clear(self) -> None:
        """Back to the library itself, as a new step, so that Back returns to the query."""
        if self.step.is_search:
            self.begin(Step())

    def back(self) -> None:
        if self.can_go_back:
            self._trail.go(-1)
            self._arrive()

    def forward(self) -> None:
        if self.can_go_forward:
            self._trail.go(1)
            self._arrive()

    def refresh(self) -> None:
        """The library changed: the same question again, after the answer that is on its way."""
        if self.asking:
            self._outdated = True
        elif self.step.is_search:
            self._ask()
        else:
            self.look_for_new()

    def look_for_new(self) -> None:
        """Photos arrive: the library's own list grows, an answer stays as it is."""
        if not self.asking and not self.step.is_search and self._shown <= REFRESHED:
            self._browse(max(PAGE, self._shown), 0)

    def more(self) -> None:
        """The end of the list comes near: ask for what follows."""
        if self.asking or self.all_shown:
            return
        if self.step.is_search:
            self._top *= 2
            self._ask()
        else:
            self._browse(PAGE, self._shown)

    # What happens then

    def _arrive(self) -> None:
        """At another place."""
        self._untried = False
        self.answer = None
        self._say_again()

    def _say_again(self) -> None:
        self.step_changed.emit()
        self._begin_again()

    def _take_back(self) -> None:
        after = self.step
        self._trail.undo()
        self._untried = False
        self.refined.emit(after, self.step)

    def _begin_again(self) -> None:
        """From the top of the list."""
        self.question += 1
        self._top = DEFAULT_TOP
        self._shown = 0
        self.all_shown = False
        self._outdated = False
        if self.step.is_search:
            self._ask()
        else:
            self._browse(PAGE, 0)

    def _ask(self) -> None:
        step, top, filters, likeness = self.step, self._top, self.filters, self.going_by
        kept = step.saved if self.is_kept else None
        self._begin()
        ticket = self._turns.begin()

        def ask() -> SearchAnswer:
            if kept is not None:
                return self._session.run_saved(kept, top=top, cancelled=lambda: ticket.stale)
            return self._session.search(
                step.query(self.bitmaps),
                top=top,
                filters=filters,
                likeness=likeness,
                cancelled=lambda: ticket.stale,
            )

        self._jobs.ask(self._jobs.searching, ask, self._answered, self._failed, ticket=ticket)

    def _browse(self, limit: int, offset: int) -> None:
        filters, order = self.filters, self.order
        self._begin()
        self._jobs.ask(
            self._jobs.reading,
            lambda: self._session.recent(limit, offset, filters=filters, order=order),
            lambda photos: self._browsed(photos, limit, offset),
            self._failed,
            ticket=self._turns.begin(),
        )

    def _begin(self) -> None:
        self.asking = True
        if not self.busy:
            self._patience.start()

    def _end(self) -> None:
        self.asking = False
        self._patience.stop()
        self._set_busy(False)
        if self._outdated:
            self._outdated = False
            QTimer.singleShot(0, self, self.refresh)

    def _answered(self, answer: SearchAnswer) -> None:
        self._end()
        self._untried = False
        self.answer = answer
        # Nothing new for a larger ``top`` means that the end is reached.
        self.all_shown = len(answer.hits) < self._top or len(answer.hits) == self._shown
        self._shown = len(answer.hits)
        self.answered.emit(answer)

    def _browsed(self, photos: tuple[Photo, ...], limit: int, offset: int) -> None:
        self._end()
        self.all_shown = len(photos) < limit
        self._shown = offset + len(photos)
        self.browsed.emit(photos, offset > 0)

    def _failed(self, error: Exception) -> None:
        self._end()
        if self._untried and isinstance(error, UserError):
            self._take_back()
            self._say_again()
            self.refused.emit(error)
        else:
            self.failed.emit(error)

    def _set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit()
