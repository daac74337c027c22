"""The order of photos, their headings, and stacks of photos that are nearly the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.arranging import Cell, Sort, arranged, sections
from desktop.delegate import stack_badge
from desktop.results import CellRole
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.types import Band, Metadata, Order, Photo, SearchAnswer, SearchHit
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, answer_of, hit, photo

Show = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


def dated(content_id: int, when: datetime | None, **more: object) -> Photo:
    metadata = Metadata(taken_at=when, **more)  # type: ignore[arg-type]
    return replace(photo(content_id), metadata=metadata)


def may(day: int) -> datetime:
    return datetime(2024, 5, day, 12, tzinfo=UTC)


def ids(cells: Sequence[Cell]) -> list[int]:
    return [cell.photo.content_id for cell in cells]


def lay(hits: Sequence[SearchHit], sort: Sort, stacks: bool = True) -> list[Cell]:
    return arranged(hits, sort, stacks=stacks, spread=set())


def headings(cells: Sequence[Cell], sort: Sort) -> list[tuple[str, int]]:
    return [(section.heading, section.count) for section in sections(cells, sort)]


def shown(inside: Workspace) -> list[int]:
    rows = range(inside.photos.rowCount())
    return [inside.photos.index(row).data(CellRole).photo.content_id for row in rows]


def searched(qtbot: QtBot, inside: Workspace) -> None:
    inside.search.search(Path("/q.jpg"), "q.jpg")
    qtbot.waitUntil(lambda: not inside.search.asking)


def test_by_date_the_newest_comes_first_under_its_month() -> None:
    whens = (may(3), datetime(2023, 12, 31, 23, tzinfo=UTC), None, may(9))
    hits = [hit(rank, dated(rank, when)) for rank, when in enumerate(whens, 1)]
    cells = lay(hits, Sort.DATE)
    assert ids(cells) == [4, 1, 2, 3]
    assert headings(cells, Sort.DATE) == [
        ("May 2024", 2),
        ("December 2023", 1),
        ("Without a date", 1),
    ]


def test_a_month_is_that_of_the_cameras_clock() -> None:
    new_year = datetime(2023, 12, 31, 20, tzinfo=UTC)
    cells = lay([hit(1, dated(1, new_year, taken_offset=540))], Sort.DATE)
    assert headings(cells, Sort.DATE) == [("January 2024", 1)]


def test_a_photo_that_says_nothing_counts_by_the_time_of_its_file() -> None:
    silent = replace(dated(1, None), modified_at=may(5))
    cells = lay([hit(1, dated(2, may(1))), hit(2, silent)], Sort.DATE)
    assert ids(cells) == [1, 2]


def test_by_folder_every_folder_has_a_heading() -> None:
    hits = [
        hit(1, photo(1, folder=Path("/b"))),
        hit(2, photo(9, folder=Path("/a"))),
        hit(3, photo(2, folder=Path("/a"))),
    ]
    cells = lay(hits, Sort.FOLDER)
    assert ids(cells) == [2, 9, 1]
    assert headings(cells, Sort.FOLDER) == [("/a", 2), ("/b", 1)]


def test_where_already_the_best_is_a_guess_the_heading_says_so() -> None:
    hits = [hit(rank, photo(rank), Band.GUESS) for rank in (1, 2)]
    assert headings(lay(hits, Sort.RELEVANCE), Sort.RELEVANCE) == [
        ("No confident match: the closest anyway", 2)
    ]


def test_sections_of_a_longer_list_are_those_of_the_whole() -> None:
    cells = [Cell(dated(n, datetime(2024, 12 - n // 3, 5, tzinfo=UTC))) for n in range(20)]
    for cut in range(1, 20):
        first = sections(cells[:cut], Sort.DATE)
        rest = sections(cells, Sort.DATE, first=cut, last=first[-1])
        assert [*first[:-1], *rest] == sections(cells, Sort.DATE)


def test_keys_and_the_box_sort_an_answer(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(30)
    found = [dated(1, may(1)), dated(2, may(9)), dated(3, may(5))]
    session.answer = lambda query, top: answer_of(found)
    window = show(session)
    inside = inside_of(window)
    searched(qtbot, inside)
    assert shown(inside) == [1, 2, 3]
    qtbot.keyClick(window, Qt.Key.Key_2, CONTROL)
    assert shown(inside) == [2, 3, 1]
    assert inside.sort_box.currentText() == "Date"
    assert [section.heading for section in inside.photos.sections()] == ["May 2024"]
    qtbot.keyClick(inside.sort_box, Qt.Key.Key_Up)
    assert shown(inside) == [1, 2, 3]
    assert len(session.queries) == 1  # what is loaded is sorted, nothing is asked again


def test_a_sorted_part_of_an_answer_is_called_a_part(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(500)
    inside = inside_of(show(session))
    searched(qtbot, inside)
    inside.centre.choose_sort(Sort.FOLDER)
    count = len(inside.photos.hits)
    assert inside.centre.line.text().startswith(f"the best {count} photos")


def test_the_library_is_sorted_where_it_is_read(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(0)
    session.photos = [photo(1, folder=Path("/b")), photo(2, folder=Path("/a"))]
    window = show(session)
    inside = inside_of(window)
    qtbot.waitUntil(lambda: shown(inside) == [1, 2])
    assert [inside.sort_box.itemText(row) for row in range(2)] == ["Date", "Folder"]
    qtbot.keyClick(window, Qt.Key.Key_3, CONTROL)
    qtbot.waitUntil(lambda: shown(inside) == [2, 1])
    assert session.recent_calls[-1][1] is Order.FOLDER
    assert [section.heading for section in inside.photos.sections()] == ["/a", "/b"]
    qtbot.keyClick(inside.sort_box, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: shown(inside) == [1, 2])
    qtbot.keyClick(inside.sort_box, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: shown(inside) == [2, 1])


def test_the_order_is_there_again_at_the_next_start(qtbot: QtBot, show: Show) -> None:
    first = inside_of(show(FakeSession(30)))
    first.centre.choose_sort(Sort.FOLDER)
    searched(qtbot, first)
    first.centre.choose_sort(Sort.DATE)
    first.window().close()
    session = FakeSession(30)
    inside = inside_of(show(session))
    assert inside.centre.sort is Sort.FOLDER
    assert {order for _, order in session.recent_calls} == {Order.FOLDER}
    searched(qtbot, inside)
    assert inside.centre.sort is Sort.DATE


# Stacks


def stacked_answer() -> SearchAnswer:
    """1 stands for 3 and 4; 2 is alone; 5 has a raw file."""
    answer = answer_of([photo(n) for n in range(1, 6)])
    one, two, three, four, five = answer.hits
    hits = (
        one,
        two,
        replace(three, near=1),
        replace(four, near=1),
        replace(five, stack=(Path("/photos/photo-00005.cr2"),)),
    )
    return replace(answer, hits=hits)


@pytest.fixture
def window(qtbot: QtBot, show: Show) -> MainWindow:
    session = FakeSession(5)
    session.answer = lambda query, top: stacked_answer()
    made = show(session)
    searched(qtbot, inside_of(made))
    return made


def test_photos_that_are_nearly_the_same_share_a_cell(window: MainWindow) -> None:
    inside = inside_of(window)
    assert shown(inside) == [1, 2, 5]
    first = inside.photos.index(0)
    assert first.data(CellRole).stacked == 2
    spoken = first.data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.endswith("2 more that are nearly the same, stack closed")
    assert "photo-00005.cr2" in inside.photos.index(2).data(Qt.ItemDataRole.ToolTipRole)


@pytest.mark.parametrize("key", [Qt.Key.Key_Right, Qt.Key.Key_Return])
def test_a_stack_opens_in_place_and_closes_again(
    qtbot: QtBot, window: MainWindow, key: Qt.Key
) -> None:
    inside = inside_of(window)
    inside.grid.setCurrentIndex(inside.photos.index(0))
    qtbot.keyClick(inside.grid, key)
    assert shown(inside) == [1, 3, 4, 2, 5]
    assert inside.grid.currentIndex().row() == 0
    qtbot.keyClick(inside.grid, Qt.Key.Key_Right)
    assert inside.grid.currentIndex().row() == 1
    qtbot.keyClick(inside.grid, Qt.Key.Key_Left)
    qtbot.keyClick(inside.grid, Qt.Key.Key_Left)
    assert shown(inside) == [1, 2, 5]


def test_a_click_on_the_number_opens_the_stack(qtbot: QtBot, window: MainWindow) -> None:
    inside = inside_of(window)
    grid, index = inside.grid, inside.photos.index(0)
    badge = stack_badge(grid.visualRect(index), index.data(CellRole), grid.fontMetrics())
    qtbot.mouseClick(grid.viewport(), LEFT, pos=badge.center())
    assert shown(inside) == [1, 3, 4, 2, 5]
    badge = stack_badge(grid.visualRect(index), index.data(CellRole), grid.fontMetrics())
    qtbot.mouseClick(grid.viewport(), LEFT, pos=badge.center())
    assert shown(inside) == [1, 2, 5]


def test_stacks_can_be_switched_off_for_good(qtbot: QtBot, window: MainWindow, show: Show) -> None:
    inside = inside_of(window)
    assert window.commands["stacks"].isChecked()
    qtbot.keyClick(window, Qt.Key.Key_T, CONTROL)
    assert shown(inside) == [1, 2, 3, 4, 5]
    assert not window.commands["stacks"].isChecked()
    window.close()
    again = show(FakeSession(5))
    assert not inside_of(again).photos.stacks
    assert not again.commands["stacks"].isChecked()


def test_an_open_stack_stays_together_in_every_order(window: MainWindow) -> None:
    inside = inside_of(window)
    inside.photos.spread(inside.photos.index(0), True)
    for sort in Sort:
        inside.centre.choose_sort(sort)
        rows = shown(inside)
        start = rows.index(1)
        assert rows[start : start + 3] == [1, 3, 4]


def test_what_is_in_sight_stays_where_it_is_when_photos_come_in_above(
    qtbot: QtBot, show: Show
) -> None:
    session = FakeSession(0)
    session.photos = [photo(n) for n in range(1000, 800, -1)]
    inside = inside_of(show(session))
    qtbot.waitUntil(lambda: inside.photos.rowCount() == 200)
    grid = inside.grid
    grid.verticalScrollBar().setValue(900)
    rows = range(200)
    seen = next(row for row in rows if grid.visualRect(inside.photos.index(row)).top() > 50)
    name = inside.photos.index(seen).data()
    session.photos = [photo(n) for n in range(1040, 1000, -1)] + session.photos
    inside.search.look_for_new()
    qtbot.waitUntil(lambda: inside.photos.rowCount() == 240)
    grid.executeDelayedItemsLayout()
    moved = next(row for row in range(240) if inside.photos.index(row).data() == name)
    assert grid.viewport().rect().intersects(grid.visualRect(inside.photos.index(moved)))
    assert moved == seen + 40


def test_the_library_has_its_months_from_the_start(show: Show) -> None:
    inside = inside_of(show(FakeSession(30)))
    assert [section.heading for section in inside.photos.sections()] == ["May 2024"]
