"""The training card: offer, progress with a curve of the loss, report, way back."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from desktop import words
from desktop.guarding import guarded
from desktop.library import LibraryModel
from desktop.panels.making import button, clear, column, keep_focus, label, look, row
from desktop.theme import GAP, colours
from desktop.training import Phase, TrainingModel
from engine.settings import SMALLEST_TRAINABLE


class TrainingCard(QFrame):
    """Shows a ``TrainingModel``; its buttons call it."""

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
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(words.translate("Training progress"))
        self.curve = Curve()
        self.figures = Figures()
        self.start_button = button(words.translate("Train on this library…"), "main")
        self.start_button.clicked.connect(training.start)
        self.cancel_button = button(words.translate("Cancel"))
        self.cancel_button.clicked.connect(training.cancel)
        self.done_button = button(words.translate("Done"))
        self.done_button.clicked.connect(training.dismiss)
        self.back_button = button(words.translate("Go back to the previous model"), "link")
        self.back_button.clicked.connect(training.go_back)
        ends = row(self.cancel_button, self.done_button)
        ends.addStretch()
        self.setLayout(
            column(
                self.heading,
                self.sentence,
                self.curve,
                self.bar,
                self.figures,
                self.start_button,
                ends,
                self.back_button,
                margin=GAP + 4,
            )
        )
        training.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        training, phase = self._training, self._training.phase
        self.setVisible(phase is not Phase.UNKNOWN and not self._library.empty)
        self.sentence.setText(self._sentence())
        running = phase is Phase.RUNNING
        self.curve.setVisible(running and len(training.losses) > 1)
        self.bar.setVisible(running)
        if phase is not self._phase:
            self._phase = phase
            keep_focus(self)
        self.cancel_button.setVisible(running)
        self.cancel_button.setEnabled(not training.cancelling)
        self.start_button.setVisible(phase in (Phase.OFFERED, Phase.FAILED))
        self.start_button.setText(
            words.translate("Try again")
            if phase is Phase.FAILED
            else words.translate("Train again…")
            if training.current
            else words.translate("Train on this library…")
        )
        look(self.start_button, "" if training.current else "main")
        self.done_button.setVisible(phase in (Phase.DONE, Phase.FAILED))
        self.figures.setVisible(phase is Phase.DONE)
        self.back_button.setVisible(not running and training.previous is not None)
        if running:
            progress = training.progress
            known = progress is not None and bool(progress.total)
            self.bar.setRange(0, progress.total or 0 if progress and known else 0)
            self.bar.setValue(progress.done if progress else 0)
            self.curve.show_values(training.losses)
        if phase is Phase.DONE and training.report is not None:
            self.figures.show_rows(
                words.training_figures(training.report),
                words.figures_note(training.report.figures),
            )

    def _sentence(self) -> str:
        training = self._training
        match training.phase:
            case Phase.TOO_SMALL:
                return words.training_too_small(self._library.searchable, SMALLEST_TRAINABLE)
            case Phase.OFFERED:
                if training.current is None:
                    return words.training_offer()
                status = self._library.status
                return (status.advice if status else "") or words.training_again()
            case Phase.RUNNING if training.cancelling:
                return words.training_cancelling()
            case Phase.RUNNING:
                return words.training_progress(training.progress, training.speed)
            case Phase.DONE if training.report is not None:
                return words.training_done(training.report)
            case Phase.FAILED if training.error is not None:
                return words.error(training.error)
            case _:
                return ""


class Curve(QWidget):
    """The loss so far, from left to right."""

    def __init__(self) -> None:
        super().__init__()
        self._values: list[float] = []
        self.setFixedHeight(48)
        self.setAccessibleName(words.translate("Loss over time"))

    def show_values(self, values: list[float]) -> None:
        self._values = values
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if len(self._values) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 4, -1, -4)
        low, high = min(self._values), max(self._values)
        step = area.width() / (len(self._values) - 1)
        scale = area.height() / ((high - low) or 1.0)
        points = QPolygonF(
            [
                QPointF(area.left() + i * step, area.bottom() - (value - low) * scale)
                for i, value in enumerate(self._values)
            ]
        )
        painter.setPen(QPen(QColor(colours().border), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QPen(QColor(colours().accent), 2))
        painter.drawPolyline(points)


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

    def show_rows(self, rows: list[tuple[str, ...]], note: str) -> None:
        if self.shown == (*rows, note):
            return
        self.shown = (*rows, note)
        clear(self._grid)
        for line, texts in enumerate(rows):
            for place, text in enumerate(texts):
                cell: QLabel = label(text, "heading" if line and place == 1 else "muted")
                if place:
                    cell.setAlignment(Qt.AlignmentFlag.AlignRight)
                self._grid.addWidget(cell, line, place)
        self._grid.setRowMinimumHeight(len(rows), 3 * GAP)
        self._grid.addWidget(label(note, "muted", wrap=True), len(rows), 0, 1, len(rows[0]))
