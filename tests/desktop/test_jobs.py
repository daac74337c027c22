"""Lanes: one end for every job, few signals, no stale answers, nothing on the GUI thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from desktop.jobs import Jobs, Running, Turns
from desktop.pace import Pace
from engine.types import Job, Progress


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    assert made.close(5000)


class Ends:
    """Which terminal signals a job sent."""

    def __init__(self, running: Running[str]) -> None:
        self.seen: list[object] = []
        running.finished.connect(lambda report: self.seen.append(("finished", report)))
        running.cancelled.connect(lambda: self.seen.append("cancelled"))
        running.failed.connect(lambda error: self.seen.append(("failed", str(error))))


def endless(closed: threading.Event) -> Job[str]:
    number = 0
    try:
        while True:
            yield Progress("counting", number)
            number += 1
    finally:
        closed.set()


def test_a_finished_job_hands_over_its_report(qtbot: QtBot, jobs: Jobs) -> None:
    def job() -> Job[str]:
        yield Progress("working", 1, 2)
        return "done"

    running: Running[str] = jobs.run(jobs.writing, job)
    ends = Ends(running)
    qtbot.waitUntil(lambda: bool(ends.seen))
    assert ends.seen == [("finished", "done")]


def test_a_cancelled_job_is_closed_on_its_own_thread(qtbot: QtBot, jobs: Jobs) -> None:
    closed = threading.Event()
    threads: list[int] = []

    def job() -> Job[str]:
        try:
            yield from endless(closed)
        finally:
            threads.append(threading.get_ident())
        return ""

    running = jobs.run(jobs.writing, job)
    ends = Ends(running)
    with qtbot.waitSignal(running.progressed):
        pass
    running.cancel()
    qtbot.waitUntil(lambda: bool(ends.seen))
    assert ends.seen == ["cancelled"]
    assert closed.is_set() and threads != [threading.get_ident()]


def test_a_job_that_raises_ends_as_failed(qtbot: QtBot, jobs: Jobs) -> None:
    def job() -> Job[str]:
        yield Progress("working", 1)
        raise ValueError("broken")

    ends = Ends(jobs.run(jobs.writing, job))
    qtbot.waitUntil(lambda: bool(ends.seen))
    assert ends.seen == [("failed", "broken")]


def test_a_fast_job_does_not_flood_the_window_with_progress(qtbot: QtBot, jobs: Jobs) -> None:
    def job() -> Job[str]:
        for number in range(20_000):
            yield Progress("counting", number, 20_000)
        return "done"

    seen: list[Progress] = []
    running: Running[str] = jobs.run(jobs.writing, job)
    running.progressed.connect(seen.append)
    with qtbot.waitSignal(running.finished, timeout=20_000):
        pass
    assert len(seen) < 2000
    assert seen[-1].done == 19_999, "the last one is always shown"


def test_two_writing_jobs_never_overlap(qtbot: QtBot, jobs: Jobs) -> None:
    at_work: list[str] = []

    def job(name: str) -> Job[str]:
        at_work.append(f"{name} begins")
        yield Progress("working", 1)
        at_work.append(f"{name} ends")
        return name

    jobs.run(jobs.writing, lambda: job("first"))
    second = jobs.run(jobs.writing, lambda: job("second"))
    with qtbot.waitSignal(second.finished):
        pass
    assert at_work == ["first begins", "first ends", "second begins", "second ends"]


def test_a_stale_answer_is_dropped(qtbot: QtBot, jobs: Jobs) -> None:
    turns, go, answers = Turns(), threading.Event(), []

    def slow() -> str:
        go.wait(20)
        return "old"

    jobs.ask(jobs.searching, slow, answers.append, ticket=turns.begin())
    jobs.ask(jobs.searching, lambda: "new", answers.append, ticket=turns.begin())
    go.set()
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == ["new"]


def test_thumbnails_are_served_newest_first(qtbot: QtBot, jobs: Jobs) -> None:
    go, served = threading.Event(), []
    for _ in range(2):  # both threads are busy while the others queue up
        jobs.ask(jobs.thumbnails, lambda: go.wait(20), lambda _: None)
    for number in range(6):
        jobs.ask(jobs.thumbnails, lambda n=number: served.append(n), lambda _: None)
    go.set()
    qtbot.waitUntil(lambda: len(served) == 6)
    assert served[0] >= 4


def test_the_event_loop_goes_on_while_a_job_works(qtbot: QtBot, jobs: Jobs) -> None:
    beats = 0
    enough = threading.Event()

    def beat() -> None:
        nonlocal beats
        beats += 1
        if beats == 20:
            enough.set()

    def job() -> Job[str]:
        yield Progress("waiting for the window", 0)
        assert enough.wait(20), "the window stood still"
        return "done"

    timer = QTimer(interval=5)
    timer.timeout.connect(beat)
    timer.start()
    running: Running[str] = jobs.run(jobs.writing, job)
    with qtbot.waitSignal(running.finished, timeout=20_000):
        pass


def test_closing_cancels_what_runs_and_forgets_what_waits(qtbot: QtBot) -> None:
    jobs, closed, answers = Jobs(), threading.Event(), []
    running = jobs.run(jobs.writing, lambda: endless(closed))
    with qtbot.waitSignal(running.progressed):
        pass
    jobs.ask(jobs.writing, lambda: "late", answers.append)
    assert jobs.close(5000)
    assert closed.is_set() and not answers


def test_the_speed_of_a_job_is_that_of_its_last_quarter_minute() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    assert pace.at(Progress("indexing", 0, 1000)).per_second is None
    now = 1.0
    assert pace.at(Progress("indexing", 10, 1000)).per_second is None, "too early to say"
    now = 4.0
    speed = pace.at(Progress("indexing", 200, 1000))
    assert speed.per_second == 50 and speed.seconds_left == 16
    now = 5.0
    assert pace.at(Progress("training", 0, 10)).per_second is None, "another stage starts anew"
