"""Figures, backups and check-ups of a whole library."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import LibraryError, UserError
from engine.search.ports import EncoderSpec
from engine.services.library import backup, check, status
from engine.store import generations, models, thumbnails
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


def test_a_backup_made_while_another_writes_is_a_whole_library(
    filled: Library, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    with filled.write() as connection:
        connection.execute(sa.delete(FileRow))  # not committed: not in the copy
        size_bytes = backup(filled, copy)
    assert size_bytes == copy.stat().st_size
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == ["copy.sqlite"]

    restored = tmp_path / "restored"
    restored.mkdir()
    shutil.copy(copy, restored / "library.sqlite")
    with Library.open(restored, create=False) as library:
        assert status(library, "cpu", []).photos == 3


def test_a_backup_never_overwrites_a_file(filled: Library, tmp_path: Path) -> None:
    taken = tmp_path / "holiday.jpg"
    taken.write_bytes(b"a photo")
    with pytest.raises(UserError, match=r"holiday\.jpg already exists"):
        backup(filled, taken)
    assert taken.read_bytes() == b"a photo"


def test_a_backup_that_cannot_be_written_leaves_nothing(filled: Library, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        backup(filled, tmp_path / "no such folder" / "copy.sqlite")
    assert not (tmp_path / "no such folder").exists()


def test_the_rest_of_an_interrupted_backup_is_replaced(filled: Library, tmp_path: Path) -> None:
    (tmp_path / "copy.sqlite.part").write_bytes(b"cut off")
    backup(filled, tmp_path / "copy.sqlite")
    with sqlite3.connect(tmp_path / "copy.sqlite") as copy:
        assert copy.execute("SELECT count(*) FROM content").fetchone() == (3,)
    copy.close()


def test_a_sound_library_has_nothing_to_tell(filled: Library) -> None:
    report = check(filled)
    assert report.sound
    assert report.repaired == ()


def test_a_check_drops_thumbnails_of_no_photo_and_keeps_the_others(filled: Library) -> None:
    with filled.write_thumbnails() as connection:
        thumbnails.add(connection, {bytes([1]): b"jpeg", bytes([9]): b"of no photo"})
    assert check(filled).repaired == ("Thumbnails of no photo were removed: 1.",)
    with filled.read_thumbnails() as connection:
        assert thumbnails.hashes(connection) == {bytes([1])}


def test_a_check_has_the_vectors_cache_made_again(filled: Library) -> None:
    copy = filled.folder / "vectors" / "model-1.f16"
    copy.write_bytes(b"nonsense")
    assert "vectors" in check(filled).repaired[0]
    assert not copy.exists()


def test_a_check_tells_that_a_model_is_gone(filled: Library) -> None:
    (filled.folder / "models" / "first").rmdir()
    (problem,) = check(filled).problems
    assert "generation 1 is gone" in problem


def test_a_check_tells_which_database_is_damaged(filled: Library) -> None:
    filled.close()
    file = filled.folder / "library.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(file.read_bytes())
    for page in range(2, len(data) // 4096):  # the schema stays readable
        data[page * 4096 : page * 4096 + 64] = bytes(64)
    file.write_bytes(data)
    report = check(filled)
    assert not report.sound
    assert "library.sqlite is damaged" in report.problems[0]


def test_a_check_waits_for_no_indexing(filled: Library) -> None:
    with filled.claim("indexing"), pytest.raises(LibraryError, match="in use"):
        check(filled)
