"""The panel of jobs and problems: what is said of each, what can be done, by mouse and by keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop import opening
from desktop.panels.work import Page
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.types import JobState, Problem
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, job

Show = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton
WHEN = datetime(2024, 1, 1, 12, tzinfo=UTC)
EARLIER = datetime(2023, 6, 1, 12, tzinfo=UTC)


def problem(file_id: int, *, ignored: bool = False) -> Problem:
    path = Path(f"/photos/broken-{file_id}.jpg")
    return Problem(file_id, path, "the picture has no pixels", file_id, WHEN, ignored, EARLIER)


def texts(inside: Workspace, page: Page, row: int = 0) -> list[str]:
    table = (inside.work.jobs, inside.work.problems)[page].table
    return [table.index(row, column).data() for column in range(table.columnCount())]


@pytest.fixture
def session() -> FakeSession:
    fake = FakeSession(3)
    fake.known_problems = (problem(1), problem(2), problem(3))
    return fake


def test_problems_are_counted_and_say_why_when_and_how_often(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    inside = inside_of(show(session))
    assert inside.status.problems_button.text() == "3 problems"
    assert inside.work.tabs.tabText(Page.PROBLEMS) == "Problems (3)"
    qtbot.mouseClick(inside.status.problems_button, LEFT)
    assert inside.work.isVisible() and inside.work.problems.isVisible()
    file, reason, folder, when, tries = texts(inside, Page.PROBLEMS, 1)
    assert (file, reason, tries) == ("broken-2.jpg", "the picture has no pixels", "2")
    assert folder == "/photos" and "24" in when
    tip = inside.work.problems.table.index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("/photos/broken-2.jpg\n") and "First on" in tip


def test_all_problems_are_tried_again_at_once(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    inside = inside_of(show(session))
    inside.toggle_problems()
    qtbot.mouseClick(inside.work.problems.retry_button, LEFT)
    qtbot.waitUntil(lambda: session.retried == [None])
    qtbot.waitUntil(lambda: session.indexed == [(), (Path("/photos"),)])
    qtbot.waitUntil(lambda: not inside.status.problems_button.isVisible())
    assert inside.work.problems.heading.text() == "No problems: every file could be used"


def test_one_problem_is_tried_again_by_a_key(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    inside = inside_of(show(session))
    inside.toggle_problems()
    view = inside.work.problems.view
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: session.retried == [[2]])
    qtbot.waitUntil(lambda: view.table.rowCount() == 2)


def test_a_problem_that_is_ignored_counts_no_more_and_can_be_had_back(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    inside = inside_of(show(session))
    inside.toggle_problems()
    page = inside.work.problems
    qtbot.keyClick(page.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: inside.status.problems_button.text() == "2 problems")
    assert page.table.rowCount() == 2
    page.ignored_box.click()
    assert page.table.rowCount() == 3
    assert texts(inside, Page.PROBLEMS)[1] == "Ignored: the picture has no pixels"
    page.view.setCurrentIndex(page.table.index(0, 0))
    assert "Ignore no longer" in [action.text() for action in page.view.menu().actions()]
    qtbot.keyClick(page.view, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: inside.status.problems_button.text() == "3 problems")


def test_enter_reveals_the_file_of_a_problem(
    qtbot: QtBot, show: Show, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    revealed: list[Path] = []
    monkeypatch.setattr(opening, "reveal", revealed.append)
    inside = inside_of(show(session))
    inside.toggle_problems()
    qtbot.keyClick(inside.work.problems.view, Qt.Key.Key_Return)
    assert revealed == [Path("/photos/broken-1.jpg")]


def test_what_is_selected_stays_so_while_problems_come(
    qtbot: QtBot, show: Show, session: FakeSession
) -> None:
    inside = inside_of(show(session))
    inside.toggle_problems()
    view = inside.work.problems.view
    view.setCurrentIndex(view.table.index(1, 0))
    session.known_problems = (problem(0), *session.known_problems)
    inside.library.refresh()
    qtbot.waitUntil(lambda: view.table.rowCount() == 4)
    assert [p.file_id for p in view.chosen()] == [2] == [view.currentIndex().row()]


def test_names_of_files_are_no_markup_in_tooltips(show: Show, session: FakeSession) -> None:
    session.known_problems = (Problem(1, Path("/<b>x</b>.jpg"), "<i>no</i>", 1, WHEN),)
    inside = inside_of(show(session))
    tip = inside.work.problems.table.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;x" in tip and "&lt;i&gt;" in tip


def test_jobs_say_how_far_they_are_how_often_they_began_and_what_went_wrong(
    qtbot: QtBot, show: Show
) -> None:
    session = FakeSession(3)
    session.known_jobs = (
        job(1, JobState.RUNNING, 12_300, 84_000),
        job(2, JobState.PAUSED, 5, 10, path=Path("/b"), attempts=2),
        job(3, JobState.FAILED, path=Path("/c"), last_error="The disk is gone."),
        job(4, JobState.QUEUED, path=Path("/d"), attempts=0),
    )
    window = show(session)
    inside = inside_of(window)
    qtbot.mouseClick(inside.status.sentence, LEFT)
    assert inside.work.jobs.isVisible()
    assert texts(inside, Page.JOBS) == ["Index /photos", "Indexing", "12,300 of 84,000", "1", ""]
    assert texts(inside, Page.JOBS, 1) == ["Index /b", "Paused", "5 of 10", "2", ""]
    assert texts(inside, Page.JOBS, 2)[1:] == ["Failed", "", "1", "The disk is gone."]
    assert texts(inside, Page.JOBS, 3)[1:] == ["Waits for its turn", "", "", ""]
    window.commands["jobs"].trigger()
    assert not inside.work.isVisible()


def test_a_job_is_paused_and_resumed_by_keys(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    session.known_jobs = (job(1, JobState.RUNNING, 1, 3),)
    inside = inside_of(show(session))
    inside.toggle_jobs()
    page = inside.work.jobs
    assert page.pause_button.isEnabled() and not page.resume_button.isEnabled()
    session.known_jobs = (job(1, JobState.PAUSED, 1, 3),)
    qtbot.keyClick(page.view, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: session.known_folders[0].paused)
    qtbot.waitUntil(lambda: page.resume_button.isEnabled())
    qtbot.keyClick(page.view, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: not session.known_folders[0].paused)


def test_a_run_is_cancelled_from_the_list_of_jobs(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    inside = inside_of(show(session))
    inside.toggle_jobs()
    cancel = inside.work.jobs.cancel_button
    assert not cancel.isEnabled()
    session.index_steps = 100
    session.hold("index step")
    inside.library.add_folders([Path("/holiday")])
    qtbot.waitUntil(lambda: "index step" in session.waiting_calls)
    qtbot.mouseClick(cancel, LEFT)
    session.let_go("index step")
    qtbot.waitUntil(lambda: not inside.library.indexing)
    assert len(session.photos) < 103


def test_a_training_is_a_job_too(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    session.train_steps = 10**6
    inside = inside_of(show(session))
    inside.training.start()
    inside.toggle_jobs()
    page = inside.work.jobs
    qtbot.waitUntil(lambda: "of 1,000,000" in (texts(inside, Page.JOBS) or [""] * 3)[2])
    page.view.setCurrentIndex(page.table.index(0, 0))
    qtbot.mouseClick(page.pause_button, LEFT)
    qtbot.waitUntil(lambda: inside.training.paused)
    qtbot.waitUntil(lambda: texts(inside, Page.JOBS)[1] == "Paused")
