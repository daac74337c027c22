"""The list of folders: what is done with one of them, and what each says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop import words
from desktop.panels.folder_row import FolderRow
from desktop.panels.question import RemoveQuestion
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.types import Folder, JobState, VolumeKind
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, job

Show = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


def only_row(inside: Workspace) -> FolderRow:
    (row,) = inside.folders.rows()
    assert isinstance(row, FolderRow)
    return row


def choose(row: FolderRow, text: str) -> None:
    (action,) = (a for a in row.menu().actions() if a.text() == text)
    assert action.isEnabled()
    action.trigger()


def test_a_folder_is_paused_and_resumed_from_its_menu(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    inside = inside_of(show(session))
    choose(only_row(inside), "Pause")
    qtbot.waitUntil(lambda: only_row(inside).note.text() == "Paused")
    assert session.known_folders[0].paused
    choose(only_row(inside), "Resume")
    qtbot.waitUntil(lambda: not session.known_folders[0].paused)
    qtbot.waitUntil(lambda: not only_row(inside).note.isVisible())
    qtbot.waitUntil(lambda: session.indexed == [(), (Path("/photos"),)])


def test_a_folder_that_waits_in_a_run_at_work_goes_on_when_resumed(
    qtbot: QtBot, show: Show
) -> None:
    session = FakeSession(3)
    session.known_folders = [replace(session.known_folders[0], paused=True)]
    session.known_jobs = (job(1, JobState.PAUSED, 1, 3),)
    inside = inside_of(show(session))
    session.hold("index step")
    inside.library.add_folders([Path("/holiday")])
    qtbot.waitUntil(lambda: "index step" in session.waiting_calls)
    inside.library.resume(1)
    qtbot.waitUntil(lambda: not any(f.paused for f in session.known_folders))
    session.let_go("index step")
    qtbot.waitUntil(lambda: not inside.library.indexing)
    assert session.indexed == [(), (Path("/holiday"),)] and not session.given


def test_one_folder_is_scanned_again_alone(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    inside = inside_of(show(session))
    session.known_folders.append(Folder(2, Path("/other"), True, 0))
    choose(only_row(inside), "Scan this folder again")
    qtbot.waitUntil(lambda: session.indexed == [(), (Path("/photos"),)])


def test_a_folder_that_is_indexed_shows_how_far_that_is(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    session.known_jobs = (job(1, JobState.RUNNING, 12_300, 84_000),)
    row = only_row(inside_of(show(session)))
    assert row.note.text() == "12,300 of 84,000"
    assert row.bar.isVisible() and (row.bar.value(), row.bar.maximum()) == (12_300, 84_000)


def test_a_row_stays_while_its_numbers_change(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    inside = inside_of(show(session))
    row = only_row(inside)
    row.menu_button.setFocus()
    session.known_folders = [replace(session.known_folders[0], photos=4)]
    inside.library.refresh()
    qtbot.waitUntil(lambda: "4 photos" in row.toolTip())
    assert only_row(inside) is row and row.menu_button.hasFocus()


@pytest.mark.parametrize(
    ("path", "kind", "told"),
    [
        ("/media/anna/HOLIDAYS/2024", VolumeKind.REMOVABLE, "Connect the drive “HOLIDAYS”"),
        ("/Volumes/Card <b>/DCIM", VolumeKind.REMOVABLE, "Connect the drive “Card <b>”"),
        ("/mnt/old", VolumeKind.LOCAL, "Connect the drive that holds /mnt/old"),
        ("/net/photos", VolumeKind.NETWORK, "Connect to the network to reach /net/photos"),
    ],
)
def test_an_offline_folder_says_what_to_connect(path: str, kind: VolumeKind, told: str) -> None:
    assert words.folder_note(Folder(1, Path(path), False, 3, kind), None) == told


def test_an_offline_folder_can_be_removed_but_not_scanned(show: Show) -> None:
    session = FakeSession(3)
    session.known_folders = [replace(session.known_folders[0], online=False)]
    row = only_row(inside_of(show(session)))
    assert row.note.textFormat() is Qt.TextFormat.PlainText
    enabled = {action.text(): action.isEnabled() for action in row.menu().actions()}
    assert not enabled["Scan this folder again"] and not enabled["Show in file manager"]
    assert enabled["Remove from library…"]


def test_a_job_that_failed_says_why(show: Show) -> None:
    session = FakeSession(3)
    error = "The disk is full, library.sqlite cannot grow: free some space and run it again."
    session.known_jobs = (job(1, JobState.FAILED, last_error=error),)
    assert only_row(inside_of(show(session))).note.text() == error


def test_removing_a_folder_is_confirmed_in_its_place(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    inside = inside_of(show(session))
    (row,) = inside.folders.rows()
    assert isinstance(row, FolderRow)
    choose(row, "Remove from library…")
    (question,) = inside.folders.rows()
    assert isinstance(question, RemoveQuestion)
    qtbot.mouseClick(question.keep_button, LEFT)
    assert isinstance(inside.folders.rows()[0], FolderRow) and not session.removed

    inside.folders.ask_to_remove(1)
    (question,) = inside.folders.rows()
    assert isinstance(question, RemoveQuestion)
    qtbot.mouseClick(question.remove_button, LEFT)
    qtbot.waitUntil(lambda: session.removed == [1])
    qtbot.waitUntil(lambda: inside.page.isVisible())
    assert inside.page.title == "Find photos by example"


def test_a_run_at_work_goes_on_after_a_folder_was_removed(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    inside = inside_of(show(session))
    session.hold("index step")
    inside.library.add_folders([Path("/holiday")])
    qtbot.waitUntil(lambda: "index step" in session.waiting_calls)
    inside.library.remove_folder(1)
    session.let_go("index step")
    qtbot.waitUntil(lambda: session.removed == [1])
    qtbot.waitUntil(lambda: session.indexed == [(), (Path("/holiday"),), ()])


def test_everything_is_paused_from_the_status_line(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    inside = inside_of(show(session))
    session.hold("index step")
    inside.library.add_folders([Path("/holiday")])
    qtbot.waitUntil(lambda: inside.library.lasting and inside.library.progress is not None)
    pause = inside.status.pause_button
    assert pause.accessibleName() == "Pause indexing"
    qtbot.mouseClick(pause, LEFT)
    qtbot.waitUntil(lambda: all(f.paused for f in session.known_folders))
    qtbot.waitUntil(lambda: "Paused" in inside.status.sentence.text())
    assert "3 to go" in inside.status.sentence.text()
    assert pause.accessibleName() == "Resume indexing"
    qtbot.mouseClick(pause, LEFT)
    qtbot.waitUntil(lambda: not any(f.paused for f in session.known_folders))
    session.let_go("index step")
    qtbot.waitUntil(lambda: not pause.isVisible())
    assert session.indexed == [(), (Path("/holiday"),)], "the run at work went on"
