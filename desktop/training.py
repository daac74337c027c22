"""Training as the window knows it: offered, at work, left, done or failed."""

from __future__ import annotations

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


RECALL_AT = {"decoder": 10, "tuning the encoder": 1}  # stages with a curve: rank of its recall


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
    ``deep``: the encoder is tuned first. It is chosen anew for every training.
    """

    changed = Signal()
    deep_offered = Signal()  # a person asked for the offer, to look at it
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
        self.deep = False
        self._asked_for = False  # the offer, by a person
        self._plans: tuple[TrainingPlan, TrainingPlan] | None = None  # quick, deep
        self._planned: object = None  # what they were reckoned from
        self._begun = False  # a training was left, and ``deep`` is what it was
        self.progress: Progress | None = None
        self.speed = Speed()
        self.curve_stage = ""  # what the curves are of, a key of ``RECALL_AT``
        self.curve_steps = 0
        self.losses: list[tuple[float, float]] = []  # step, loss
        self.recalls: list[tuple[float, float]] = []  # step, recall of held-out views
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
        if self._begun:
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
    def offered(self) -> bool:
        """Nothing was trained yet, photos came that training would pay for, or a person asked."""
        status = self._library.status
        advice = bool(status and status.advice)
        if self.phase is Phase.OFFERED:
            return self._asked_for or self.current is None or advice
        return self.phase is Phase.TOO_SMALL and self._asked_for

    @property
    def asked_for(self) -> bool:
        """The offer is there because a person wanted to see it."""
        return self._asked_for and self.offered

    @property
    def plan(self) -> TrainingPlan | None:
        """What the training that is chosen would take."""
        return None if self._plans is None else self._plans[self.deep]

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

    def set_deep(self, deep: bool) -> None:
        """Whether the next training tunes the encoder first; one that has begun stays as it is."""
        if self._running is None and not self.paused and deep != self.deep:
            self.deep = deep
            self.changed.emit()

    def offer_deep(self) -> None:
        """Show what tuning the encoder would take, also where no training is advised."""
        self._asked_for = True
        self.set_deep(True)
        self.changed.emit()
        self.deep_offered.emit()

    def start(self) -> None:
        """Begin, or go on where an earlier training was left."""
        if self._running is not None:
            return
        if not self.paused:
            self._no_curves()
        self.report, self.error, self.progress = None, None, None
        self.speed, self._pace, self._keeps = Speed(), Pace(), True
        self.replaced = self.current
        self._asked_for = False
        deep = self.deep
        running = self._jobs.run(self._jobs.training, lambda: self._session.train(deep=deep))
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
        """The report, the error or the offer was read."""
        self.report, self.error = None, None
        self.deep, self._asked_for = False, False
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
            self._make_plans()

    def _make_plans(self) -> None:
        self._jobs.ask(
            self._jobs.reading,
            lambda: (self._session.training_plan(), self._session.training_plan(deep=True)),
            self._plans_made,
        )

    def _plans_made(self, plans: tuple[TrainingPlan, TrainingPlan]) -> None:
        self._plans = quick, deep = plans
        if self._running is None:
            self._begun = quick.begun or deep.begun
            if self._begun:
                self.deep = deep.begun
        self.changed.emit()

    def _switched(self) -> None:
        self._library.refresh()
        self.generation_switched.emit()

    def _progressed(self, progress: Progress) -> None:
        self.progress = progress
        self.speed = self._pace.at(progress)
        values = progress.values
        if progress.stage in RECALL_AT:
            if progress.stage != self.curve_stage:
                self._no_curves()
            self.curve_stage, self.curve_steps = progress.stage, progress.total or 0
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
        self._begun = begun
        self._library.refresh()
        self.changed.emit()

    def _no_curves(self) -> None:
        self.losses, self.recalls, self.curve_stage = [], [], ""

    def _forget(self) -> None:
        self.deep, self._begun, self.progress = False, False, None
        self._no_curves()
        self.changed.emit()
        # Behind the training, that has to have ended.
        self._jobs.ask(
            self._jobs.training, self._session.forget_training, lambda _: self._make_plans()
        )
