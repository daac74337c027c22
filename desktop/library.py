"""The library as the window knows it: status, folders, work, problems, the indexing that runs.

Asks the session on other threads only; widgets connect to the signals. What to index stands in
rows of the library: a run that is at work is given more to do, paused and resumed through them.
Neighbours: searching, training (the other halves of the window's state), panels (what shows it).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.jobs import Jobs, Running
from desktop.pace import Pace, Speed
from engine.types import (
    Generation,
    IndexReport,
    JobState,
    JobView,
    LibraryStatus,
    Problem,
    Progress,
)

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
        self.work: tuple[JobView, ...] = ()  # on folders, asked for last first
        self.problems: tuple[Problem, ...] = ()
        self.generations: tuple[Generation, ...] = ()
        self.progress: Progress | None = None
        self.speed = Speed()
        self.lasting = False
        self.report: IndexReport | None = None  # of the last run in this window
        self._pace = Pace()
        self._running: Running[IndexReport] | None = None
        self._waiting: list[tuple[Path, ...]] = []  # for the end of a run that is cancelled
        self._given: list[tuple[Path, ...]] = []  # to the run at work, meanwhile
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
    def paused(self) -> bool:
        """Every folder is left alone until it is resumed."""
        folders = self.status.folders if self.status else ()
        return bool(folders) and all(folder.paused for folder in folders)

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
                self._session.jobs(),
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
        """The library forgets the folder; its photos are not touched.

        One run at a time may change folders: what is at work ends before and goes on afterwards.
        """
        if self._running is not None:
            self._running.cancel()
            self._waiting = [()]
        self._jobs.ask(
            self._jobs.writing,
            lambda: self._session.remove_folder(root_id),
            lambda _: self._changed(),
            self.failed.emit,
        )

    def pause(self, root_id: int | None = None) -> None:
        """Leave a folder (None: all) alone until it is resumed, also after a restart."""
        self._steer(lambda: self._session.pause(root_id), lambda: self._is_paused(root_id, True))

    def resume(self, root_id: int | None = None) -> None:
        """A run that waits goes on; where none does, the folder (None: all) is looked at."""
        self._steer(lambda: self._session.resume(root_id), lambda: self._resumed(root_id))

    def toggle_pause(self) -> None:
        if self.paused:
            self.resume()
        else:
            self.pause()

    def retry_problems(self, problems: Sequence[Problem] | None = None) -> None:
        """Have refused files (None: all that are not ignored) tried again now."""
        chosen = self.problems if problems is None else problems
        folders = tuple(
            folder.path
            for folder in (self.status.folders if self.status else ())
            if folder.online and any(p.path.is_relative_to(folder.path) for p in chosen)
        )
        file_ids = None if problems is None else [problem.file_id for problem in problems]
        self._steer(
            lambda: self._session.retry_problems(file_ids),
            lambda: self._index(folders) if folders else self.refresh(),
        )

    def ignore_problems(self, problems: Sequence[Problem], ignored: bool = True) -> None:
        """Refused files are not counted and not tried until they change; or are so again."""

        def ignore() -> None:
            for problem in problems:
                self._session.ignore_problem(problem.file_id, ignored)

        self._steer(ignore, self.refresh)

    def cancel_indexing(self) -> None:
        """What is indexed stays; the next run goes on from there."""
        self._waiting.clear()
        self._given.clear()
        if self._running is not None:
            self._running.cancel()
            self.indexing_changed.emit()

    # How it goes on

    def _index(self, folders: tuple[Path, ...]) -> None:
        if self._running is not None and not self._running.cancelling:
            self._given.append(folders)  # it takes them first
            self._steer(lambda: self._session.add_folders(folders), self.refresh)
            return
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
        self._given.clear()
        self._ended()
        self.failed.emit(error)

    def _ended(self) -> None:
        self._running = None
        self._watch.stop()
        self.progress, self.lasting = None, False
        self.indexing_changed.emit()
        self._changed()
        if self._waiting:
            self._given.clear()
            self._index(self._waiting.pop(0))
        elif self._given:
            given, self._given = self._given, []
            self._jobs.ask(
                self._jobs.steering,  # behind what was given
                self._session.jobs,
                lambda work: self._make_up(given, work),
                self.failed.emit,
            )

    def _make_up(self, given: list[tuple[Path, ...]], work: Sequence[JobView]) -> None:
        """The run may have been at its end when it was given more."""
        if any(job.state is JobState.QUEUED for job in work):
            for folders in given:
                self._index(folders)

    def _steer(self, call: Callable[[], None], done: Callable[[], None]) -> None:
        self._jobs.ask(self._jobs.steering, call, lambda _: done(), self.failed.emit)

    def _is_paused(self, root_id: int | None, paused: bool) -> None:
        """Show at once what was done; reading the whole library takes its time."""
        if self.status is not None:
            folders = tuple(
                replace(folder, paused=paused) if root_id in (None, folder.root_id) else folder
                for folder in self.status.folders
            )
            self.status = replace(self.status, folders=folders)
            self.refreshed.emit()
        self.refresh()

    def _resumed(self, root_id: int | None) -> None:
        held_up = any(
            job.state is JobState.PAUSED and root_id in (None, job.root_id) for job in self.work
        )
        self._is_paused(root_id, False)
        if root_id is None and not self.indexing:
            self.rescan()
        elif root_id is not None and not (self.indexing and held_up):
            folders = self.status.folders if self.status else ()
            for folder in folders:
                if folder.root_id == root_id and folder.online:
                    self._index((folder.path,))

    def _look(self) -> None:
        """Photos arrive while indexing: show them without waiting for the end."""
        self.refresh()
        self.photos_arrived.emit()

    def _changed(self) -> None:
        self.refresh()
        self.photos_changed.emit()

    def _refreshed(
        self,
        found: tuple[
            LibraryStatus, tuple[JobView, ...], tuple[Problem, ...], tuple[Generation, ...]
        ],
    ) -> None:
        self.status, self.work, self.problems, self.generations = found
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
