"""Qt without a screen, settings in a temporary folder, and windows that are closed again."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is loaded

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop import app as desktop_app
from desktop.window import MainWindow
from desktop.workspace import Workspace
from tests.desktop.fakes import FakeSession


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path) -> None:
    QSettings.setPath(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings")
    )


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def show(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[..., MainWindow]]:
    """Shows a window on a session, ready or (``wait=False``) still opening."""
    windows: list[MainWindow] = []
    desktop_app.prepare(qapp)

    def show_window(
        session: FakeSession | Callable[[], FakeSession],
        *,
        wait: bool = True,
        **options: object,
    ) -> MainWindow:
        opener = (lambda: session) if isinstance(session, FakeSession) else session
        window = MainWindow(opener, **options)  # type: ignore[arg-type]
        windows.append(window)
        window.show()
        if wait:
            qtbot.waitUntil(lambda: window.workspace is not None)
            inside = inside_of(window)
            qtbot.waitUntil(lambda: inside.library.status is not None)
            qtbot.waitUntil(lambda: not inside.library.indexing)
            qtbot.waitUntil(lambda: not inside.search.asking)
        return window

    yield show_window
    for window in windows:
        for session in FakeSession.open_ones:
            session.let_everything_go()
        window.close()
        window.deleteLater()
    # Nothing does it between tests, and every theme would paint all the windows there ever were.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    FakeSession.open_ones.clear()
    # Without a screen Qt frees the clipboard's content when Python is gone already, and crashes.
    qapp.clipboard().clear()


def inside_of(window: MainWindow) -> Workspace:
    assert window.workspace is not None
    return window.workspace
