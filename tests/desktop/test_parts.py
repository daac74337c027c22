"""Looking for a part within photos: from the frame, from the menu, and where it was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from desktop.panels.picture import Picture, outline_of
from desktop.results import pixmap_of
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.types import Likeness, Query, SearchAnswer
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, answer_of

Show = Callable[..., MainWindow]
MATCH = (400, 300, 2000, 1500)  # of 4000 x 3000


@pytest.fixture
def session() -> FakeSession:
    made = FakeSession(12)

    def answer(query: Query, top: int) -> SearchAnswer:
        found = answer_of(made.photos[:top], searched=12)
        if not query.by_part:
            return found
        return replace(found, hits=tuple(replace(hit, match=MATCH) for hit in found.hits))

    made.answer = answer
    return made


@pytest.fixture
def window(qtbot: QtBot, show: Show, session: FakeSession) -> MainWindow:
    made = show(session)
    inside_of(made).search.search(Path("/q.jpg"), "q.jpg")
    settled(qtbot, inside_of(made))
    return made


def settled(qtbot: QtBot, inside: Workspace) -> None:
    qtbot.waitUntil(lambda: not inside.search.asking)


def framed(qtbot: QtBot, window: MainWindow, key: Qt.Key = Qt.Key.Key_C) -> Workspace:
    inside = inside_of(window)
    qtbot.keyClick(window, key)
    qtbot.waitUntil(lambda: inside.cropping.canvas.frame is not None)
    return inside


def test_ctrl_enter_looks_for_the_part_within_photos(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = framed(qtbot, window)
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, inside)
    asked = session.queries[-1]
    assert asked.by_part and asked.crop == (800, 600, 2400, 1800)
    inside.search.back()
    settled(qtbot, inside)
    assert not session.queries[-1].by_part


def test_the_button_does_what_the_key_does(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = framed(qtbot, window)
    qtbot.mouseClick(inside.cropping.within_button, Qt.MouseButton.LeftButton)
    settled(qtbot, inside)
    assert session.queries[-1].by_part
    assert inside.cropping.within_button.text() == "Find this part"


def test_enter_alone_compares_with_whole_photos(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = framed(qtbot, window)
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Return)
    settled(qtbot, inside)
    assert not session.queries[-1].by_part


def test_the_menu_turns_looking_within_photos_on_and_off(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    for wanted in (True, False):
        inside.refining.look_within()
        settled(qtbot, inside)
        assert session.queries[-1].by_part is wanted
        assert session.queries[-1].image == Path("/q.jpg")
    inside.search.clear()
    settled(qtbot, inside)
    inside.refining.look_within()
    assert "image" in inside.banner.text


def test_results_show_where_they_matched(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    inside.details_button.setChecked(True)
    inside.refining.look_within()
    settled(qtbot, inside)
    inside.grid.setCurrentIndex(inside.photos.index(0))
    assert inside.details.preview.outline == QRectF(0.1, 0.1, 0.5, 0.5)
    assert "found in the upper left" in inside.details.preview.accessibleName()
    assert inside.details.texts()["where"] == "Found in the upper left"
    inside.quick_look.toggle()
    assert inside.quick_look.photo.outline == QRectF(0.1, 0.1, 0.5, 0.5)
    inside.quick_look.dismiss()
    inside.refining.look_within()
    settled(qtbot, inside)
    inside.grid.setCurrentIndex(inside.photos.index(1))
    assert inside.details.preview.outline is None


def test_an_outline_leaves_what_it_holds_as_bright_as_it_is(qtbot: QtBot) -> None:
    picture = Picture(ground=False)
    qtbot.addWidget(picture)
    picture.resize(200, 200)
    white = QImage(100, 100, QImage.Format.Format_RGB32)
    white.fill(Qt.GlobalColor.white)
    picture.show_image(white)
    picture.show_outline(QRectF(0.5, 0.5, 0.4, 0.4))
    shown = picture.grab().toImage()
    ratio = shown.width() / 200
    inside = QColor(shown.pixel(round(140 * ratio), round(140 * ratio)))
    outside = QColor(shown.pixel(round(40 * ratio), round(40 * ratio)))
    assert inside.lightness() == 255 > outside.lightness()


def test_a_photo_of_no_size_has_no_outline() -> None:
    assert outline_of(MATCH, 0, 0) is None and outline_of(None, 40, 30) is None


def test_photos_are_described_when_a_search_first_looks_within_them(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    session.without_parts = 3
    session.hold("describe_parts step")
    inside.refining.look_within()
    settled(qtbot, inside)
    asked = len(session.queries)
    qtbot.waitUntil(lambda: not inside.beside.parts.isHidden())
    qtbot.waitUntil(lambda: "0 of 3" in inside.beside.parts.text.text())
    session.let_go("describe_parts step")
    qtbot.waitUntil(lambda: inside.beside.parts.isHidden())
    qtbot.waitUntil(lambda: len(session.queries) > asked)  # the answer with those photos
    settled(qtbot, inside)
    assert session.without_parts == 0


def test_describing_can_be_stopped_and_goes_on_when_it_is_wanted(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    session.without_parts = 5
    session.hold("describe_parts step")
    inside.refining.look_within()
    qtbot.waitUntil(lambda: not inside.beside.parts.isHidden())
    qtbot.mouseClick(inside.beside.parts.stop_button, Qt.MouseButton.LeftButton)
    session.let_go("describe_parts step")
    line = inside.beside.parts
    qtbot.waitUntil(line.again_button.isVisible)
    assert "not found" in line.text.text() and line.stop_button.isHidden()
    left = session.without_parts
    assert left > 0
    settled(qtbot, inside)
    inside.refining.look_within()  # whole photos
    settled(qtbot, inside)
    assert line.isHidden()
    inside.refining.look_within()
    settled(qtbot, inside)
    assert session.without_parts == left and not line.again_button.isHidden()
    qtbot.mouseClick(line.again_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.without_parts == 0)
    qtbot.waitUntil(line.isHidden)


def test_a_tile_shows_where_its_photo_matched(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)

    def veiled() -> int:
        """How much darker than without an outline the first tile is, around and in the match."""
        rect = inside.grid.visualRect(inside.photos.index(0))
        shown = inside.grid.viewport().grab(rect).toImage()
        ratio = shown.width() / rect.width()
        points = [(x, y) for x in range(8, rect.width() - 8, 4) for y in range(8, 100, 4)]
        return sum(
            QColor(shown.pixel(round(x * ratio), round(y * ratio))).lightness() for x, y in points
        )

    first = inside.photos.index(0)
    qtbot.waitUntil(lambda: pixmap_of(first) is not None)
    before = veiled()
    inside.refining.look_within()
    settled(qtbot, inside)
    qtbot.waitUntil(lambda: pixmap_of(first) is not None)
    assert veiled() < before
    cell = inside.photos.cell(first)
    assert cell is not None and cell.hit is not None
    assert "in the upper left" in first.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Found in the upper left" in first.data(Qt.ItemDataRole.ToolTipRole)


def test_the_heading_says_that_photos_were_looked_into(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = framed(qtbot, window)
    inside.cropping.take_within()
    settled(qtbot, inside)
    assert window.windowTitle().startswith("Part of q.jpg")
    assert inside.centre.heading.text() == "Part of q.jpg, found within photos"
    assert "search" not in inside.centre.line.text().replace("searched", "")
    inside.search.set_likeness(Likeness.CONTENT)
    settled(qtbot, inside)
    assert inside.centre.heading.text() == "Photos like this: Part of q.jpg"


def test_the_box_of_likeness_turns_looking_within_on_and_off(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    box = inside.likeness_box.box
    inside.search.set_likeness(Likeness.COLOUR)
    settled(qtbot, inside)
    box.activated.emit(box.findText("Within photos"))
    settled(qtbot, inside)
    assert session.queries[-1].by_part and session.likenesses[-1] is Likeness.CONTENT
    assert box.currentText() == "Within photos"
    box.activated.emit(box.findData(Likeness.COLOUR))
    settled(qtbot, inside)
    assert not session.queries[-1].by_part and session.likenesses[-1] is Likeness.COLOUR
    assert box.currentText() == "By colour"


def test_a_frame_of_no_size_is_refused_and_the_one_before_stays(
    qtbot: QtBot, window: MainWindow
) -> None:
    inside = framed(qtbot, window)
    canvas, left = inside.cropping.canvas, Qt.MouseButton.LeftButton
    before = canvas.frame
    middle = canvas.place().center().toPoint()
    qtbot.mouseClick(canvas, left, pos=middle)
    assert canvas.frame == before and "too small" in inside.cropping.sentence.text()
    qtbot.mousePress(canvas, left, pos=middle)
    qtbot.mouseMove(canvas, middle + QPoint(100, 80))
    qtbot.mouseRelease(canvas, left, pos=middle + QPoint(100, 80))
    assert canvas.frame != before and "Draw a frame" in inside.cropping.sentence.text()


def test_a_drag_inside_the_suggested_frame_draws_and_inside_a_drawn_one_moves(
    qtbot: QtBot, window: MainWindow
) -> None:
    inside = framed(qtbot, window)
    canvas, left = inside.cropping.canvas, Qt.MouseButton.LeftButton
    middle = canvas.place().center().toPoint()
    crops = []
    for start, end in (
        (middle, middle + QPoint(120, 90)),
        (middle + QPoint(60, 45), middle + QPoint(30, 45)),
    ):
        qtbot.mousePress(canvas, left, pos=start)
        qtbot.mouseMove(canvas, end)
        qtbot.mouseRelease(canvas, left, pos=end)
        assert canvas.frame is not None
        crops.append(canvas.frame.crop)
    drawn, moved = crops
    assert drawn[2] < 2400 and drawn[:2] != (800, 600)
    assert moved[0] < drawn[0] and abs(moved[2] - drawn[2]) <= 1
