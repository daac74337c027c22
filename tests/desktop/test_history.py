"""Searches that are kept: the history, names, live albums, and files that are gone."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from desktop.panels.search_rows import PICTURE, NewRole
from desktop.recent import MOST
from desktop.theme import colours
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.errors import PhotoError
from engine.types import Filters, Kept, Likeness, Mark, Part, Query, SavedSearch
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import WHEN, FakeSession, photo

Show = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def session() -> FakeSession:
    return FakeSession(30)


@pytest.fixture
def window(qtbot: QtBot, show: Show, session: FakeSession) -> MainWindow:
    window = show(session)
    qtbot.waitUntil(window.isActiveWindow)  # else the editor of a name loses the focus
    return window


def asked(qtbot: QtBot, window: MainWindow, path: str) -> None:
    """A search, until it is in the history."""
    inside, name = inside_of(window), Path(path).name
    inside.search.search(Path(path), name)
    qtbot.waitUntil(lambda: not inside.search.asking)
    qtbot.waitUntil(lambda: name in rows(inside))


def rows(inside: Workspace) -> list[str]:
    model = inside.searches_panel.rows
    return [model.index(row).data() for row in range(model.rowCount())]


def row(inside: Workspace, text: str) -> QModelIndex:
    return inside.searches_panel.rows.index(rows(inside).index(text))


def click(qtbot: QtBot, inside: Workspace, text: str) -> None:
    view = inside.searches_panel.view
    index = row(inside, text)
    view.scrollTo(index)
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(index).center())


def editor(inside: Workspace) -> QLineEdit | None:
    return inside.searches_panel.view.viewport().findChild(QLineEdit)


def typed(qtbot: QtBot, inside: Workspace, name: str) -> None:
    qtbot.waitUntil(lambda: editor(inside) is not None)
    field = editor(inside)
    assert field is not None
    field.selectAll()
    qtbot.keyClicks(field, name)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def entries(window: MainWindow) -> list[str]:
    menu = window.commands["recent"].menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_every_search_is_kept_newest_first_with_its_picture(
    qtbot: QtBot, window: MainWindow
) -> None:
    inside = inside_of(window)
    assert inside.searches_panel.isHidden()
    for path in ("/a.jpg", "/b & c.jpg", "/a.jpg"):
        asked(qtbot, window, path)
    qtbot.waitUntil(lambda: rows(inside) == ["Recent", "a.jpg", "b & c.jpg"])
    assert inside.searches_panel.isVisible()
    search = inside.searches.recent[0]
    inside.searches.picture(search.saved_id)
    qtbot.waitUntil(lambda: not inside.searches.picture(search.saved_id).isNull())
    assert entries(window)[:2] == ["a.jpg", "b && c.jpg"]
    shown = row(inside, "a.jpg").data(Qt.ItemDataRole.DecorationRole)
    chosen = shown.pixmap(PICTURE, PICTURE, QIcon.Mode.Selected)
    assert chosen.toImage() == shown.pixmap(PICTURE, PICTURE).toImage()  # not tinted


def test_the_menu_does_not_grow_for_ever(qtbot: QtBot, show: Show, session: FakeSession) -> None:
    session.kept = [
        SavedSearch(number, None, Query(Path(f"/{number}.jpg")), Filters(), WHEN, WHEN)
        for number in range(1, MOST + 6)
    ]
    window = show(session)
    qtbot.waitUntil(lambda: len(rows(inside_of(window))) == MOST + 6)
    assert len(entries(window)) == MOST + 1


def test_a_search_that_failed_is_not_kept(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    session.search_error = PhotoError(Path("/a.jpg"), "this file is damaged")
    inside = inside_of(window)
    inside.search.search(Path("/a.jpg"), "a.jpg")
    qtbot.waitUntil(lambda: inside.page.isVisible())
    session.search_error = None
    asked(qtbot, window, "/b.jpg")
    assert rows(inside) == ["Recent", "b.jpg"]


def test_what_becomes_of_a_search_takes_its_place_in_the_history(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    asked(qtbot, window, "/a.jpg")
    for number in (3, 4):
        inside.grid.setCurrentIndex(inside.photos.index(number))
        qtbot.keyClick(window, Qt.Key.Key_Plus)
        qtbot.waitUntil(lambda: not inside.search.asking)
    qtbot.waitUntil(lambda: [s.query.marks for s in session.kept] == [(Mark(4, 1), Mark(5, 1))])
    inside.search.set_filters(Filters(orientation="portrait"))
    qtbot.waitUntil(lambda: [s.filters.orientation for s in session.kept] == ["portrait"])


def test_ctrl_s_names_what_is_asked_in_the_list_itself(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    inside.sidebar_button.setChecked(False)
    asked(qtbot, window, "/a.jpg")
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    assert inside.folders.isVisible()
    typed(qtbot, inside, "red dresses")
    qtbot.waitUntil(lambda: rows(inside) == ["Saved", "red dresses"])
    assert [search.name for search in session.kept] == ["red dresses"]
    assert QApplication.activeModalWidget() is None


def test_a_search_can_be_saved_before_it_is_in_the_history(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    session.hold("remember")
    inside.search.search(Path("/a.jpg"), "a.jpg")
    qtbot.waitUntil(lambda: not inside.search.asking)
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    assert editor(inside) is None
    session.let_go("remember")
    typed(qtbot, inside, "dresses")
    qtbot.waitUntil(lambda: [search.name for search in session.kept] == ["dresses"])


def test_what_is_being_typed_survives_a_new_search_in_the_list(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    asked(qtbot, window, "/a.jpg")
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    qtbot.waitUntil(lambda: editor(inside) is not None)
    session.kept.insert(0, SavedSearch(9, None, Query(Path("/b.jpg")), Filters(), WHEN, WHEN))
    with qtbot.waitSignal(inside.searches.changed):
        inside.searches.refresh()
    assert editor(inside) is not None
    typed(qtbot, inside, "dresses")
    qtbot.waitUntil(lambda: rows(inside) == ["Saved", "dresses", "Recent", "b.jpg"])


def test_a_named_search_stays_as_it_is_while_one_goes_on(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    asked(qtbot, window, "/a.jpg")
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    typed(qtbot, inside, "dresses")
    qtbot.waitUntil(lambda: "dresses" in rows(inside))
    inside.grid.setCurrentIndex(inside.photos.index(3))
    inside.grid.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Plus)
    qtbot.waitUntil(lambda: rows(inside) == ["Saved", "dresses", "Recent", "a.jpg"])
    assert {search.name: search.query.marks for search in session.kept} == {
        "dresses": (),
        None: (Mark(4, 1),),
    }


def test_without_a_search_there_is_nothing_to_save(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    assert "Search first" in inside_of(window).banner.text


def test_a_name_that_is_taken_is_refused_in_words(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    query = Query(Path("/x.jpg"))
    session.kept = [SavedSearch(1, "dresses", query, Filters(), WHEN, WHEN)]
    window = show(session)
    inside = inside_of(window)
    asked(qtbot, window, "/a.jpg")
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    typed(qtbot, inside, "dresses")
    qtbot.waitUntil(lambda: "called dresses already" in inside.banner.text)
    qtbot.waitUntil(lambda: rows(inside) == ["Saved", "dresses", "Recent", "a.jpg"])


def album(session: FakeSession) -> SavedSearch:
    """A kept search with all that a search can have."""
    query = Query(
        Path("/a.jpg"),
        weight=2.0,
        also=(Part(7), Part(Path("/b.jpg"), sign=-1)),
        marks=(Mark(5, 1),),
    )
    filters = Filters(orientation="portrait")
    search = SavedSearch(4, "dresses", query, filters, WHEN, WHEN, likeness=Likeness.COLOUR)
    session.kept = [search]
    return search


def test_opening_a_saved_search_asks_all_of_it_again(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    search = album(session)
    inside = inside_of(show(session))
    qtbot.waitUntil(lambda: "dresses" in rows(inside))
    click(qtbot, inside, "dresses")
    qtbot.waitUntil(lambda: inside.search.answer is not None and not inside.search.asking)
    assert session.queries == [search.query]
    assert session.filters == [search.filters] and session.likenesses == [Likeness.COLOUR]
    assert [chip.accessibleName() for chip in inside.query_bar.chips] == [
        "More like a.jpg (counts double)",
        "More like photo-00007.jpg",
        "Not like b.jpg",
        "More like photo-00005.jpg",
    ]
    assert inside.centre.heading.text() == "Photos like dresses"
    assert len(inside.filters.chips) == 1
    click(qtbot, inside, "dresses")
    assert len(session.queries) == 1  # it is open already


def test_a_saved_search_is_a_live_album(qtbot: QtBot, show: Show, session: FakeSession) -> None:
    album(session)
    inside = inside_of(show(session))
    qtbot.waitUntil(lambda: "dresses" in rows(inside))
    click(qtbot, inside, "dresses")
    qtbot.waitUntil(lambda: inside.photos.rowCount() == 30 and not inside.search.asking)
    session.photos.append(photo(31))
    inside.library.rescan()
    qtbot.waitUntil(lambda: inside.photos.rowCount() == 31)


def test_a_saved_search_tells_what_came_since_it_was_opened(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    album(session)
    session.new_photos = {4: 3}
    window = show(session)
    inside = inside_of(window)

    def new() -> int:
        return row(inside, "dresses").data(NewRole)

    qtbot.waitUntil(lambda: "dresses" in rows(inside) and new() == 3)
    assert "3 new photos since then" in row(inside, "dresses").data(Qt.ItemDataRole.ToolTipRole)
    assert session.queries == []  # it was counted without being opened
    click(qtbot, inside, "dresses")
    qtbot.waitUntil(lambda: new() == 0)
    asked(qtbot, window, "/a.jpg")
    session.new_photos = {4: 1}
    inside.library.rescan()
    qtbot.waitUntil(lambda: new() == 1)
    assert rows(inside)[1] == "dresses"  # the number is no part of its name
    inside.searches.remove([4])
    qtbot.waitUntil(lambda: "dresses" not in rows(inside))


def test_the_pill_of_new_photos_is_painted_at_the_end_of_its_row(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    album(session)
    inside = inside_of(show(session))
    view = inside.searches_panel.view

    def accented() -> int:
        rect = view.visualRect(row(inside, "dresses"))
        rect.setLeft(rect.right() - 60)
        shown = view.viewport().grab(rect).toImage()
        wanted = QColor(colours().accent).rgb()
        return sum(
            shown.pixel(x, y) == wanted for x in range(shown.width()) for y in range(shown.height())
        )

    qtbot.waitUntil(lambda: "dresses" in rows(inside))
    assert accented() == 0
    session.new_photos = {4: 12}
    inside.library.rescan()
    qtbot.waitUntil(lambda: accented() > 100)


def test_the_list_marks_the_search_that_is_on_screen(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    album(session)
    window = show(session)
    inside = inside_of(window)

    def chosen() -> list[str]:
        return [index.data() for index in inside.searches_panel.view.selectedIndexes()]

    qtbot.waitUntil(lambda: "dresses" in rows(inside))
    click(qtbot, inside, "dresses")
    qtbot.waitUntil(lambda: chosen() == ["dresses"] and not inside.search.asking)
    inside.grid.setFocus()
    asked(qtbot, window, "/a.jpg")
    qtbot.waitUntil(lambda: chosen() == ["a.jpg"])
    session.search_error = PhotoError(Path("/b.jpg"), "this file is damaged")
    inside.search.search(Path("/b.jpg"), "b.jpg")
    qtbot.waitUntil(inside.page.isVisible)
    assert chosen() == []  # what is on screen was never answered, and is not in the list
    session.search_error = None
    asked(qtbot, window, "/c.jpg")
    qtbot.waitUntil(lambda: chosen() == ["c.jpg"])
    qtbot.keyClick(inside.grid, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: chosen() == [])


def test_a_saved_search_whose_file_is_gone_answers_from_what_was_kept(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    kept = Kept(out.getvalue(), b"", "w", "beach.png")
    note = "beach.png is gone: what was kept of it answers."
    session.kept = [SavedSearch(4, None, Query(kept), Filters(), WHEN, WHEN, note)]
    inside = inside_of(show(session))
    qtbot.waitUntil(lambda: "beach.png" in rows(inside))
    assert note in row(inside, "beach.png").data(Qt.ItemDataRole.ToolTipRole)
    click(qtbot, inside, "beach.png")
    qtbot.waitUntil(lambda: inside.centre.note.text() == note)
    assert inside.photos.rowCount() == 30


def test_searches_are_there_again_after_a_restart(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    window = show(session)
    asked(qtbot, window, "/a.jpg")
    window.close()
    inside = inside_of(show(session))
    qtbot.waitUntil(lambda: rows(inside) == ["Recent", "a.jpg"])


def test_deleting_asks_in_place_and_keeping_is_the_careful_answer(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    panel = inside.searches_panel
    asked(qtbot, window, "/a.jpg")
    asked(qtbot, window, "/b.jpg")
    panel.view.setFocus()
    panel.view.setCurrentIndex(row(inside, "a.jpg"))
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete)
    assert panel.asking.question is not None
    assert panel.asking.question.accessibleName() == "Delete the search a.jpg? Photos stay."
    assert panel.asking.question.keep_button.hasFocus() or not window.isActiveWindow()
    qtbot.mouseClick(panel.asking.question.keep_button, LEFT)
    assert panel.asking.question is None and len(session.kept) == 2
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete)
    qtbot.mouseClick(panel.asking.question.remove_button, LEFT)
    qtbot.waitUntil(lambda: rows(inside) == ["Recent", "b.jpg"])


def test_the_recent_ones_can_be_cleared_and_those_with_a_name_stay(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    album(session)
    window = show(session)
    inside = inside_of(window)
    asked(qtbot, window, "/x.jpg")
    menu = window.commands["recent"].menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    menu.actions()[-1].trigger()
    assert inside.searches_panel.asking.question is not None
    qtbot.mouseClick(inside.searches_panel.asking.question.remove_button, LEFT)
    qtbot.waitUntil(lambda: rows(inside) == ["Saved", "dresses"])


def test_a_name_can_be_taken_away_again(qtbot: QtBot, show: Show, session: FakeSession) -> None:
    album(session)
    inside = inside_of(show(session))
    qtbot.waitUntil(lambda: "dresses" in rows(inside))
    inside.searches_panel.view.setCurrentIndex(row(inside, "dresses"))
    menu = inside.searches_panel.menu()
    texts = [action.text() for action in menu.actions() if action.isVisible()]
    assert texts == ["Open", "Name…", "No longer saved", "Delete…"]
    next(a for a in menu.actions() if a.text() == "No longer saved").trigger()
    qtbot.waitUntil(lambda: rows(inside) == ["Recent", "a.jpg and 2 more"])


def test_a_recent_search_is_opened_from_the_menu(
    qtbot: QtBot, window: MainWindow, session: FakeSession
) -> None:
    inside = inside_of(window)
    asked(qtbot, window, "/a.jpg")
    asked(qtbot, window, "/b.jpg")
    menu = window.commands["recent"].menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: session.queries[-1].image == Path("/a.jpg"))
    qtbot.waitUntil(lambda: rows(inside) == ["Recent", "a.jpg", "b.jpg"])
