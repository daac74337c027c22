"""What runs beside the photos because a person or a search asked for it: a line for each.

Copying, describing how photos look, and describing their parts. Neighbours: panels.running_line (a
line), describing and parts (the work), workspace (puts the lines above the photos).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop import words
from desktop.describing import Describing
from desktop.jobs import Jobs
from desktop.library import LibraryModel
from desktop.panels.making import column
from desktop.panels.running_line import RunningLine
from desktop.parts import PartsDescribing
from desktop.searching import SearchModel

if TYPE_CHECKING:
    from engine.services.session import Session


class Beside(QWidget):
    """As high as the lines that have something to tell."""

    failed = Signal(object)  # Exception

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        search: SearchModel,
        library: LibraryModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        t = words.translate
        self.copying = RunningLine(words.copying, t("Copied so far"))
        self.describing = RunningLine(words.describing, t("Described so far"))
        self.parts = RunningLine(words.describing_parts, t("Parts described so far"))
        self.setLayout(column(self.copying, self.describing, self.parts, gap=0))
        describing = Describing(session, jobs, search, library, self)
        describing.running_changed.connect(self.describing.follow)
        describing.failed.connect(self.failed)
        parts = PartsDescribing(session, jobs, search, library, self)
        parts.running_changed.connect(self.parts.follow)
        parts.failed.connect(self.failed)
        parts.waiting.connect(self._offer_parts)
        self.parts.again_wanted.connect(parts.go_on)

    def _offer_parts(self, waiting: bool) -> None:
        self.parts.offer(words.parts_stopped() if waiting else "")
