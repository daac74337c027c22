"""The training card and the list of models: offer, progress, pause, cancel, report, choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop import words
from desktop.panels.training_card import TrainingCard
from desktop.training import Phase
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.errors import TrainingError
from engine.types import GenerationState, TrainReport
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import DEEP, FIGURES, FakeSession, generation

Show = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


def card_of(inside: Workspace) -> TrainingCard:
    card = inside.findChild(TrainingCard)
    assert isinstance(card, TrainingCard)
    return card


def test_a_small_library_is_not_bothered_with_training(show: Show) -> None:
    inside = inside_of(show(FakeSession(49)))
    card = card_of(inside)
    assert inside.training.phase is Phase.TOO_SMALL
    assert "needs 50 photos, this library has 49" in card.sentence.text()
    assert not card.isVisible()


def test_from_fifty_photos_on_training_is_offered(show: Show) -> None:
    card = card_of(inside_of(show(FakeSession(50))))
    assert card.start_button.isVisible()
    assert "searching goes on meanwhile" in card.sentence.text()


def test_the_offer_tells_minutes_and_space_beforehand(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    session.free_bytes = 100 * 2**20
    card = card_of(inside_of(show(session)))
    qtbot.waitUntil(lambda: card.price.isVisible())
    told = card.price.text()
    assert "About 4 min (CPU)" in told and "300.0\N{NO-BREAK SPACE}MB of disk space" in told
    assert "only 100.0\N{NO-BREAK SPACE}MB are free" in told


def test_the_card_comes_back_when_training_again_would_pay(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    session.known_generations = [generation(1)]
    inside = inside_of(show(session))
    card = card_of(inside)
    assert not card.isVisible()
    session.advice = "Many photos came."
    inside.library.refresh()
    qtbot.waitUntil(lambda: card.isVisible())
    assert card.sentence.text() == "Many photos came."
    assert card.start_button.text() == "Train again…"


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


def test_curves_show_loss_and_recall_and_say_them_in_words(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    session.train_steps = 10**6
    inside = inside_of(show(session))
    card = card_of(inside)
    inside.training.start()
    qtbot.waitUntil(lambda: len(inside.training.losses) > 2 and card.curve.isVisible())
    session.hold("train step")
    qtbot.waitUntil(lambda: "train step" in session.waiting_calls)
    told = card.curve.accessibleDescription()
    assert "Loss 0.00 after" in told and "of 1,000,000 steps" in told
    assert "Recall@10 of held-out photos" in told
    assert not card.curve.grab().isNull()
    inside.training.cancel()
    session.let_go("train step")


def test_tuning_the_encoder_is_off_and_tells_its_own_time_and_space(
    qtbot: QtBot, show: Show
) -> None:
    card = card_of(inside_of(show(FakeSession(60))))
    qtbot.waitUntil(lambda: card.price.isVisible())
    box = card.deep_box
    assert box.isVisible() and not box.isChecked()
    assert box.text() == "Also tune the encoder" and "GPU" in box.toolTip()
    assert (
        "About 4 min (CPU)" in card.price.text()
        and "300.0\N{NO-BREAK SPACE}MB" in card.price.text()
    )
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert (
        "About 2 h 30 min (CPU)" in card.price.text()
        and "550.0\N{NO-BREAK SPACE}MB" in card.price.text()
    )
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert "About 4 min (CPU)" in card.price.text()


def test_a_deep_training_shows_its_stages_with_a_curve_for_each(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    inside = inside_of(show(session))
    card = card_of(inside)
    session.hold("tuning step")
    card.deep_box.click()
    qtbot.mouseClick(card.start_button, LEFT)
    qtbot.waitUntil(lambda: "tuning step" in session.waiting_calls)
    qtbot.waitUntil(lambda: "1 h 0 min left" in card.sentence.text())
    assert card.sentence.text().startswith("Tuning the encoder") and card.bar.maximum() == 60
    assert not card.deep_box.isVisible()
    session.hold("train step")
    session.let_go("tuning step")
    qtbot.waitUntil(lambda: "train step" in session.waiting_calls)
    qtbot.waitUntil(lambda: inside.training.curve_stage == "decoder")
    assert [step for step, _ in inside.training.losses] == [0], "another curve begins"
    session.let_go("train step")
    qtbot.waitUntil(lambda: inside.training.phase is Phase.DONE)
    assert session.trained_deep == [True]
    assert "Recall@1 went from 0.520 to 0.610" in card.note.text()
    qtbot.mouseClick(card.done_button, LEFT)
    assert not inside.training.deep, "it is chosen anew for every training"


def test_the_curve_of_the_tuning_says_what_its_recall_is_of(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    inside = inside_of(show(session))
    card = card_of(inside)
    inside.training.set_deep(True)
    session.hold("tuning step")
    inside.training.start()
    told = card.curve.accessibleDescription
    qtbot.waitUntil(lambda: "of 60 steps" in told() and "Recall@1 of held-out" in told())
    inside.training.cancel()
    session.let_go("tuning step")


def test_a_deep_training_is_paused_and_gone_on_with_as_one_also_by_the_next_window(
    qtbot: QtBot, show: Show
) -> None:
    session = FakeSession(60)
    inside = inside_of(show(session))
    card = card_of(inside)
    session.hold("tuning step")
    card.deep_box.click()
    qtbot.mouseClick(card.start_button, LEFT)
    qtbot.waitUntil(lambda: "tuning step" in session.waiting_calls)
    qtbot.mouseClick(card.pause_button, LEFT)
    session.let_go("tuning step")
    qtbot.waitUntil(lambda: inside.training.phase is Phase.PAUSED)
    assert not card.deep_box.isVisible() and "Tuning the encoder" in card.sentence.text()
    other = inside_of(show(session))
    qtbot.waitUntil(lambda: other.training.phase is Phase.PAUSED)
    qtbot.mouseClick(card_of(other).start_button, LEFT)
    qtbot.waitUntil(lambda: other.training.phase is Phase.DONE)
    assert session.trained_deep == [True, True]


def test_a_quick_training_that_was_left_is_not_gone_on_with_as_a_deep_one(
    qtbot: QtBot, show: Show
) -> None:
    session = FakeSession(60)
    session.train_begun = True
    inside = inside_of(show(session))
    qtbot.waitUntil(lambda: inside.training.phase is Phase.PAUSED)
    inside.training.set_deep(True)
    inside.training.start()
    qtbot.waitUntil(lambda: inside.training.phase is Phase.DONE)
    assert session.trained_deep == [False]


def test_a_cancelled_deep_training_leaves_the_box_as_it_was_at_first(
    qtbot: QtBot, show: Show
) -> None:
    session = FakeSession(60)
    inside = inside_of(show(session))
    card = card_of(inside)
    session.hold("tuning step")
    card.deep_box.click()
    qtbot.mouseClick(card.start_button, LEFT)
    qtbot.waitUntil(lambda: "tuning step" in session.waiting_calls)
    qtbot.mouseClick(card.cancel_button, LEFT)
    session.let_go("tuning step")
    qtbot.waitUntil(lambda: inside.training.phase is Phase.OFFERED)
    qtbot.waitUntil(lambda: not session.train_begun)
    assert card.deep_box.isVisible() and not card.deep_box.isChecked()


def test_who_has_trained_finds_deep_training_by_its_key_and_can_put_it_away(
    qtbot: QtBot, show: Show
) -> None:
    session = FakeSession(60)
    session.known_generations = [generation(1)]
    window = show(session)
    inside = inside_of(window)
    card = card_of(inside)
    assert not card.isVisible()
    inside.sidebar_button.setChecked(False)
    window.commands["train_deep"].trigger()
    assert card.isVisible() and card.deep_box.isChecked() and card.deep_box.isEnabled()
    assert window.focusWidget() is card.deep_box
    qtbot.keyClick(card.deep_box, Qt.Key.Key_Space)
    assert card.isVisible(), "it does not vanish under the hand"
    assert card.done_button.text() == "Not now"
    qtbot.mouseClick(card.done_button, LEFT)
    assert not card.isVisible() and not inside.training.deep and not session.trained_deep


def test_an_encoder_that_tuning_did_not_better_is_told_of() -> None:
    report = TrainReport(1, 60, 4, 8, 60, 1, 0.5, FIGURES, None, True, 90.0, "cpu", {})
    kept = replace(report, deep=replace(DEEP, encoder=""))
    assert words.training_note(kept).startswith("Tuning the encoder made nothing better")
    assert words.training_note(report) == words.figures_note(FIGURES)


def test_training_can_be_cancelled_and_leaves_nothing_behind(qtbot: QtBot, show: Show) -> None:
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
    qtbot.waitUntil(lambda: not session.train_begun)


def test_a_paused_training_goes_on_when_it_is_resumed(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    inside = inside_of(show(session))
    card = card_of(inside)
    session.hold("train step")
    qtbot.mouseClick(card.start_button, LEFT)
    qtbot.waitUntil(lambda: "train step" in session.waiting_calls)
    qtbot.mouseClick(card.pause_button, LEFT)
    assert "Pausing" in card.sentence.text()
    session.let_go("train step")
    qtbot.waitUntil(lambda: inside.training.phase is Phase.PAUSED)
    assert session.train_begun and "Paused at" in card.sentence.text()
    qtbot.mouseClick(card.start_button, LEFT)
    qtbot.waitUntil(lambda: inside.training.phase is Phase.DONE)
    assert session.train_closed == 2


def test_a_training_that_was_left_can_be_resumed_or_thrown_away(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    session.train_begun = True
    inside = inside_of(show(session))
    card = card_of(inside)
    qtbot.waitUntil(lambda: inside.training.phase is Phase.PAUSED)
    assert card.isVisible() and card.start_button.text() == "Resume"
    qtbot.mouseClick(card.cancel_button, LEFT)
    qtbot.waitUntil(lambda: not session.train_begun)
    assert inside.training.phase is Phase.OFFERED


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


@pytest.mark.parametrize("better", [True, False])
@pytest.mark.parametrize("choice", ["new", "old"])
def test_the_person_chooses_between_the_models(
    qtbot: QtBot, show: Show, better: bool, choice: str
) -> None:
    session = FakeSession(60)
    session.known_generations = [generation(1)]
    session.better = better
    inside = inside_of(show(session))
    card = card_of(inside)
    inside.training.start()
    qtbot.waitUntil(lambda: inside.training.phase is Phase.DONE)
    assert ("Recall@10", "0.981", "0.981", "0.957") in card.figures.shown
    main, other = (card.new_button, card.old_button)[:: 1 if better else -1]
    assert (main.property("look"), other.property("look")) == ("main", "")
    qtbot.mouseClick(card.new_button if choice == "new" else card.old_button, LEFT)
    wanted = 2 if choice == "new" else 1
    asked = [] if better == (choice == "new") else [wanted]
    qtbot.waitUntil(lambda: session.used_generations == asked)
    qtbot.waitUntil(lambda: (inside.training.current or generation(9)).generation_id == wanted)
    assert inside.training.phase is Phase.OFFERED and not card.isVisible()


def test_another_model_can_be_chosen_from_the_list_by_keys(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    session.known_generations = [generation(2), generation(1, GenerationState.RETIRED)]
    window = show(session)
    inside = inside_of(window)
    window.commands["models"].trigger()
    view = inside.work.models.view
    qtbot.waitUntil(lambda: view.isVisible())
    assert view.table.index(0, 1).data() == "answers"
    assert view.table.index(1, 5).data() == "0.912 (exact 0.843)"
    assert not inside.work.models.use_button.isEnabled(), "the first one answers already"
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: session.used_generations == [1])
    qtbot.waitUntil(lambda: inside.training.current == generation(1))
    qtbot.waitUntil(lambda: view.table.index(1, 1).data() == "answers")


def test_only_who_has_trained_is_offered_to_train_again(qtbot: QtBot, show: Show) -> None:
    new = inside_of(show(FakeSession(60))).work.models
    assert new.train_button.text() == "Train on this library…"
    session = FakeSession(60)
    session.known_generations = [generation(1)]
    trained = inside_of(show(session)).work.models
    qtbot.waitUntil(lambda: trained.train_button.text() == "Train again…")


def test_where_exact_search_is_better_the_card_says_that_it_stays() -> None:
    worse = replace(FIGURES, recall_1=0.5, recall_10=0.6)
    report = TrainReport(1, 60, 4, 8, 60, 1, 0.5, worse, None, True, 90.0, "cpu", {})
    assert "Exact search goes on answering" in words.training_done(report)
    ready = replace(generation(1), figures=worse)
    assert words.model_cells(ready)[1] == "exact search answers"


def test_a_new_model_answers_the_question_that_is_on_screen(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(60)
    inside = inside_of(show(session))
    inside.search.search(3, "photo 3")
    qtbot.waitUntil(lambda: inside.search.answer is not None)
    asked = len(session.queries)
    qtbot.mouseClick(card_of(inside).start_button, LEFT)
    qtbot.waitUntil(lambda: inside.training.phase is Phase.DONE)
    qtbot.waitUntil(lambda: len(session.queries) == asked + 1)
