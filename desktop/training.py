"""Training as the window knows it: offered, at work, left, done or failed."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.jobs import Jobs, Running
from desktop.library import LibraryModel
from desktop.pace import Pace, Speed
from engine.settings import SMALLEST_TRAINABLE
from engine.types import Generation, GenerationState, Progress, TrainingPlan, TrainReport

if TYPE_CHECKING:
    from engine.services.session import Session


class Phase(Enum):
    UNKNOWN = auto()  # the library has not been read yet
    TOO_SMALL = auto()
    OFFERED = auto()
    RUNNING = auto()
    PAUSED = auto()  # left, by a person or the end of the program; goes on from its checkpoint
    DONE = auto()
    FAILED = auto()


class TrainingModel(QObject):
    """One training at a time; the library goes on answering meanwhile.

    To pause is to cancel and keep the checkpoint: the child process ends, and a new one goes on.
    """

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
        self._keeps = True  # the checkpoint of a training that is being cancelled
        self._pace = Pace()
        self.plan: TrainingPlan | None = None
        self._planned: object = None  # what it was reckoned from
        self.progress: Progress | None = None
        self.speed = Speed()
        self.losses: list[tuple[float, float]] = []  # step, loss
        self.recalls: list[tuple[float, float]] = []  # step, recall@10 of held-out views
        self.replaced: Generation | None = None  # what answered when the training began
        self.report: TrainReport | None = None
        self.error: Exception | None = None
        library.refreshed.connect(self._look)

    # What it is

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
        if self.plan is not None and self.plan.begun:
            return Phase.PAUSED
        if self._library.searchable < SMALLEST_TRAINABLE:
            return Phase.TOO_SMALL
        return Phase.OFFERED

    @property
    def at_work(self) -> bool:
        """Running, or to be gone on with."""
        return self.phase in (Phase.RUNNING, Phase.PAUSED)

    @property
    def paused(self) -> bool:
        return self.phase is Phase.PAUSED

    @property
    def cancelling(self) -> bool:
        return self._running is not None and self._running.cancelling

    @property
    def pausing(self) -> bool:
        return self.cancelling and self._keeps

    @property
    def pays(self) -> bool:
        """Nothing was trained yet, or photos came that training again would find more of."""
        status = self._library.status
        advice = bool(status and status.advice)
        return self.phase is Phase.OFFERED and (self.current is None or advice)

    @property
    def generations(self) -> tuple[Generation, ...]:
        """All trained models, newest first."""
        finished = (GenerationState.READY, GenerationState.RETIRED)
        return tuple(g for g in self._library.generations if g.state in finished)

    @property
    def current(self) -> Generation | None:
        """The trained model that answers now."""
        ready = (g for g in self._library.generations if g.state is GenerationState.READY)
        return next(ready, None)

    # What can be done

    def start(self) -> None:
        """Begin, or go on where an earlier training was left."""
        if self._running is not None:
            return
        if not self.paused:
            self.losses, self.recalls = [], []
        self.report, self.error, self.progress = None, None, None
        self.speed, self._pace, self._keeps = Speed(), Pace(), True
        self.replaced = self.current
        running = self._jobs.run(self._jobs.training, lambda: self._session.train())
        running.progressed.connect(self._progressed)
        running.finished.connect(self._finished)
        running.cancelled.connect(self._cancelled)
        running.failed.connect(self._failed)
        self._running = running
        self.changed.emit()

    def pause(self) -> None:
        """The training ends and keeps what it has; ``start`` goes on from there."""
        if self._running is not None and not self._running.cancelling:
            self._running.cancel()
            self.changed.emit()

    def toggle_pause(self) -> None:
        if self._running is not None:
            self.pause()
        elif self.paused:
            self.start()

    def cancel(self) -> None:
        """Away with it, and with what it has learnt so far."""
        self._keeps = False
        if self._running is not None:
            self._running.cancel()
            self.changed.emit()
        elif self.paused:
            self._forget()

    def dismiss(self) -> None:
        """The report or the error was read."""
        self.report, self.error = None, None
        self.changed.emit()

    def use_new(self) -> None:
        """Let the model of the report answer."""
        if self.report is not None and not self.report.switched:
            self.use(self.report.generation)
        self.dismiss()

    def keep_old(self) -> None:
        """Let the model that answered before the training answer."""
        if self.report is not None and self.report.switched and self.replaced is not None:
            self.use(self.replaced.generation_id)
        self.dismiss()

    def use(self, generation_id: int) -> None:
        """Let another trained model answer."""
        self._jobs.ask(
            self._jobs.training,
            lambda: self._session.use_generation(generation_id),
            lambda _: self._switched(),
            self._failed,
        )

    # How it goes on

    def _look(self) -> None:
        """Reckon anew where the library has grown or another model answers."""
        self.changed.emit()
        state = (self._library.searchable, self._library.generations)
        if self._library.searchable >= SMALLEST_TRAINABLE and state != self._planned:
            self._planned = state
            self._make_plan()

    def _make_plan(self) -> None:
        self._jobs.ask(self._jobs.reading, self._session.training_plan, self._plan_made)

    def _plan_made(self, plan: TrainingPlan) -> None:
        self.plan = plan
        self.changed.emit()

    def _switched(self) -> None:
        self._library.refresh()
        self.generation_switched.emit()

    def _progressed(self, progress: Progress) -> None:
        self.progress = progress
        self.speed = self._pace.at(progress)
        values = progress.values
        if "loss" in values:
            self.losses.append((progress.done, values["loss"]))
        if "recall" in values:
            recall = values["recall"]
            if [value for _, value in self.recalls[-2:]] == [recall, recall]:
                self.recalls.pop()  # a line that stays level has two ends
            self.recalls.append((progress.done, recall))
        self.changed.emit()

    def _finished(self, report: TrainReport) -> None:
        self.report = report
        self._left(begun=False)
        if report.switched:
            self.generation_switched.emit()

    def _cancelled(self) -> None:
        self._left(begun=self._keeps)
        if not self._keeps:
            self._forget()

    def _failed(self, error: Exception) -> None:
        self.error = error
        self._left(begun=False)

    def _left(self, *, begun: bool) -> None:
        self._running = None
        if self.plan is not None:
            self.plan = replace(self.plan, begun=begun)
        self._library.refresh()
        self.changed.emit()

    def _forget(self) -> None:
        if self.plan is not None:
            self.plan = replace(self.plan, begun=False)
        self.losses, self.recalls, self.progress = [], [], None
        self.changed.emit()
        # Behind the training, that has to have ended.
        self._jobs.ask(
            self._jobs.training, self._session.forget_training, lambda _: self._make_plan()
        )
