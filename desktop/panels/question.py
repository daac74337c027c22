"""A question in its own place: no dialog, and the careful answer has the focus."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop import words
from desktop.panels.making import button, column, label, row
from desktop.theme import GAP


class RemoveQuestion(QFrame):
    """Whether something shall be removed, or kept."""

    remove_wanted = Signal()
    keep_wanted = Signal()

    def __init__(self, text: str, remove: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.setAccessibleName(text)
        self.remove_button = button(remove)
        self.remove_button.clicked.connect(self.remove_wanted)
        self.keep_button = button(words.translate("Keep"))
        self.keep_button.clicked.connect(self.keep_wanted)
        answers = row(self.remove_button, self.keep_button)
        answers.addStretch()
        self.setLayout(column(label(text, wrap=True), answers, margin=GAP + 2))
