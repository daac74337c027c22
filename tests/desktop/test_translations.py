"""The window in another language: every sentence, every placeholder, every plural form."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop import words
from desktop.remembered import Remembered
from desktop.translations import Language, catalogue, speak, spoken
from desktop.window import MainWindow
from desktop.words.sentences import REASONS, SENTENCES
from engine.errors import PhotoError, UserError
from tests.desktop import catalogue as keeping
from tests.desktop.fakes import FakeSession

DOORKEEPERS = ("language.py", "sentences.py")  # where the doors themselves are
ASK = "run python -m tests.desktop.catalogue and translate what it names"


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    Remembered().language = Language.GERMAN
    speak(qapp, Language.GERMAN)
    yield
    speak(qapp, Language.ENGLISH)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def translations() -> dict[str, keeping.Message]:
    return keeping.read(catalogue(Language.GERMAN).with_suffix(".ts"))


def test_sentences_are_literals_so_that_a_catalogue_can_know_them() -> None:
    strange = [
        f"{file.name}:{call.lineno}"
        for file, call, _, said in keeping.calls()
        if not isinstance(said, ast.Constant) and file.name not in DOORKEEPERS
    ]
    assert strange == []


def test_every_sentence_has_a_german_translation() -> None:
    known = translations()
    said = keeping.sentences()
    assert [source for source in said if source not in known or not known[source].forms] == [], ASK


def test_the_catalogue_holds_no_sentence_that_is_gone() -> None:
    assert set(translations()) - set(keeping.sentences()) == set(), ASK


def test_translations_keep_the_placeholders_of_the_sentence() -> None:
    for message in translations().values():
        for form in message.forms:
            assert fields(form) == fields(message.source), message


def test_translated_menu_titles_keep_a_letter_to_reach_them() -> None:
    for message in translations().values():
        for form in message.forms:
            assert form.count("&") == message.source.count("&"), message
            assert form.endswith("…") == message.source.endswith("…"), message


def test_what_is_loaded_was_compiled_from_what_is_edited(tmp_path: Path) -> None:
    loaded = catalogue(Language.GERMAN)
    keeping.compile_catalogue(loaded.with_suffix(".ts"), tmp_path / "fresh.qm")
    assert (tmp_path / "fresh.qm").read_bytes() == loaded.read_bytes(), ASK


def test_a_count_takes_the_form_that_the_language_wants(german: None) -> None:
    assert words.photos(1) == "1 Foto"
    assert words.photos(12_345) == "12.345 Fotos"


def test_english_needs_no_catalogue_for_its_two_forms(qapp: QApplication) -> None:
    speak(qapp, Language.ENGLISH)
    assert [words.photos(n) for n in (0, 1, 2)] == ["0 photos", "1 photo", "2 photos"]


@pytest.mark.parametrize(
    ("wanted", "heard"),
    [
        (["de-AT", "en-GB"], Language.GERMAN),
        (["fr-FR", "de-Latn-DE"], Language.GERMAN),
        (["fr-FR"], Language.ENGLISH),
        (["C"], Language.ENGLISH),
        ([], Language.ENGLISH),
    ],
)
def test_the_system_is_asked_for_the_first_language_that_there_is(
    wanted: list[str], heard: Language
) -> None:
    assert spoken(Language.SYSTEM, wanted) is heard
    assert spoken(Language.GERMAN, wanted) is Language.GERMAN


def test_languages_can_be_changed_as_often_as_one_likes(qapp: QApplication) -> None:
    for _ in range(3):
        speak(qapp, Language.GERMAN)
        assert words.photos(1) == "1 Foto"
        speak(qapp, Language.ENGLISH)
        assert words.photos(1) == "1 photo"
        assert QLocale().language() == QLocale.Language.English
        assert qapp.layoutDirection() == Qt.LayoutDirection.LeftToRight


def forms_in(layer: str) -> set[str]:
    """Every text in a layer's source, with {} for what is filled in."""

    def form(node: ast.AST) -> str | None:
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.JoinedStr():
                return "".join(form(part) or "{}" for part in node.values)
        return None

    files = (keeping.DESKTOP.parent / layer).rglob("*.py")
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_bytes())))
    return {said for node in nodes if (said := form(node))}


def test_the_sentences_that_are_known_of_the_engine_are_those_it_says() -> None:
    said = forms_in("engine") | forms_in("desktop")
    known = {re.sub(r"\{\w+\}", "{}", form) for form in (*REASONS, *SENTENCES)}
    said |= {re.sub(r"\{\w+\}", "{}", form) for form in said - {*REASONS, *SENTENCES}}
    assert known - said == set()


def test_every_reason_for_not_using_a_photo_is_known() -> None:
    """``PhotoError`` with words of its own, wherever photos are read."""
    folder = keeping.DESKTOP.parent / "engine" / "photos"
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            match node:
                case ast.Call(
                    func=ast.Name(id="PhotoError"), args=[_, ast.Constant(value=str(reason))]
                ):
                    assert reason in REASONS, f"{file.name}: {reason}"


def test_what_the_engine_says_is_said_in_german(german: None) -> None:
    broken = PhotoError(Path("/ein {Foto}.jpg"), "the picture data is cut off or damaged")
    assert (
        words.error(broken) == "/ein {Foto}.jpg: die Bilddaten sind unvollständig oder beschädigt"
    )
    unreadable = UserError(
        "The folder /Fotos cannot be read (no permission to read it): check its permissions."
    )
    assert words.error(unreadable) == (
        "Der Ordner /Fotos ist nicht lesbar (keine Leseberechtigung): "
        "Prüfen Sie seine Zugriffsrechte."
    )
    assert words.error(UserError("Something new: do this.")) == "Something new: do this."


def texts(window: QWidget) -> Iterator[str]:
    """All that a person can see, point at, or hear."""
    for widget in (window, *window.findChildren(QWidget)):
        yield widget.toolTip()
        yield widget.accessibleName()
        yield widget.windowTitle()
        if isinstance(widget, QLabel | QAbstractButton):
            yield widget.text()
    for action in window.findChildren(QAction):
        yield from action.text().split("\t")


@pytest.mark.parametrize("photos", [0, 30])
def test_a_german_window_shows_no_english(
    german: None, show: Callable[..., MainWindow], qtbot: QtBot, photos: int
) -> None:
    known = translations()
    english = set(known) - {form for message in known.values() for form in message.forms}
    window = show(FakeSession(photos))
    window.commands["keys"].trigger()
    shown = {text for text in texts(window) if text}
    assert "&Datei" in shown
    assert shown & english == set()
