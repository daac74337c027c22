"""A page of words in the middle of the window: first run, nothing found, an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop import icons
from desktop.panels.making import button, clear, keep_focus, label
from desktop.theme import GAP, colours

SIDE = 72  # pixels of the picture above the words


@dataclass(frozen=True, slots=True)
class Choice:
    """A button and what it does; the first choice is the main one."""

    text: str
    act: Callable[[], object]


class MessagePage(QWidget):
    """A picture, a title, a sentence and at most a few buttons, centred."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shape = ""
        self._picture = label()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = label(look="title", wrap=True)
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence = label(look="muted", wrap=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(GAP + 4)
        self.buttons: list[QPushButton] = []

        page = QVBoxLayout(self)
        page.setContentsMargins(32, 24, 32, 48)
        page.addStretch(2)
        page.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        page.addSpacing(GAP)
        page.addWidget(self._title)
        page.addSpacing(GAP // 2)
        page.addWidget(self._sentence)
        page.addSpacing(2 * GAP)
        page.addLayout(self._buttons)
        page.addStretch(3)

    @property
    def title(self) -> str:
        return self._title.text()

    @property
    def sentence(self) -> str:
        return self._sentence.text()

    def say(
        self, shape: str, title: str, sentence: str = "", choices: Sequence[Choice] = ()
    ) -> None:
        """``shape``: an icon's name, or "app" for the program's own."""
        texts = [choice.text for choice in choices]
        if (title, sentence, texts) == (
            self.title,
            self.sentence,
            [b.text() for b in self.buttons],
        ):
            return  # said again while a button may be pressed or focused
        self._shape = shape
        self._title.setText(title)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        self.setAccessibleName(f"{title}. {sentence}")
        keep_focus(self)
        clear(self._buttons)
        self.buttons = []
        if choices:
            self._buttons.addStretch()
        for position, choice in enumerate(choices):
            made = button(choice.text, "big" if position else "main", big=True)
            act = choice.act
            made.clicked.connect(lambda _=False, act=act: act())
            self._buttons.addWidget(made)
            self.buttons.append(made)
        if choices:
            self._buttons.addStretch()
        self._take_colours()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._take_colours()

    def _take_colours(self) -> None:
        if self._shape:
            icon = (
                icons.app_icon()
                if self._shape == "app"
                else icons.icon(self._shape, colours().muted)
            )
            self._picture.setPixmap(icon.pixmap(SIDE, SIDE))
