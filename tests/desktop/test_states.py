"""Every state of the window has words, also the sad ones: read them here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from pytestqt.qtbot import QtBot

from desktop import words
from desktop.incoming import ImageQuery
from desktop.panels.banner import Tone
from desktop.window import MainWindow
from engine.errors import LibraryError, PhotoError
from engine.search.ports import Exporter, Runtime
from engine.services.session import Session
from engine.types import Query, SearchAnswer
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, answer_of

Show = Callable[..., MainWindow]


def opener(folder: Path) -> Callable[[], Session]:
    """A real library; opening one needs no models."""
    nothing = cast(Runtime, None), cast(Exporter, None)
    return lambda: Session.open(folder, *nothing)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    opener(tmp_path)().close()
    return tmp_path


def told(qtbot: QtBot, window: MainWindow) -> str:
    """The sentence of a window that cannot open its library."""
    qtbot.waitUntil(lambda: window.page.title == "The library cannot be opened")
    assert [b.text() for b in window.page.buttons] == ["Choose another library…", "Quit"]
    return window.page.sentence


def test_the_first_run_says_what_happens_to_photos_and_what_to_do(show: Show) -> None:
    page = inside_of(show(FakeSession())).page
    assert page.title == "Find photos by example"
    assert page.sentence == "Nothing leaves this computer; your photos are never changed."
    assert [b.text() for b in page.buttons] == ["Add folder…", "Try with sample photos"]


def test_a_search_in_an_empty_library_offers_to_add_photos(show: Show, qtbot: QtBot) -> None:
    session = FakeSession()
    session.search_error = LibraryError("The library has no searchable photos yet.")
    inside = inside_of(show(session))
    inside.search.search(Path("/somewhere/cat.jpg"), "cat.jpg")
    qtbot.waitUntil(lambda: inside.page.title == "There are no photos to search yet")
    assert [b.text() for b in inside.page.buttons] == ["Add folder…", "Try with sample photos"]


def test_while_the_library_is_opened_that_is_said(show: Show, qtbot: QtBot) -> None:
    session = FakeSession(3)
    session.hold("opening")

    def slow() -> FakeSession:
        session._enter("opening")
        return session

    window = show(slow, wait=False)
    qtbot.waitUntil(lambda: "opening" in session.waiting_calls)
    assert window.page.title == "Opening the library…"


def test_a_damaged_library_says_how_to_get_it_back(show: Show, qtbot: QtBot, library: Path) -> None:
    (library / "library.sqlite").write_bytes(b"not a database, but long enough to be one" * 100)
    sentence = told(qtbot, show(opener(library), wait=False))
    assert "library.sqlite" in sentence
    assert "damaged" in sentence
    assert "backup" in sentence


def test_a_library_of_a_newer_version_says_so_and_is_left_alone(
    show: Show, qtbot: QtBot, library: Path
) -> None:
    file = library / "library.sqlite"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA user_version = 99")
        database.commit()
    sentence = told(qtbot, show(opener(library), wait=False))
    assert "newer Photoglyph" in sentence
    assert "Nothing was changed" in sentence


def test_a_folder_that_cannot_be_written_says_so(show: Show, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sentence = told(qtbot, show(opener(tmp_path / "file"), wait=False))
    assert str(tmp_path / "file") in sentence


def test_a_library_that_another_process_indexes_is_told_over_the_photos(
    show: Show, qtbot: QtBot
) -> None:
    session = FakeSession(3)
    sentence = "The library is in use: another Photoglyph is indexing it; wait for it to finish."
    session.index_error = LibraryError(sentence)
    inside = inside_of(show(session))
    qtbot.waitUntil(lambda: inside.banner.text == sentence)
    assert inside.banner.tone is Tone.ERROR
    assert inside.photos.rowCount() > 0  # they can still be looked at and searched


def test_while_folders_are_indexed_a_search_says_how_far_it_reached(
    show: Show, qtbot: QtBot
) -> None:
    session = FakeSession(30)
    status = session.status

    def waiting() -> object:
        session.waiting = 71_700
        return status()

    session.status = waiting  # type: ignore[method-assign, assignment]
    session.answer = lambda query, top: answer_of(session.photos, searched=12_300)
    session.index_steps = 10**9
    inside = inside_of(show(session))
    inside.library.add_folders((Path("/holiday"),))
    inside.taking.take(ImageQuery(Path("/dress.jpg")))
    qtbot.waitUntil(
        lambda: "searched the 12,300 of 84,000 that are indexed so far" in inside.centre.line.text()
    )
    inside.library.cancel_indexing()


def test_an_image_that_cannot_be_decoded_is_named_with_the_reason(show: Show, qtbot: QtBot) -> None:
    session = FakeSession(30)
    session.search_error = PhotoError(Path("/dress.jpg"), "this file is damaged")
    inside = inside_of(show(session))
    inside.taking.take(ImageQuery(Path("/dress.jpg")))
    qtbot.waitUntil(lambda: inside.page.title == "This search did not work")
    assert inside.page.sentence == "/dress.jpg: this file is damaged"
    assert [b.text() for b in inside.page.buttons] == ["Open another image…", "Show the library"]


def test_an_answer_without_photos_has_words(show: Show, qtbot: QtBot) -> None:
    session = FakeSession(30)

    def nothing(query: Query, top: int) -> SearchAnswer:
        return answer_of((), searched=30)

    session.answer = nothing
    inside = inside_of(show(session))
    inside.taking.take(ImageQuery(Path("/dress.jpg")))
    qtbot.waitUntil(lambda: inside.page.title == "Nothing found")
    assert inside.page.sentence == "None of the 30 searchable photos came up for this image."


def test_a_trained_model_that_is_damaged_is_told_once(show: Show, qtbot: QtBot) -> None:
    session = FakeSession(30)
    damage = "decoder.onnx is damaged: train again, or import the model once more."

    def answer(query: Query, top: int) -> SearchAnswer:
        return replace(answer_of(session.photos[:3], note=damage), problem=True)

    session.answer = answer
    inside = inside_of(show(session))
    inside.search.search(3, "photo 3")
    qtbot.waitUntil(lambda: inside.banner.text == damage)
    assert inside.banner.tone is Tone.WARNING and not inside.centre.note.isVisible()
    inside.banner.hide()
    inside.search.search(4, "photo 4")
    qtbot.waitUntil(lambda: len(session.queries) == 2 and not inside.search.asking)
    assert inside.banner.text == ""


def test_a_computer_without_a_graphics_card_is_told_what_that_means() -> None:
    assert words.no_gpu() == (
        "No graphics card was found that models can use. Everything works on the processor; "
        "indexing and training take longer."
    )
