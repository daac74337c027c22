"""How many photos came to each saved search since it was opened last.

Counted in the background, one search after another, a moment after the list or the library has
changed. Neighbours: searches (the list), panels.search_rows (shows the numbers).
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.jobs import Jobs
from desktop.library import LibraryModel
from desktop.searches import Searches
from engine.types import SavedSearch

if TYPE_CHECKING:
    from engine.services.session import Session

WAIT_MS = 500  # photos arrive by the dozen: they are counted together


class Arrivals(QObject):
    """A number for each of the ``Searches`` that have a name."""

    changed = Signal(int)  # saved id

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        searches: Searches,
        library: LibraryModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._searches = searches
        self._counts: dict[int, int] = {}
        self._counted: dict[int, datetime] = {}  # for when a search was asked last
        self._asked = 0  # searches whose numbers are on their way
        self._moment = QTimer(self, interval=WAIT_MS, singleShot=True)
        self._moment.timeout.connect(self._count)
        searches.changed.connect(self._look)
        library.photos_arrived.connect(self._outdate)
        library.photos_changed.connect(self._outdate)

    def count(self, saved_id: int) -> int:
        """0: none, or not known (yet)."""
        return self._counts.get(saved_id, 0)

    def _outdate(self) -> None:
        self._counted.clear()
        self._look()

    def _look(self) -> None:
        named = {search.saved_id: search for search in self._searches.named}
        for saved_id in (self._counts.keys() | self._counted.keys()) - named.keys():
            self._counts.pop(saved_id, None)
            self._counted.pop(saved_id, None)
        for search in named.values():
            if self._counted.get(search.saved_id, search.ran_at) != search.ran_at:
                self._show(search.saved_id, 0)  # it was opened: nothing in it is new
        if self._late() and not self._asked and not self._moment.isActive():
            self._moment.start()

    def _late(self) -> list[SavedSearch]:
        counted = self._counted
        return [s for s in self._searches.named if counted.get(s.saved_id) != s.ran_at]

    def _count(self) -> None:
        for search in self._late():
            self._counted[search.saved_id] = search.ran_at
            self._asked += 1
            self._jobs.ask(
                self._jobs.counting,
                partial(self._session.arrived, search),
                partial(self._arrived, search.saved_id),
                lambda _: self._arrived(None, 0),  # opening it says what is wrong
            )

    def _arrived(self, saved_id: int | None, count: int) -> None:
        self._asked -= 1
        if saved_id in self._counted:
            self._show(saved_id, count)
        self._look()

    def _show(self, saved_id: int, count: int) -> None:
        if count != self.count(saved_id):
            self._counts[saved_id] = count
            self.changed.emit(saved_id)
