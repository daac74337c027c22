"""Disks that are full or read-only, databases that others hold: one sentence, nothing lost."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import LibraryError
from engine.services.indexing import index, job_views
from engine.store import database, repair
from engine.store.database import Library
from engine.types import JobState
from tests.conftest import FakeEncoder, MakePhoto
from tests.services.indexed import embedded, finish, live

PHOTOS = 60


class Disk:
    """A file system in memory that can be filled and made read-only."""

    def __init__(self, point: Path) -> None:
        self.point = point

    def remount(self, options: str) -> None:
        _mount("-o", f"remount,{options}", self.point)


def _mount(*words: str | Path) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    point = tmp_path / "disk"
    point.mkdir()
    if sys.platform != "linux":
        pytest.skip("file systems in memory are Linux'")
    try:
        _mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", point)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting takes more rights")
    yield Disk(point)
    subprocess.run(["umount", "--lazy", point], check=True)


@pytest.fixture
def many(tmp_path: Path, make_photo: MakePhoto) -> Path:
    for number in range(PHOTOS):
        make_photo(tmp_path / "many" / f"{number}.jpg", 1000 + number)
    return tmp_path / "many"


def run(folder: Path, *paths: Path) -> int:
    """Index in the library in ``folder``, opened anew; returns what was indexed."""
    with Library.open(folder) as library:
        return finish(index(library, FakeEncoder(), paths, device="cpu")).indexed


def check_sound(folder: Path) -> None:
    for name in ("library.sqlite", "thumbnails.sqlite"):
        assert repair.damage(folder / name) == ()


def test_a_full_disk_is_one_sentence_and_the_next_run_goes_on(
    disk: Disk, photos: Path, many: Path
) -> None:
    folder = disk.point / "library"
    assert run(folder, photos) == 6
    (disk.point / "ballast").write_bytes(bytes((64 << 20) - _used(disk.point) - (64 << 10)))
    with pytest.raises(LibraryError) as caught:
        run(folder, many)
    assert "\n" not in str(caught.value)
    assert "The disk is full" in str(caught.value)
    (disk.point / "ballast").unlink()
    check_sound(folder)
    with Library.open(folder) as library:
        kept = embedded(library)
        assert kept >= 6
    assert run(folder, many) == 6 + PHOTOS - kept
    with Library.open(folder) as library:
        assert len(live(library)) == embedded(library) == 6 + PHOTOS
        assert {job.state for job in job_views(library)} == {JobState.DONE}
    check_sound(folder)


def _used(point: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in point.rglob("*") if path.is_file())


def test_a_read_only_disk_is_one_sentence_and_loses_nothing(
    disk: Disk, photos: Path, many: Path
) -> None:
    folder = disk.point / "library"
    assert run(folder, photos) == 6
    disk.remount("ro")
    with pytest.raises(LibraryError) as caught:
        run(folder, many)
    assert "cannot be written" in str(caught.value)
    assert "\n" not in str(caught.value)
    disk.remount("rw")
    check_sound(folder)
    assert run(folder, many) == PHOTOS


def test_a_database_that_another_program_holds_is_one_sentence_and_loses_nothing(
    tmp_path: Path, photos: Path, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = sa.create_engine

    def without_waiting(url: object, **options: object) -> sa.Engine:
        return patient(url, **{**options, "connect_args": {"timeout": 0.05}})  # type: ignore[arg-type]

    monkeypatch.setattr(database.sa, "create_engine", without_waiting)
    folder = tmp_path / "library"
    with Library.open(folder) as library:
        job = index(library, FakeEncoder(), [photos, many], device="cpu")
        next(job)
        with closing(sqlite3.connect(folder / "library.sqlite")) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(LibraryError, match="locked by another program"):
                finish(job)
        with library.claim("indexing"):  # it is free again
            pass
        assert finish(index(library, FakeEncoder(), device="cpu")).indexed == 6 + PHOTOS
    check_sound(folder)
