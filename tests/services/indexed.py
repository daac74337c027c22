"""What tests of indexing ask of a library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from engine.store import files
from engine.store.database import Library
from engine.store.schema import EmbeddingRow
from engine.types import IndexReport, Job, Photo
from tests.conftest import FakeEncoder

T = TypeVar("T")
Run = Callable[..., IndexReport]


def finish(job: Job[T]) -> T:
    """Drive a job to its report."""
    try:
        while True:
            next(job)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def live(library: Library) -> dict[Path, Photo]:
    """Every photo that can be found, by path."""
    with library.read() as connection:
        copies = files.photos_by_content(connection, files.live_contents(connection)).values()
    return {photo.path: photo for several in copies for photo in several}


def embedded(library: Library) -> int:
    with library.read() as connection:
        return int(connection.execute(sa.select(sa.func.count(EmbeddingRow.id))).scalar_one())


class QuickModels:
    """The fake encoder as runtime and exporter."""

    device = "cpu"
    providers: tuple[str, ...] = ()

    def prepare_encoder(self, name: str) -> Path:
        return Path(name)

    def open_encoder(self, folder: Path) -> FakeEncoder:
        return FakeEncoder()
