"""The searches that the library keeps: every one that was asked, and those that have a name.

What is kept is the question, so that opening it finds what has come since. Neighbours: searching
(asks), panels.searches and recent (show the list).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PIL import Image
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from desktop import words
from desktop.jobs import Jobs
from desktop.searching import SearchModel
from desktop.steps import Piece, Step
from engine.types import Kept, Part, Photo, SavedSearch, SearchAnswer

if TYPE_CHECKING:
    from engine.services.session import Session

SIDE = 64  # pixels of a picture in the list, for a double-density screen


class Searches(QObject):
    """Remembers what a ``SearchModel`` was asked, and lists, names and forgets it."""

    changed = Signal()  # the list was read again
    moved = Signal()  # another search is shown, or none
    picture_arrived = Signal(int)  # saved id
    name_wanted = Signal(int)  # saved id, which a person wants to give a name
    clear_wanted = Signal()  # of what has no name; asks first
    failed = Signal(object)  # Exception

    def __init__(
        self, session: Session, jobs: Jobs, search: SearchModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._search = search
        self.named: tuple[SavedSearch, ...] = ()  # by name
        self.recent: tuple[SavedSearch, ...] = ()  # asked last first
        self._steps: dict[int, Step] = {}
        self._pictures: dict[int, QImage] = {}
        self._question = 0  # the last one that was remembered
        self._asked: Step | None = None  # what it asked
        self._remembered: int | None = None  # its id, once it is known
        self._replaceable: set[int] = set()  # what becomes of one search while it is refined
        self._to_name = False  # as soon as its id is known
        search.step_changed.connect(self._step_changed)
        search.answered.connect(self._answered)

    # What there is

    def step(self, saved_id: int) -> Step:
        """What is asked when the search is opened."""
        return self._steps[saved_id]

    def label(self, saved_id: int) -> str:
        return self._steps[saved_id].label

    def picture(self, saved_id: int) -> QImage:
        """Of its first image; null: not yet (``picture_arrived`` tells), or never."""
        if saved_id not in self._pictures:
            self._pictures[saved_id] = QImage()
            piece = self._steps[saved_id].pieces[0]
            self._jobs.ask(
                self._jobs.thumbnails,
                lambda: self._search.small_picture(piece, SIDE),
                lambda image: self._picture_arrived(saved_id, image),
                lambda _: None,  # it stays without one
            )
        return self._pictures[saved_id]

    def refresh(self) -> None:
        self._jobs.ask(self._jobs.reading, self._read, self._show, self.failed.emit)

    @property
    def shown(self) -> int | None:
        """Saved id of the search that is on screen; None: it has none, or not yet."""
        search = self._search
        if search.is_kept and search.step.saved is not None:
            return search.step.saved.saved_id
        known = self._asked is search.step and self._question == search.question
        return self._remembered if known else None

    # What can be done

    def open(self, saved_id: int) -> None:
        """Ask it again, as the library is now."""
        shown = self._search.step.saved
        if shown is None or shown.saved_id != saved_id or not self._search.is_kept:
            self._search.open_kept(self._steps[saved_id])

    def save(self) -> bool:
        """Have what is asked now named. False: there is no search."""
        kept = self._search.step.saved
        if not self._search.step.is_search:
            return False
        if self._search.is_kept and kept is not None:
            self.name_wanted.emit(kept.saved_id)
        elif self._remembered is not None and self._question == self._search.question:
            self.name_wanted.emit(self._remembered)
        else:
            self._to_name = True
        return True

    def rename(self, saved_id: int, name: str | None) -> None:
        """None: it is a recent search like any other."""
        self._replaceable.discard(saved_id)
        self._steer(lambda: self._session.rename_saved(saved_id, name))

    def remove(self, saved_ids: Sequence[int]) -> None:
        self._replaceable.difference_update(saved_ids)
        self._steer(lambda: self._session.remove_saved(saved_ids))

    # How it goes on

    def _step_changed(self) -> None:
        self._to_name = False
        self.moved.emit()

    def _answered(self, _: SearchAnswer) -> None:
        """Every question is remembered once, when it turned out that it can be answered."""
        search = self._search
        if search.question == self._question:
            return
        self._question, self._asked, self._remembered = search.question, search.step, None
        if search.is_kept:
            self.refresh()  # it was asked last now
            return
        step, filters, likeness, place = search.step, search.filters, search.going_by, search.place
        question = search.question

        def remember() -> int:
            """Refined, it takes the place of what it was."""
            query = step.query(search.bitmaps)
            saved_id = self._session.remember(query, filters, likeness=likeness)
            before, place.saved_id = place.saved_id, saved_id
            if before is not None and before in self._replaceable - {saved_id}:
                self._session.remove_saved([before])
            self._replaceable.add(saved_id)
            return saved_id

        def remembered(saved_id: int) -> None:
            if question == self._question:
                self._remembered = saved_id
                if self._to_name:
                    self._to_name = False
                    self.name_wanted.emit(saved_id)
            self.refresh()

        self._jobs.ask(self._jobs.steering, remember, remembered, self.failed.emit)

    def _steer(self, call: Callable[[], None]) -> None:
        self._jobs.ask(self._jobs.steering, call, lambda _: self.refresh(), self._not_done)

    def _not_done(self, error: Exception) -> None:
        self.failed.emit(error)
        self.refresh()

    def _read(self) -> tuple[tuple[SavedSearch, ...], dict[int, Step]]:
        found = self._session.saved()
        queries = [search.query for search in found]
        images = [part.image for query in queries for part in query.parts]
        marks = {mark.content_id for query in queries for mark in query.marks}
        ids = {image for image in images if isinstance(image, int)} | marks
        photos = self._session.photos_of(sorted(ids))
        return found, {search.saved_id: step_of(search, photos) for search in found}

    def _show(self, read: tuple[tuple[SavedSearch, ...], dict[int, Step]]) -> None:
        found, self._steps = read
        named = [search for search in found if search.name is not None]
        self.named = tuple(sorted(named, key=lambda search: str(search.name).casefold()))
        self.recent = tuple(search for search in found if search.name is None)
        for saved_id in self._pictures.keys() - self._steps.keys():
            del self._pictures[saved_id]
        self.changed.emit()

    def _picture_arrived(self, saved_id: int, image: QImage) -> None:
        if saved_id in self._pictures:
            self._pictures[saved_id] = image
            self.picture_arrived.emit(saved_id)


def step_of(search: SavedSearch, photos: Mapping[int, Photo]) -> Step:
    """A kept search as a step; ``photos`` of the library by content id, for their names."""

    def piece(part: Part) -> Piece:
        image = part.image
        if isinstance(image, int):
            label = words.name(photos[image].path) if image in photos else words.kept_image()
        elif isinstance(image, Kept):
            label = words.sentence(image.name) if image.name else words.pasted()
        else:
            assert not isinstance(image, Image.Image)
            label = words.name(image)
        return Piece(image, label, part.crop, part.sign, part.weight)

    marks = tuple(piece(Part(mark.content_id, sign=mark.sign)) for mark in search.query.marks)
    return Step(tuple(map(piece, search.query.parts)), marks, search, search.query.by_part)
