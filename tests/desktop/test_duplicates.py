"""Groups of duplicates: found on demand, told apart, copied and exported, never deleted."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop.duplicates import PAGE
from desktop.panels.duplicates_page import DuplicatesPage
from desktop.results import CellRole
from desktop.views import View
from desktop.window import MainWindow
from engine.errors import LibraryError
from engine.types import DuplicateGroup, DuplicateKind
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, photo

Show = Callable[..., MainWindow]
ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier

COPIES = DuplicateGroup(
    DuplicateKind.FILE,
    (photo(1), replace(photo(1), path=Path("/photos/again/photo-00001.jpg"))),
    "all are equally good, and its path comes first",
)
SIZES = DuplicateGroup(
    DuplicateKind.PICTURE, (photo(4), photo(3), photo(5)), "it has the most pixels"
)
BURST = DuplicateGroup(DuplicateKind.BURST, (photo(7), photo(8)), "it was taken first")


@pytest.fixture
def doubled() -> FakeSession:
    session = FakeSession(20)
    session.known_duplicates = (SIZES, COPIES, BURST)
    return session


def ids(page: DuplicatesPage) -> list[int]:
    rows = range(page.photos.rowCount())
    return [page.photos.index(row).data(CellRole).photo.content_id for row in rows]


def searched(qtbot: QtBot, window: MainWindow) -> DuplicatesPage:
    """Opened by its key, and searched by the button there."""
    page = inside_of(window).views.duplicates
    qtbot.keyClick(window, Qt.Key.Key_5, ALT)
    qtbot.mouseClick(page.page.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.found.report is not None and not page.found.running)
    return page


def test_nothing_is_searched_for_before_it_is_asked_for(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    doubled.hold("duplicates")
    window = show(doubled)
    page = inside_of(window).views.duplicates
    qtbot.keyClick(window, Qt.Key.Key_5, ALT)
    assert page.page.isVisible() and "Nothing is deleted" in page.page.sentence
    assert doubled.waiting_calls == [] and page.page.buttons[0].hasFocus()


def test_groups_lie_under_their_reasons_the_best_first(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    page = searched(qtbot, show(doubled))
    assert ids(page) == [4, 3, 5, 1, 1, 7, 8]
    assert [section.heading for section in page.photos.sections()] == [
        "Same picture  \u00b7  3 files  \u00b7  best: photo-00004.jpg (it has the most pixels)",
        "Same file  \u00b7  2 files  \u00b7  best: photo-00001.jpg "
        "(all are equally good, and its path comes first)",
        "Burst  \u00b7  2 files  \u00b7  best: photo-00007.jpg (it was taken first)",
    ]
    best = [page.photos.index(row).data(CellRole).best for row in range(7)]
    assert best == [True, False, False, True, False, True, False]
    said = page.photos.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "photo-00004.jpg, the best of its group"
    assert page.line.text() == "3 groups  \u00b7  7 files  \u00b7  nothing is deleted"


def test_one_kind_alone_can_be_shown(qtbot: QtBot, show: Show, doubled: FakeSession) -> None:
    page = searched(qtbot, show(doubled))
    texts = [page.kinds.itemText(number) for number in range(page.kinds.count())]
    assert texts[:3] == ["All kinds (3)", "Same file (1)", "Same picture (1)"]
    page.kinds.setFocus()
    qtbot.keyClick(page.kinds, Qt.Key.Key_End)
    page.kinds.activated.emit(page.kinds.currentIndex())
    assert ids(page) == [7, 8]


def test_a_search_shows_how_far_it_is_and_can_be_cancelled(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    doubled.hold("duplicates step")
    window = show(doubled)
    page = inside_of(window).views.duplicates
    qtbot.keyClick(window, Qt.Key.Key_D, CONTROL)
    assert page.isVisible()
    qtbot.waitUntil(lambda: page.compared.text() == "Compared 1 of 3 photos")
    assert page.bar.isVisible() and page.page.title == "Looking for duplicates…"
    qtbot.mouseClick(page.cancel_button, Qt.MouseButton.LeftButton)
    doubled.let_go("duplicates step")
    qtbot.waitUntil(lambda: not page.found.running)
    assert page.found.report is None and not page.bar.isVisible()
    assert page.page.title == "Find duplicates and bursts"


def test_a_search_for_photos_need_not_wait_for_one_for_duplicates(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    doubled.hold("duplicates step")
    window = show(doubled)
    inside = inside_of(window)
    qtbot.keyClick(window, Qt.Key.Key_D, CONTROL)
    qtbot.waitUntil(lambda: "duplicates step" in doubled.waiting_calls)
    inside.search.search(7, "seven")
    qtbot.waitUntil(lambda: inside.search.answer is not None)
    assert inside.views.current is View.PHOTOS and inside.views.duplicates.found.running


def test_a_group_that_is_not_the_same_goes_and_comes_back(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    window = show(doubled)
    page = searched(qtbot, window)
    page.grid.setCurrentIndex(page.photos.index(1))
    qtbot.keyClick(window, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: ids(page) == [1, 1, 7, 8])
    assert doubled.verdicts == [((4, 3, 5), ())]
    assert "that is remembered" in inside_of(window).banner.text
    assert page.group() is COPIES  # the next to judge
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: ids(page) == [4, 3, 5, 1, 1, 7, 8])
    assert doubled.verdicts == []


def test_one_photo_is_told_from_the_others_of_its_group(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    window = show(doubled)
    page = searched(qtbot, window)
    page.grid.setCurrentIndex(page.photos.index(1))
    qtbot.keyClick(window, Qt.Key.Key_N, SHIFT)
    qtbot.waitUntil(lambda: ids(page) == [4, 5, 1, 1, 7, 8])
    assert doubled.verdicts == [((3,), (4, 5))]
    page.grid.setCurrentIndex(page.photos.index(5))
    qtbot.keyClick(window, Qt.Key.Key_N, SHIFT)  # of two, nothing is left
    qtbot.waitUntil(lambda: ids(page) == [4, 5, 1, 1])
    for left in ([4, 5, 1, 1, 7, 8], [4, 3, 5, 1, 1, 7, 8]):
        qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL | SHIFT)
        qtbot.waitUntil(lambda left=left: sorted(ids(page)) == sorted(left))
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert "no verdict" in inside_of(window).banner.text


def test_copies_of_one_file_cannot_be_told_apart(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    window = show(doubled)
    page = searched(qtbot, window)
    page.grid.setCurrentIndex(page.photos.index(3))
    for modifiers in (Qt.KeyboardModifier.NoModifier, SHIFT):
        inside_of(window).banner.hide()
        qtbot.keyClick(window, Qt.Key.Key_N, modifiers)
        assert "byte for byte" in inside_of(window).banner.text
    assert doubled.verdicts == [] and len(ids(page)) == 7


def test_a_photo_of_a_group_is_a_photo_like_any_other(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    window = show(doubled)
    inside, page = inside_of(window), searched(qtbot, window)
    page.grid.setCurrentIndex(page.photos.index(2))
    texts = [action.text() for action in inside.photo_actions.menu().actions()]
    assert {"Reveal in folder", "Copy to folder…", "Group: not the same"} <= set(texts)
    qtbot.keyClick(page.grid, Qt.Key.Key_Space)
    assert inside.quick_compare.isVisible()
    assert inside.quick_compare.caption.text() == "photo-00005.jpg"
    qtbot.keyClick(inside.quick_compare, Qt.Key.Key_Space)
    qtbot.keyClick(window, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: len(doubled.queries) == 1)
    assert doubled.queries[0].image == 5 and inside.views.current is View.PHOTOS


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_the_groups_are_exported(
    qtbot: QtBot,
    show: Show,
    doubled: FakeSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
) -> None:
    window = show(doubled)
    page = searched(qtbot, window)
    file = tmp_path / f"list{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    qtbot.mouseClick(page.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "3 groups written to" in inside_of(window).banner.text)
    if suffix == ".csv":
        rows = list(csv.DictReader(file.read_text().splitlines()))
        assert [row["group"] for row in rows] == ["1", "1", "1", "2", "2", "3", "3"]
        assert [row["best"] for row in rows].count("yes") == 3
        assert rows[4]["path"] == "/photos/again/photo-00001.jpg"
    else:
        told = json.loads(file.read_text())
        assert [group["kind"] for group in told["groups"]] == ["same picture", "same file", "burst"]
        assert told["groups"][0]["best"] == "/photos/photo-00004.jpg"


def test_before_the_search_there_is_nothing_to_export(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    window = show(doubled)
    qtbot.keyClick(window, Qt.Key.Key_5, ALT)
    qtbot.keyClick(window, Qt.Key.Key_E, CONTROL)
    assert "Search for duplicates first" in inside_of(window).banner.text


def test_a_library_without_duplicates_says_so(qtbot: QtBot, show: Show) -> None:
    page = searched(qtbot, show(FakeSession(5)))
    assert page.page.isVisible() and page.page.title == "No duplicates"


def test_a_search_that_fails_says_why_and_can_be_tried_again(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    doubled.duplicates_error = LibraryError(
        "The library has no searchable photos yet: add a folder with 'photoglyph index FOLDER', "
        "or in the window."
    )
    window = show(doubled)
    page = inside_of(window).views.duplicates
    qtbot.keyClick(window, Qt.Key.Key_D, CONTROL)
    qtbot.waitUntil(lambda: page.found.failure is not None)
    assert "no searchable photos yet" in page.page.sentence
    doubled.duplicates_error = None
    qtbot.mouseClick(page.page.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(ids(page)) == 7)


def test_groups_that_are_older_than_the_library_say_so(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    window = show(doubled)
    page = searched(qtbot, window)
    assert not page.note.isVisible()
    inside_of(window).library.photos_changed.emit()
    assert page.note.isVisible() and "search again" in page.note.text()
    qtbot.mouseClick(page.again_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.note.isVisible())


def test_many_groups_come_into_the_grid_as_they_are_scrolled_to(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    doubled.known_duplicates = tuple(
        DuplicateGroup(DuplicateKind.EDIT, (photo(2 * n), photo(2 * n + 1)), "it was taken first")
        for n in range(1, 5 * PAGE)
    )
    page = searched(qtbot, show(doubled))
    assert len(page.photos.sections()) == PAGE
    page.grid.verticalScrollBar().setValue(page.grid.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: len(page.photos.sections()) == 2 * PAGE)
    last = page.photos.sections()[-1]
    assert last.first + last.count == page.photos.rowCount() == 4 * PAGE


def test_a_picture_that_arrives_shows_on_every_copy(
    qtbot: QtBot, show: Show, doubled: FakeSession
) -> None:
    page = searched(qtbot, show(doubled))
    changed: list[int] = []
    page.photos.dataChanged.connect(lambda first, last, roles: changed.append(first.row()))
    page.photos.thumbnails.arrived.emit(1)
    assert changed == [3, 4]
