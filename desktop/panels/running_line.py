"""How far work beside the photos is, with a way to stop it. Seen only where it takes its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from desktop import words
from desktop.jobs import Running
from desktop.pace import Pace
from desktop.panels.making import Line, button, keep_focus, row
from desktop.theme import GAP
from engine.types import Progress


class RunningLine(QFrame):
    """Shows one running job. ``said`` words its progress; ``name`` is what its bar tells. A job
    that was stopped can be offered again.
    """

    again_wanted = Signal()

    def __init__(
        self, said: Callable[[Progress], str], name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._said = said
        self._pace = Pace()
        self._running: Running[Any] | None = None
        self.setProperty("look", "notice")
        self.text = Line(mode=Qt.TextElideMode.ElideMiddle)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.bar.setAccessibleName(name)
        self.stop_button = button(words.translate("Stop"))
        self.stop_button.clicked.connect(self._stop)
        self.again_button = button(words.translate("Go on"))
        self.again_button.clicked.connect(self.again_wanted)
        self.again_button.hide()
        line = row(self.text, self.bar, self.stop_button, self.again_button, gap=GAP)
        line.setContentsMargins(2 * GAP, 4, 2 * GAP, 4)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.hide()

    def follow(self, running: Running[Any] | None) -> None:
        """None: it has ended."""
        self._running = running
        self._lay_out(running=True)
        self.hide()
        if running is not None:
            self.stop_button.setEnabled(True)
            running.lasting.connect(self.show)
            running.progressed.connect(self._show_progress)

    def offer(self, text: str) -> None:
        """Stay, and say that it can be gone on with; empty: it is over."""
        if self._running is None:
            self._say(text)
            self._lay_out(running=False)
            self.setVisible(bool(text))

    def _lay_out(self, *, running: bool) -> None:
        keep_focus(self)
        self.bar.setVisible(running)
        self.stop_button.setVisible(running)
        self.again_button.setVisible(not running)

    def _say(self, text: str) -> None:
        self.text.setText(text)
        self.setAccessibleName(text)

    def _show_progress(self, progress: Progress) -> None:
        left = self._pace.at(progress).seconds_left
        self._say(words.with_time_left(self._said(progress), left))
        self.bar.setRange(0, progress.total or 0)
        self.bar.setValue(progress.done)

    def _stop(self) -> None:
        if self._running is not None:
            self.stop_button.setEnabled(False)
            self._running.cancel()
