"""Folders that a watcher names are indexed without a word from anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.background import Background, Rules
from desktop.jobs import Jobs
from desktop.library import LibraryModel
from desktop.watching import Watching
from engine.services.session import Session
from tests.desktop.fakes import FakeSession


@pytest.fixture
def session(tmp_path: Path) -> FakeSession:
    """One folder, that is there."""
    fake = FakeSession(5)
    fake.known_folders = [replace(fake.known_folders[0], path=tmp_path)]
    return fake


@pytest.fixture
def jobs(qapp: QApplication) -> Iterator[Jobs]:
    lanes = Jobs()
    yield lanes
    assert lanes.close(20_000)


@pytest.fixture
def background(qtbot: QtBot, jobs: Jobs) -> Background:
    found = Background(Rules(on_battery=False), jobs, jobs, battery=lambda: False)
    qtbot.waitUntil(lambda: found.allowed)
    return found


@pytest.fixture
def watching(qtbot: QtBot, jobs: Jobs, session: FakeSession, background: Background) -> Watching:
    real: Session = session  # type: ignore[assignment]
    library = LibraryModel(real, jobs, jobs)
    watching = Watching(real, jobs, library, background, jobs)
    qtbot.waitUntil(lambda: session.watcher_calls is not None)
    return watching


def name(session: FakeSession, *root_ids: int) -> None:
    """As the watcher does, on a thread of its own."""
    assert session.watcher_calls is not None
    session.watcher_calls[0](root_ids)


def test_a_folder_that_changed_is_indexed(
    qtbot: QtBot, watching: Watching, session: FakeSession, tmp_path: Path
) -> None:
    name(session, 1)
    qtbot.waitUntil(lambda: session.indexed == [(tmp_path,)])


def test_what_changes_on_battery_is_made_up_for_on_the_plug(
    qtbot: QtBot, watching: Watching, session: FakeSession, background: Background
) -> None:
    background._looked(battery=True)
    name(session, 1)
    qtbot.waitUntil(lambda: watching._put_off)
    assert session.indexed == []
    background._looked(battery=False)
    qtbot.waitUntil(lambda: session.indexed == [()])


@pytest.mark.parametrize("how", ["offline", "gone"])
def test_a_folder_that_is_not_where_it_was_is_looked_for(
    qtbot: QtBot, watching: Watching, session: FakeSession, tmp_path: Path, how: str
) -> None:
    (known,) = session.known_folders
    session.known_folders = [
        replace(known, online=False) if how == "offline" else replace(known, path=tmp_path / "no")
    ]
    name(session, 1)
    qtbot.waitUntil(lambda: session.indexed == [()])


def test_a_paused_folder_is_left_alone(
    qtbot: QtBot, watching: Watching, session: FakeSession, tmp_path: Path
) -> None:
    (known,) = session.known_folders
    session.known_folders = [replace(known, paused=True), replace(known, root_id=2)]
    name(session, 1)
    name(session, 2)
    qtbot.waitUntil(lambda: session.indexed == [(tmp_path,)])


def test_why_changes_are_not_noticed_is_told(
    qtbot: QtBot, watching: Watching, session: FakeSession
) -> None:
    assert session.watcher_calls is not None
    with qtbot.waitSignal(watching.told) as told:
        session.watcher_calls[1]("Too many folders.")
    assert told.args == ["Too many folders."]
