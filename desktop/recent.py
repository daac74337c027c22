"""The images that were searched with lately: a menu of the files, newest first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from desktop import words
from desktop.remembered import Remembered
from desktop.searching import SearchModel


class RecentQueries(QObject):
    """Remembers files whose search was answered; bitmaps and photos of the library are not files
    that a menu could name."""

    def __init__(
        self, remembered: Remembered, search: SearchModel, look_for: Callable[[Path], object]
    ) -> None:
        super().__init__(search)
        self._remembered = remembered
        self._search = search
        self._look_for = look_for
        search.answered.connect(self._answered)

    def fill(self, menu: QMenu) -> None:
        """Make the menu anew, each time that it opens."""
        menu.clear()
        menu.setToolTipsVisible(True)
        for image in self._remembered.queries:
            entry = menu.addAction(words.name(image).replace("&", "&&"))
            entry.setToolTip(words.place(image))
            entry.triggered.connect(lambda _=False, image=image: self._look_for(image))
        menu.addSeparator()
        clear = menu.addAction(words.translate("Clear this list"))
        clear.setEnabled(bool(self._remembered.queries))
        clear.triggered.connect(self._clear)

    def _answered(self) -> None:
        if isinstance(self._search.step.image, Path):
            self._remembered.add_query(self._search.step.image)

    def _clear(self) -> None:
        self._remembered.queries = ()
