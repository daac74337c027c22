"""The list of trained models, with their figures; one of them answers, any can be chosen."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop import words
from desktop.panels.listing import Listing, Shape
from desktop.panels.making import button, column, label, row
from desktop.theme import GAP
from desktop.training import Phase, TrainingModel
from engine.types import Generation


class ModelsPage(QWidget):
    """Shows a ``TrainingModel``'s generations, newest first."""

    def __init__(self, training: TrainingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._training = training
        t = words.translate
        shape = Shape[Generation](
            heads=(
                t("Model"),
                t("State"),
                t("Trained"),
                t("Photos"),
                t("Identifier"),
                t("Recall@1"),
                t("Recall@10"),
            ),
            cells=words.model_cells,
            key=lambda generation: generation.generation_id,
            tip=words.model_tip,
        )
        widths = (90, 150, 130, 70, 130, 160)
        self.view: Listing[Generation] = Listing(t("Trained models"), shape, widths)
        self.table = self.view.table
        self._use = self.view.offer(t("Use this model"), "U", self._use_chosen)
        self.view.activated.connect(lambda _: self._use_chosen())
        self.heading = label(look="muted")
        self.use_button = button(t("Use this model"))
        self.use_button.clicked.connect(self._use_chosen)
        self.train_button = button("")
        self.train_button.clicked.connect(training.start)
        head = row(self.heading)
        head.addStretch()
        head.addWidget(self.use_button)
        head.addWidget(self.train_button)
        head.setContentsMargins(GAP, 0, GAP, 0)
        self.setLayout(column(head, self.view, gap=GAP // 2))
        self.view.selectionModel().selectionChanged.connect(self._enable)
        training.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self.view.show_rows(self._training.generations)
        trained = self._training.current is not None
        self.heading.setText(words.models_heading(trained))
        self.train_button.setText(words.training_start(trained))
        self._enable()

    def _enable(self) -> None:
        idle = self._training.phase is not Phase.RUNNING
        can_use = idle and self._other() is not None
        self._use.setEnabled(can_use)
        self.use_button.setEnabled(can_use)
        self.train_button.setEnabled(idle)

    def _other(self) -> Generation | None:
        """The selected model, if it is one that does not answer now."""
        chosen = self.view.chosen()
        current = self._training.current
        return chosen[0] if len(chosen) == 1 and chosen[0] != current else None

    def _use_chosen(self) -> None:
        other = self._other()
        if other is not None and self._use.isEnabled():
            self._training.use(other.generation_id)
