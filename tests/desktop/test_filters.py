"""Filters: chosen from what the library has, seen as chips, applied inside the search."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from desktop import filtering
from desktop.panels.filters import FilterBar
from desktop.remembered import Remembered
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.types import Filters, Query, SearchAnswer
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, answer_of

Show = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


def texts(bar: FilterBar) -> list[str]:
    return [chip.name.text() for chip in bar.chips]


def choose(session: FakeSession, inside: Workspace, part: str, text: str) -> None:
    """As a person does: open the menu, go to a part, take the line that begins with ``text``."""
    menu = inside.filters.menu(session.known_facets)
    (under,) = [action.menu() for action in menu.actions() if action.text() == part]
    assert isinstance(under, QMenu)
    (action,) = [action for action in under.actions() if action.text().startswith(text)]
    action.trigger()


def settled(qtbot: QtBot, inside: Workspace) -> None:
    qtbot.waitUntil(lambda: not inside.search.asking)


def test_the_menu_names_what_the_library_has_and_how_much_of_it(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    inside = inside_of(show(session))
    qtbot.mouseClick(inside.filters.button, LEFT)
    qtbot.waitUntil(lambda: inside.filters.findChildren(QMenu) != [])
    menu = inside.filters.findChildren(QMenu)[0]
    parts = {a.text(): a.menu() for a in menu.actions() if isinstance(a.menu(), QMenu)}
    assert list(parts) == ["Folder", "Date", "Camera", "Type", "Orientation", "Rating"]
    cameras = parts["Camera"]
    assert isinstance(cameras, QMenu)
    assert [a.text() for a in cameras.actions()] == ["Pixel 8  (20)", "Canon && Co  (3)"]
    menu.close()


def test_a_filter_reaches_the_search_itself(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    inside = inside_of(show(session))
    inside.search.search(Path("/q.jpg"), "q.jpg")
    settled(qtbot, inside)
    choose(session, inside, "Camera", "Pixel 8")
    settled(qtbot, inside)
    assert session.filters == [Filters(), Filters(camera="Pixel 8")]
    assert texts(inside.filters) == ["Pixel 8"]


def test_every_kind_of_filter_becomes_a_chip(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    inside = inside_of(show(session))
    for part, text in (
        ("Folder", "photos"),
        ("Date", "2019"),
        ("Camera", "Canon"),
        ("Type", "JPEG"),
        ("Type", "HEIF"),
        ("Orientation", "Portrait"),
        ("Rating", "\u2605\u2605\u2605\u2606\u2606"),
    ):
        choose(session, inside, part, text)
    assert texts(inside.filters) == [
        "photos",
        "2019",
        "Canon & Co",
        "JPEG",
        "HEIF",
        "Portrait",
        "\u2605\u2605\u2605\u2606\u2606 and more",
    ]
    assert inside.search.filters == Filters(
        folders=(Path("/photos"),),
        taken_from=datetime(2019, 1, 1, tzinfo=UTC),
        taken_until=datetime(2019, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        camera="Canon & Co",
        formats=("JPEG", "HEIF"),
        orientation="portrait",
        rating_from=3,
    )


def test_what_is_chosen_again_is_taken_away(show: Show) -> None:
    session = FakeSession(30)
    inside = inside_of(show(session))
    for part, text in (("Camera", "Pixel"), ("Type", "JPEG"), ("Date", "2024")):
        choose(session, inside, part, text)
        choose(session, inside, part, text)
    assert inside.search.filters.empty


def test_the_cross_on_a_chip_takes_one_filter_away(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    inside = inside_of(show(session))
    inside.search.set_filters(Filters(camera="Pixel 8", formats=("JPEG", "HEIF")))
    cross = inside.filters.chips[1].close_button
    assert cross.accessibleName() == "Remove the filter JPEG"
    qtbot.mouseClick(cross, LEFT)
    assert inside.search.filters == Filters(camera="Pixel 8", formats=("HEIF",))
    assert texts(inside.filters) == ["Pixel 8", "HEIF"]
    qtbot.mouseClick(inside.filters.clear_button, LEFT)
    assert inside.search.filters.empty and texts(inside.filters) == []


def test_the_library_itself_is_filtered_too(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    session.passing = lambda photo, filters: filters.empty or photo.content_id % 2 == 0
    inside = inside_of(show(session))
    inside.search.set_filters(Filters(rating_from=4))
    qtbot.waitUntil(lambda: inside.photos.rowCount() == 15)
    assert session.recent_calls[-1][0] == Filters(rating_from=4)
    assert inside.centre.line.text() == "some of 30 photos"


def test_where_no_photo_passes_that_is_said_with_a_way_out(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    session.passing = lambda photo, filters: filters.empty
    inside = inside_of(show(session))
    inside.search.set_filters(Filters(camera="Nokia"))
    qtbot.waitUntil(lambda: inside.page.isVisible())
    assert inside.page.title == "No photos pass these filters"
    assert inside.filters.chips[0].isVisible()
    qtbot.mouseClick(inside.page.buttons[0], LEFT)
    qtbot.waitUntil(lambda: inside.photos.rowCount() == 30)
    assert inside.search.filters.empty


def test_a_search_among_no_photos_says_so_and_not_that_nothing_was_found(
    qtbot: QtBot, show: Show
) -> None:
    def among(query: Query, top: int) -> SearchAnswer:
        return answer_of([], searched=0)

    session = FakeSession(30)
    session.answer = among
    inside = inside_of(show(session))
    inside.search.set_filters(Filters(camera="Nokia"))
    inside.search.search(Path("/q.jpg"), "q.jpg")
    qtbot.waitUntil(lambda: inside.page.title == "No photos pass these filters")


def test_escape_clears_the_query_first_and_the_filters_then(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    window = show(session)
    inside = inside_of(window)
    inside.search.set_filters(Filters(camera="Pixel 8"))
    inside.search.search(Path("/q.jpg"), "q.jpg")
    settled(qtbot, inside)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not inside.search.step.is_search and not inside.search.filters.empty
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert inside.search.filters.empty


def test_filters_are_there_again_at_the_next_start(qtbot: QtBot, show: Show) -> None:
    filters = Filters(folders=(Path("/photos/caf\udce9"),), formats=("JPEG",), rating_from=2)
    first = show(FakeSession(30))
    inside_of(first).search.set_filters(filtering.of_year(filters, 2024))
    first.close()
    session = FakeSession(30)
    inside = inside_of(show(session))
    assert inside.search.filters == filtering.of_year(filters, 2024)
    assert texts(inside.filters)[1:3] == ["2024", "JPEG"]
    assert {call[0] for call in session.recent_calls} == {filtering.of_year(filters, 2024)}


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"folders": 3}', "null"])
def test_damaged_settings_mean_no_filters(line: str) -> None:
    remembered = Remembered()
    remembered.file.setValue("search/filters", line)
    assert remembered.filters == Filters()


def test_days_can_be_chosen_with_the_keyboard(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    inside = inside_of(show(session))
    asking = inside.filters.ask_for_dates(session.known_facets)
    assert asking.first.date() == QDate(2019, 1, 1)
    asking.first.setDate(QDate(2023, 7, 14))
    asking.last.setDate(QDate(2023, 7, 1))  # the wrong way round
    qtbot.keyClick(asking.last, Qt.Key.Key_Return)
    assert inside.search.filters == filtering.between(
        Filters(), date(2023, 7, 1), date(2023, 7, 14)
    )
    assert texts(inside.filters) == ["7/1/23 \u2013 7/14/23"]


def test_a_folder_inside_can_be_chosen(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/photos/2024/may")
    session = FakeSession(30)
    inside = inside_of(show(session))
    choose(session, inside, "Folder", "A folder inside")
    assert inside.search.filters.folders == (Path("/photos/2024/may"),)
    assert texts(inside.filters) == ["may"]


def test_before_there_are_photos_nothing_can_be_filtered(show: Show) -> None:
    assert not inside_of(show(FakeSession(0))).tools.isVisible()


def test_chips_go_on_in_the_next_line_where_the_window_is_narrow(qtbot: QtBot, show: Show) -> None:
    window = show(FakeSession(30))
    window.resize(780, 600)
    inside = inside_of(window)
    inside.search.set_filters(
        Filters(folders=tuple(Path(f"/photos/a rather long name {i}") for i in range(4)))
    )
    qtbot.waitUntil(lambda: inside.filters.height() > 60)
    chips = inside.filters.chips
    assert chips[0].y() < chips[-1].y()
    assert all(chip.geometry().right() <= inside.filters.width() for chip in chips)
