"""Pictures of the grid's cells: fetched when a cell is painted, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from desktop import pictures
from desktop.jobs import Jobs, Turns
from engine.settings import THUMBNAIL_SIDE

if TYPE_CHECKING:
    from engine.services.session import Session

CACHE_BYTES = 96 * 2**20  # some 800 pictures at 168 pixels; the settings may say otherwise


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture made for cells of ``side`` device pixels; null where there is none to be had."""

    pixmap: QPixmap
    side: int

    @property
    def size_bytes(self) -> int:
        return self.pixmap.width() * self.pixmap.height() * 4


class Thumbnails(QObject):
    """A cache by content id. Pictures are scaled to their cells where they are decoded."""

    arrived = Signal(int)  # content id

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._turns = Turns()
        self._side = THUMBNAIL_SIDE
        self._kept: OrderedDict[int, Kept] = OrderedDict()
        self._bytes = 0
        self._limit_bytes = CACHE_BYTES
        self._asked: set[int] = set()

    def get(self, content_id: int) -> QPixmap | None:
        """The picture, or None while it is being fetched (``arrived`` tells when it is here).

        One that was made for smaller cells serves until the larger one is here.
        """
        kept = self._kept.get(content_id)
        if kept is not None:
            self._kept.move_to_end(content_id)
        if (kept is None or kept.side < self._side) and content_id not in self._asked:
            self._ask(content_id)
        return None if kept is None else kept.pixmap

    def set_side(self, pixels: int) -> None:
        """Cells have ``pixels`` device pixels from now on."""
        self._side = pixels
        self.forget_requests()

    def forget_requests(self) -> None:
        """Another list is shown: what was asked for the old one is no longer wanted."""
        self._turns.begin()
        self._asked.clear()

    def forget_missing(self) -> None:
        """Ask again for pictures that could not be had (their photo may be indexed by now)."""
        for content_id in [key for key, kept in self._kept.items() if kept.pixmap.isNull()]:
            del self._kept[content_id]

    def _ask(self, content_id: int) -> None:
        side = self._side
        self._asked.add(content_id)
        self._jobs.ask(
            self._jobs.thumbnails,
            lambda: pictures.from_jpeg(self._session.thumbnail(content_id), side),
            lambda image: self._keep(content_id, image, side),
            lambda _: self._keep(content_id, QImage(), side),
            ticket=self._turns.current(),
        )

    def _keep(self, content_id: int, image: QImage, side: int) -> None:
        self._asked.discard(content_id)
        old = self._kept.pop(content_id, None)
        kept = Kept(QPixmap.fromImage(image), side)
        self._kept[content_id] = kept
        self._bytes += kept.size_bytes - (0 if old is None else old.size_bytes)
        self._make_room()
        self.arrived.emit(content_id)

    def set_limit(self, limit_bytes: int) -> None:
        """Keep no more than this, and at least one picture."""
        self._limit_bytes = limit_bytes
        self._make_room()

    def _make_room(self) -> None:
        while self._bytes > self._limit_bytes and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].size_bytes
