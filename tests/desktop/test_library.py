"""First run, folders, indexing, problems: the library's side of the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop.panels.banner import Tone
from desktop.remembered import Remembered
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.errors import LibraryError
from engine.types import JobState
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, job

Show = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


def choose_folder(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))


def add(qtbot: QtBot, inside: Workspace) -> None:
    qtbot.mouseClick(inside.folders.add_button, LEFT)


def held_up(qtbot: QtBot, inside: Workspace, session: FakeSession) -> None:
    """Wait until indexing stands at a photo and has lasted long enough to be shown."""
    qtbot.waitUntil(lambda: "index step" in session.waiting_calls)
    qtbot.waitUntil(lambda: inside.library.lasting and inside.library.progress is not None)


def test_the_first_run_says_one_sentence_and_offers_two_ways(show: Show) -> None:
    page = inside_of(show(FakeSession())).page
    assert page.isVisible()
    assert page.sentence == "Nothing leaves this computer; your photos are never changed."
    assert [b.text() for b in page.buttons] == ["Add folder…", "Try with sample photos"]


def test_without_sample_photos_they_are_not_offered(qtbot: QtBot, show: Show) -> None:
    session = FakeSession()
    session.sample_folder = None
    page = inside_of(show(session)).page
    assert [b.text() for b in page.buttons] == ["Add folder…"]


def test_the_sample_photos_are_one_click_away(qtbot: QtBot, show: Show) -> None:
    session = FakeSession()
    inside = inside_of(show(session))
    qtbot.waitUntil(lambda: len(inside.page.buttons) == 2)
    qtbot.mouseClick(inside.page.buttons[1], LEFT)
    qtbot.waitUntil(lambda: inside.photos.rowCount() == 3)
    assert session.indexed == [(Path("/samples"),)]


def test_an_added_folder_is_indexed_and_fills_the_grid(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = FakeSession()
    inside = inside_of(show(session))
    choose_folder(monkeypatch, Path("/holiday"))
    add(qtbot, inside)
    qtbot.waitUntil(lambda: inside.photos.rowCount() == 3)
    qtbot.waitUntil(lambda: not inside.library.indexing)
    assert session.indexed == [(Path("/holiday"),)]
    assert inside.status.sentence.text().startswith("3 searchable")
    assert "3 photos indexed" in inside.status.sentence.text()


def test_folders_that_are_there_are_looked_at_again_on_start(show: Show) -> None:
    session = FakeSession(3)
    show(session)
    assert session.indexed == [()]


def test_a_folder_added_while_indexing_is_given_to_the_run_at_work(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = FakeSession()
    inside = inside_of(show(session))
    session.hold("index step")
    choose_folder(monkeypatch, Path("/first"))
    add(qtbot, inside)
    choose_folder(monkeypatch, Path("/second"))
    add(qtbot, inside)
    qtbot.waitUntil(lambda: session.given == [(Path("/second"),)])
    session.let_go("index step")
    qtbot.waitUntil(lambda: not inside.library.indexing)
    assert session.indexed == [(Path("/first"),)]


def test_a_folder_that_came_too_late_for_a_run_gets_one_of_its_own(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = FakeSession()
    inside = inside_of(show(session))
    session.hold("index step")
    choose_folder(monkeypatch, Path("/first"))
    add(qtbot, inside)
    choose_folder(monkeypatch, Path("/second"))
    add(qtbot, inside)
    session.known_jobs = (job(2, JobState.QUEUED, path=Path("/second")),)
    session.let_go("index step")
    qtbot.waitUntil(lambda: session.indexed == [(Path("/first"),), (Path("/second"),)])


def test_the_status_line_says_how_far_indexing_is(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = FakeSession()
    inside = inside_of(show(session))
    assert not inside.status.bar.isVisible()
    session.hold("index step")
    choose_folder(monkeypatch, Path("/holiday"))
    add(qtbot, inside)
    held_up(qtbot, inside, session)
    assert inside.status.bar.isVisible() and inside.status.cancel_button.isVisible()
    assert "3 to go" in inside.status.sentence.text()
    session.let_go("index step")
    qtbot.waitUntil(lambda: not inside.status.bar.isVisible())


def test_indexing_can_be_cancelled_and_keeps_what_it_has(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = FakeSession()
    inside = inside_of(show(session))
    session.index_steps = 100
    session.hold("index step")
    choose_folder(monkeypatch, Path("/holiday"))
    add(qtbot, inside)
    held_up(qtbot, inside, session)
    qtbot.mouseClick(inside.status.cancel_button, LEFT)
    assert "Stopping" in inside.status.sentence.text()
    session.let_go("index step")
    qtbot.waitUntil(lambda: not inside.library.indexing)
    assert session.index_closed == 1
    assert 0 < len(session.photos) < 100


def test_searching_while_indexing_says_how_many_are_searchable(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = FakeSession(40)
    session.waiting = 60
    inside = inside_of(show(session))
    session.hold("index step")
    choose_folder(monkeypatch, Path("/holiday"))
    add(qtbot, inside)
    qtbot.waitUntil(lambda: "index step" in session.waiting_calls)
    inside.search.search(Path("/q.jpg"), "q.jpg")
    qtbot.waitUntil(lambda: inside.search.answer is not None)
    assert "searched the 40 of 100 that are indexed so far" in inside.centre.line.text()


def test_the_window_answers_while_indexing_works(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = FakeSession()
    inside = inside_of(show(session))
    session.hold("index step")
    choose_folder(monkeypatch, Path("/holiday"))
    add(qtbot, inside)
    qtbot.waitUntil(lambda: "index step" in session.waiting_calls)
    beats: list[None] = []
    timer = QTimer(inside, interval=5)
    timer.timeout.connect(lambda: beats.append(None))
    timer.start()
    qtbot.waitUntil(lambda: len(beats) > 20)
    assert inside.library.indexing, "the job stood still, the window did not"


def test_an_error_of_indexing_is_told_in_place(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = FakeSession()
    inside = inside_of(show(session))
    session.index_error = LibraryError("The folder /holiday cannot be read: check it.")
    choose_folder(monkeypatch, Path("/holiday"))
    add(qtbot, inside)
    qtbot.waitUntil(lambda: inside.banner.text == "The folder /holiday cannot be read: check it.")
    assert inside.banner.tone is Tone.ERROR
    assert not inside.library.indexing


def test_a_library_that_cannot_be_opened_is_explained_in_the_window(
    qtbot: QtBot, show: Show
) -> None:
    def refuse() -> FakeSession:
        raise LibraryError("/library/library.sqlite is damaged: restore it from a backup.")

    window = show(refuse, wait=False)
    qtbot.waitUntil(lambda: window.page.title == "The library cannot be opened")
    assert window.page.sentence == "/library/library.sqlite is damaged: restore it from a backup."
    assert [b.text() for b in window.page.buttons] == ["Choose another library…", "Quit"]
    qtbot.mouseClick(window.page.buttons[1], LEFT)
    assert not window.isVisible()
    assert not window.again


def test_a_library_that_turns_out_damaged_is_explained_in_the_window(
    qtbot: QtBot, show: Show
) -> None:
    session = FakeSession()
    session.status_error = LibraryError("/library/library.sqlite is damaged: restore it.")
    window = show(session, wait=False)
    qtbot.waitUntil(lambda: window.workspace is not None)
    page = inside_of(window).page
    qtbot.waitUntil(lambda: page.title == "The library cannot be opened")
    assert page.sentence == "/library/library.sqlite is damaged: restore it."


def test_another_library_can_be_chosen_instead(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> FakeSession:
        raise LibraryError("The library is in use.")

    window = show(refuse, wait=False)
    qtbot.waitUntil(lambda: len(window.page.buttons) == 2)
    choose_folder(monkeypatch, Path("/elsewhere"))
    qtbot.mouseClick(window.page.buttons[0], LEFT)
    assert not window.isVisible()
    assert window.again
    assert window.other_library == Remembered().library == Path("/elsewhere")


def test_closing_the_window_ends_the_jobs_and_the_session(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = FakeSession()
    session.index_steps = 10**9
    window = show(session)
    choose_folder(monkeypatch, Path("/holiday"))
    add(qtbot, inside_of(window))
    qtbot.waitUntil(lambda: len(session.photos) > 0)
    window.close()
    assert session.index_closed == 1
    assert session.closed


def test_what_is_shown_is_remembered(qtbot: QtBot, show: Show) -> None:
    window = show(FakeSession(3))
    inside = inside_of(window)
    qtbot.keyClick(window, Qt.Key.Key_I)
    qtbot.mouseClick(inside.sidebar_button, LEFT)
    inside.status.size_slider.setValue(240)
    window.close()
    again = inside_of(show(FakeSession(3)))
    assert again.details.isVisible()
    assert not again.folders.isVisible()
    assert again.grid.wanted == 240
