"""Training as the window knows it: offered, at work, done or failed."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.jobs import Jobs, Running
from desktop.library import LibraryModel
from desktop.pace import Pace, Speed
from engine.settings import SMALLEST_TRAINABLE
from engine.types import Generation, GenerationState, Progress, TrainReport

if TYPE_CHECKING:
    from engine.services.session import Session


class Phase(Enum):
    UNKNOWN = auto()  # the library has not been read yet
    TOO_SMALL = auto()
    OFFERED = auto()
    RUNNING = auto()
    DONE = auto()
    FAILED = auto()


class TrainingModel(QObject):
    """One training at a time; the library goes on answering meanwhile."""

    changed = Signal()
    generation_switched = Signal()  # another model answers from now on

    def __init__(
        self, session: Session, jobs: Jobs, library: LibraryModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._library = library
        self._running: Running[TrainReport] | None = None
        self._pace = Pace()
        self.progress: Progress | None = None
        self.speed = Speed()
        self.losses: list[float] = []
        self.report: TrainReport | None = None
        self.error: Exception | None = None
        library.refreshed.connect(self.changed)

    @property
    def phase(self) -> Phase:
        if self._running is not None:
            return Phase.RUNNING
        if self.error is not None:
            return Phase.FAILED
        if self.report is not None:
            return Phase.DONE
        if self._library.status is None:
            return Phase.UNKNOWN
        if self._library.searchable < SMALLEST_TRAINABLE:
            return Phase.TOO_SMALL
        return Phase.OFFERED

    @property
    def cancelling(self) -> bool:
        return self._running is not None and self._running.cancelling

    @property
    def current(self) -> Generation | None:
        """The trained model that answers now."""
        ready = (g for g in self._library.generations if g.state is GenerationState.READY)
        return next(ready, None)

    @property
    def previous(self) -> Generation | None:
        """The newest trained model that can be gone back to."""
        retired = [g for g in self._library.generations if g.state is GenerationState.RETIRED]
        return max(retired, key=lambda g: g.generation_id, default=None)

    def start(self) -> None:
        if self._running is not None:
            return
        self.report, self.error, self.progress = None, None, None
        self.losses, self.speed, self._pace = [], Speed(), Pace()
        running = self._jobs.run(self._jobs.training, lambda: self._session.train())
        running.progressed.connect(self._progressed)
        running.finished.connect(self._finished)
        running.cancelled.connect(self._ended)
        running.failed.connect(self._failed)
        self._running = running
        self.changed.emit()

    def cancel(self) -> None:
        """The next training continues from the last checkpoint."""
        if self._running is not None:
            self._running.cancel()
            self.changed.emit()

    def dismiss(self) -> None:
        """The report or the error was read."""
        self.report, self.error = None, None
        self.changed.emit()

    def go_back(self) -> None:
        """Let the previous model answer again."""
        previous = self.previous
        if previous is not None:
            self._jobs.ask(
                self._jobs.writing,
                lambda: self._session.use_generation(previous.generation_id),
                lambda _: self._switched(),
                self._failed,
            )

    def _switched(self) -> None:
        self.report = None
        self._library.refresh()
        self.generation_switched.emit()

    def _progressed(self, progress: Progress) -> None:
        self.progress = progress
        self.speed = self._pace.at(progress)
        if "loss" in progress.values:
            self.losses.append(progress.values["loss"])
        self.changed.emit()

    def _finished(self, report: TrainReport) -> None:
        self.report = report
        self._ended()
        if report.switched:
            self.generation_switched.emit()

    def _failed(self, error: Exception) -> None:
        self.error = error
        self._ended()

    def _ended(self) -> None:
        self._running = None
        self._library.refresh()
        self.changed.emit()
