"""Answers: order, chains, stale ones, more on scrolling, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop import opening
from desktop.results import CellRole
from desktop.searching import PAGE
from desktop.steps import KEPT_STEPS
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.errors import PhotoError
from engine.types import Query, SearchAnswer
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, answer_of, photo

Show = Callable[..., MainWindow]
ALT = Qt.KeyboardModifier.AltModifier


def ids(inside: Workspace) -> list[int]:
    rows = range(inside.photos.rowCount())
    return [inside.photos.index(row).data(CellRole).photo.content_id for row in rows]


def settled(qtbot: QtBot, inside: Workspace, session: FakeSession, searches: int) -> None:
    qtbot.waitUntil(lambda: len(session.queries) == searches and not inside.search.asking)


def neighbours(query: Query, top: int) -> SearchAnswer:
    """Photo n is most like n + 1, n + 2, ..."""
    start = query.image if isinstance(query.image, int) else 0
    return answer_of([photo(start + i) for i in range(1, 6)], searched=100)


def test_the_grid_shows_the_answer_best_first(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    session.answer = lambda query, top: answer_of([photo(9), photo(3), photo(5)])
    inside = inside_of(show(session))
    inside.search.search(Path("/q.jpg"), "q.jpg")
    settled(qtbot, inside, session, 1)
    assert ids(inside) == [9, 3, 5]


def test_the_line_over_the_grid_says_who_answered_and_how_fast(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    session.answer = lambda query, top: answer_of(
        [photo(9)], searched=30, note="The library is small: exact search is the better answer."
    )
    inside = inside_of(show(session))
    inside.search.search(Path("/q.jpg"), "q.jpg")
    settled(qtbot, inside, session, 1)
    for words in ("1 photo", "exact search", "38 ms", "searched 30"):
        assert words in inside.centre.line.text()
    assert inside.centre.note.isVisible() and "small" in inside.centre.note.text()


def test_matches_are_sectioned_by_how_sure_they_are_in_words(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    inside = inside_of(show(session))
    inside.search.search(Path("/q.jpg"), "q.jpg")
    settled(qtbot, inside, session, 1)
    assert [section.heading for section in inside.photos.sections()] == [
        "The same shot",
        "The same scene",
        "Related",
        "Guesses: the closest anyway",
    ]
    spoken = inside.photos.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "1, photo-00001.jpg, Same shot"


def test_similar_photos_of_a_result_are_a_chain_with_a_way_back(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    session.answer = neighbours
    window = show(session)
    inside = inside_of(window)
    inside.search.search(Path("/q.jpg"), "q.jpg")
    settled(qtbot, inside, session, 1)
    inside.grid.setCurrentIndex(inside.photos.index(2))
    qtbot.keyClick(window, Qt.Key.Key_F)
    settled(qtbot, inside, session, 2)
    assert session.queries[1].image == 3
    assert ids(inside) == [4, 5, 6, 7, 8]

    qtbot.keyClick(window, Qt.Key.Key_Left, ALT)
    settled(qtbot, inside, session, 3)
    assert session.queries[2].image == Path("/q.jpg")
    assert ids(inside) == [1, 2, 3, 4, 5]
    qtbot.keyClick(window, Qt.Key.Key_Right, ALT)
    settled(qtbot, inside, session, 4)
    assert ids(inside) == [4, 5, 6, 7, 8]
    assert not inside.forward_button.isEnabled()


def test_the_way_back_has_an_end(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    inside = inside_of(show(session))
    for number in range(KEPT_STEPS + 5):
        inside.search.search(number, str(number))
    taken = 0
    while inside.search.can_go_back:
        inside.search.back()
        taken += 1
    assert taken == KEPT_STEPS - 1
    assert inside.search.step.label == "5"


def test_back_from_the_first_query_shows_the_library(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    session.answer = lambda query, top: answer_of([photo(9)])
    window = show(session)
    inside = inside_of(window)
    inside.search.search(Path("/q.jpg"), "q.jpg")
    settled(qtbot, inside, session, 1)
    qtbot.mouseClick(inside.back_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ids(inside) == [1, 2, 3])
    assert not inside.back_button.isEnabled()


def test_an_answer_that_comes_after_a_newer_query_is_dropped(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    session.answer = neighbours
    inside = inside_of(show(session))
    session.hold("search")
    inside.search.search(10, "slow")
    qtbot.waitUntil(lambda: session.waiting_calls == ["search"])
    inside.search.search(20, "new")
    with qtbot.waitSignal(inside.search.answered):
        session.let_go("search")
    assert ids(inside)[0] == 21
    settled(qtbot, inside, session, 2)
    assert ids(inside)[0] == 21


def test_until_the_answer_comes_the_words_stay_with_the_photos_they_are_about(
    qtbot: QtBot, show: Show
) -> None:
    session = FakeSession(30)
    session.answer = neighbours
    inside = inside_of(show(session))
    session.hold("search")
    inside.search.search(Path("/q.jpg"), "q.jpg")
    qtbot.waitUntil(lambda: inside.query_bar.busy.text() == "Searching…")
    assert inside.query_bar.chip.name.text() == "q.jpg"
    assert inside.centre.heading.text() == "Your library" and len(ids(inside)) == 30
    session.let_go("search")
    qtbot.waitUntil(lambda: inside.centre.heading.text() == "Photos like q.jpg")
    assert ids(inside) == [1, 2, 3, 4, 5]
    assert inside.query_bar.busy.text() == ""


def test_a_query_that_waits_is_not_even_asked_when_a_newer_one_comes(
    qtbot: QtBot, show: Show
) -> None:
    session = FakeSession(30)
    inside = inside_of(show(session))
    session.hold("search")
    inside.search.search(1, "first")
    qtbot.waitUntil(lambda: session.waiting_calls == ["search"])
    inside.search.search(2, "second")
    inside.search.search(3, "third")
    with qtbot.waitSignal(inside.search.answered):
        session.let_go("search")
    assert [query.image for query in session.queries] == [1, 3]


def test_scrolling_to_the_end_asks_for_more(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(500)
    inside = inside_of(show(session))
    inside.search.search(Path("/q.jpg"), "q.jpg")
    qtbot.waitUntil(lambda: inside.photos.rowCount() >= 50 and not inside.search.asking)
    before = inside.photos.rowCount()
    bar = inside.grid.verticalScrollBar()
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: inside.photos.rowCount() > before)
    assert session.tops == sorted(set(session.tops))
    assert ids(inside) == [p.content_id for p in session.photos[: inside.photos.rowCount()]]


def test_the_library_itself_comes_page_by_page(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(PAGE + 100)
    inside = inside_of(show(session))
    assert inside.photos.rowCount() == PAGE
    qtbot.keyClick(inside.grid, Qt.Key.Key_Home)
    qtbot.keyClick(inside.grid, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: inside.photos.rowCount() == PAGE + 100)
    assert ids(inside) == [p.content_id for p in session.photos]


def test_an_unreadable_query_is_explained_in_place(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    session.search_error = PhotoError(Path("/notes.txt"), "this is not an image.")
    inside = inside_of(show(session))
    inside.search.search(Path("/notes.txt"), "notes.txt")
    qtbot.waitUntil(lambda: inside.centre.currentWidget() is inside.page)
    assert inside.page.title == "This search did not work"
    assert inside.page.sentence == "/notes.txt: this is not an image."
    assert inside.photos.rowCount() == 0
    show_library = inside.page.buttons[1]
    qtbot.mouseClick(show_library, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: inside.photos.rowCount() == 30)


def test_nothing_found_has_words(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    session.answer = lambda query, top: answer_of([], searched=30)
    inside = inside_of(show(session))
    inside.search.search(Path("/q.jpg"), "q.jpg")
    qtbot.waitUntil(lambda: inside.page.title == "Nothing found")
    assert "30 searchable photos" in inside.page.sentence


def test_a_bug_is_told_without_a_traceback(qtbot: QtBot, show: Show) -> None:
    def broken(query: Query, top: int) -> SearchAnswer:
        raise ZeroDivisionError("1/0")

    session = FakeSession(30)
    session.answer = broken
    inside = inside_of(show(session))
    inside.search.search(Path("/q.jpg"), "q.jpg")
    qtbot.waitUntil(lambda: "ZeroDivisionError" in inside.page.sentence)
    assert "Traceback" not in inside.page.sentence


def test_a_double_click_opens_the_photo(
    qtbot: QtBot, show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(opening, "open_file", opened.append)
    inside = with_files(show, tmp_path)
    where = inside.grid.visualRect(inside.photos.index(1)).center()
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(inside.grid.viewport(), left, pos=where)
    qtbot.mouseDClick(inside.grid.viewport(), left, pos=where)
    qtbot.waitUntil(lambda: opened == [tmp_path / "photo-00002.jpg"])


def test_enter_opens_the_photo(
    qtbot: QtBot, show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(opening, "open_file", opened.append)
    inside = with_files(show, tmp_path)
    inside.grid.setCurrentIndex(inside.photos.index(0))
    qtbot.keyClick(inside.grid, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened == [tmp_path / "photo-00001.jpg"])


def test_opening_a_photo_that_is_gone_says_so(qtbot: QtBot, show: Show) -> None:
    inside = inside_of(show(FakeSession(3)))
    inside.grid.setCurrentIndex(inside.photos.index(0))
    qtbot.keyClick(inside.grid, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "no longer there" in inside.banner.text)


def test_opening_a_photo_on_a_missing_drive_says_what_to_connect(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(1)
    session.photos = [photo(1, online=False)]
    inside = inside_of(show(session))
    inside.grid.setCurrentIndex(inside.photos.index(0))
    qtbot.keyClick(inside.grid, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "not connected" in inside.banner.text)


def test_the_menu_of_a_photo_offers_what_can_be_done_with_it(show: Show) -> None:
    inside = inside_of(show(FakeSession(3)))
    assert [action.text() for action in inside.photo_actions.menu().actions()] == [
        "Find similar",
        "More like this",
        "Not this",
        "Find similar to a part…",
        "Show in the tree",
        "Open",
        "Reveal in folder",
        "Copy path",
        "Copy file",
        "Copy to folder…",
    ]


def test_paths_and_files_of_the_selection_go_to_the_clipboard(qtbot: QtBot, show: Show) -> None:
    window = show(FakeSession(3))
    inside = inside_of(window)
    inside.grid.selectAll()
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(window, Qt.Key.Key_C, control | Qt.KeyboardModifier.ShiftModifier)
    clipboard = QGuiApplication.clipboard()
    assert clipboard.text() == "\n".join(f"/photos/photo-0000{i}.jpg" for i in (1, 2, 3))
    qtbot.keyClick(window, Qt.Key.Key_C, control)
    names = [url.fileName() for url in clipboard.mimeData().urls()]
    assert names == ["photo-00001.jpg", "photo-00002.jpg", "photo-00003.jpg"]


def test_the_arrow_keys_walk_through_the_grid(qtbot: QtBot, show: Show) -> None:
    inside = inside_of(show(FakeSession(30)))
    grid = inside.grid
    grid.setCurrentIndex(inside.photos.index(0))
    below = grid.indexAt(grid.visualRect(inside.photos.index(0)).center() + QPoint(0, 200)).row()
    for key, row in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Left, 0),
        (Qt.Key.Key_Down, below),
        (Qt.Key.Key_Up, 0),
        (Qt.Key.Key_End, 29),
        (Qt.Key.Key_Home, 0),
    ):
        qtbot.keyClick(grid, key)
        assert grid.currentIndex().row() == row


def test_details_show_what_is_known_of_the_selected_photo(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    window = show(session)
    inside = inside_of(window)
    inside.search.search(Path("/q.jpg"), "q.jpg")
    settled(qtbot, inside, session, 1)
    qtbot.keyClick(window, Qt.Key.Key_I)
    inside.grid.setCurrentIndex(inside.photos.index(0))
    assert inside.details.isVisible()
    shown = inside.details.texts()
    assert shown["camera"] == "Pixel 8"
    assert shown["folder"] == "/photos"
    assert shown["size"].startswith("4000 \u00d7 3000 pixels")
    assert shown["identifier"] == "17 203 4 98"
    assert shown["logp"] == "-2.50"
    assert shown["similarity"] == "0.899 (cosine)"


def with_files(show: Show, folder: Path) -> Workspace:
    """A window whose photos exist on disk."""
    session = FakeSession(3)
    session.photos = [photo(i, folder=folder) for i in (1, 2, 3)]
    for shown in session.photos:
        shown.path.touch()
    return inside_of(show(session))
