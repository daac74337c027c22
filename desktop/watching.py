"""Changes in the library's folders appear by themselves: a watcher names folders, they are indexed.

The watcher calls on a thread of its own; what follows is put on a lane, as everything is.
Neighbours: ``library`` (the indexing that runs), ``engine.services.watching``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.background import Background
from desktop.jobs import Jobs
from desktop.library import LibraryModel

if TYPE_CHECKING:
    from engine.services.session import Session


class Watching(QObject):
    """Begins at once, on another thread; ends with the session."""

    told = Signal(str)  # a sentence: why changes are not noticed at once

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        library: LibraryModel,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._library = library
        self._background = background
        self._put_off = False  # something has changed, and work has to wait
        background.allowed_changed.connect(self._make_up)
        jobs.ask(
            jobs.reading, lambda: session.watch(self._changed, self._tell), lambda watcher: None
        )

    def _changed(self, root_ids: Sequence[int]) -> None:
        """On the watcher's thread."""
        self._jobs.ask(self._jobs.reading, lambda: self._there(root_ids), self._index)

    def _tell(self, sentence: str) -> None:
        """On the watcher's thread."""
        self._jobs.ask(self._jobs.reading, lambda: sentence, self.told.emit)

    def _there(self, root_ids: Sequence[int]) -> list[Path] | None:
        """Where the folders are, but for paused ones; None: one has to be looked for."""
        folders = [f for f in self._session.folders() if f.root_id in root_ids and not f.paused]
        if all(folder.online and folder.path.is_dir() for folder in folders):
            return [folder.path for folder in folders]
        return None

    def _index(self, folders: list[Path] | None) -> None:
        if not self._background.allowed:
            self._put_off = True
        elif folders is None:
            self._library.rescan()
        elif folders:
            self._library.add_folders(folders)

    def _make_up(self, allowed: bool) -> None:
        if allowed and self._put_off:
            self._put_off = False
            self._library.rescan()
