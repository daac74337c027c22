"""A question in its own place: no dialog, and the careful answer has the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop import words
from desktop.panels.making import button, column, keep_focus, label, row
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


class QuestionPlace(QWidget):
    """Asks one question at a time; takes no room without one. The focus then goes ``back``."""

    def __init__(self, back: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._back = back
        self.question: RemoveQuestion | None = None
        self._line = row()
        self.setLayout(self._line)
        self.hide()

    def ask(self, text: str, delete: Callable[[], object]) -> None:
        """``delete`` is called if that is the answer."""
        self._answered()
        question = RemoveQuestion(text, words.translate("Delete"))
        question.remove_wanted.connect(lambda: delete())
        for end in (question.remove_wanted, question.keep_wanted):
            end.connect(self._answered)
        self._line.addWidget(question)
        self.question = question
        self.show()
        question.keep_button.setFocus()

    def _answered(self) -> None:
        if self.question is not None:
            keep_focus(self.question)
            self.hide()
            self.question.deleteLater()
            self.question = None
            self._back.setFocus()
