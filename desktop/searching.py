"""What is being looked for, and the way there: one query after another, back and forward.

A *step* of the history is a query or, without one, the whole library, newest first. Going back
asks again rather than showing an old answer, so that deleted photos never come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from desktop import pictures
from desktop.incoming import ImageSource
from desktop.jobs import LASTING_MS, Jobs, Turns
from engine.settings import DEFAULT_TOP
from engine.types import Filters, Order, Photo, Preview, Query, SearchAnswer

if TYPE_CHECKING:
    from engine.services.session import Session

PAGE = 200  # photos of the library that are read at once
REFRESHED = 1000  # photos that are read again while the library grows; more would be noticed
KEPT_STEPS = 30  # of the history; a pasted bitmap in it can weigh 100 MB
CHIP_SIDE = 96  # pixels of the query's picture, enough for a double-density screen


Crop = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Step:
    """One place in the history. ``image`` None: the library itself.

    ``crop``: the part that is searched with, in pixels of the upright image.
    """

    image: ImageSource | None = None
    label: str = ""
    crop: Crop | None = None

    @property
    def is_search(self) -> bool:
        return self.image is not None


def to_query(image: ImageSource, crop: Crop | None = None) -> Query:
    """Converts bitmaps, so call it on a worker thread."""
    return Query(pictures.to_pillow(image) if isinstance(image, QImage) else image, crop)


class SearchModel(QObject):
    """The query, its history, and the photos that answer it."""

    step_changed = Signal()  # another query, or none
    picture_arrived = Signal(QImage)  # of the query, for the chip
    browsed = Signal(object, bool)  # tuple[Photo, ...], True: they go after those shown
    answered = Signal(object)  # SearchAnswer
    failed = Signal(object)  # Exception
    busy_changed = Signal()
    filters_changed = Signal()

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
        self._picture_turns = Turns()
        self._steps = [Step()]
        self._position = 0
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
        return self._steps[self._position]

    @property
    def can_go_back(self) -> bool:
        return self._position > 0

    @property
    def can_go_forward(self) -> bool:
        return self._position < len(self._steps) - 1

    # Where to go

    def search(self, image: ImageSource, label: str, crop: Crop | None = None) -> None:
        """Look for photos like ``image``; what lay ahead in the history is forgotten."""
        self._add(Step(image, label, crop))

    def set_filters(self, filters: Filters) -> None:
        """Ask the same among other photos; filters stay until they are taken away."""
        if filters != self.filters:
            self.filters = filters
            self.filters_changed.emit()
            self._begin_again()

    def set_order(self, order: Order) -> None:
        """Of the library's own list."""
        if order is not self.order:
            self.order = order
            if not self.step.is_search:
                self._begin_again()

    def picture(self, image: ImageSource, crop: Crop | None, side: int) -> Preview:
        """To look at closely; on a worker thread. Raises ``UserError``."""
        return self._session.preview(to_query(image, crop), side)

    def clear(self) -> None:
        """Back to the library itself, as a new step, so that Back returns to the query."""
        if self.step.is_search:
            self._add(Step())

    def back(self) -> None:
        if self.can_go_back:
            self._go(self._position - 1)

    def forward(self) -> None:
        if self.can_go_forward:
            self._go(self._position + 1)

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

    def _add(self, step: Step) -> None:
        self._steps[self._position + 1 :] = [step]
        del self._steps[:-KEPT_STEPS]
        self._go(len(self._steps) - 1)

    def _go(self, position: int) -> None:
        self._position = position
        self.answer = None
        self.step_changed.emit()
        self._ask_for_picture()
        self._begin_again()

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
        image, crop, top, filters = self.step.image, self.step.crop, self._top, self.filters
        assert image is not None
        self._begin()
        ticket = self._turns.begin()
        self._jobs.ask(
            self._jobs.searching,
            lambda: self._session.search(
                to_query(image, crop), top=top, filters=filters, cancelled=lambda: ticket.stale
            ),
            self._answered,
            self._failed,
            ticket=ticket,
        )

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

    def _ask_for_picture(self) -> None:
        image, crop = self.step.image, self.step.crop
        ticket = self._picture_turns.begin()
        if image is None:
            return

        def picture() -> QImage:
            if isinstance(image, QImage):
                part = image if crop is None else image.copy(*crop)
                return pictures.fit(part, CHIP_SIDE)
            jpeg = self._session.query_thumbnail(Query(image, crop), CHIP_SIDE)
            return pictures.from_jpeg(jpeg, CHIP_SIDE)

        # The search of an unreadable query says what is wrong; the chip then has no picture.
        self._jobs.ask(
            self._jobs.reading,
            picture,
            self.picture_arrived.emit,
            lambda _: None,
            ticket=ticket,
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
        self.failed.emit(error)

    def _set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit()


def label_of(image: Path | QImage, pasted: str) -> str:
    """What the chip calls the query: a file's name, or ``pasted`` for a bitmap without one."""
    return pasted if isinstance(image, QImage) else image.name
