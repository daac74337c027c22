"""Pictures of the grid's cells: fetched when a cell is painted, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from desktop import pictures
from desktop.jobs import Jobs, Turns
from engine.settings import THUMBNAIL_SIDE

if TYPE_CHECKING:
    from engine.services.session import Session

CACHE_BYTES = 96 * 2**20  # some 600 pictures at 200 pixels, or 240 at the full side
SIDES = (160, 240, THUMBNAIL_SIDE)  # pixels; few, so that moving the slider hits the cache


class Thumbnails(QObject):
    """A cache by content id. A null pixmap means: there is no picture to be had."""

    arrived = Signal(int)  # content id

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._turns = Turns()
        self._side = SIDES[-1]
        self._kept: OrderedDict[int, QPixmap] = OrderedDict()
        self._bytes = 0
        self._asked: set[int] = set()

    def get(self, content_id: int) -> QPixmap | None:
        """The picture, or None while it is being fetched (``arrived`` tells when it is here)."""
        pixmap = self._kept.get(content_id)
        if pixmap is not None:
            self._kept.move_to_end(content_id)
        elif content_id not in self._asked:
            self._ask(content_id)
        return pixmap

    def set_side(self, pixels: int) -> None:
        """Cells are ``pixels`` wide (device pixels): pictures too small for that are made anew."""
        side = next((side for side in SIDES if side >= pixels), SIDES[-1])
        if side > self._side:
            self._kept.clear()
            self._bytes = 0
            self.forget_requests()
        self._side = side

    def forget_requests(self) -> None:
        """Another list is shown: what was asked for the old one is no longer wanted."""
        self._turns.begin()
        self._asked.clear()

    def forget_missing(self) -> None:
        """Ask again for pictures that could not be had (their photo may be indexed by now)."""
        for content_id in [key for key, pixmap in self._kept.items() if pixmap.isNull()]:
            del self._kept[content_id]

    def _ask(self, content_id: int) -> None:
        side = self._side
        self._asked.add(content_id)
        self._jobs.ask(
            self._jobs.thumbnails,
            lambda: pictures.from_jpeg(self._session.thumbnail(content_id), side),
            lambda image: self._keep(content_id, image),
            lambda _: self._keep(content_id, QImage()),
            ticket=self._turns.current(),
        )

    def _keep(self, content_id: int, image: QImage) -> None:
        self._asked.discard(content_id)
        self._kept[content_id] = QPixmap.fromImage(image)
        self._bytes += _size_bytes(self._kept[content_id])
        while self._bytes > CACHE_BYTES and len(self._kept) > 1:
            self._bytes -= _size_bytes(self._kept.popitem(last=False)[1])
        self.arrived.emit(content_id)


def _size_bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
