"""Has photos described by their parts, as soon as a search looks within them.

It takes as long as indexing nineteen times, so it can be stopped, and goes on with the next such
search. Until then an answer holds those that are described. Neighbour: describing (how photos
look, which takes no time).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.describing import OnDemand
from desktop.jobs import Jobs
from desktop.library import LibraryModel
from desktop.searching import SearchModel
from engine.types import Progress

if TYPE_CHECKING:
    from engine.services.session import Session

ANSWERED_ANEW = 500  # photos; after as many the answer is asked for again


class PartsDescribing(OnDemand):
    """Looks whenever the query or the photos have changed."""

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
        search.step_changed.connect(self._look)

    def _look(self) -> None:
        if not self._search.step.by_part or self._running is not None:
            return
        self._shown = 0
        running = self._run(self._jobs.parts, self._session.describe_parts)
        running.progressed.connect(self._progressed)

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
