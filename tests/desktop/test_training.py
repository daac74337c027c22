"""The training card: offer, progress, cancel, report, way back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.panels.training_card import TrainingCard
from desktop.training import Phase
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.errors import TrainingError
from engine.types import GenerationState
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, generation

Show = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


def card_of(inside: Workspace) -> TrainingCard:
    card = inside.findChild(TrainingCard)
    assert isinstance(card, TrainingCard)
    return card


def test_a_small_library_is_told_when_training_pays(show: Show) -> None:
    inside = inside_of(show(FakeSession(49)))
    card = card_of(inside)
    assert inside.training.phase is Phase.TOO_SMALL
    assert "needs 50 photos, this library has 49" in card.sentence.text()
    assert not card.start_button.isVisible()


def test_from_fifty_photos_on_training_is_offered(show: Show) -> None:
    card = card_of(inside_of(show(FakeSession(50))))
    assert card.start_button.isVisible()
    assert "searching goes on meanwhile" in card.sentence.text()


def test_training_shows_its_stage_and_loss_and_then_its_figures(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    inside = inside_of(show(session))
    card = card_of(inside)
    session.hold("train step")
    qtbot.mouseClick(card.start_button, LEFT)
    qtbot.waitUntil(lambda: "loss 3.000" in card.sentence.text())
    assert card.bar.isVisible() and card.bar.maximum() == 5
    assert not card.start_button.isVisible()

    session.let_go("train step")
    qtbot.waitUntil(lambda: inside.training.phase is Phase.DONE)
    assert "Trained on 60 photos" in card.sentence.text()
    assert "answers from now on" in card.sentence.text()
    assert card.figures.isVisible()
    assert ("Recall@10", "0.981", "0.957") in card.figures.shown
    qtbot.mouseClick(card.done_button, LEFT)
    assert inside.training.phase is Phase.OFFERED


def test_searching_goes_on_while_training(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    inside = inside_of(show(session))
    session.hold("train step")
    qtbot.mouseClick(card_of(inside).start_button, LEFT)
    qtbot.waitUntil(lambda: "train step" in session.waiting_calls)
    inside.search.search(3, "photo 3")
    qtbot.waitUntil(lambda: inside.search.answer is not None)
    assert inside.training.phase is Phase.RUNNING


def test_training_can_be_cancelled(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    inside = inside_of(show(session))
    card = card_of(inside)
    session.hold("train step")
    qtbot.mouseClick(card.start_button, LEFT)
    qtbot.waitUntil(lambda: "train step" in session.waiting_calls)
    qtbot.mouseClick(card.cancel_button, LEFT)
    assert "Stopping" in card.sentence.text() and not card.cancel_button.isEnabled()
    session.let_go("train step")
    qtbot.waitUntil(lambda: inside.training.phase is Phase.OFFERED)
    assert session.train_closed == 1 and not session.known_generations


def test_a_training_that_fails_says_why_and_can_be_tried_again(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    session.train_error = TrainingError("The disk is full: free 300 MB and train again.")
    inside = inside_of(show(session))
    card = card_of(inside)
    qtbot.mouseClick(card.start_button, LEFT)
    qtbot.waitUntil(lambda: inside.training.phase is Phase.FAILED)
    assert card.sentence.text() == "The disk is full: free 300 MB and train again."
    session.train_error = None
    qtbot.mouseClick(card.start_button, LEFT)
    qtbot.waitUntil(lambda: inside.training.phase is Phase.DONE)


def test_a_retired_model_can_be_gone_back_to(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    session.known_generations = [generation(2), generation(1, GenerationState.RETIRED)]
    inside = inside_of(show(session))
    card = card_of(inside)
    assert card.back_button.isVisible()
    qtbot.mouseClick(card.back_button, LEFT)
    qtbot.waitUntil(lambda: session.used_generations == [1])
    qtbot.waitUntil(lambda: inside.training.current == generation(1))


def test_a_new_model_answers_the_question_that_is_on_screen(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    inside = inside_of(show(session))
    inside.search.search(3, "photo 3")
    qtbot.waitUntil(lambda: inside.search.answer is not None)
    asked = len(session.queries)
    qtbot.mouseClick(card_of(inside).start_button, LEFT)
    qtbot.waitUntil(lambda: inside.training.phase is Phase.DONE)
    qtbot.waitUntil(lambda: len(session.queries) == asked + 1)
