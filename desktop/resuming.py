"""Goes on by itself with a training that the end of the program has cut off.

One that a person paused waits for that person. Neighbours: training (what is gone on with),
background (whether it may run now), remembered (which library it was).
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from desktop.background import Background
from desktop.library import LibraryModel
from desktop.remembered import Remembered
from desktop.training import Phase, TrainingModel


class Resuming(QObject):
    """Looks once, as soon as the library and its checkpoint are known and work may run."""

    def __init__(
        self,
        training: TrainingModel,
        library: LibraryModel,
        background: Background,
        remembered: Remembered,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._training = training
        self._library = library
        self._background = background
        self._remembered = remembered
        self._cut_off: Path | None = remembered.cut_off
        if self._cut_off is not None:
            training.changed.connect(self._look)
            background.allowed_changed.connect(self._look)

    def remember(self) -> None:
        """The program ends: keep which library was being trained, if any."""
        status = self._library.status
        at_work = self._training.phase is Phase.RUNNING and not self._training.cancelling
        self._remembered.cut_off = status.library if status and at_work else self._cut_off

    def _look(self) -> None:
        status = self._library.status
        if self._cut_off is None or status is None or not self._background.allowed:
            return
        if self._training.paused and status.library == self._cut_off:
            self._cut_off = None
            self._training.start()
        elif self._training.phase is Phase.RUNNING:  # the person was quicker
            self._cut_off = None
