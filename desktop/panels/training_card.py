"""The training card: offer with its price, progress with curves, figures and the choice."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QWidget,
)

from desktop import words
from desktop.library import LibraryModel
from desktop.panels.curve import Curve
from desktop.panels.flow import Flow
from desktop.panels.making import button, clear, column, keep_focus, label, look, plain
from desktop.theme import GAP
from desktop.training import RECALL_AT, Phase, TrainingModel
from engine.settings import SMALLEST_TRAINABLE


class TrainingCard(QFrame):
    """Shows a ``TrainingModel``; its buttons call it. Hidden where training is not offered."""

    def __init__(
        self, training: TrainingModel, library: LibraryModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._training = training
        self._library = library
        self._phase = Phase.UNKNOWN
        self.setProperty("look", "card")
        self.setAccessibleName(words.translate("Training"))
        self.heading = label(words.translate("Training"), "heading")
        self.sentence = label(look="muted", wrap=True)
        self.price = label(look="muted", wrap=True)
        self.deep_box = QCheckBox(words.training_deep())
        self.deep_box.setAccessibleDescription(words.training_deep_tip())
        self.deep_box.setToolTip(plain(words.training_deep_tip()))
        self.deep_box.toggled.connect(training.set_deep)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(words.translate("Training progress"))
        self.curve = Curve()
        self.figures = Figures()
        self.note = label(look="muted", wrap=True)  # what the figures are of
        self.start_button = button(words.translate("Train on this library…"), "main")
        self.start_button.clicked.connect(training.start)
        self.pause_button = button(words.translate("Pause"))
        self.pause_button.clicked.connect(training.pause)
        self.cancel_button = button(words.translate("Cancel"))
        self.cancel_button.setToolTip(words.training_cancel_tip())
        self.cancel_button.clicked.connect(training.cancel)
        self.new_button = button(words.translate("Use the new one"))
        self.new_button.clicked.connect(training.use_new)
        self.old_button = button(words.translate("Keep the old one"))
        self.old_button.clicked.connect(training.keep_old)
        self.done_button = button(words.translate("Done"))
        self.done_button.clicked.connect(training.dismiss)
        ends = QWidget()
        flow = Flow(ends, GAP)
        for one in (
            self.start_button,
            self.pause_button,
            self.cancel_button,
            self.new_button,
            self.old_button,
            self.done_button,
        ):
            flow.addWidget(one)
        self.setLayout(
            column(
                self.heading,
                self.sentence,
                self.deep_box,
                self.price,
                self.curve,
                self.bar,
                self.figures,
                self.note,
                ends,
                margin=GAP + 4,
            )
        )
        training.changed.connect(self._show)
        training.deep_offered.connect(self.deep_box.setFocus)
        self._show()

    def _show(self) -> None:
        training, phase = self._training, self._training.phase
        busy = phase not in (Phase.UNKNOWN, Phase.TOO_SMALL, Phase.OFFERED)
        self.setVisible(not self._library.empty and (busy or training.offered))
        self.sentence.setText(self._sentence())
        self.price.setText(words.training_price(training.plan))
        self.price.setVisible(phase is Phase.OFFERED and training.plan is not None)
        self.deep_box.setVisible(phase is Phase.OFFERED)
        self.deep_box.setChecked(training.deep)
        running = phase is Phase.RUNNING
        self.curve.setVisible(training.at_work and len(training.losses) > 1)
        self.bar.setVisible(running)
        if phase is not self._phase:
            self._phase = phase
            keep_focus(self)
        self._show_buttons(phase)
        if training.at_work:
            progress = training.progress
            total = (progress.total or 0) if progress is not None else 0
            self.bar.setRange(0, total)
            self.bar.setValue(progress.done if progress else 0)
            rank = RECALL_AT.get(training.curve_stage, 10)
            self.curve.show_lines(training.losses, training.recalls, training.curve_steps, rank)
        for part in (self.figures, self.note):
            part.setVisible(phase is Phase.DONE)
        if phase is Phase.DONE and training.report is not None:
            self.figures.show_rows(words.training_figures(training.report))
            self.note.setText(words.training_note(training.report))

    def _show_buttons(self, phase: Phase) -> None:
        training = self._training
        running = phase is Phase.RUNNING
        self.pause_button.setVisible(running)
        self.pause_button.setEnabled(not training.cancelling)
        self.cancel_button.setVisible(training.at_work)
        self.cancel_button.setEnabled(not training.cancelling)
        self.start_button.setVisible(phase in (Phase.OFFERED, Phase.FAILED, Phase.PAUSED))
        self.start_button.setText(
            words.translate("Try again")
            if phase is Phase.FAILED
            else words.translate("Resume")
            if phase is Phase.PAUSED
            else words.training_start(training.current is not None)
        )
        choice = phase is Phase.DONE and training.replaced is not None
        taken = training.report is not None and training.report.switched
        for one, better in ((self.new_button, taken), (self.old_button, not taken)):
            one.setVisible(choice)
            look(one, "main" if better else "")
        read = phase in (Phase.DONE, Phase.FAILED) and not choice
        self.done_button.setVisible(read or training.asked_for)
        self.done_button.setText(words.translate("Done") if read else words.translate("Not now"))

    def _sentence(self) -> str:
        training = self._training
        match training.phase:
            case Phase.TOO_SMALL:
                return words.training_too_small(self._library.searchable, SMALLEST_TRAINABLE)
            case Phase.OFFERED:
                if training.current is None:
                    return words.training_offer()
                status = self._library.status
                return words.sentence(status.advice) if status else ""
            case Phase.RUNNING if training.pausing:
                return words.training_pausing()
            case Phase.RUNNING if training.cancelling:
                return words.cancelling()
            case Phase.RUNNING:
                return words.training_progress(training.progress, training.speed)
            case Phase.PAUSED:
                return words.training_paused(training.progress)
            case Phase.DONE if training.report is not None:
                return words.training_done(training.report)
            case Phase.FAILED if training.error is not None:
                return words.error(training.error)
            case _:
                return ""


class Figures(QWidget):
    """A small table; the first row is its head, the new model's figures stand out."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP + 4)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self.shown: tuple[object, ...] = ()

    def show_rows(self, rows: list[tuple[str, ...]]) -> None:
        if self.shown == tuple(rows):
            return
        self.shown = tuple(rows)
        clear(self._grid)
        for line, texts in enumerate(rows):
            for place, text in enumerate(texts):
                cell: QLabel = label(text, "heading" if line and place == 1 else "muted")
                if place:
                    cell.setAlignment(Qt.AlignmentFlag.AlignRight)
                self._grid.addWidget(cell, line, place)
