"""Small pictures of what is asked with and of what was marked, for chips and beside photos."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from desktop.jobs import Jobs
from desktop.searching import SearchModel
from desktop.steps import Piece

SIDE = 96  # pixels, enough for a chip on a double-density screen


class QueryPictures(QObject):
    """Those of a ``SearchModel``'s step, read once while it goes on."""

    changed = Signal()  # another step, or a picture has arrived

    def __init__(self, search: SearchModel, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._search = search
        self._jobs = jobs
        self._known: dict[Hashable, QImage] = {}
        search.step_changed.connect(self._look)

    @property
    def first(self) -> QImage:
        """Of the image that stands for the query; null: there is none, or not yet."""
        pieces = self._search.step.pieces
        return self.of(pieces[0]) if pieces else QImage()

    def of(self, piece: Piece) -> QImage:
        """Null: it cannot be had, or not yet."""
        return self._known.get(piece.key, QImage())

    def _look(self) -> None:
        step = self._search.step
        wanted = {piece.key: piece for piece in (*step.pieces, *step.marks)}
        for key in self._known.keys() - wanted.keys():
            del self._known[key]
        for key in wanted.keys() - self._known.keys():
            self._known[key] = QImage()
            self._ask(key, wanted[key])
        self.changed.emit()

    def _ask(self, key: Hashable, piece: Piece) -> None:
        # The search of an unreadable query says what is wrong; its chip then has no picture.
        self._jobs.ask(
            self._jobs.reading,
            lambda: self._search.small_picture(piece, SIDE),
            lambda image: self._arrived(key, image),
            lambda _: None,
        )

    def _arrived(self, key: Hashable, image: QImage) -> None:
        if key in self._known:
            self._known[key] = image
            self.changed.emit()
