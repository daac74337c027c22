"""Lists and copies that leave the window."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop.panels.banner import Tone
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.services import copying
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, photo

Show = Callable[..., MainWindow]
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def searched(qtbot: QtBot, inside: Workspace) -> None:
    inside.search.search(Path("/q.jpg"), "q.jpg")
    qtbot.waitUntil(lambda: not inside.search.asking)


def saving_as(monkeypatch: pytest.MonkeyPatch, file: Path, kind: str = "") -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), kind))


def test_an_answer_is_exported_as_json(
    qtbot: QtBot, show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = show(FakeSession(5))
    inside = inside_of(window)
    searched(qtbot, inside)
    saving_as(monkeypatch, tmp_path / "found.json")
    qtbot.keyClick(window, Qt.Key.Key_E, CONTROL)
    qtbot.waitUntil(lambda: "5 results written to" in inside.banner.text)
    told = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert [hit["path"] for hit in told["results"]][:1] == ["/photos/photo-00001.jpg"]


def test_a_name_without_an_ending_gets_that_of_the_kind(
    qtbot: QtBot, show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = show(FakeSession(5))
    inside = inside_of(window)
    searched(qtbot, inside)
    for name, kind, ending in (("a", "JSON (*.json)", ".json"), ("b", "Table (*.csv)", ".csv")):
        saving_as(monkeypatch, tmp_path / name, kind)
        inside.outgoing.export()
        qtbot.waitUntil(lambda name=name, ending=ending: (tmp_path / f"{name}{ending}").exists())


def test_without_an_answer_there_is_nothing_to_export(show: Show) -> None:
    inside = inside_of(show(FakeSession(5)))
    inside.outgoing.export()
    assert "Search first" in inside.banner.text


def test_a_place_that_cannot_be_written_is_one_sentence(
    qtbot: QtBot, show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = inside_of(show(FakeSession(5)))
    searched(qtbot, inside)
    saving_as(monkeypatch, tmp_path / "gone" / "found.csv")
    inside.outgoing.export()
    qtbot.waitUntil(lambda: "cannot be written" in inside.banner.text)
    assert inside.banner.tone is Tone.ERROR


@pytest.fixture
def window(show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """Three photos that exist, all selected, and a folder to copy them to."""
    session = FakeSession(3)
    photos, target = tmp_path / "photos", tmp_path / "target"
    photos.mkdir()
    target.mkdir()
    session.photos = [photo(i, folder=photos) for i in (1, 2, 3)]
    for shown in session.photos:
        shown.path.write_bytes(b"x" * 100)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(target))
    made = show(session)
    inside_of(made).grid.selectAll()
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_selected_photos_are_copied_to_a_folder(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    inside = inside_of(window)
    (tmp_path / "target" / "photo-00002.jpg").write_bytes(b"mine")
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: "3 photos copied to" in inside.banner.text)
    assert names(tmp_path / "target") == [
        "photo-00001.jpg",
        "photo-00002 (2).jpg",
        "photo-00002.jpg",
        "photo-00003.jpg",
    ]
    assert not inside.beside.copying.isVisible()


def test_what_could_not_be_copied_is_said(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    inside = inside_of(window)
    (tmp_path / "photos" / "photo-00002.jpg").unlink()
    inside.outgoing.copy()
    qtbot.waitUntil(lambda: "2 photos copied to" in inside.banner.text)
    assert "1 was left out: photo-00002.jpg cannot be read" in inside.banner.text
    assert inside.banner.tone is Tone.WARNING


def test_a_long_copy_shows_how_far_it_is_and_can_be_stopped(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BLOCK", 1)
    inside = inside_of(window)
    for shown in (tmp_path / "photos").iterdir():
        shown.write_bytes(b"x" * 300_000)
    inside.outgoing.copy()
    qtbot.waitUntil(inside.beside.copying.isVisible)
    qtbot.waitUntil(lambda: "Copying photo-0000" in inside.beside.copying.text.text())
    inside.outgoing.copy()
    assert "already" in inside.banner.text
    qtbot.mouseClick(inside.beside.copying.stop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not inside.beside.copying.isVisible())
    whole = [path for path in (tmp_path / "target").iterdir() if path.stat().st_size != 300_000]
    assert whole == []


def test_nothing_selected_is_said(show: Show) -> None:
    inside = inside_of(show(FakeSession(3)))
    inside.outgoing.copy()
    assert "Select the photos" in inside.banner.text
