"""A search that goes on: marks, further images, weights, and taking all of it back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from desktop.panels.chips import LINES, Chip
from desktop.results import SignRole
from desktop.steps import Piece, Step
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.errors import UserError
from engine.types import Mark, Part, Query, SearchAnswer
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, answer_of, photo
from tests.desktop.test_queries import files

Show = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
MOST = 20


def marking(query: Query, top: int) -> SearchAnswer:
    """What is wanted first, what is not left out, and no more than 20 images, as the engine has."""
    if len(query.parts) > MOST:
        raise UserError(
            f"A search takes {MOST} images at most, and this one has {len(query.parts)}: "
            "leave some out."
        )
    signs = {mark.content_id: mark.sign for mark in query.marks}
    ranked = sorted(range(1, 31), key=lambda number: -signs.get(number, 0))
    return answer_of([photo(number) for number in ranked if signs.get(number, 0) >= 0])


@pytest.fixture
def session() -> FakeSession:
    session = FakeSession(30)
    session.answer = marking
    return session


@pytest.fixture
def window(qtbot: QtBot, show: Show, session: FakeSession) -> MainWindow:
    window = show(session)
    inside_of(window).search.search(Path("/q.jpg"), "q.jpg")
    settled(qtbot, window)
    return window


def settled(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not inside_of(window).search.asking)


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, row: int | None = None) -> None:
    """A key on the photo of ``row``, and the answer to it."""
    inside = inside_of(window)
    if row is not None:
        inside.grid.setCurrentIndex(inside.photos.index(row))
    qtbot.keyClick(window, key)
    settled(qtbot, window)


def ids(inside: Workspace) -> list[int]:
    cells = [inside.photos.cell(inside.photos.index(r)) for r in range(inside.photos.rowCount())]
    return [cell.photo.content_id for cell in cells if cell is not None]


def chosen(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()


def chips(inside: Workspace) -> list[str]:
    return [chip.accessibleName() for chip in inside.query_bar.chips]


def test_plus_brings_a_photo_forward_and_the_others_follow(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    press(qtbot, window, Qt.Key.Key_Plus, row=4)
    assert session.queries[-1].marks == (Mark(5, 1),)
    inside = inside_of(window)
    assert ids(inside)[:3] == [5, 1, 2]
    assert inside.photos.index(0).data(SignRole) == 1
    assert inside.photos.sections()[0].heading == "More like these"
    assert inside.grid.verticalScrollBar().value() == 0
    said = inside.photos.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.endswith("Marked: more like this")


def test_minus_takes_a_photo_out_and_its_chip_still_shows_it(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    press(qtbot, window, Qt.Key.Key_Minus, row=0)
    assert session.queries[-1].marks == (Mark(1, -1),)
    inside = inside_of(window)
    assert 1 not in ids(inside)
    assert chips(inside) == ["More like q.jpg", "Not like photo-00001.jpg"]
    qtbot.waitUntil(lambda: not inside.query_bar.chips[1].face.image.isNull())


def test_the_mark_is_seen_before_the_answer_comes(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    inside.grid.setCurrentIndex(inside.photos.index(7))
    session.hold("search")
    qtbot.keyClick(window, Qt.Key.Key_Plus)
    assert inside.photos.index(7).data(SignRole) == 1
    assert len(inside.query_bar.chips) == 2
    session.let_go("search")
    settled(qtbot, window)
    assert ids(inside)[0] == 8


def test_the_same_key_again_takes_the_mark_back(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    press(qtbot, window, Qt.Key.Key_Plus, row=4)
    press(qtbot, window, Qt.Key.Key_Plus)  # the photo is the current one still
    assert session.queries[-1].marks == ()
    qtbot.waitUntil(lambda: session.known_marks == [])


def test_all_selected_photos_are_marked_at_once(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    qtbot.keyClick(inside.grid, Qt.Key.Key_Home)
    qtbot.keyClick(inside.grid, Qt.Key.Key_Right, SHIFT)
    asked = len(session.queries)
    press(qtbot, window, Qt.Key.Key_Minus)
    assert len(session.queries) == asked + 1
    assert {mark.content_id for mark in session.queries[-1].marks} == {1, 2}


def test_whoever_walks_with_the_keys_goes_on_where_they_were(
    qtbot: QtBot, window: MainWindow
) -> None:
    inside = inside_of(window)
    press(qtbot, window, Qt.Key.Key_Minus, row=2)
    assert inside.grid.currentIndex().row() == 2  # the next photo has taken the place
    press(qtbot, window, Qt.Key.Key_Plus)
    assert inside.grid.currentIndex().row() == 0 and ids(inside)[0] == 4


def test_marks_are_kept_for_the_next_training_beside_what_was_asked(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside_of(window).search.search(9, "photo-00009.jpg")
    settled(qtbot, window)
    press(qtbot, window, Qt.Key.Key_Plus, row=4)
    press(qtbot, window, Qt.Key.Key_Minus, row=3)
    qtbot.waitUntil(lambda: len(session.known_marks) == 2)
    assert {(f.query_content_id, f.content_id, f.sign) for f in session.known_marks} == {
        (9, 5, 1),
        (9, 3, -1),
    }


def test_ctrl_z_undoes_the_last_mark_and_forgets_it(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    press(qtbot, window, Qt.Key.Key_Plus, row=4)
    press(qtbot, window, Qt.Key.Key_Minus, row=3)
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    settled(qtbot, window)
    assert session.queries[-1].marks == (Mark(5, 1),)
    qtbot.waitUntil(lambda: [f.content_id for f in session.known_marks] == [5])
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    settled(qtbot, window)
    assert session.queries[-1].marks == ()
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert "nothing to undo" in inside_of(window).banner.text


def test_back_and_forward_keep_the_marks_of_each_search(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    press(qtbot, window, Qt.Key.Key_Plus, row=4)
    press(qtbot, window, Qt.Key.Key_F, row=2)
    assert session.queries[-1].marks == ()
    qtbot.keyClick(window, Qt.Key.Key_Left, ALT)
    settled(qtbot, window)
    assert session.queries[-1].image == Path("/q.jpg")
    assert session.queries[-1].marks == (Mark(5, 1),)
    qtbot.keyClick(window, Qt.Key.Key_Right, ALT)
    settled(qtbot, window)
    assert len(inside_of(window).query_bar.chips) == 1


def test_the_cross_of_a_chip_takes_what_it_shows_out_of_the_query(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    press(qtbot, window, Qt.Key.Key_Plus, row=4)
    chip = inside_of(window).query_bar.chips[1]
    assert chip.close_button.accessibleName() == (
        "Remove from the query: More like photo-00005.jpg"
    )
    qtbot.mouseClick(chip.close_button, LEFT)
    settled(qtbot, window)
    assert session.queries[-1].marks == () and len(inside_of(window).query_bar.chips) == 1


def test_a_marked_photo_can_be_said_the_opposite_of(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    press(qtbot, window, Qt.Key.Key_Plus, row=4)
    chosen(inside_of(window).query_bar.chips[1].menu(), "Not this")
    settled(qtbot, window)
    assert session.queries[-1].marks == (Mark(5, -1),)
    qtbot.waitUntil(lambda: [f.sign for f in session.known_marks] == [-1])


def test_plus_in_the_library_searches_with_the_selected_photos(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    window = show(session)
    inside = inside_of(window)
    inside.grid.setCurrentIndex(inside.photos.index(0))
    qtbot.keyClick(inside.grid, Qt.Key.Key_Right, SHIFT)
    press(qtbot, window, Qt.Key.Key_Plus)
    assert session.queries == [Query(1, also=(Part(2),))]
    assert inside.centre.heading.text() == "Photos like photo-00001.jpg and 1 more"


def test_minus_without_a_search_says_what_to_do(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    window = show(session)
    press(qtbot, window, Qt.Key.Key_Minus)
    assert "Select a photo first" in inside_of(window).banner.text
    press(qtbot, window, Qt.Key.Key_Minus, row=0)
    assert "Search first" in inside_of(window).banner.text and session.queries == []


# Further images


def drop(window: MainWindow, paths: tuple[Path, ...], keys: Qt.KeyboardModifier) -> str:
    """Enters and drops; returns what the overlay said."""
    action, mime = Qt.DropAction.CopyAction, files(*paths)
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(300, 300), action, mime, LEFT, keys))
    said = window.overlay.text
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), action, mime, LEFT, keys))
    return said


@pytest.mark.parametrize("keys", [SHIFT, CONTROL])
def test_images_dropped_with_a_key_come_to_the_query(
    qtbot: QtBot, window: MainWindow, session: FakeSession, keys: Qt.KeyboardModifier
) -> None:
    said = drop(window, (Path("/a.jpg"), Path("/b.jpg")), keys)
    settled(qtbot, window)
    assert said == "Add to the query"
    asked = session.queries[-1]
    assert asked == Query(Path("/q.jpg"), also=(Part(Path("/a.jpg")), Part(Path("/b.jpg"))))
    assert chips(inside_of(window)) == ["More like q.jpg", "More like a.jpg", "More like b.jpg"]


def test_without_a_key_a_drop_is_a_search_of_its_own(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    said = drop(window, (Path("/a.jpg"),), Qt.KeyboardModifier.NoModifier)
    settled(qtbot, window)
    assert "with Shift: add to the query" in said
    assert session.queries[-1] == Query(Path("/a.jpg"))


def test_images_chosen_in_the_dialog_come_to_the_query(
    qtbot: QtBot, window: MainWindow, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["/a.jpg", "/b.jpg"]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (names, ""))
    qtbot.keyClick(window, Qt.Key.Key_I, CONTROL)
    settled(qtbot, window)
    assert [part.image for part in session.queries[-1].also] == [Path("/a.jpg"), Path("/b.jpg")]


def test_a_pasted_bitmap_is_the_same_object_at_every_step(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 30, 30))
    QGuiApplication.clipboard().setImage(image)
    qtbot.keyClick(window, Qt.Key.Key_V, CONTROL | SHIFT)
    settled(qtbot, window)
    press(qtbot, window, Qt.Key.Key_Plus, row=4)
    pasted = [query.also[0].image for query in session.queries[-2:]]
    assert isinstance(pasted[0], Image.Image) and pasted[0] is pasted[1]


def test_an_image_can_count_more_and_be_what_is_not_wanted(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    drop(window, (Path("/a.jpg"),), SHIFT)
    settled(qtbot, window)
    bar = inside_of(window).query_bar
    chosen(bar.chips[0].menu(), "Counts double")
    settled(qtbot, window)
    chosen(bar.chips[1].menu(), "Not this")
    settled(qtbot, window)
    also = Part(Path("/a.jpg"), sign=-1)
    assert session.queries[-1] == Query(Path("/q.jpg"), weight=2.0, also=(also,))
    assert chips(inside_of(window)) == ["More like q.jpg (counts double)", "Not like a.jpg"]
    only = {action.text(): action.isEnabled() for action in bar.chips[0].menu().actions()}
    assert not only["Not this"]  # nothing would be left to look for


def test_where_the_first_image_is_not_wanted_the_next_one_is_asked_with(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    drop(window, (Path("/a.jpg"),), SHIFT)
    settled(qtbot, window)
    chosen(inside_of(window).query_bar.chips[0].menu(), "Not this")
    settled(qtbot, window)
    also = Part(Path("/q.jpg"), sign=-1)
    assert session.queries[-1] == Query(Path("/a.jpg"), also=(also,))


def test_without_the_last_image_that_is_wanted_the_library_is_shown(
    qtbot: QtBot, window: MainWindow
) -> None:
    press(qtbot, window, Qt.Key.Key_Plus, row=4)
    inside = inside_of(window)
    qtbot.mouseClick(inside.query_bar.chips[0].close_button, LEFT)
    settled(qtbot, window)
    assert not inside.search.step.is_search
    qtbot.keyClick(window, Qt.Key.Key_Left, ALT)
    settled(qtbot, window)
    assert len(inside.query_bar.chips) == 2


def test_one_image_too_many_is_refused_in_words_and_nothing_is_lost(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    drop(window, tuple(Path(f"/{number}.jpg") for number in range(MOST - 1)), SHIFT)
    settled(qtbot, window)
    inside = inside_of(window)
    assert len(inside.query_bar.chips) == MOST and inside.banner.text == ""
    before = ids(inside)
    drop(window, (Path("/one-too-many.jpg"),), SHIFT)
    qtbot.waitUntil(lambda: inside.banner.text != "")
    settled(qtbot, window)
    assert inside.banner.text == (
        "A search takes 20 images at most, and this one has 21: leave some out."
    )
    assert len(inside.query_bar.chips) == MOST and ids(inside) == before
    assert inside.centre.currentWidget() is not inside.page


def test_a_refused_refinement_takes_its_mark_back(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)

    def refusing(query: Query, top: int) -> SearchAnswer:
        if query.marks:
            raise UserError("The tree has changed: explore again.")
        return marking(query, top)

    session.answer = refusing
    press(qtbot, window, Qt.Key.Key_Plus, row=4)
    settled(qtbot, window)
    assert inside.banner.text == "The tree has changed: explore again."
    assert len(inside.query_bar.chips) == 1
    qtbot.waitUntil(lambda: session.known_marks == [])


def test_what_the_engine_notes_of_a_step_is_said_over_the_photos(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    note = "An image is both asked for and to be avoided: what was said last counts."
    session.answer = lambda query, top: answer_of([photo(1)], note=note)
    drop(window, (Path("/q.jpg"),), SHIFT)
    settled(qtbot, window)
    assert inside_of(window).centre.note.text() == note


def test_a_part_of_one_image_among_others_keeps_its_place(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    drop(window, (Path("/a.jpg"),), SHIFT)
    settled(qtbot, window)
    inside = inside_of(window)
    chosen(inside.query_bar.chips[1].menu(), "Search with a part…")
    qtbot.waitUntil(lambda: inside.cropping.take_button.isEnabled())
    qtbot.keyClick(inside.cropping, Qt.Key.Key_Return)
    settled(qtbot, window)
    asked = session.queries[-1]
    assert asked.image == Path("/q.jpg") and asked.crop is None
    assert asked.also[0].image == Path("/a.jpg") and asked.also[0].crop is not None


def test_many_chips_take_more_lines_and_then_scroll(qtbot: QtBot, window: MainWindow) -> None:
    inside = inside_of(window)
    area = inside.query_bar.area
    one = area.height()
    photos = [Piece(number, f"photo-{number:05}.jpg") for number in range(1, 31)]
    inside.search.refine(Step(inside.search.step.pieces, tuple(photos)))
    settled(qtbot, window)
    assert len(inside.query_bar.chips) == 31
    qtbot.waitUntil(lambda: area.height() > one)
    assert area.height() <= LINES * (one + 4)
    qtbot.waitUntil(lambda: inside.query_bar.height() > area.height())
    last: Chip = inside.query_bar.chips[-1]
    area.ensureWidgetVisible(last)
    assert area.viewport().rect().contains(last.mapTo(area.viewport(), QPoint(2, 2)))


# What the library keeps of it


def cells(inside: Workspace) -> list[list[str]]:
    table = inside.work.marks.view.table
    return [
        [str(table.index(row, column).data()) for column in range(3)]
        for row in range(table.rowCount())
    ]


def test_all_marks_can_be_seen_as_they_are_made(qtbot: QtBot, window: MainWindow) -> None:
    inside = inside_of(window)
    press(qtbot, window, Qt.Key.Key_Plus, row=4)
    qtbot.keyClick(window, Qt.Key.Key_M, CONTROL | SHIFT)
    like = ["photo-00005.jpg", "More like this", "An image from elsewhere"]
    qtbot.waitUntil(lambda: cells(inside) == [like])
    inside.grid.setFocus()
    press(qtbot, window, Qt.Key.Key_Minus, row=3)
    unlike = ["photo-00003.jpg", "Not this", "An image from elsewhere"]
    qtbot.waitUntil(lambda: cells(inside) == [unlike, like])


def test_one_mark_or_all_of_them_can_be_deleted(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    page = inside.work.marks
    for row in (6, 7, 8):
        press(qtbot, window, Qt.Key.Key_Plus, row=row)
    qtbot.keyClick(window, Qt.Key.Key_M, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: len(cells(inside)) == 3)
    page.view.setCurrentIndex(page.view.table.index(0, 0))
    qtbot.keyClick(page.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(cells(inside)) == 2)
    qtbot.mouseClick(page.all_button, LEFT)
    assert (
        page.asking.question is not None and len(session.known_marks) == 2
    )  # asked in its own place
    qtbot.mouseClick(page.asking.question.remove_button, LEFT)
    qtbot.waitUntil(lambda: cells(inside) == [])
    assert session.known_marks == [] and "Nothing is marked" in page.heading.text()
    assert len(inside.query_bar.chips) == 4  # the search itself stays as it is
