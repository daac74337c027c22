"""The library as the window knows it: status, folders, problems, and the indexing that runs.

Asks the session on other threads only; widgets connect to the signals. Neighbours: searching,
training (the other two halves of the window's state), panels (what shows it).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.jobs import Jobs, Running
from desktop.pace import Pace, Speed
from engine.types import Generation, IndexReport, LibraryStatus, Problem, Progress

if TYPE_CHECKING:
    from engine.services.session import Session

WATCH_MS = 1000  # how often counts are read again while photos arrive


class LibraryModel(QObject):
    """Counts, folders, problems, generations, and one indexing run at a time."""

    refreshed = Signal()  # status, problems or generations were read again
    photos_arrived = Signal()  # more of them, while indexing
    photos_changed = Signal()  # a change has come to its end: every list may differ now
    indexing_changed = Signal()  # started, moved on, or ended
    failed = Signal(object)  # Exception

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self.status: LibraryStatus | None = None
        self.problems: tuple[Problem, ...] = ()
        self.generations: tuple[Generation, ...] = ()
        self.progress: Progress | None = None
        self.speed = Speed()
        self.lasting = False
        self.report: IndexReport | None = None  # of the last run in this window
        self._pace = Pace()
        self._running: Running[IndexReport] | None = None
        self._waiting: list[tuple[Path, ...]] = []
        self._asked = False
        self._ask_again = False
        self._watch = QTimer(self, interval=WATCH_MS)
        self._watch.timeout.connect(self._look)

    # What it is

    @property
    def indexing(self) -> bool:
        return self._running is not None

    @property
    def cancelling(self) -> bool:
        return self._running is not None and self._running.cancelling

    @property
    def searchable(self) -> int:
        return self.status.searchable if self.status else 0

    @property
    def empty(self) -> bool:
        """Known to hold neither photos nor folders."""
        return self.status is not None and not self.status.photos and not self.status.folders

    # What can be done

    def refresh(self) -> None:
        """Read everything again; calls that come while one is under way become one more."""
        if self._asked:
            self._ask_again = True
            return
        self._asked = True
        self._jobs.ask(
            self._jobs.reading,
            lambda: (
                self._session.status(),
                self._session.problems(),
                self._session.generations(),
            ),
            self._refreshed,
            self._refresh_failed,
        )

    def add_folders(self, folders: Sequence[Path]) -> None:
        self._index(tuple(folders))

    def rescan(self) -> None:
        self._index(())

    def remove_folder(self, root_id: int) -> None:
        """The library forgets the folder; its photos are not touched."""
        self._jobs.ask(
            self._jobs.writing,
            lambda: self._session.remove_folder(root_id),
            lambda _: self._changed(),
            self.failed.emit,
        )

    def retry_problems(self) -> None:
        self._jobs.ask(
            self._jobs.writing,
            self._session.retry_problems,
            lambda _: self.rescan(),
            self.failed.emit,
        )

    def cancel_indexing(self) -> None:
        """What is indexed stays; the next run goes on from there."""
        self._waiting.clear()
        if self._running is not None:
            self._running.cancel()
            self.indexing_changed.emit()

    # How it goes on

    def _index(self, folders: tuple[Path, ...]) -> None:
        if self._running is not None:
            if folders not in self._waiting:
                self._waiting.append(folders)
            return
        self._pace = Pace()
        self.progress, self.speed, self.lasting = None, Speed(), False
        running = self._jobs.run(self._jobs.writing, lambda: self._session.index(folders))
        running.progressed.connect(self._progressed)
        running.lasting.connect(self._lasts)
        running.finished.connect(self._finished)
        running.cancelled.connect(self._ended)
        running.failed.connect(self._index_failed)
        self._running = running
        self._watch.start()
        self.indexing_changed.emit()

    def _progressed(self, progress: Progress) -> None:
        self.progress = progress
        self.speed = self._pace.at(progress)
        self.indexing_changed.emit()

    def _lasts(self) -> None:
        self.lasting = True
        self.indexing_changed.emit()

    def _finished(self, report: IndexReport) -> None:
        self.report = report
        self._ended()

    def _index_failed(self, error: Exception) -> None:
        self._ended()
        self.failed.emit(error)

    def _ended(self) -> None:
        self._running = None
        self._watch.stop()
        self.progress, self.lasting = None, False
        self.indexing_changed.emit()
        self._changed()
        if self._waiting:
            self._index(self._waiting.pop(0))

    def _look(self) -> None:
        """Photos arrive while indexing: show them without waiting for the end."""
        self.refresh()
        self.photos_arrived.emit()

    def _changed(self) -> None:
        self.refresh()
        self.photos_changed.emit()

    def _refreshed(
        self, found: tuple[LibraryStatus, tuple[Problem, ...], tuple[Generation, ...]]
    ) -> None:
        self.status, self.problems, self.generations = found
        self._answered()
        self.refreshed.emit()

    def _refresh_failed(self, error: Exception) -> None:
        self._answered()
        self.failed.emit(error)

    def _answered(self) -> None:
        self._asked = False
        if self._ask_again:
            self._ask_again = False
            self.refresh()
