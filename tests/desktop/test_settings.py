"""What can be chosen, what holds at once, and what is remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog
from pytestqt.qtbot import QtBot

from desktop import theme
from desktop.background import Rules, Wait
from desktop.remembered import CACHE_MB, Remembered
from desktop.settings import SettingsDialog
from desktop.theme import Theme
from desktop.translations import Language
from desktop.window import MainWindow
from engine.settings import ENCODERS
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession

Show = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(show: Show) -> MainWindow:
    return show(FakeSession(30))


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> SettingsDialog:
    QTest.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    (found,) = window.findChildren(SettingsDialog)
    assert found.isVisible() and not found.isModal()
    return found


def choose(qtbot: QtBot, box: QComboBox, index: int) -> None:
    """With the keyboard, as a person may."""
    box.setFocus()
    for _ in range(box.count()):
        QTest.keyClick(box, Qt.Key.Key_Up)
    for _ in range(index):
        QTest.keyClick(box, Qt.Key.Key_Down)
    box.activated.emit(index)  # the arrows move without a popup; the popup's Enter does both
    assert box.currentIndex() == index


def test_a_theme_is_put_on_at_once(qtbot: QtBot, dialog: SettingsDialog) -> None:
    choose(qtbot, dialog.theme, 2)
    assert Remembered().theme is Theme.DARK
    assert theme.colours() is theme.DARK


def test_a_language_asks_for_the_window_to_open_again(
    qtbot: QtBot, window: MainWindow, dialog: SettingsDialog
) -> None:
    assert dialog.notice.isHidden()
    choose(qtbot, dialog.language, 2)
    assert Remembered().language is Language.GERMAN
    assert dialog.notice.isVisible()
    QTest.mouseClick(dialog.again_button, LEFT)
    assert window.again
    assert not window.isVisible()


def test_nothing_is_asked_when_the_choice_is_taken_back(
    qtbot: QtBot, dialog: SettingsDialog
) -> None:
    choose(qtbot, dialog.device, 1)
    assert Remembered().device == "cpu"
    assert dialog.notice.isVisible()
    choose(qtbot, dialog.device, 0)
    assert dialog.notice.isHidden()


def test_a_library_without_photos_can_take_another_model(
    qtbot: QtBot, dialog: SettingsDialog
) -> None:
    choose(qtbot, dialog.encoder, 1)
    assert Remembered().encoder == ENCODERS[1]
    assert dialog.notice.isVisible()


@pytest.mark.parametrize("own", [ENCODERS[1], "vit_base"])
def test_a_library_with_photos_shows_the_model_that_it_keeps(
    qtbot: QtBot, window: MainWindow, own: str
) -> None:
    status = inside_of(window).library.status
    assert status is not None
    dialog = SettingsDialog(Remembered(), replace(status, encoder=own))
    qtbot.addWidget(dialog)
    assert dialog.encoder.currentData() == own
    assert not dialog.encoder.isEnabled()
    assert Remembered().encoder == ENCODERS[0]


def test_what_was_detected_is_told_beside_the_device(dialog: SettingsDialog) -> None:
    assert dialog.device_note.text().startswith("No graphics card was found")


def test_another_library_opens_in_the_same_window(
    qtbot: QtBot, window: MainWindow, dialog: SettingsDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/elsewhere")
    QTest.mouseClick(dialog.library_button, LEFT)
    assert window.again
    assert window.other_library == Remembered().library == Path("/elsewhere")


def test_a_choice_of_folder_that_is_cancelled_changes_nothing(
    qtbot: QtBot, window: MainWindow, dialog: SettingsDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Remembered().library
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    QTest.mouseClick(dialog.library_button, LEFT)
    assert window.isVisible() and not window.again
    assert Remembered().library == before


def test_rules_for_the_background_hold_at_once(
    qtbot: QtBot, window: MainWindow, dialog: SettingsDialog
) -> None:
    background = inside_of(window).background
    qtbot.waitUntil(lambda: background.allowed)
    assert dialog.begin.isHidden()
    choose(qtbot, dialog.power, 1)
    choose(qtbot, dialog.time, 1)
    assert dialog.begin.isVisible()
    now = background._clock().hour
    dialog.begin.setValue((now + 2) % 24)
    dialog.end.setValue((now + 3) % 24)
    assert Remembered().rules == Rules(False, True, (now + 2) % 24, (now + 3) % 24)
    assert background.wait is Wait.DAY
    assert not background.allowed


def test_the_memory_for_thumbnails_is_limited_at_once(
    qtbot: QtBot, window: MainWindow, dialog: SettingsDialog
) -> None:
    thumbnails = inside_of(window).thumbnails
    thumbnails.set_limit(1)
    assert len(thumbnails._kept) <= 1
    dialog.cache.setValue(512)
    assert Remembered().cache_mb == 512
    assert thumbnails._limit_bytes == 512 * 2**20


def test_without_permission_the_folders_are_not_looked_at_after_a_start(
    show: Show, qtbot: QtBot
) -> None:
    hour = (datetime.now().hour + 2) % 24
    Remembered().rules = Rules(night=True, begin=hour, end=(hour + 1) % 24)
    session = FakeSession(3)
    window = show(session)
    background = inside_of(window).background
    qtbot.waitUntil(lambda: background.wait is Wait.DAY)
    assert session.indexed == []
    background.set_rules(Rules())
    qtbot.waitUntil(lambda: session.indexed == [()])


def test_damaged_memories_are_the_usual_values() -> None:
    kept = Remembered()
    for key in (
        *("choice/language", "choice/theme", "choice/library", "choice/device"),
        *("choice/background", "choice/cache_mb", "grid/cell", "dialog/folder"),
    ):
        kept.file.setValue(key, "\x00 ?")
    fresh = Remembered()
    assert fresh.language is Language.SYSTEM
    assert fresh.theme is Theme.SYSTEM
    assert fresh.device == "auto"
    assert fresh.rules == Rules()
    assert fresh.cache_mb == CACHE_MB
    assert fresh.folder == Path.home()


def test_folders_whose_name_is_no_utf8_are_remembered() -> None:
    Remembered().library = Path("/photos/caf\udce9")
    assert Remembered().library == Path("/photos/caf\udce9")
