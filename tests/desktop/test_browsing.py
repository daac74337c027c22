"""Folders and the time line as two other ways to browse, which end in the ordinary grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.panels.level_page import LevelPage
from desktop.views import View
from desktop.window import MainWindow
from engine.types import Filters, Metadata
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, photo

Show = Callable[..., MainWindow]
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def filed() -> FakeSession:
    """Photos of two years in three folders, one of them in another."""
    session = FakeSession()
    folders = ("2023", "2023/May", "2024")
    session.photos = [
        replace(
            photo(number, folder=Path("/photos", folders[number % 3])),
            metadata=Metadata(
                taken_at=datetime(2023, 3, 1, tzinfo=UTC) + timedelta(days=16 * number)
            ),
        )
        for number in range(1, 31)
    ]
    session.known_folders = FakeSession(1).known_folders
    session.passing = lambda photo, filters: (
        all(photo.path.is_relative_to(folder) for folder in filters.folders)
        and (filters.taken_from is None or filters.taken_from <= photo.metadata.taken_at)
    )
    return session


def opened(qtbot: QtBot, window: MainWindow, key: Qt.Key, page: LevelPage) -> list[str]:
    with qtbot.waitSignal(page.model.changed):
        qtbot.keyClick(window, key, ALT)
    return names(page)


def names(page: LevelPage) -> list[str]:
    return [page.tiles.index(row).data() for row in range(page.tiles.rowCount())]


def test_folders_are_tiles_down_to_their_photos(
    qtbot: QtBot, show: Show, filed: FakeSession
) -> None:
    window = show(filed)
    inside = inside_of(window)
    page = inside.views.folders
    assert opened(qtbot, window, Qt.Key.Key_3, page) == ["2023", "2024"]
    page.view.setCurrentIndex(page.tiles.index(0))
    with qtbot.waitSignal(page.model.changed):
        qtbot.keyClick(page.view, Qt.Key.Key_Return)
    assert names(page) == ["May"] and "10 photos lie right in this folder" in page.note.text()
    assert page.way[-1] == "2023"
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: inside.views.current is View.PHOTOS and not inside.search.asking)
    assert inside.search.filters == Filters(folders=(Path("/photos/2023/May"),))
    assert inside.photos.rowCount() == 10


def test_all_photos_of_a_folder_are_a_button_away(
    qtbot: QtBot, show: Show, filed: FakeSession
) -> None:
    window = show(filed)
    inside = inside_of(window)
    page = inside.views.folders
    opened(qtbot, window, Qt.Key.Key_3, page)
    with qtbot.waitSignal(page.model.changed):
        qtbot.keyClick(page.view, Qt.Key.Key_Return)
    qtbot.mouseClick(page.photos_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not inside.search.asking)
    assert inside.search.filters.folders == (Path("/photos/2023"),)
    assert inside.photos.rowCount() == 20


def test_months_lie_under_their_years_newest_first(
    qtbot: QtBot, show: Show, filed: FakeSession
) -> None:
    window = show(filed)
    page = inside_of(window).views.time_line
    found = opened(qtbot, window, Qt.Key.Key_4, page)
    assert found[0] == "June 2024" and found[-1] == "March 2023"
    assert [section.heading.partition(" ")[0] for section in page.tiles.sections()] == [
        "2024",
        "2023",
    ]


def test_a_month_opens_its_photos_with_a_chip(qtbot: QtBot, show: Show, filed: FakeSession) -> None:
    window = show(filed)
    inside = inside_of(window)
    page = inside.views.time_line
    found = opened(qtbot, window, Qt.Key.Key_4, page)
    page.view.setCurrentIndex(page.tiles.index(found.index("February 2024")))
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not inside.search.asking)
    filters = inside.search.filters
    assert filters.taken_from == datetime(2024, 2, 1, tzinfo=UTC)
    assert filters.taken_until is not None and filters.taken_until.day == 29
    assert [chip.name.text() for chip in inside.filters.chips] == ["February 2024"]


def test_a_year_is_jumped_to(qtbot: QtBot, show: Show, filed: FakeSession) -> None:
    window = show(filed)
    window.resize(800, 480)
    page = inside_of(window).views.time_line
    opened(qtbot, window, Qt.Key.Key_4, page)
    assert page.years.isVisible() and page.years.itemText(1).startswith("2023")
    page.years.setFocus()
    qtbot.keyClick(page.years, Qt.Key.Key_Down)
    page.jump(page.years.currentIndex())
    assert page.current().name == "December 2023"
    assert page.view.visualRect(page.view.currentIndex()).top() < page.view.height() // 2


def test_photos_that_know_no_date_are_counted_in_a_sentence(
    qtbot: QtBot, show: Show, filed: FakeSession
) -> None:
    filed.photos.append(replace(photo(99), metadata=Metadata()))
    window = show(filed)
    page = inside_of(window).views.time_line
    opened(qtbot, window, Qt.Key.Key_4, page)
    assert page.note.text() == "1 photo does not say when it was taken."


def test_an_empty_library_has_nothing_to_choose_from(qtbot: QtBot, show: Show) -> None:
    inside = inside_of(show(FakeSession()))
    assert not inside.views.bar.isVisible()


def test_a_folder_without_photos_is_said_in_words(
    qtbot: QtBot, show: Show, filed: FakeSession
) -> None:
    filed.photos = []
    window = show(filed)
    page = inside_of(window).views.folders
    with qtbot.waitSignal(page.model.changed):
        qtbot.keyClick(window, Qt.Key.Key_3, ALT)
    assert page.page.isVisible() and "index a folder first" in page.page.sentence


def test_what_was_read_before_the_library_changed_is_read_again(
    qtbot: QtBot, show: Show, filed: FakeSession
) -> None:
    window = show(filed)
    inside = inside_of(window)
    page = inside.views.folders
    opened(qtbot, window, Qt.Key.Key_3, page)
    qtbot.keyClick(window, Qt.Key.Key_1, ALT)
    assert inside.grid.isVisible() and inside.tools.isVisible()
    filed.photos.append(photo(99, folder=Path("/photos/new")))
    inside.library.photos_changed.emit()
    assert opened(qtbot, window, Qt.Key.Key_3, page) == ["2023", "2024", "new"]
    assert not inside.tools.isVisible()


def test_the_tabs_choose_the_view(qtbot: QtBot, show: Show, filed: FakeSession) -> None:
    window = show(filed)
    inside = inside_of(window)
    tabs = inside.views.tabs
    with qtbot.waitSignal(inside.views.time_line.model.changed):
        where = tabs.tabRect(View.TIME_LINE).center()
        qtbot.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=where)
    assert inside.views.time_line.isVisible()


def test_names_of_folders_are_never_markup(qtbot: QtBot, show: Show, filed: FakeSession) -> None:
    filed.photos.append(photo(99, folder=Path("/photos/<b>bold & co")))
    window = show(filed)
    page = inside_of(window).views.folders
    found = opened(qtbot, window, Qt.Key.Key_3, page)
    index = page.tiles.index(found.index("<b>bold & co"))
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;bold" in tip


def test_tiles_follow_the_size_of_thumbnails(qtbot: QtBot, show: Show, filed: FakeSession) -> None:
    window = show(filed)
    inside = inside_of(window)
    page = inside.views.folders
    opened(qtbot, window, Qt.Key.Key_3, page)
    before = page.view.visualRect(page.tiles.index(0)).width()
    inside.status.size_slider.setValue(300)
    assert page.view.visualRect(page.tiles.index(0)).width() > before
