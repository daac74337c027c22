"""Weak labels: albums that mean something, events between pauses, a file that a person wrote."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import UserError
from engine.services import indexing
from engine.store import whereabouts
from engine.store.database import Library
from engine.training import labels
from tests.conftest import FakeEncoder, MakePhoto

ALBUMS = {"beach": 4, "birthday": 3, "DCIM/100CANON": 3, "2021-05": 2, "alone": 1}
TAKEN = ("2021:05:01 10:00:00", "2021:05:01 12:30:00", "2021:05:02 10:00:00", "2021:05:02 10:01:00")


@pytest.fixture
def photos(
    library: Library, fake_encoder: FakeEncoder, make_photo: MakePhoto, tmp_path: Path
) -> Path:
    """Albums of photos; those of the beach know when they were taken."""
    folder = tmp_path / "photos"
    seed = 0
    for album, count in ALBUMS.items():
        for number in range(count):
            exif = Image.Exif()
            if album == "beach":
                exif.get_ifd(0x8769)[0x9003] = TAKEN[number]
            make_photo(folder / album / f"{number}.jpg", seed, exif=exif)
            seed += 1
    list(indexing.index(library, fake_encoder, [folder], device="cpu"))
    return folder


def read(library: Library, source: str) -> dict[str, int]:
    """Label number of every photo, by its path below the folder."""
    with library.read() as connection:
        found = whereabouts.present_paths(connection)
    ids = np.array([content_id for content_id, _, _ in found])
    numbers = labels.read(library, source, ids)
    if numbers is None:
        return {}
    paths = [os.fspath(path) for _, _, path in found]
    return {path: int(n) for path, n in zip(paths, numbers, strict=True) if n >= 0}


def groups(read_labels: dict[str, int]) -> set[frozenset[str]]:
    by_number: dict[int, set[str]] = {}
    for path, number in read_labels.items():
        by_number.setdefault(number, set()).add(path)
    return {frozenset(paths) for paths in by_number.values()}


def test_folders_are_albums_unless_a_camera_or_a_date_named_them(
    library: Library, photos: Path
) -> None:
    beach = frozenset(f"beach/{i}.jpg" for i in range(4))
    birthday = frozenset(f"birthday/{i}.jpg" for i in range(3))
    assert groups(read(library, "albums")) == {beach, birthday}


def test_a_folder_with_everything_is_no_album(
    library: Library, fake_encoder: FakeEncoder, make_photo: MakePhoto, tmp_path: Path
) -> None:
    for seed in range(6):
        make_photo(tmp_path / "everything" / f"{seed}.jpg", seed)
    list(indexing.index(library, fake_encoder, [tmp_path / "everything"], device="cpu"))
    assert read(library, "albums") == {}


def test_a_pause_of_six_hours_ends_an_event(library: Library, photos: Path) -> None:
    first = frozenset({"beach/0.jpg", "beach/1.jpg"})
    second = frozenset({"beach/2.jpg", "beach/3.jpg"})
    assert groups(read(library, "events")) == {first, second}


def test_a_file_names_photos_from_where_it_lies(library: Library, photos: Path) -> None:
    file = photos.parent / "labels.csv"
    rows = ["photos/beach/0.jpg,sea", "photos/./birthday/1.jpg,sea", "photos/gone.jpg,sea"]
    file.write_text("\n".join(["file,label", *rows, "photos/alone/0.jpg,single"]))
    assert groups(read(library, os.fspath(file))) == {frozenset({"beach/0.jpg", "birthday/1.jpg"})}


def test_without_labels_nothing_is_labelled(library: Library, photos: Path) -> None:
    assert read(library, "none") == {}
    with pytest.raises(UserError, match=r"cannot be read .*auto, albums, events, none"):
        read(library, os.fspath(photos / "no such.csv"))
