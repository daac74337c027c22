"""Opening a library: created where needed, refused in one sentence where it cannot be used."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import LibraryError
from engine.store import database
from engine.store.database import Library
from engine.store.files import add_root, roots


def sentence(folder: Path, *, create: bool = True) -> str:
    with pytest.raises(LibraryError) as caught:
        Library.open(folder, create=create).close()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def set_version(path: Path, version: int) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def test_a_new_library_has_its_folders_and_databases(tmp_path: Path) -> None:
    with Library.open(tmp_path / "new" / "library") as library:
        names = {path.name for path in library.folder.iterdir()}
    assert {"library.sqlite", "thumbnails.sqlite", "vectors", "models", "logs"} <= names


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library, library.write() as connection:
        add_root(connection, tmp_path / "photos")
    with Library.open(tmp_path, create=False) as library, library.read() as connection:
        assert [root.path for root in roots(connection)] == [tmp_path / "photos"]


def test_a_library_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    assert "There is no library in" in sentence(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["library.sqlite", "thumbnails.sqlite"])
def test_a_newer_library_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    Library.open(tmp_path).close()
    set_version(tmp_path / name, 999)
    assert "newer Photoglyph" in sentence(tmp_path)
    connection = sqlite3.connect(tmp_path / name)
    assert connection.execute("PRAGMA user_version").fetchone() == (999,)
    connection.close()


@pytest.mark.parametrize("name", ["library.sqlite", "thumbnails.sqlite"])
def test_a_damaged_database_is_told_in_words(tmp_path: Path, name: str) -> None:
    Library.open(tmp_path).close()
    for leftover in tmp_path.glob(f"{name}-*"):
        leftover.unlink()
    (tmp_path / name).write_bytes(b"this is no database, " * 500)
    assert f"{name} is damaged" in sentence(tmp_path)


def test_damage_found_later_is_told_in_words(library: Library) -> None:
    with library.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with library.write() as connection:
        for number in range(200):
            add_root(connection, Path(f"/photos/{number}"))
    library.close()
    with (library.folder / "library.sqlite").open("r+b") as file:
        file.seek(4096 * 2)
        file.write(b"\xff" * 4096 * (pages - 2))
    with pytest.raises(LibraryError, match="damaged"), library.read() as connection:
        list(connection.execute(sa.text("SELECT * FROM root")))
        list(connection.execute(sa.text("SELECT * FROM file WHERE root_id = 1")))
        list(connection.execute(sa.text("SELECT * FROM content")))


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o555)
    assert "cannot be written" in sentence(tmp_path / "locked" / "library")


def test_a_file_in_the_place_of_the_folder_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "cannot be written" in sentence(tmp_path / "file")
    assert "cannot be written" in sentence(tmp_path / "file" / "library")


def test_a_locked_database_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = sa.create_engine

    def without_waiting(url: object, **options: object) -> sa.Engine:
        return impatient(url, **{**options, "connect_args": {"timeout": 0.05}})  # type: ignore[arg-type]

    monkeypatch.setattr(database.sa, "create_engine", without_waiting)
    with Library.open(tmp_path) as library:
        other = sqlite3.connect(tmp_path / "library.sqlite")
        other.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(LibraryError, match="locked by another program"),
            library.write() as connection,
        ):
            add_root(connection, tmp_path)
        with library.read() as connection:  # readers do not mind
            assert roots(connection) == ()
        other.rollback()
        other.close()


def test_a_failed_transaction_leaves_nothing(library: Library, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), library.write() as connection:
        add_root(connection, tmp_path)
        _ = 1 // 0
    with library.read() as connection:
        assert roots(connection) == ()


def test_readers_see_a_snapshot_while_a_writer_works(library: Library, tmp_path: Path) -> None:
    with library.read() as reader:
        assert roots(reader) == ()
        with library.write() as writer:
            add_root(writer, tmp_path)
        assert roots(reader) == ()
    with library.read() as reader:
        assert len(roots(reader)) == 1


def test_the_revision_grows_with_visible_changes_alone(library: Library) -> None:
    before = library.revision()
    with library.write(visible=False) as connection:
        add_root(connection, Path("/a"))
    assert library.revision() == before
    with library.write() as connection:
        add_root(connection, Path("/b"))
    assert library.revision() == before + 1


CLAIM = """
import sys
from pathlib import Path
from engine.store.database import Library
with Library.open(Path(sys.argv[1])) as library, library.claim("indexing"):
    print("claimed", flush=True)
    sys.stdin.read()
"""


def test_a_claim_keeps_other_processes_out_and_ends_with_its_process(library: Library) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", CLAIM, os.fspath(library.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdin is not None and other.stdout is not None
    with other:
        assert other.stdout.readline() == b"claimed\n"
        with (
            pytest.raises(LibraryError, match="another Photoglyph is indexing it"),
            library.claim("indexing"),
        ):
            pass
        with library.claim("training"):  # another work is another claim
            pass
        other.kill()
        other.wait()
        with library.claim("indexing"):
            pass


def test_two_libraries_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    with (
        Library.open(tmp_path / "a") as one,
        Library.open(tmp_path / "b") as two,
        one.claim("indexing"),
        two.claim("indexing"),
    ):
        pass
