"""Sessions on real libraries with the real encoder, and libraries indexed with a quick one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.photos import workers
from engine.services.indexing import index
from engine.services.session import Session
from engine.store.database import Library
from engine.types import IndexReport
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.conftest import FakeEncoder, MakePhoto
from tests.services.indexed import Run, finish


def open_session(folder: Path) -> Session:
    return Session.open(folder, OnnxRuntime("cpu"), BundleExporter())


@pytest.fixture
def session(trained_library: Path, tmp_path: Path) -> Iterator[Session]:
    """A session on a copy of the trained library."""
    folder = tmp_path / "copy"
    shutil.copytree(trained_library, folder)
    opened = open_session(folder)
    yield opened
    opened.close()


@pytest.fixture
def photos(tmp_path: Path, make_photo: MakePhoto) -> Path:
    """A folder with six different photos in two folders."""
    root = tmp_path / "photos"
    for number in range(6):
        make_photo(root / ("a" if number < 4 else "b") / f"{number}.jpg", number)
    return root


@pytest.fixture
def run(library: Library, fake_encoder: FakeEncoder) -> Run:
    """``run(*folders, **options)``: index them to the end."""

    def run(*folders: Path, **options: Any) -> IndexReport:
        report = finish(index(library, fake_encoder, folders, device="cpu", **options))
        assert report.found == (
            report.indexed + report.unchanged + report.moved + len(report.skipped)
        )
        return report

    return run


@pytest.fixture
def decodes(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Grows by one for each picture that was decoded."""
    made: list[None] = []
    real = workers._picture

    def counted(*args: object) -> workers.Picture:
        made.append(None)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(workers, "_picture", counted)
    return made
