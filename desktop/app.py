"""Starts the desktop app: one ``QApplication``, one window, one place for what nobody caught.

A setting that reaches everywhere (library, language, device) closes the window and opens the next.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from PySide6.QtGui import QPixmapCache
from PySide6.QtWidgets import QApplication

from desktop import icons, theme, translations
from desktop.remembered import Remembered
from desktop.single_instance import take_place
from desktop.window import MainWindow
from engine.settings import APP

if TYPE_CHECKING:
    from engine.services.session import Session

# Opens the library in a folder; models run on the device ("auto" or "cpu"), and a library without
# photos takes the encoder of that name.
OpenSession = Callable[[Path, str, str], "Session"]

log = logging.getLogger(__name__)


def run(
    open_session: OpenSession, library: Path | None = None, first_query: Path | None = None
) -> int:
    """Show the window until it is closed; returns the exit status.

    ``open_session`` is called on a worker thread; a ``UserError`` of it is shown in the window.
    ``library``: the folder to open; by default the one that was chosen last in the settings.
    Where another process shows it already, its window takes ``first_query`` and this one ends.
    """
    app = QApplication([APP])
    while True:
        remembered = Remembered()
        folder = remembered.library if library is None else library
        first = take_place(folder, first_query)
        if first is None:
            return 0
        prepare(app)
        opener = partial(open_session, folder, remembered.device, remembered.encoder)
        window = MainWindow(opener, first_query)
        first.called.connect(window.come_up)
        # Modules, classes and widgets stay: a collection that looked at them all, on whichever
        # thread, would hold the window up for as long.
        window.opened.connect(gc.freeze)
        usual, sys.excepthook = sys.excepthook, _hook(window)
        try:
            window.show()
            status = app.exec()
        finally:
            sys.excepthook = usual
            first.close()
        if not window.again:
            if window.left_behind:
                _leave(status)
            return status
        library, first_query = window.other_library or folder, None
        window.deleteLater()


def _leave(status: int) -> NoReturn:
    """End now. A thread that still loads a model would abort the process in its usual end."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


SWITCH_S = 0.0005  # Qt calls let go of Python's lock; to get it back can take this long each time


def prepare(app: QApplication) -> None:
    """Name, icon, language, style and colours of the application."""
    sys.setswitchinterval(SWITCH_S)
    app.setApplicationName(APP)
    app.setApplicationDisplayName("Photoglyph")
    app.setDesktopFileName(APP)
    app.setWindowIcon(icons.app_icon())
    app.setStyle("Fusion")  # the same spacing on every system; colours come from the theme
    remembered = Remembered()
    translations.speak(app, remembered.language)
    QPixmapCache.setCacheLimit(64 * 1024)  # KiB; scaled pictures of the cells in sight
    theme.apply(app, remembered.theme)
    app.styleHints().colorSchemeChanged.connect(lambda _: theme.paint(app))


def _hook(
    window: MainWindow,
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    def hook(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        log.error("Nobody caught this", exc_info=(kind, error, traceback))
        if isinstance(error, Exception):
            window.tell_bug(error)

    return hook
