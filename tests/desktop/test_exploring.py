"""The tree as tiles: down, up, back, as a filter, as a query, and from a photo to its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from pytestqt.qtbot import QtBot

from desktop.panels.level_page import LevelPage
from desktop.tiles import TileRole, mosaic
from desktop.views import View
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.types import Filters
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, codes, generation

Show = Callable[..., MainWindow]
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def trained() -> FakeSession:
    session = FakeSession(60)
    session.known_generations = [generation(1)]
    session.tree = 1
    session.passing = lambda photo, filters: codes(photo)[: len(filters.prefix)] == filters.prefix
    return session


def names(page: LevelPage) -> list[str]:
    return [page.tiles.index(row).data() for row in range(page.tiles.rowCount())]


def explored(qtbot: QtBot, window: MainWindow) -> LevelPage:
    """The tree's first level, opened by its key."""
    page = inside_of(window).views.explore
    with qtbot.waitSignal(page.model.changed):
        qtbot.keyClick(window, Qt.Key.Key_2, ALT)
    return page


def go_down(qtbot: QtBot, page: LevelPage, row: int = 0) -> None:
    page.view.setCurrentIndex(page.tiles.index(row))
    with qtbot.waitSignal(page.model.changed):
        qtbot.keyClick(page.view, Qt.Key.Key_Return)


def settled(qtbot: QtBot, inside: Workspace) -> None:
    qtbot.waitUntil(lambda: inside.views.current is View.PHOTOS and not inside.search.asking)


