"""The right panel: what is known of a photo, and why it was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.panels.codes import shared
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.types import Folder, Metadata, Query
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, answer_of, hit, photo

Show = Callable[..., MainWindow]


def searched(qtbot: QtBot, inside: Workspace) -> None:
    inside.search.search(Path("/q.jpg"), "q.jpg")
    qtbot.waitUntil(lambda: not inside.search.asking)
    inside.details_button.setChecked(True)
    inside.grid.setCurrentIndex(inside.photos.index(0))


def test_all_that_a_photo_says_of_itself_is_shown(qtbot: QtBot, show: Show) -> None:
    metadata = Metadata(
        taken_at=datetime(2024, 5, 17, 22, 30, tzinfo=UTC),
        taken_offset=120,
        camera="Pixel 8",
        lens="Pixel 8 6.81mm f/1.68",
        latitude=-33.8688,
        longitude=151.2093,
        rating=4,
        format="JPEG",
    )
    session = FakeSession(1)
    session.photos = [replace(photo(1), metadata=metadata)]
    inside = inside_of(show(session))
    inside.details_button.setChecked(True)
    inside.grid.setCurrentIndex(inside.photos.index(0))
    shown = inside.details.texts()
    assert shown["taken"].startswith("5/18/24") and "12:30" in shown["taken"]
    assert shown["taken"].endswith("(UTC+02:00)")
    assert shown["lens"] == "Pixel 8 6.81mm f/1.68"
    assert shown["place"] == "33.86880\u00b0 S, 151.20930\u00b0 E"
    assert shown["rating"] == "\u2605\u2605\u2605\u2605\u2606"
    assert shown["format"] == "JPEG"


def test_what_a_photo_does_not_say_takes_no_room(qtbot: QtBot, show: Show) -> None:
    inside = inside_of(show(FakeSession(1)))
    inside.details_button.setChecked(True)
    inside.grid.setCurrentIndex(inside.photos.index(0))
    known = inside.details._known._values
    assert known["camera"].isVisible()
    assert not any(known[key].isVisible() for key in ("lens", "place", "rating", "format", "raw"))


def test_the_codes_shared_with_the_query_tell_why_it_matched(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    session.answer = lambda query, top: replace(answer_of([photo(1)]), identifier=(17, 203, 9, 98))
    inside = inside_of(show(session))
    searched(qtbot, inside)
    shown = inside.details.texts()
    assert shown["identifier"] == "17 203 4 98" and shown["asked"] == "17 203 9 98"
    assert shown["shared"] == "Shares 2 of 4 codes with the query, from coarse to fine."


def test_codes_are_shared_as_far_as_the_paths_are_one() -> None:
    assert shared((1, 2, 3), (1, 2, 4)) == 2
    assert shared((5, 2, 3), (1, 2, 3)) == 0
    assert shared((1, 2, 3), (1, 2, 3)) == 3
    assert shared(None, (1, 2)) == 0


def test_exact_search_shows_no_identifiers(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    bare = replace(hit(1, photo(1)), identifier=None, logp=None)
    session.answer = lambda query, top: replace(answer_of([photo(1)]), hits=(bare,))
    inside = inside_of(show(session))
    searched(qtbot, inside)
    assert not inside.details._codes.isVisible()
    assert inside.details.texts()["similarity"] != ""


def test_the_photo_is_seen_beside_the_query(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(3)
    inside = inside_of(show(session))
    searched(qtbot, inside)
    details = inside.details
    qtbot.waitUntil(lambda: not details.preview.image.isNull())
    assert Query(1) in session.previews
    assert details.query.isVisible() and not details.query.image.isNull()
    qtbot.keyClick(inside.window(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: inside.centre.heading.text() == "Your library")
    inside.grid.setCurrentIndex(inside.photos.index(1))
    assert not details.query.isVisible()


def test_opening_a_photo_of_a_missing_drive_names_its_folder(qtbot: QtBot, show: Show) -> None:
    session = FakeSession(1)
    session.photos = [photo(1, online=False, folder=Path("/media/Archive/2019"))]
    session.known_folders = [Folder(1, Path("/media/Archive"), False, 1)]
    inside = inside_of(show(session))
    inside.grid.setCurrentIndex(inside.photos.index(0))
    qtbot.keyClick(inside.grid, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "/media/Archive, which is not connected" in inside.banner.text)
