"""Quitting in the middle of work: nothing is waited for, and the next start goes on with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pytestqt.qtbot import QtBot

from desktop.background import Rules
from desktop.remembered import Remembered
from desktop.training import Phase
from desktop.window import MainWindow
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession

Show = Callable[..., MainWindow]


def quit_while_training(qtbot: QtBot, show: Show, *, paused: bool) -> FakeSession:
    """The session of a library whose training was stopped by the end of the program."""
    session = FakeSession(60)
    session.train_steps = 10**9
    window = show(session)
    training = inside_of(window).training
    training.start()
    qtbot.waitUntil(lambda: bool(training.losses))
    if paused:
        training.pause()
        qtbot.waitUntil(lambda: training.phase is Phase.PAUSED)
    window.close()
    assert session.closed and session.train_begun
    session.train_steps = 5
    return session


def test_a_training_that_quitting_has_stopped_goes_on_at_the_next_start(
    qtbot: QtBot, show: Show
) -> None:
    session = quit_while_training(qtbot, show, paused=False)
    assert Remembered().cut_off == Path("/library")
    inside = inside_of(show(session))
    qtbot.waitUntil(lambda: inside.training.phase is Phase.DONE)


def test_a_training_that_a_person_paused_waits_for_that_person(qtbot: QtBot, show: Show) -> None:
    session = quit_while_training(qtbot, show, paused=True)
    inside = inside_of(show(session))
    qtbot.waitUntil(lambda: inside.training.phase is Phase.PAUSED)
    assert inside.background.allowed and inside.training.phase is Phase.PAUSED


def test_a_training_of_another_library_is_not_begun(qtbot: QtBot, show: Show) -> None:
    session = quit_while_training(qtbot, show, paused=False)
    Remembered().cut_off = Path("/elsewhere")
    window = show(session)
    inside = inside_of(window)
    qtbot.waitUntil(lambda: inside.training.phase is Phase.PAUSED)
    window.close()
    assert Remembered().cut_off == Path("/elsewhere"), "that one still waits for its library"


def test_going_on_by_itself_waits_until_background_work_may_run(qtbot: QtBot, show: Show) -> None:
    session = quit_while_training(qtbot, show, paused=False)
    hour = (datetime.now().hour + 12) % 24
    Remembered().rules = Rules(night=True, begin=hour, end=(hour + 1) % 24)
    inside = inside_of(show(session))
    qtbot.waitUntil(lambda: inside.training.phase is Phase.PAUSED)
    inside.background.set_rules(Rules())
    qtbot.waitUntil(lambda: inside.training.phase is Phase.DONE)


def test_quitting_does_not_wait_for_the_process_that_trains(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    window = show(session)
    session.hold("train step")
    inside_of(window).training.start()
    qtbot.waitUntil(lambda: "train step" in session.waiting_calls)
    window.close()
    assert session.closed and not session.train_closed
    session.let_go("train step")
    qtbot.waitUntil(lambda: session.train_closed == 1)


def test_opening_the_window_anew_waits_until_the_training_has_ended(
    qtbot: QtBot, show: Show
) -> None:
    session = FakeSession(60)
    session.train_steps = 10**9
    window = show(session)
    training = inside_of(window).training
    training.start()
    qtbot.waitUntil(lambda: bool(training.losses))
    window.begin_again()
    assert session.train_closed == 1 and session.closed
