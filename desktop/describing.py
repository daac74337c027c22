"""Has photos described by colour and composition, as soon as a search goes by them.

A millisecond a photo, once. Until it is done, a search answers with those that are described.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.jobs import Jobs, Running
from desktop.library import LibraryModel
from desktop.searching import SearchModel
from engine.types import Likeness

if TYPE_CHECKING:
    from engine.services.session import Session


class Describing(QObject):
    """Looks whenever the likeness or the photos have changed."""

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
        self._again = False
        search.likeness_changed.connect(self._look)
        library.photos_changed.connect(self._look)

    def _look(self) -> None:
        if self._search.likeness is Likeness.CONTENT:
            return
        if self._running is not None:
            self._again = True
            return
        running = self._jobs.run(self._jobs.describing, self._session.describe)
        running.finished.connect(self._finished)
        running.failed.connect(self.failed)
        for end in (running.finished, running.cancelled, running.failed):
            end.connect(self._ended)
        self._running = running
        self.running_changed.emit(running)

    def _finished(self, described: int) -> None:
        if described and self._search.likeness is not Likeness.CONTENT:
            self._search.refresh()

    def _ended(self, *_: object) -> None:
        self._running = None
        self.running_changed.emit(None)
        if self._again:
            self._again = False
            self._look()
