"""What can be dropped and pasted, as real events."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
)
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from desktop.addresses import file_url, local_path
from desktop.panels.banner import Tone
from desktop.window import MainWindow
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession

Show = Callable[..., MainWindow]

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([file_url(path) for path in paths])
    return mime


def bitmap() -> QMimeData:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 30, 30))
    mime = QMimeData()
    mime.setImageData(image)
    return mime


def web(address: str = "https://example.org/cat.jpg") -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl(address)])
    return mime


def hover(window: MainWindow, mime: QMimeData) -> QDragEnterEvent:
    event = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, mime, LEFT, PLAIN)
    QApplication.sendEvent(window, event)
    return event


def drop(window: MainWindow, mime: QMimeData) -> None:
    """Enter and drop, as the window system delivers them."""
    assert hover(window, mime).isAccepted()
    event = QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, mime, LEFT, PLAIN)
    QApplication.sendEvent(window, event)
    assert event.isAccepted()


def paste(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "beach.png"
    Image.new("RGB", (64, 48), "teal").save(path)
    return path


@pytest.fixture
def window(show: Show) -> MainWindow:
    return show(FakeSession(30))


def session_of(window: MainWindow) -> FakeSession:
    return FakeSession.open_ones[-1]


def answered(qtbot: QtBot, window: MainWindow, searches: int = 1) -> None:
    session, search = session_of(window), inside_of(window).search
    qtbot.waitUntil(lambda: len(session.queries) == searches and not search.asking)


def test_a_dropped_file_is_searched_with(qtbot: QtBot, window: MainWindow, picture: Path) -> None:
    drop(window, files(picture))
    answered(qtbot, window)
    assert session_of(window).queries[0].image == picture
    inside = inside_of(window)
    assert inside.query_bar.chip.name.text() == "beach.png"
    assert inside.centre.heading.text() == "Photos like beach.png"
    assert inside.photos.rowCount() == 30


def test_a_file_name_of_odd_bytes_survives_its_address(tmp_path: Path) -> None:
    path = tmp_path / "caf\udce9 #1 50%.jpg"
    assert local_path(file_url(path)) == path


def test_a_pasted_bitmap_is_searched_with(qtbot: QtBot, window: MainWindow) -> None:
    QGuiApplication.clipboard().setMimeData(bitmap())
    paste(qtbot, window)
    answered(qtbot, window)
    image = session_of(window).queries[0].image
    assert isinstance(image, Image.Image)
    assert image.size == (40, 30)
    assert image.getpixel((5, 5)) == (200, 30, 30)
    assert inside_of(window).query_bar.chip.name.text() == "Pasted image"


def test_a_dropped_bitmap_without_a_file_is_searched_with(qtbot: QtBot, window: MainWindow) -> None:
    drop(window, bitmap())
    answered(qtbot, window)
    assert isinstance(session_of(window).queries[0].image, Image.Image)
    assert inside_of(window).query_bar.chip.name.text() == "Dropped image"


def test_transparent_parts_of_a_pasted_bitmap_become_white(
    qtbot: QtBot, window: MainWindow
) -> None:
    image = QImage(8, 8, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    QGuiApplication.clipboard().setImage(image)
    paste(qtbot, window)
    answered(qtbot, window)
    pasted = session_of(window).queries[0].image
    assert isinstance(pasted, Image.Image) and pasted.getpixel((3, 3)) == (255, 255, 255)


def test_a_pasted_file_is_searched_with(qtbot: QtBot, window: MainWindow, picture: Path) -> None:
    QGuiApplication.clipboard().setMimeData(files(picture))
    paste(qtbot, window)
    answered(qtbot, window)
    assert session_of(window).queries[0].image == picture


@pytest.mark.parametrize("form", ["{}", "'{}'", "{}\n", "file://{}"])
def test_a_pasted_path_is_searched_with(
    qtbot: QtBot, window: MainWindow, picture: Path, form: str
) -> None:
    QGuiApplication.clipboard().setText(form.format(picture))
    paste(qtbot, window)
    answered(qtbot, window)
    assert session_of(window).queries[0].image == picture


def test_pasting_something_else_says_what_can_be_pasted(qtbot: QtBot, window: MainWindow) -> None:
    QGuiApplication.clipboard().setText("a shopping list\nmilk")
    paste(qtbot, window)
    inside = inside_of(window)
    assert "no image" in inside.banner.text
    assert not session_of(window).queries


def test_of_several_files_the_first_is_searched_with_and_that_is_said(
    qtbot: QtBot, window: MainWindow, picture: Path, tmp_path: Path
) -> None:
    drop(window, files(picture, tmp_path / "second.jpg", tmp_path / "third.jpg"))
    answered(qtbot, window)
    assert session_of(window).queries[0].image == picture
    assert inside_of(window).banner.text == (
        "3 files came together: searching with the first, beach.png."
    )


def test_a_dropped_folder_is_added_to_the_library(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    drop(window, files(tmp_path))
    session = session_of(window)
    qtbot.waitUntil(lambda: (tmp_path,) in session.indexed)
    assert not session.queries


def test_an_overlay_says_what_a_drop_would_do(
    window: MainWindow, picture: Path, tmp_path: Path
) -> None:
    for mime, words in (
        (files(picture), "Find similar photos"),
        (bitmap(), "Find similar photos"),
        (files(tmp_path), "Add to library"),
        (web(), "Web addresses cannot be used offline"),
    ):
        hover(window, mime)
        assert window.overlay.isVisible() and window.overlay.text == words
        QApplication.sendEvent(window, QDragLeaveEvent())
        assert not window.overlay.isVisible()


def test_a_drag_that_holds_nothing_usable_is_not_taken(window: MainWindow) -> None:
    mime = QMimeData()
    mime.setText("hello")
    assert not hover(window, mime).isAccepted()
    assert not window.overlay.isVisible()


def test_a_web_address_is_refused_with_a_sentence(window: MainWindow) -> None:
    drop(window, web())
    banner = inside_of(window).banner
    assert "works offline" in banner.text and banner.tone is Tone.WARNING
    assert not session_of(window).queries


def test_a_web_address_that_brings_its_bitmap_is_searched_with(
    qtbot: QtBot, window: MainWindow
) -> None:
    mime = bitmap()
    mime.setUrls([QUrl("https://example.org/cat.jpg")])
    drop(window, mime)
    answered(qtbot, window)
    assert isinstance(session_of(window).queries[0].image, Image.Image)
    assert inside_of(window).banner.text == ""


def test_an_image_can_be_chosen_in_a_dialog(
    qtbot: QtBot, window: MainWindow, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(picture), ""))
    qtbot.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    answered(qtbot, window)
    assert session_of(window).queries[0].image == picture


def test_an_image_of_the_command_line_is_searched_with_at_once(
    qtbot: QtBot, show: Show, picture: Path
) -> None:
    session = FakeSession(5)
    show(session, wait=False, first_query=picture)
    qtbot.waitUntil(lambda: len(session.queries) == 1)
    assert session.queries[0].image == picture


def test_escape_clears_the_query(qtbot: QtBot, window: MainWindow, picture: Path) -> None:
    drop(window, files(picture))
    answered(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    inside = inside_of(window)
    qtbot.waitUntil(lambda: inside.centre.heading.text() == "Your library")
    assert not inside.query_bar.chips
    assert inside.query_bar.hint.isVisible()


def test_the_cross_on_the_chip_clears_the_query(
    qtbot: QtBot, window: MainWindow, picture: Path
) -> None:
    drop(window, files(picture))
    answered(qtbot, window)
    qtbot.mouseClick(inside_of(window).query_bar.chip.close_button, LEFT)
    qtbot.waitUntil(lambda: inside_of(window).centre.heading.text() == "Your library")
