"""The list of jobs: the work on every folder, and a training, wherever they stand."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop import words
from desktop.library import LibraryModel
from desktop.panels.listing import Listing, Shape
from desktop.panels.making import button, column, label, row
from desktop.theme import GAP
from desktop.training import TrainingModel
from desktop.words import Work
from engine.types import JobState


class JobsPage(QWidget):
    """Pauses and resumes what is selected; cancels the run that is at work."""

    def __init__(
        self, library: LibraryModel, training: TrainingModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._training = training
        t = words.translate
        shape = Shape[Work](
            heads=(t("Work"), t("State"), t("Done"), t("Tries"), t("Last error")),
            cells=lambda work: work.cells,
            key=lambda work: work.root_id,
            tip=lambda work: work.tip,
        )
        self.view: Listing[Work] = Listing(t("Jobs"), shape, (280, 170, 150, 70))
        self.table = self.view.table
        self._pause = self.view.offer(t("Pause"), "P", lambda: self._each(paused=True))
        self._resume = self.view.offer(t("Resume"), "R", lambda: self._each(paused=False))

        self.heading = label(look="muted")
        self.pause_button = button(t("Pause"))
        self.pause_button.clicked.connect(lambda: self._each(paused=True))
        self.resume_button = button(t("Resume"))
        self.resume_button.clicked.connect(lambda: self._each(paused=False))
        self.cancel_button = button(t("Cancel indexing"))
        self.cancel_button.clicked.connect(library.cancel_indexing)
        head = row(self.heading)
        head.addStretch()
        for part in (self.pause_button, self.resume_button, self.cancel_button):
            head.addWidget(part)
        head.setContentsMargins(GAP, 0, GAP, 0)
        self.setLayout(column(head, self.view, gap=GAP // 2))
        self.view.selectionModel().selectionChanged.connect(self._enable)
        library.refreshed.connect(self._show)
        library.indexing_changed.connect(self._enable)
        training.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        rows = [words.work(job) for job in self._library.work]
        if self._training.at_work:
            rows.insert(0, words.training_work(self._training.progress, self._training.paused))
        self.view.show_rows(rows)
        self.heading.setText(words.jobs_heading(len(rows)))
        self._enable()

    def _enable(self) -> None:
        chosen = self.view.chosen()
        can_pause = any(w.state in (JobState.RUNNING, JobState.QUEUED) for w in chosen)
        can_resume = any(w.state in (JobState.PAUSED, JobState.FAILED) for w in chosen)
        for part in (self._pause, self.pause_button):
            part.setEnabled(can_pause)
        for part in (self._resume, self.resume_button):
            part.setEnabled(can_resume)
        self.cancel_button.setEnabled(self._library.indexing and not self._library.cancelling)

    def _each(self, *, paused: bool) -> None:
        steering = self._library.pause if paused else self._library.resume
        training = self._training.pause if paused else self._training.start
        for work in self.view.chosen():
            if work.root_id is None:
                training()
            else:
                steering(work.root_id)
