"""Sessions on real libraries, with the real encoder and ONNX Runtime."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.services.session import Session
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime


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
