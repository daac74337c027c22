"""Near-duplicates of real photos: copies, other sizes, edits, bursts, and the best of each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from engine.errors import LibraryError, UserError
from engine.services.session import Session
from engine.types import DuplicateGroup, DuplicateKind
from tests.services.conftest import open_session
from tests.services.indexed import finish

TAKEN = 0x9003  # EXIF DateTimeOriginal
MAKE, MODEL = 0x010F, 0x0110


@pytest.fixture
def shots(samples: Path) -> list[Path]:
    return sorted((samples / "groceries").rglob("*.jpg"))


@pytest.fixture
def doubled(tmp_path: Path, shots: list[Path]) -> Iterator[Session]:
    """A library of two photos in three forms each, a burst, and one that has no like."""
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(shots[0], folder / "original.jpg")
    shutil.copy(shots[0], folder / "original again.jpg")
    with Image.open(shots[4]) as photo:
        photo.save(folder / "large.png")
        half = photo.resize((photo.width // 2, photo.height // 2))
        half.save(folder / "small.jpg", quality=70)
    with Image.open(shots[9]) as photo:
        width, height = photo.size
        for second in range(3):
            exif = Image.Exif()
            moment = datetime(2024, 5, 6, 10, 11, 12) + timedelta(seconds=second)
            exif[MAKE], exif[MODEL] = "Maker", "Camera"
            exif.get_ifd(0x8769)[TAKEN] = f"{moment:%Y:%m:%d %H:%M:%S}"
            moved = photo.crop((second * 6, 0, width - 12 + second * 6, height))
            moved.save(folder / f"burst {second}.jpg", quality=90, exif=exif)
    with Image.open(shots[14]) as photo:
        photo.save(folder / "plain.jpg")
        edited = ImageOps.autocontrast(photo.crop((4, 8, photo.width - 9, photo.height - 2)))
        edited.save(folder / "edited.jpg")
    shutil.copy(shots[19], folder / "alone.jpg")
    session = open_session(tmp_path / "doubled")
    finish(session.index([folder]))
    yield session
    session.close()


def groups(session: Session) -> dict[str, DuplicateGroup]:
    """By the name of the first of their files."""
    found = finish(session.duplicates()).groups
    return {min(photo.path.name for photo in group.photos): group for group in found}


def test_each_kind_is_found_and_told_apart(doubled: Session) -> None:
    found = groups(doubled)
    assert {name: (group.kind, len(group.photos)) for name, group in found.items()} == {
        "original again.jpg": (DuplicateKind.FILE, 2),
        "large.png": (DuplicateKind.PICTURE, 2),
        "burst 0.jpg": (DuplicateKind.BURST, 3),
        "edited.jpg": (DuplicateKind.EDIT, 2),
    }


def test_the_best_has_a_reason(doubled: Session) -> None:
    found = groups(doubled)
    assert found["large.png"].photos[0].path.name == "large.png"
    assert found["large.png"].reason == "it has the most pixels"
    assert found["original again.jpg"].reason == "all are equally good, and its path comes first"
    assert found["edited.jpg"].photos[0].path.name == "plain.jpg"


def test_what_is_not_the_same_stays_apart(doubled: Session) -> None:
    pictures = groups(doubled)["large.png"].photos
    doubled.not_the_same([photo.content_id for photo in pictures])
    assert "large.png" not in groups(doubled)
    with pytest.raises(UserError, match="two different photos"):
        doubled.not_the_same([pictures[0].content_id] * 2)


def test_a_burst_loses_the_one_that_is_said_to_differ(doubled: Session) -> None:
    photos = sorted(groups(doubled)["burst 0.jpg"].photos, key=lambda p: p.path.name)
    first, *others = (photo.content_id for photo in photos)
    doubled.not_the_same([first], [first, *others])
    found = groups(doubled)
    assert "burst 0.jpg" not in found and len(found["burst 1.jpg"].photos) == 2
    doubled.same_after_all([first], [first, *others])
    assert len(groups(doubled)["burst 0.jpg"].photos) == 3


def test_one_verdict_is_taken_back_and_others_stay(doubled: Session) -> None:
    before = groups(doubled)
    kept = [photo.content_id for photo in before["large.png"].photos]
    taken_back = [photo.content_id for photo in before["burst 0.jpg"].photos]
    doubled.not_the_same(kept)
    doubled.not_the_same(taken_back)
    assert not {"large.png", "burst 0.jpg"} & set(groups(doubled))
    doubled.same_after_all(taken_back)
    assert set(before) - set(groups(doubled)) == {"large.png"}


def test_a_trained_library_asks_its_index(
    session: Session, tmp_path: Path, shots: list[Path]
) -> None:
    assert finish(session.duplicates()).groups == ()
    folder = tmp_path / "more"
    folder.mkdir()
    with Image.open(shots[0]) as photo:
        ImageOps.autocontrast(photo.crop((3, 5, photo.width, photo.height))).save(folder / "e.png")
    finish(session.index([folder]))
    (group,) = finish(session.duplicates()).groups
    assert {photo.path.name for photo in group.photos} == {shots[0].name, "e.png"}


def test_an_empty_library_says_what_to_do(tmp_path: Path) -> None:
    session = open_session(tmp_path / "empty")
    with pytest.raises(LibraryError, match="no searchable photos yet"):
        finish(session.duplicates())
    session.close()
