"""The quick look: opened with Space, walked through with the arrow keys, closed with Space."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.errors import PhotoError
from engine.types import Query
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession

Show = Callable[..., MainWindow]


@pytest.fixture
def session() -> FakeSession:
    return FakeSession(30)


@pytest.fixture
def window(show: Show, session: FakeSession) -> MainWindow:
    return show(session)


def looking(qtbot: QtBot, window: MainWindow, row: int = 0) -> Workspace:
    inside = inside_of(window)
    inside.grid.setFocus()
    inside.grid.setCurrentIndex(inside.photos.index(row))
    qtbot.keyClick(inside.grid, Qt.Key.Key_Space)
    assert inside.quick_look.isVisible()
    return inside


def test_space_shows_the_photo_large_and_takes_it_away(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = looking(qtbot, window)
    look = inside.quick_look
    qtbot.waitUntil(lambda: look.photo.image.width() > 1000)
    assert look.size() == inside.size()
    assert look.caption.text() == "photo-00001.jpg"
    assert not look.query.isVisible()
    qtbot.keyClick(look, Qt.Key.Key_Space)
    assert not look.isVisible() and inside.grid.hasFocus()


def test_the_arrow_keys_walk_on(qtbot: QtBot, window: MainWindow, session: FakeSession) -> None:
    inside = looking(qtbot, window)
    look = inside.quick_look
    for key, row in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_End, 29), (Qt.Key.Key_Left, 28)):
        qtbot.keyClick(look, key)
        assert inside.grid.currentIndex().row() == row
        assert look.caption.text() == f"photo-{row + 1:05}.jpg"
    qtbot.waitUntil(lambda: session.previews[-1:] == [Query(29)])


def test_the_query_is_seen_beside_the_photo(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    inside.search.search(Path("/q.jpg"), "q.jpg", (1, 2, 300, 400))
    qtbot.waitUntil(lambda: not inside.search.asking)
    looking(qtbot, window)
    look = inside.quick_look
    assert look.query.isVisible()
    qtbot.waitUntil(lambda: look.query.image.width() > 1000)
    assert Query(Path("/q.jpg"), (1, 2, 300, 400)) in session.previews
    assert "Same shot" in look.detail.text()


def test_escape_closes_the_look_and_keeps_the_query(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    inside.search.search(Path("/q.jpg"), "q.jpg")
    qtbot.waitUntil(lambda: not inside.search.asking)
    looking(qtbot, window)
    qtbot.keyClick(inside.quick_look, Qt.Key.Key_Escape)
    assert not inside.quick_look.isVisible()
    assert inside.search.step.is_search


def test_what_is_asked_for_a_photo_that_was_passed_is_dropped(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    session.hold("preview")
    inside = looking(qtbot, window)
    qtbot.waitUntil(lambda: "preview" in session.waiting_calls)
    for _ in range(5):
        qtbot.keyClick(inside.quick_look, Qt.Key.Key_Right)
    session.let_go("preview")
    qtbot.waitUntil(lambda: inside.quick_look.photo.image.width() > 1000)
    assert [query.image for query in session.previews] == [1, 6]


def test_a_photo_that_cannot_be_read_stays_small(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    session.preview_error = PhotoError(Path("/photos/photo-00001.jpg"), "is damaged.")
    inside = inside_of(window)
    with qtbot.waitSignal(inside.thumbnails.arrived, timeout=5000, raising=False):
        inside.grid.grab()
    qtbot.waitUntil(lambda: inside.thumbnails.get(1) is not None)
    looking(qtbot, window)
    qtbot.waitUntil(lambda: len(session.previews) == 1)
    assert not inside.quick_look.photo.image.isNull()


def test_find_similar_from_the_look_goes_on_in_the_window(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = looking(qtbot, window, 3)
    qtbot.keyClick(window, Qt.Key.Key_F)
    assert not inside.quick_look.isVisible()
    qtbot.waitUntil(lambda: [query.image for query in session.queries] == [4])


def test_where_nothing_is_selected_the_first_photo_is_looked_at(
    qtbot: QtBot, window: MainWindow
) -> None:
    inside = inside_of(window)
    inside.grid.setFocus()
    qtbot.keyClick(inside.grid, Qt.Key.Key_Space)
    assert inside.quick_look.caption.text() == "photo-00001.jpg"


def test_without_a_photo_there_is_nothing_to_look_at(show: Show) -> None:
    window = show(FakeSession(0))
    inside_of(window).quick_look.toggle()
    assert not inside_of(window).quick_look.isVisible()
