"""Copying photos to a folder: names, what is left out, and a cancel in the middle."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.errors import UserError
from engine.services import copying
from engine.services.copying import copy_photos
from engine.types import CopyReport, Job


def finish(job: Job[CopyReport]) -> CopyReport:
    while True:
        try:
            next(job)
        except StopIteration as stop:
            report: CopyReport = stop.value
            return report


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "one" / "a.jpg", tmp_path / "two" / "a.jpg", tmp_path / "two" / "b"]
    for number, path in enumerate(made):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes([number]) * 100)
        os.utime(path, (1_000_000_000, 1_000_000_000 + number))
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "copies"
    made.mkdir()
    return made


def test_photos_of_one_name_get_numbers_and_nothing_is_overwritten(
    photos: list[Path], folder: Path
) -> None:
    (folder / "b").write_bytes(b"mine")
    report = finish(copy_photos(photos, folder))
    assert [path.name for path in report.copied] == ["a.jpg", "a (2).jpg", "b (2)"]
    assert [path.read_bytes()[:1] for path in report.copied] == [b"\0", b"\1", b"\2"]
    assert (folder / "b").read_bytes() == b"mine"


def test_a_copy_keeps_the_time_of_its_photo(photos: list[Path], folder: Path) -> None:
    report = finish(copy_photos(photos, folder))
    assert [int(path.stat().st_mtime) for path in report.copied] == [
        1_000_000_000 + number for number in range(3)
    ]


def test_a_photo_that_is_gone_costs_only_itself(photos: list[Path], folder: Path) -> None:
    photos[1].unlink()
    report = finish(copy_photos(photos, folder))
    assert len(report.copied) == 2
    ((skip),) = report.skipped
    assert skip.path == photos[1] and "No such file" in skip.reason


def test_a_cancelled_copy_leaves_no_half_file(
    photos: list[Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BLOCK", 10)
    job = copy_photos(photos, folder)
    for _ in range(15):  # in the middle of the second photo
        next(job)
    assert len(list(folder.iterdir())) == 2
    job.close()
    assert [path.name for path in folder.iterdir()] == ["a.jpg"]


def test_a_folder_that_is_gone_is_named_once(photos: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="gone takes no files"):
        finish(copy_photos(photos, tmp_path / "gone"))


def test_photos_are_only_read(photos: list[Path], folder: Path) -> None:
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in photos]
    finish(copy_photos(photos, folder))
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in photos] == before
