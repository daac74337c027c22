"""Backups that are whole, and a check that puts right what photos can bring back."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from engine.errors import LibraryError, UserError
from engine.services.care import CheckReport, backup, check
from engine.services.indexing import index
from engine.services.library import status
from engine.store import generations, models, repair, thumbnails, vectors
from engine.store.database import Library
from engine.store.schema import (
    ContentRow,
    EmbeddingRow,
    FileRow,
    GenerationRow,
    IdentifierRow,
    LabelSourceRow,
)
from engine.tokenizer.model import Tokenizer, TreeWeights
from engine.tokenizer.quantizer import ResidualQuantizer
from engine.tokenizer.space import Space
from engine.types import IndexReport
from tests.conftest import FakeEncoder, MakePhoto

PHOTOS = 8
WIDTH = FakeEncoder.spec.embedding_width


def run(folder: Path, photos: Path) -> IndexReport:
    with Library.open(folder) as library:
        job = index(library, FakeEncoder(), [photos], device="cpu")
        while True:
            try:
                next(job)
            except StopIteration as end:
                report: IndexReport = end.value
                return report


@pytest.fixture(scope="module")
def photos(make_photo: MakePhoto, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("care") / "photos"
    for number in range(PHOTOS):
        make_photo(folder / f"{number}.jpg", seed=number)
    return folder


@pytest.fixture(scope="module")
def indexed(photos: Path) -> Path:
    """A library of the photos: copy it, never change it."""
    folder = photos.parent / "library"
    run(folder, photos)
    return folder


@pytest.fixture
def folder(indexed: Path, tmp_path: Path) -> Path:
    """A library of eight photos that no process has open."""
    return Path(shutil.copytree(indexed, tmp_path / "library"))


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with Library.open(folder) as opened:
        yield opened


def contents(folder: Path) -> dict[bytes, bytes]:
    """Embeddings by quick hash."""
    with Library.open(folder) as library, library.read() as connection:
        rows = connection.execute(
            sa.select(ContentRow.quick_hash, EmbeddingRow.vector).join(
                EmbeddingRow, EmbeddingRow.content_id == ContentRow.id
            )
        )
        return {row.quick_hash: row.vector for row in rows}


def shown(folder: Path) -> set[bytes]:
    with Library.open(folder) as library, library.read_thumbnails() as connection:
        return thumbnails.hashes(connection)


def waiting(folder: Path) -> int:
    with Library.open(folder) as library, library.read() as connection:
        unread = sa.select(sa.func.count()).where(FileRow.quick_hash.is_(None))
        return int(connection.execute(unread).scalar_one())


def sound(report: CheckReport) -> bool:
    return report.sound and not report.repaired


def scribble(file: Path, first_page: int) -> None:
    """Zeros over every page of ``file`` from ``first_page`` (from 0) on."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(file.read_bytes())
    for page in range(first_page, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = bytes(64)
    file.write_bytes(data)


# Backups


def test_a_backup_made_while_another_thread_writes_is_whole_and_consistent(
    library: Library, tmp_path: Path
) -> None:
    """Every transaction of the writer adds two rows: a copy never holds one of them."""
    began, enough = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not enough.is_set():
            with library.write() as connection:
                for half in "ab":
                    connection.execute(sa.insert(LabelSourceRow).values(name=f"{number}{half}"))
            number += 1
            began.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert began.wait(10)
        copies = [tmp_path / f"copy-{number}.sqlite" for number in range(5)]
        for copy in copies:
            backup(library, copy)
    finally:
        enough.set()
        writer.join()
    for copy in copies:
        assert repair.damage(copy) == ()
        with closing(sqlite3.connect(copy)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM label_source").fetchone()
            assert count >= 2 and count % 2 == 0
            assert connection.execute("SELECT count(*) FROM embedding").fetchone() == (PHOTOS,)
    assert not list(tmp_path.glob("*.part*"))


def test_a_backup_between_an_indexing_runs_commits_holds_what_is_committed(
    photos: Path, tmp_path: Path
) -> None:
    with Library.open(tmp_path / "new") as library:
        for number, _ in enumerate(index(library, FakeEncoder(), [photos], device="cpu")):
            backup(library, tmp_path / f"{number}.bak")
    copies = sorted(tmp_path.glob("*.bak"))
    assert len(copies) >= 2
    for copy in copies:
        assert repair.damage(copy) == ()
    restored = tmp_path / "restored"
    restored.mkdir()
    shutil.copy(max(copies, key=lambda copy: int(copy.stem)), restored / "library.sqlite")
    with Library.open(restored, create=False) as library:
        assert status(library, "cpu", []).photos == PHOTOS


def test_a_backup_leaves_out_what_is_not_committed(library: Library, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    with library.write() as connection:
        connection.execute(sa.delete(FileRow))
        size_bytes = backup(library, copy)
    assert size_bytes == copy.stat().st_size
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == ["copy.sqlite"]
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM file").fetchone() == (PHOTOS,)


def test_a_backup_never_overwrites_a_file(library: Library, tmp_path: Path) -> None:
    taken = tmp_path / "holiday.jpg"
    taken.write_bytes(b"a photo")
    with pytest.raises(UserError, match=r"holiday\.jpg already exists"):
        backup(library, taken)
    assert taken.read_bytes() == b"a photo"


def test_a_backup_that_cannot_be_written_leaves_nothing(library: Library, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        backup(library, tmp_path / "no such folder" / "copy.sqlite")
    assert not (tmp_path / "no such folder").exists()


def test_the_rest_of_an_interrupted_backup_is_replaced(library: Library, tmp_path: Path) -> None:
    (tmp_path / "copy.sqlite.part").write_bytes(b"cut off")
    backup(library, tmp_path / "copy.sqlite")
    assert repair.damage(tmp_path / "copy.sqlite") == ()


def test_a_restored_backup_gets_its_thumbnails_and_vectors_back(
    folder: Path, photos: Path, tmp_path: Path
) -> None:
    with Library.open(folder) as library:
        backup(library, tmp_path / "copy.sqlite")
    before = contents(folder)
    shutil.rmtree(folder)
    folder.mkdir()
    shutil.copy(tmp_path / "copy.sqlite", folder / "library.sqlite")

    report = check(folder)
    assert report.sound
    (told,) = report.repaired
    assert told.startswith(f"Photos whose thumbnail was missing: {PHOTOS};")
    run(folder, photos)
    assert contents(folder) == before
    assert shown(folder) == set(before)
    with Library.open(folder) as library:
        table = vectors.table(library, 1)
        rows = vectors.open_vectors(library, 1, table.embedding_ids, WIDTH, "model-1")
    assert np.isfinite(rows.take(np.arange(PHOTOS))).all()
    assert [line for line in check(folder).repaired if "vectors" not in line] == []


def test_vectors_of_photos_that_a_restored_backup_does_not_know_are_not_believed(
    library: Library, tmp_path: Path
) -> None:
    """A backup gives the ids of embeddings that came after it to other photos."""

    def add(seed: int) -> np.ndarray:
        drawn = np.random.default_rng(seed).normal(size=(2, WIDTH)).astype(np.float16)
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        with library.write() as connection:
            for number in range(2):
                connection.execute(
                    sa.insert(ContentRow).values(
                        id=100 + number, quick_hash=bytes([seed, number]), width=4, height=3
                    )
                )
            vectors.add_embeddings(connection, 1, [100, 101], drawn)
        return drawn

    def read() -> np.ndarray:
        table = vectors.table(library, 1)
        return vectors.open_vectors(library, 1, table.embedding_ids, WIDTH, "model-1").take(
            np.arange(PHOTOS + 2)
        )

    add(1)
    read()  # writes the copy
    with library.write() as connection:  # as in a backup made before
        connection.execute(sa.delete(EmbeddingRow).where(EmbeddingRow.content_id >= 100))
        connection.execute(sa.delete(ContentRow).where(ContentRow.id >= 100))
        connection.execute(sa.text(f"UPDATE sqlite_sequence SET seq = {PHOTOS}"))
    other = add(2)
    np.testing.assert_array_equal(read()[-2:], other.astype(np.float32))


# The check


def test_a_sound_library_has_nothing_to_tell(folder: Path) -> None:
    assert sound(check(folder))


def test_a_check_waits_for_no_indexing(folder: Path) -> None:
    with (
        Library.open(folder) as library,
        library.claim("indexing"),
        pytest.raises(LibraryError, match="in use"),
    ):
        check(folder)


def test_a_folder_without_a_library_stays_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="There is no library in"):
        check(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_missing_thumbnails_are_made_again_by_the_next_indexing(folder: Path, photos: Path) -> None:
    lost = set(list(shown(folder))[:3])
    with Library.open(folder) as library, library.write_thumbnails() as connection:
        thumbnails.remove(connection, lost)
    (told,) = check(folder).repaired
    assert told.startswith("Photos whose thumbnail was missing: 3;")
    assert waiting(folder) == 3
    run(folder, photos)
    assert lost <= shown(folder)
    assert sound(check(folder))


def test_thumbnails_of_no_photo_are_removed_and_the_others_kept(folder: Path) -> None:
    before = shown(folder)
    with Library.open(folder) as library, library.write_thumbnails() as connection:
        thumbnails.add(connection, {bytes([9]): b"of no photo"})
    assert check(folder).repaired == ("Thumbnails of no photo were removed: 1.",)
    assert shown(folder) == before


@pytest.mark.parametrize(
    "vector",
    [b"", b"ab", bytes(2 * WIDTH + 2), np.full(WIDTH, np.nan, np.float16).tobytes()],
    ids=["empty", "short", "long", "not a number"],
)
def test_an_embedding_that_is_none_is_made_again(folder: Path, photos: Path, vector: bytes) -> None:
    before = contents(folder)
    with Library.open(folder) as library, library.write() as connection:
        connection.execute(
            sa.update(EmbeddingRow).where(EmbeddingRow.id == 2).values(vector=vector)
        )
    (told,) = check(folder).repaired
    assert told.startswith("Photos whose embedding was unusable: 1;")
    run(folder, photos)
    assert contents(folder) == before


def test_damaged_thumbnails_are_put_aside_and_made_again(folder: Path, photos: Path) -> None:
    before = shown(folder)
    scribble(folder / "thumbnails.sqlite", first_page=0)
    with pytest.raises(LibraryError, match=r"thumbnails.sqlite is damaged: run 'photoglyph doctor"):
        Library.open(folder)
    report = check(folder)
    assert report.sound
    assert report.repaired[0].startswith(
        "thumbnails.sqlite was damaged and is now thumbnails.sqlite.damaged-1"
    )
    assert (folder / "thumbnails.sqlite.damaged-1").is_file()
    run(folder, photos)
    assert shown(folder) == before
    assert sound(check(folder))


def test_damage_that_only_sqlite_sees_in_the_thumbnails_is_found(folder: Path) -> None:
    scribble(folder / "thumbnails.sqlite", first_page=2)
    assert "thumbnails.sqlite.damaged-1" in check(folder).repaired[0]
    scribble(folder / "thumbnails.sqlite", first_page=0)
    assert "thumbnails.sqlite.damaged-2" in check(folder).repaired[0]


@pytest.mark.parametrize("first_page", [0, 2], ids=["everything", "all but the schema"])
def test_a_damaged_library_is_left_as_it_is_and_the_next_step_told(
    folder: Path, first_page: int
) -> None:
    scribble(folder / "library.sqlite", first_page)
    before = (folder / "library.sqlite").read_bytes(), shown_files(folder)
    report = check(folder)
    (told,) = report.problems
    assert not report.repaired
    assert told.startswith("library.sqlite is damaged (")
    for word in ("library.sqlite-wal", "newest backup", "photos are not touched"):
        assert word in told
    assert "\n" not in told
    assert ((folder / "library.sqlite").read_bytes(), shown_files(folder)) == before


def shown_files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")} - {"library.sqlite-wal", "library.sqlite-shm"}


def test_a_damaged_index_is_made_again(folder: Path) -> None:
    file = folder / "library.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        # The rows were indexed by their content; now SQLite looks for them by a time.
        connection.execute(
            "UPDATE sqlite_schema SET sql = 'CREATE INDEX file_content ON file (changed_at)' "
            "WHERE name = 'file_content'"
        )
        connection.commit()
    assert repair.damage(file)
    assert check(folder).repaired == ("The damaged indexes of library.sqlite were made again.",)
    assert repair.damage(file) == ()


def test_files_whose_content_is_gone_or_another_are_read_again(folder: Path, photos: Path) -> None:
    before = contents(folder)
    with closing(sqlite3.connect(folder / "library.sqlite")) as connection:
        connection.execute("DELETE FROM content WHERE id = 1")  # no foreign keys here
        connection.execute("UPDATE file SET quick_hash = x'00' WHERE content_id = 2")
        connection.commit()
    report = check(folder)
    assert report.sound
    assert any(line.startswith("Rows that referred to nothing") for line in report.repaired)
    assert any(line.startswith("Files that were known by another") for line in report.repaired)
    assert waiting(folder) == 2
    run(folder, photos)
    assert contents(folder) == before
    assert sound(check(folder))


# Models


def add_model(library: Library, finish: bool) -> Path:
    """A generation with identifiers for none of the photos; returns its folder."""
    rng = np.random.default_rng(0)
    folder = library.folder / "models" / f"generation-{1 if finish else 2}"
    folder.mkdir()
    Tokenizer(
        Space(np.zeros(WIDTH, np.float32), rng.normal(size=(WIDTH, 6)).astype(np.float32)),
        ResidualQuantizer(rng.normal(size=(3, 4, 6)).astype(np.float32)),
        TreeWeights.untrained(3),
    ).save(folder)
    with library.write() as connection:
        current = models.current(connection)
        assert current is not None
        number = generations.create(connection, current[0], 3, 4, folder.name)
        if finish:
            generations.finish(connection, number, None)
            generations.switch(connection, number)
    return folder


def count(library: Library, row: type[GenerationRow] | type[IdentifierRow]) -> int:
    with library.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(row)).scalar_one())


def test_photos_without_an_identifier_get_one(library: Library) -> None:
    add_model(library, finish=True)
    (told,) = check(library.folder).repaired
    assert told == f"Photos without an identifier were given one: {PHOTOS}."
    assert count(library, IdentifierRow) == PHOTOS


def test_what_a_killed_training_left_is_removed_and_finished_models_stay(library: Library) -> None:
    kept = add_model(library, finish=True)
    half = add_model(library, finish=False)
    (library.folder / "models" / ".building-x").mkdir()
    (library.folder / "models" / generations.CHECKPOINT).mkdir()
    assert "Models that were never finished were removed: 2." in check(library.folder).repaired
    assert kept.is_dir() and not half.exists()
    assert (library.folder / "models" / generations.CHECKPOINT).is_dir()
    assert count(library, GenerationRow) == 1


def test_a_training_under_way_is_left_alone(library: Library) -> None:
    half = add_model(library, finish=False)
    with library.claim("training"):
        check(library.folder)
    assert half.is_dir() and count(library, GenerationRow) == 1


def test_a_model_that_is_gone_is_told(library: Library) -> None:
    shutil.rmtree(add_model(library, finish=True))
    (told,) = check(library.folder).problems
    assert "generation 1 is gone" in told and "photoglyph train" in told


@pytest.mark.parametrize("name", ["library.bak.part", "vectors/generation-1.members.part"])
def test_rests_of_files_that_were_being_written_are_removed(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"half of it")
    assert check(folder).repaired == ("Files that were never finished were removed: 1.",)
    assert not (folder / name).exists()


def test_the_vectors_cache_is_made_again(folder: Path) -> None:
    (folder / "vectors" / "model-1.f16").write_bytes(b"nonsense")
    assert check(folder).repaired == ("The vectors cache will be made again by the next search.",)
    assert not list((folder / "vectors").iterdir())
