"""What a search goes by: content, colour, composition or a blend, and describing photos for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.types import Likeness, Query, SearchAnswer
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, answer_of

Show = Callable[..., MainWindow]
CONTROL = Qt.KeyboardModifier.ControlModifier
KEYS = {
    Likeness.CONTENT: Qt.Key.Key_4,
    Likeness.COLOUR: Qt.Key.Key_5,
    Likeness.COMPOSITION: Qt.Key.Key_6,
    Likeness.BLEND: Qt.Key.Key_7,
}


@pytest.fixture
def session() -> FakeSession:
    return FakeSession(30)


@pytest.fixture
def window(qtbot: QtBot, show: Show, session: FakeSession) -> MainWindow:
    window = show(session)
    searched(qtbot, inside_of(window), "/q.jpg")
    return window


def searched(qtbot: QtBot, inside: Workspace, path: str) -> None:
    inside.search.search(Path(path), Path(path).name)
    qtbot.waitUntil(lambda: not inside.search.asking)


def test_there_is_nothing_to_choose_before_a_search(show: Show, session: FakeSession) -> None:
    inside = inside_of(show(session))
    assert inside.likeness_box.isHidden()


def test_the_box_says_each_likeness_with_a_word_of_explanation(window: MainWindow) -> None:
    inside = inside_of(window)
    box, caption = inside.likeness_box.box, inside.likeness_box.caption
    offered = [number for number in range(box.count()) if box.itemText(number)]
    assert [box.itemText(number) for number in offered] == [
        "By content",
        "By colour",
        "By composition",
        "By a blend",
        "Within photos",
    ]
    tips = {box.itemData(number, Qt.ItemDataRole.ToolTipRole) for number in offered}
    assert len(tips) == 5 and all(tips)
    assert caption.isVisible() and caption.text() == "what photos show"


@pytest.mark.parametrize("likeness", [Likeness.COLOUR, Likeness.COMPOSITION, Likeness.BLEND])
def test_a_key_asks_the_same_by_another_likeness(
    qtbot: QtBot, window: MainWindow, session: FakeSession, likeness: Likeness
) -> None:
    qtbot.keyClick(window, KEYS[likeness], CONTROL)
    inside = inside_of(window)
    qtbot.waitUntil(lambda: not inside.search.asking)
    assert session.likenesses[-1] is likeness and session.queries[-1] == session.queries[0]
    assert inside.likeness_box.box.currentData() == likeness
    by = {"colour": "by colour", "composition": "by composition", "blend": "by a blend"}
    assert by[likeness] in inside.centre.line.text()


def test_the_box_asks_by_what_is_chosen_in_it(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    box = inside_of(window).likeness_box.box
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: session.likenesses[-1] is Likeness.COLOUR)
    assert inside_of(window).likeness_box.caption.text() == "the same colours, wherever they are"


def test_the_likeness_stays_for_the_searches_that_follow(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    qtbot.keyClick(window, KEYS[Likeness.COLOUR], CONTROL)
    inside = inside_of(window)
    qtbot.waitUntil(lambda: not inside.search.asking)
    searched(qtbot, inside, "/other.jpg")
    assert session.likenesses[-1] is Likeness.COLOUR
    qtbot.waitUntil(lambda: session.kept[0].query.image == Path("/other.jpg"))
    assert session.kept[0].likeness is Likeness.COLOUR


def test_photos_are_described_in_the_background_and_the_search_is_asked_again(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    def described(query: Query, top: int) -> SearchAnswer:
        known = len(session.photos) - session.undescribed
        late = f"{session.undescribed} photos were not described yet and left out."
        note = late if session.undescribed else ""
        return answer_of(session.photos[:known], searched=30, note=note)

    session.answer = described
    session.undescribed = 30
    session.hold("describe step")
    inside = inside_of(window)
    qtbot.keyClick(window, KEYS[Likeness.COLOUR], CONTROL)
    qtbot.waitUntil(lambda: "30 photos were not described yet" in inside.page.sentence)
    assert inside.page.title == "The photos are looked at first"
    qtbot.waitUntil(inside.beside.describing.isVisible)
    assert inside.beside.describing.text.text() == (
        "Looking at colours and composition: 0 of 30 photos"
    )
    session.let_go("describe step")
    qtbot.waitUntil(lambda: inside.photos.rowCount() == 30)
    qtbot.waitUntil(inside.beside.describing.isHidden)
    assert inside.centre.note.isHidden()


def test_describing_can_be_stopped(qtbot: QtBot, window: MainWindow, session: FakeSession) -> None:
    session.undescribed = 30
    session.hold("describe step")
    inside = inside_of(window)
    qtbot.keyClick(window, KEYS[Likeness.BLEND], CONTROL)
    qtbot.waitUntil(inside.beside.describing.isVisible)
    qtbot.mouseClick(inside.beside.describing.stop_button, Qt.MouseButton.LeftButton)
    session.let_go("describe step")
    qtbot.waitUntil(inside.beside.describing.isHidden)
    assert session.undescribed == 29


def test_by_content_nothing_is_described(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    session.undescribed = 30
    inside_of(window).library.rescan()
    qtbot.waitUntil(lambda: not inside_of(window).library.indexing)
    qtbot.waitUntil(lambda: not inside_of(window).search.asking)
    assert session.undescribed == 30
