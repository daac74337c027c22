"""One line above the grid for what has to be said once: errors, notices, refusals."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from desktop import words
from desktop.panels.making import IconButton, label, look, row
from desktop.theme import GAP


class Tone(Enum):
    """The value is the style sheet's word."""

    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


class Banner(QFrame):
    """Stays until it is closed, answered by the next sentence, or cleared."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tone = Tone.NOTICE
        self.sentence = label(wrap=True)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.close_button = IconButton("close", words.translate("Dismiss"))
        self.close_button.clicked.connect(self.hide)
        line = row(self.sentence, self.close_button)
        line.setContentsMargins(2 * GAP, 4, GAP, 4)
        self.setLayout(line)
        self.hide()

    @property
    def text(self) -> str:
        return "" if self.isHidden() else self.sentence.text()

    def say(self, text: str, tone: Tone = Tone.NOTICE) -> None:
        self.tone = tone
        look(self, tone.value)
        self.sentence.setText(text)
        self.setAccessibleName(text)
        self.show()
