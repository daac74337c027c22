"""Has photos described by their parts, as soon as a search looks within them.

It takes as long as indexing nineteen times, so it can be stopped, and goes on when a person wants
it to, or another day. Until then an answer holds those that are described. Neighbour: describing
(how photos look, which takes no time).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.describing import OnDemand
from desktop.jobs import Jobs
from desktop.library import LibraryModel
from desktop.searching import SearchModel
from engine.types import Progress

if TYPE_CHECKING:
    from engine.services.session import Session

ANSWERED_ANEW = 500  # photos; after as many, and at the end, the answer is asked for again


class PartsDescribing(OnDemand):
    """Looks whenever the query or the photos have changed."""

    waiting = Signal(bool)  # True: a person stopped it, and the search wants for it

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        search: SearchModel,
        library: LibraryModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(session, jobs, search, library, parent)
        self._shown = 0  # of this run's photos, in the answer
        self._stopped = False
        search.step_changed.connect(self._look)

    def go_on(self) -> None:
        """Begin, or go on where it was stopped."""
        if self._running is not None:
            return
        self._shown = 0
        self._stopped = False
        running = self._run(self._jobs.parts, self._session.describe_parts)
        running.progressed.connect(self._progressed)
        running.cancelled.connect(self._stop)

    def _look(self) -> None:
        if self._running is not None:
            return
        wanted = self._search.step.by_part
        self.waiting.emit(wanted and self._stopped)
        if wanted and not self._stopped:
            self.go_on()

    def _stop(self) -> None:
        self._stopped = True
        self._answer_anew()
        self._look()

    def _progressed(self, progress: Progress) -> None:
        if progress.done >= self._shown + ANSWERED_ANEW:
            self._shown = progress.done
            self._answer_anew()

    def _finished(self, described: int) -> None:
        if described:
            self._answer_anew()

    def _answer_anew(self) -> None:
        if self._search.step.by_part:
            self._search.refresh()
