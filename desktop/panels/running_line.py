"""How far work beside the photos is, with a way to stop it. Seen only where it takes its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from desktop import words
from desktop.jobs import Running
from desktop.panels.making import Line, button, row
from desktop.theme import GAP
from engine.types import Progress


class RunningLine(QFrame):
    """Shows one running job. ``said`` words its progress; ``name`` is what its bar tells."""

    def __init__(
        self, said: Callable[[Progress], str], name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._said = said
        self._running: Running[Any] | None = None
        self.setProperty("look", "notice")
        self.text = Line(mode=Qt.TextElideMode.ElideMiddle)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.bar.setAccessibleName(name)
        self.stop_button = button(words.translate("Stop"))
        self.stop_button.clicked.connect(self._stop)
        line = row(self.text, self.bar, self.stop_button, gap=GAP)
        line.setContentsMargins(2 * GAP, 4, 2 * GAP, 4)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.hide()

    def follow(self, running: Running[Any] | None) -> None:
        """None: it has ended."""
        self._running = running
        if running is None:
            self.hide()
        else:
            self.stop_button.setEnabled(True)
            running.lasting.connect(self.show)
            running.progressed.connect(self._show_progress)

    def _show_progress(self, progress: Progress) -> None:
        self.text.setText(self._said(progress))
        self.setAccessibleName(self.text.text())
        self.bar.setRange(0, progress.total or 0)
        self.bar.setValue(progress.done)

    def _stop(self) -> None:
        if self._running is not None:
            self.stop_button.setEnabled(False)
            self._running.cancel()