def test_a_level_is_tiles_with_names_numbers_and_pictures(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    page = explored(qtbot, show(trained))
    assert names(page) == ["Part 0", "Part 1", "Part 2"]
    tile = page.tiles.index(0).data(TileRole)
    assert tile.count == 20 and len(tile.pictures) == 9
    assert page.line.text() == "60 photos  \u00b7  3 parts"
    assert page.view.hasFocus()
    qtbot.waitUntil(lambda: page.tiles.thumbnails.get(tile.pictures[0]) is not None)


def test_enter_goes_down_backspace_up_and_a_double_click_down_again(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    page = explored(qtbot, show(trained))
    go_down(qtbot, page, 1)
    assert page.way == ("All photos", "Part 1") and names(page)[0] == "Part 1.0"
    with qtbot.waitSignal(page.model.changed):
        qtbot.keyClick(page.view, Qt.Key.Key_Backspace)
    assert names(page)[1] == "Part 1" and page.current().name == "Part 1"
    where = page.view.visualRect(page.tiles.index(2)).center()
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    with qtbot.waitSignal(page.model.changed):
        qtbot.mouseDClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert page.way == ("All photos", "Part 2")


def test_back_and_forward_go_through_levels_while_the_tree_is_in_sight(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    window = show(trained)
    inside, page = inside_of(window), explored(qtbot, window)
    assert not inside.back_button.isEnabled()
    go_down(qtbot, page)
    go_down(qtbot, page)
    with qtbot.waitSignal(page.model.changed):
        qtbot.keyClick(window, Qt.Key.Key_Left, ALT)
    assert page.way == ("All photos", "Part 0")
    assert inside.back_button.isEnabled() and inside.forward_button.isEnabled()
    with qtbot.waitSignal(page.model.changed):
        qtbot.mouseClick(inside.forward_button, Qt.MouseButton.LeftButton)
    assert page.way == ("All photos", "Part 0", "Part 0.0")


def test_a_name_on_the_way_is_a_button_back_to_it(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    page = explored(qtbot, show(trained))
    go_down(qtbot, page)
    go_down(qtbot, page)
    first = page._way.itemAt(0).widget()
    with qtbot.waitSignal(page.model.changed):
        qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert page.way == ("All photos",) and not page.up_button.isVisible()


def test_photos_of_a_tile_are_shown_in_the_grid_with_a_chip(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    window = show(trained)
    inside, page = inside_of(window), explored(qtbot, window)
    page.view.setCurrentIndex(page.tiles.index(2))
    qtbot.keyClick(page.view, Qt.Key.Key_P)
    settled(qtbot, inside)
    assert inside.search.filters == Filters(prefix=(2,), generation=1)
    assert [chip.name.text() for chip in inside.filters.chips] == ["Part 2"]
    assert inside.photos.rowCount() == 20 and inside.grid.isVisible()


def test_a_leaf_opens_its_photos(qtbot: QtBot, show: Show, trained: FakeSession) -> None:
    window = show(trained)
    inside, page = inside_of(window), explored(qtbot, window)
    go_down(qtbot, page)
    go_down(qtbot, page)
    page.view.setCurrentIndex(page.tiles.index(0))
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    settled(qtbot, inside)
    assert inside.photos.rowCount() == 1


def test_a_search_within_a_tile_keeps_the_query_and_the_other_filters(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    window = show(trained)
    inside = inside_of(window)
    inside.search.set_filters(Filters(camera="Pixel 8"))
    inside.search.search(7, "seven")
    qtbot.waitUntil(lambda: not inside.search.asking)
    page = explored(qtbot, window)
    page.view.setCurrentIndex(page.tiles.index(1))
    qtbot.keyClick(page.view, Qt.Key.Key_W)
    settled(qtbot, inside)
    assert inside.search.step.label == "seven"
    assert trained.filters[-1] == Filters(camera="Pixel 8", prefix=(1,), generation=1)


def test_similar_photos_of_a_tile_are_those_of_its_most_typical_one(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    window = show(trained)
    inside, page = inside_of(window), explored(qtbot, window)
    page.view.setCurrentIndex(page.tiles.index(1))
    tile = page.current()
    qtbot.keyClick(page.view, Qt.Key.Key_F)
    settled(qtbot, inside)
    qtbot.waitUntil(lambda: len(trained.queries) == 1)
    assert trained.queries[0].image == tile.pictures[0]


def test_a_result_shows_where_it_lies_in_the_tree(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    window = show(trained)
    inside = inside_of(window)
    inside.grid.setCurrentIndex(inside.photos.index(4))
    first, second, third = codes(inside.photo_actions.current().photo)
    with qtbot.waitSignal(inside.views.tree.changed):
        qtbot.keyClick(window, Qt.Key.Key_T)
    page = inside.views.explore
    assert page.isVisible() and page.way[1:] == (f"Part {first}", f"Part {first}.{second}")
    assert page.current().place == (first, second, third)
    assert page.view.selectionModel().isSelected(page.view.currentIndex())


def test_the_menu_of_a_tile_offers_what_can_be_done_with_it(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    page = explored(qtbot, show(trained))
    assert [action.text() for action in page.menu().actions()] == [
        "Open",
        "Show photos",
        "Search within this",
        "Find similar",
    ]


def test_without_training_the_page_offers_it(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    window = show(session)
    page = explored(qtbot, window)
    assert page.page.isVisible() and page.page.title == "There is no tree yet"
    with qtbot.waitSignal(inside_of(window).training.generation_switched):
        qtbot.mouseClick(page.page.buttons[0], Qt.MouseButton.LeftButton)


def test_a_library_that_was_trained_anew_says_so_and_begins_at_the_root(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    page = explored(qtbot, show(trained))
    go_down(qtbot, page)
    trained.tree = 2  # by another process: nobody told the window
    page.view.setCurrentIndex(page.tiles.index(0))
    with qtbot.waitSignal(page.model.changed):
        qtbot.keyClick(page.view, Qt.Key.Key_Return)
    assert "trained again" in page.page.sentence
    with qtbot.waitSignal(page.model.changed):
        qtbot.mouseClick(page.page.buttons[0], Qt.MouseButton.LeftButton)
    assert names(page) == ["Part 0", "Part 1", "Part 2"] and page.view.isVisible()


def test_a_part_of_an_old_tree_is_no_filter_after_training(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    window = show(trained)
    inside = inside_of(window)
    inside.search.set_filters(Filters(prefix=(1,), generation=1, camera="Pixel 8"))
    inside.training.generation_switched.emit()
    assert inside.search.filters == Filters(camera="Pixel 8")
    assert "no longer a filter" in inside.banner.text


def test_a_filter_of_an_old_tree_can_be_taken_away_where_it_fails(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    window = show(trained)
    inside = inside_of(window)

    def refuse(*_: object, filters: Filters | None = None, **__: object) -> tuple[()]:
        if filters is not None and filters.prefix:
            trained.explore((1,), generation=7)  # raises what the library says of old trees
        return ()

    trained.recent = refuse  # type: ignore[assignment]
    inside.search.set_filters(Filters(prefix=(1,), generation=7))
    qtbot.waitUntil(lambda: inside.page.isVisible() and bool(inside.page.buttons))
    assert "begin again at the root" in inside.page.sentence
    qtbot.mouseClick(inside.page.buttons[0], Qt.MouseButton.LeftButton)
    assert inside.search.filters.empty


def test_a_stale_level_never_takes_the_place_of_a_newer_one(
    qtbot: QtBot, show: Show, trained: FakeSession
) -> None:
    page = explored(qtbot, show(trained))
    trained.hold("explore")
    page.model.open((0,))
    page.model.open((2,))
    with qtbot.waitSignal(page.model.changed):
        trained.let_go("explore")
    assert page.way == ("All photos", "Part 2")


def test_a_tree_of_one_photo_is_one_tile(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(1)
    session.known_generations, session.tree = [generation(1)], 1
    window = show(session)
    inside, page = inside_of(window), explored(qtbot, window)
    assert names(page) == ["Part 1"] and not page.current().deeper
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    settled(qtbot, inside)
    assert inside.search.filters.prefix == (1,)


@pytest.mark.parametrize("pictures", range(1, 10))
@pytest.mark.parametrize("side", [90, 161, 240])
def test_a_mosaic_fills_its_square_without_overlaps(pictures: int, side: int) -> None:
    frame = QRect(QPoint(5, 7), QPoint(5 + side - 1, 7 + side - 1))
    places = mosaic(frame, pictures)
    whole = QRect()
    for number, place in enumerate(places):
        assert frame.contains(place) and place.width() > side // 4
        assert not any(place.intersects(other) for other in places[:number])
        whole = whole.united(place)
    assert whole == frame
    assert len(places) == {1: 1, 2: 2, 3: 3, 9: 9 if side >= 200 else 4}.get(pictures, 4)
