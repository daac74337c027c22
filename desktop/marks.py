"""The marks that the library keeps for its next training: to be seen, and deleted.

Neighbours: refining (makes them), panels.marks_page (shows them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.jobs import Jobs
from engine.types import Feedback

if TYPE_CHECKING:
    from engine.services.session import Session


@dataclass(frozen=True, slots=True)
class MarkView:
    """A mark with the photo's path, and that of the photo that was searched with.

    None: it is no longer in the library, or never was.
    """

    mark: Feedback
    path: Path | None
    asked: Path | None


class Marks(QObject):
    """Read when somebody looks."""

    changed = Signal()
    failed = Signal(object)  # Exception

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self.shown: tuple[MarkView, ...] = ()  # newest first

    def refresh(self) -> None:
        self._jobs.ask(self._jobs.reading, self._read, self._show, self.failed.emit)

    def forget(self, marks: Sequence[MarkView] | None = None) -> None:
        """Delete these, or all (None). The searches that they were made in stay as they are."""
        ids = None if marks is None else [one.mark.feedback_id for one in marks]
        self._jobs.ask(
            self._jobs.steering,
            lambda: self._session.forget_marks(ids),
            lambda _: self.refresh(),
            self.failed.emit,
        )

    def _read(self) -> tuple[MarkView, ...]:
        marks = self._session.marks()
        asked = {m.query_content_id for m in marks if m.query_content_id is not None}
        photos = self._session.photos_of(sorted({m.content_id for m in marks} | asked))
        paths: dict[int | None, Path] = {key: photo.path for key, photo in photos.items()}
        return tuple(
            MarkView(m, paths.get(m.content_id), paths.get(m.query_content_id)) for m in marks
        )

    def _show(self, shown: tuple[MarkView, ...]) -> None:
        self.shown = shown
        self.changed.emit()
