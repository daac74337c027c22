"""Searching with a part of a picture: the frame, the keys, the mouse, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from desktop.crop_frame import LEAST, CropFrame, Edge
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.errors import PhotoError
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession

Show = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier

numbers = st.floats(-5000, 5000)
edges = st.sampled_from([*Edge, Edge.ALL, Edge.LEFT | Edge.TOP, Edge.RIGHT | Edge.BOTTOM])


@given(st.lists(st.tuples(edges, numbers, numbers), max_size=8))
def test_the_frame_never_leaves_the_picture(drags: list[tuple[Edge, float, float]]) -> None:
    frame = CropFrame.of(4000, 3000, None)
    for edge, dx, dy in drags:
        frame = frame.moved(edge, dx, dy)
        x, y, width, height = frame.crop
        assert x >= 0 and y >= 0 and x + width <= 4000 and y + height <= 3000
        assert width >= LEAST - 1 and height >= LEAST - 1


@given(numbers, numbers, numbers, numbers)
def test_a_frame_can_be_drawn_from_any_corner(a: float, b: float, c: float, d: float) -> None:
    frame = CropFrame.of(4000, 3000, None).spanned(a, b, c, d)
    assert 0 <= frame.left < frame.right <= 4000 and 0 <= frame.top < frame.bottom <= 3000


def test_a_picture_smaller_than_the_least_frame_is_taken_whole() -> None:
    assert CropFrame.of(8, 5, None).spanned(2, 2, 3, 3).crop == (0, 0, 8, 5)


def test_all_of_the_frame_moves_without_changing_its_size() -> None:
    frame = CropFrame.of(100, 100, (10, 10, 30, 20)).moved(Edge.ALL, 500, -500)
    assert frame.crop == (70, 0, 30, 20)


def test_corners_sides_and_the_inside_are_taken_hold_of() -> None:
    frame = CropFrame.of(1000, 1000, (100, 100, 500, 500))
    assert frame.edge_at(102, 98, 10) == Edge.LEFT | Edge.TOP
    assert frame.edge_at(600, 300, 10) == Edge.RIGHT
    assert frame.edge_at(300, 300, 10) is Edge.ALL
    assert frame.edge_at(800, 300, 10) is None


@pytest.fixture
def session() -> FakeSession:
    return FakeSession(30)


@pytest.fixture
def window(qtbot: QtBot, show: Show, session: FakeSession) -> MainWindow:
    made = show(session)
    inside_of(made).search.search(Path("/q.jpg"), "q.jpg")
    settled(qtbot, inside_of(made))
    return made


def settled(qtbot: QtBot, inside: Workspace) -> None:
    qtbot.waitUntil(lambda: not inside.search.asking)


def cropping(qtbot: QtBot, window: MainWindow) -> Workspace:
    inside = inside_of(window)
    qtbot.keyClick(window, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: inside.cropping.canvas.frame is not None)
    return inside


def test_enter_searches_with_the_part_in_the_frame(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = cropping(qtbot, window)
    assert inside.cropping.isVisible()
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Return)
    settled(qtbot, inside)
    assert not inside.cropping.isVisible()
    assert session.queries[-1].image == Path("/q.jpg")
    assert session.queries[-1].crop == (800, 600, 2400, 1800)  # of 4000 x 3000
    assert inside.query_bar.chip.name.text() == "Part of q.jpg"
    assert inside.query_bar.chip.crop_button.isChecked()


def test_a_crop_is_a_step_of_the_history(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = cropping(qtbot, window)
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Return)
    settled(qtbot, inside)
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    settled(qtbot, inside)
    assert session.queries[-1].crop is None
    assert inside.query_bar.chip.name.text() == "q.jpg"
    assert not inside.query_bar.chip.crop_button.isChecked()


def test_arrow_keys_move_the_frame_and_with_shift_its_corner(
    qtbot: QtBot, window: MainWindow
) -> None:
    inside = cropping(qtbot, window)
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Right)
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Up)
    frame = inside.cropping.canvas.frame
    assert frame is not None and frame.crop == (880, 540, 2400, 1800)
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Left, SHIFT)
    frame = inside.cropping.canvas.frame
    assert frame is not None and frame.crop == (880, 540, 2320, 1800)


def test_escape_leaves_the_query_as_it_is(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = cropping(qtbot, window)
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Escape)
    assert not inside.cropping.isVisible()
    assert inside.search.step.is_search and len(session.queries) == 1
    assert inside.grid.hasFocus()


def test_a_frame_is_drawn_with_the_mouse(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = cropping(qtbot, window)
    canvas = inside.cropping.canvas
    place = canvas.place()
    corner = place.topLeft().toPoint() + QPoint(4, 4)
    end = corner + QPoint(round(place.width() / 4), round(place.height() / 4))
    qtbot.mousePress(canvas, LEFT, pos=corner)
    qtbot.mouseMove(canvas, end)
    assert canvas.frame is not None
    moved = canvas.frame.crop
    qtbot.mouseRelease(canvas, LEFT, pos=end)
    assert abs(moved[2] - 1000) < 30 and abs(moved[3] - 750) < 30 and moved[0] < 40
    qtbot.mouseClick(inside.cropping.take_button, LEFT)
    settled(qtbot, inside)
    assert session.queries[-1].crop == moved


def test_the_whole_picture_can_be_taken_again(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = cropping(qtbot, window)
    assert not inside.cropping.whole_button.isVisible()
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Return)
    settled(qtbot, inside)
    qtbot.mouseClick(inside.query_bar.chip.crop_button, LEFT)
    qtbot.waitUntil(lambda: inside.cropping.canvas.frame is not None)
    frame = inside.cropping.canvas.frame
    assert frame is not None and frame.crop == (800, 600, 2400, 1800)
    qtbot.mouseClick(inside.cropping.whole_button, LEFT)
    settled(qtbot, inside)
    assert session.queries[-1].crop is None


def test_a_part_of_a_found_photo_is_searched_with(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    inside.grid.setCurrentIndex(inside.photos.index(4))
    qtbot.keyClick(window, Qt.Key.Key_F, SHIFT)
    qtbot.waitUntil(lambda: inside.cropping.canvas.frame is not None)
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Return)
    settled(qtbot, inside)
    assert session.queries[-1].image == 5 and session.queries[-1].crop is not None
    assert inside.query_bar.chip.name.text() == "Part of photo-00005.jpg"


def test_a_pasted_bitmap_can_be_cropped(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    inside = inside_of(window)
    inside.search.search(image, "Pasted image")
    settled(qtbot, inside)
    cropping(qtbot, window)
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Return)
    settled(qtbot, inside)
    assert session.queries[-1].crop is not None


def test_a_picture_that_cannot_be_read_is_explained_in_place(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    session.preview_error = PhotoError(Path("/q.jpg"), "this is not an image.")
    inside = inside_of(window)
    qtbot.keyClick(window, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: "not an image" in inside.cropping.sentence.text())
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Return)
    assert len(session.queries) == 1
    assert not inside.cropping.take_button.isEnabled()


def test_tab_stays_among_the_buttons_of_the_crop(qtbot: QtBot, window: MainWindow) -> None:
    inside = cropping(qtbot, window)
    for _ in range(6):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        focused = window.focusWidget()
        assert focused is inside.cropping or inside.cropping.isAncestorOf(focused)
