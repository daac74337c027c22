"""Has photos described as soon as a search needs it; by colour and composition, here.

A millisecond a photo, once. Until it is done, a search answers with those that are described.
Neighbour: ``parts`` (what is within photos, which takes long).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.jobs import Jobs, Lane, Running
from desktop.library import LibraryModel
from desktop.searching import SearchModel
from engine.types import Job, Likeness

if TYPE_CHECKING:
    from engine.services.session import Session


class OnDemand(QObject):
    """One description of photos in the background, at most one run of it at a time."""

    running_changed = Signal(object)  # Running[int], or None when it has ended
    failed = Signal(object)  # Exception

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        search: SearchModel,
        library: LibraryModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._search = search
        self._running: Running[int] | None = None
        library.photos_changed.connect(self._look)

    def _look(self) -> None:
        """Begin where the search needs it."""
        raise NotImplementedError

    def _finished(self, described: int) -> None:
        """``described``: how many photos were new."""
        raise NotImplementedError

    def _run(self, lane: Lane, start: Callable[[], Job[int]]) -> Running[int]:
        running = self._jobs.run(lane, start)
        running.finished.connect(self._finished)
        running.failed.connect(self.failed)
        for end in (running.finished, running.cancelled, running.failed):
            end.connect(self._ended)
        self._running = running
        self.running_changed.emit(running)
        return running

    def _ended(self, *_: object) -> None:
        self._running = None
        self.running_changed.emit(None)


class Describing(OnDemand):
    """Looks whenever the likeness or the photos have changed."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        search: SearchModel,
        library: LibraryModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(session, jobs, search, library, parent)
        self._again = False
        search.likeness_changed.connect(self._look)

    def _look(self) -> None:
        if self._search.likeness is Likeness.CONTENT:
            return
        if self._running is not None:
            self._again = True
            return
        self._run(self._jobs.describing, self._session.describe)

    def _finished(self, described: int) -> None:
        if described and self._search.likeness is not Likeness.CONTENT:
            self._search.refresh()

    def _ended(self, *_: object) -> None:
        super()._ended()
        if self._again:
            self._again = False
            self._look()
