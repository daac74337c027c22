"""Figures of a whole library."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.search.ports import EncoderSpec
from engine.services.library import status
from engine.store import generations, models
from engine.store.database import Library
from engine.store.overview import recent
from engine.store.schema import ContentRow, EmbeddingRow, FileRow, IdentifierRow, RootRow

NOW = datetime(2024, 5, 1, tzinfo=UTC)
SPEC = EncoderSpec("fake", "0" * 32, 64, 48, 12, 16, "mean+gem")


@pytest.fixture
def filled(library: Library) -> Iterator[Library]:
    """Three contents in five files: one is held twice, one waits for its embedding, and a file is
    skipped; a generation gave both embedded photos the same identifier."""
    with library.write() as connection:
        connection.execute(sa.insert(RootRow).values(id=1, path="/photos", added_at=NOW))
        for number in (1, 2, 3):
            connection.execute(
                sa.insert(ContentRow).values(
                    id=number, quick_hash=bytes([number]), width=4, height=3
                )
            )
        for number, (content, state) in enumerate(
            [(1, "present"), (1, "present"), (2, "present"), (3, "present"), (None, "skipped")]
        ):
            connection.execute(
                sa.insert(FileRow).values(
                    root_id=1,
                    path=f"{number}.jpg",
                    size_bytes=9,
                    mtime_ns=9,
                    content_id=content,
                    status=state,
                    changed_at=NOW,
                )
            )
        model = models.use(connection, SPEC)
        generation = generations.create(connection, model, 4, 256, "first")
        for content in (1, 2):
            connection.execute(
                sa.insert(EmbeddingRow).values(content_id=content, model_id=model, vector=b"ab")
            )
            connection.execute(
                sa.insert(IdentifierRow).values(
                    generation_id=generation, content_id=content, packed=77
                )
            )
        generations.finish(connection, generation, None)
        generations.switch(connection, generation)
    (library.folder / "models" / "first").mkdir()
    yield library


def test_status_counts_identical_copies_once(filled: Library) -> None:
    found = status(filled, "cpu", ["CPUExecutionProvider"])
    assert (found.photos, found.searchable, found.waiting, found.skipped) == (3, 2, 1, 1)
    assert (found.generation, found.levels, found.codes, found.distinct) == (1, 4, 256, 1)
    assert [folder.path for folder in found.folders] == [Path("/photos")]
    assert found.bytes["database"] > 0
    assert set(found.bytes) == {"database", "thumbnails", "vectors", "models"}


def test_status_of_an_empty_library_is_all_zeros(library: Library) -> None:
    found = status(library, "cpu", [])
    assert (found.photos, found.searchable, found.waiting, found.skipped) == (0, 0, 0, 0)
    assert (found.generation, found.levels, found.codes, found.distinct) == (None,) * 4


def test_photos_come_newest_first_a_page_at_a_time(filled: Library) -> None:
    """By capture time; a photo without one stands by its file's own time."""
    times = {1: "2020-01-01", 2: "2024-01-01", 3: None}
    with filled.write() as connection:
        for content, taken in times.items():
            moment = None if taken is None else datetime.fromisoformat(f"{taken}T00:00+00:00")
            connection.execute(
                sa.update(ContentRow).where(ContentRow.id == content).values(taken_at=moment)
            )
        in_2022 = int(datetime(2022, 1, 1, tzinfo=UTC).timestamp()) * 10**9
        connection.execute(sa.update(FileRow).values(mtime_ns=in_2022))
    with filled.read() as connection:
        assert [photo.content_id for photo in recent(connection, 9, 0)] == [2, 3, 1]
        assert [photo.content_id for photo in recent(connection, 1, 1)] == [3]
