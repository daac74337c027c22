"""Folders as albums: the nearest one that a person named, unless it holds most of the library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.store import intake
from engine.store.database import Library
from engine.store.whereabouts import present_paths
from engine.training.sources import albums
from engine.types import FileStatus
from tests.training.sources.conftest import Shelf

Together = Callable[..., set[frozenset[str]]]


def test_a_folder_is_an_album_unless_a_camera_or_a_date_named_it(
    shelf: Shelf, together: Together
) -> None:
    shelf.put("beach/0.jpg", "beach/1.jpg", "birthday/0.jpg", "birthday/1.jpg", "alone/0.jpg")
    shelf.put("DCIM/100CANON/0.jpg", "DCIM/100CANON/1.jpg", "2021-05/0.jpg", "2021-05/1.jpg")
    assert shelf.groups(albums.read(shelf.library, shelf.ids)) == together(
        "beach/0.jpg beach/1.jpg", "birthday/0.jpg birthday/1.jpg"
    )


def test_the_folder_around_a_folder_without_a_name_counts(shelf: Shelf, together: Together) -> None:
    shelf.put("Rome/100CANON/0.jpg", "Rome/raw/2021/1.jpg", "Rome/2.jpg")
    shelf.put("Paris/0.jpg", "Paris/evening/1.jpg", "Paris/evening/2.jpg", "Pictures/3.jpg")
    assert shelf.groups(albums.read(shelf.library, shelf.ids)) == together(
        "Rome/100CANON/0.jpg Rome/raw/2021/1.jpg Rome/2.jpg",
        "Paris/evening/1.jpg Paris/evening/2.jpg",
    )


def test_a_folder_with_everything_is_no_album(shelf: Shelf) -> None:
    shelf.put(*(f"everything/{number}.jpg" for number in range(6)), "rest/0.jpg")
    assert shelf.groups(albums.read(shelf.library, shelf.ids)) == set()


@pytest.mark.parametrize(
    ("root", "is_album"),
    [
        ("data/trips/Rome", True),
        ("data/trips/Pictures", False),
        ("home/anna", False),
        ("Users/anna", False),
        ("media/anna/BLUE", False),
        ("Volumes/BLUE", False),
    ],
)
def test_a_folder_of_the_library_is_an_album_where_it_is_no_home_and_no_disk(
    shelf: Shelf, tmp_path: Path, root: str, is_album: bool
) -> None:
    shelf.put("elsewhere/0.jpg", "0.jpg", "1.jpg", "2.jpg")
    shelf.put("3.jpg", "DCIM/4.jpg", root=tmp_path / root)
    found = shelf.groups(albums.read(shelf.library, shelf.ids))
    assert found == ({frozenset({"3.jpg", "DCIM/4.jpg"})} if is_album else set())


def test_of_the_albums_of_a_copied_photo_the_smallest_counts(
    shelf: Shelf, together: Together
) -> None:
    shelf.put("best/0.jpg", "best/1.jpg", "best/2.jpg", "rest/0.jpg", "rest/1.jpg", "rest/2.jpg")
    shelf.put("Rome/0.jpg")
    shelf.put("Rome/again.jpg", copy_of="best/0.jpg")
    shelf.put("alone/again.jpg", copy_of="best/1.jpg")
    assert shelf.groups(albums.read(shelf.library, shelf.ids)) == together(
        "best/1.jpg best/2.jpg", "best/0.jpg Rome/0.jpg", "rest/0.jpg rest/1.jpg rest/2.jpg"
    )


def test_missing_files_and_photos_that_are_not_asked_for_are_in_no_album(
    shelf: Shelf, library: Library
) -> None:
    shelf.put("beach/0.jpg", "beach/1.jpg", "sea/0.jpg", "sea/1.jpg", "x/0.jpg", "x/1.jpg")
    with library.write() as connection:
        assert len(present_paths(connection)) == 6
        intake.set_status(connection, [1], FileStatus.MISSING)
    assert albums.read(library, shelf.ids[::-1]).groups.tolist() == [-1, -1, 0, 0, -1, -1]
    assert albums.read(library, shelf.ids[[1, 2, 4]]).groups.tolist() == [-1, -1, -1]
