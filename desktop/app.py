"""Starts the desktop app: one ``QApplication``, one window, one place for what nobody caught."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtGui import QPixmapCache
from PySide6.QtWidgets import QApplication

from desktop import icons, theme, translations
from desktop.remembered import Remembered
from desktop.window import MainWindow
from engine.settings import APP

if TYPE_CHECKING:
    from engine.services.session import Session

log = logging.getLogger(__name__)


def run(
    open_session: Callable[[], Session],
    argv: Sequence[str],
    first_query: Path | None = None,
    open_other: Callable[[Path], Session] | None = None,
) -> int:
    """Show the window until it is closed; returns the exit status.

    ``open_session`` is called on a worker thread; a ``UserError`` of it is shown in the window.
    ``open_other`` opens another library folder; without it the window does not offer that.
    """
    app = QApplication(list(argv) or [APP])
    prepare(app)
    window = MainWindow(open_session, first_query, open_other)
    usual, sys.excepthook = sys.excepthook, _hook(window)
    try:
        window.show()
        return app.exec()
    finally:
        sys.excepthook = usual


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
