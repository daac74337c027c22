"""Every schema that was ever released opens, with all that it holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.services import care
from engine.store import files, migrations, problems, schema, thumbnails
from engine.store.database import Library

FROZEN = Path(__file__).parent / "frozen"
VERSIONS = sorted(int(path.stem.rpartition("-v")[2]) for path in FROZEN.glob("library-v*.sql"))


def thaw(folder: Path, version: int) -> None:
    """The databases of a frozen release, made from their dumps (the newest one at or before)."""
    for name in ("library", "thumbnails"):
        dumps = [FROZEN / f"{name}-v{number}.sql" for number in range(version, 0, -1)]
        dump = next(path for path in dumps if path.is_file())
        with closing(sqlite3.connect(folder / f"{name}.sqlite")) as connection:
            connection.executescript(dump.read_text("utf-8"))


def tables(path: Path) -> dict[str, set[tuple[str, str, int]]]:
    """(name, type, not null) of every column of every table."""
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith("sqlite_")
        ]
        return {
            name: {
                (column[1], column[2], column[3])
                for column in connection.execute(f"PRAGMA table_info({name})")
            }
            for name in names
        }


def test_every_release_but_this_one_is_frozen() -> None:
    assert list(range(1, len(migrations.LIBRARY))) == VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_library_opens_with_all_that_it_holds(tmp_path: Path, version: int) -> None:
    thaw(tmp_path, version)
    with Library.open(tmp_path) as library:
        with library.read() as connection:
            (folder,) = files.folders(connection)
            contents = files.live_contents(connection)
            (problem,) = problems.problems(connection)
            (row,) = connection.exec_driver_sql("PRAGMA user_version").scalars()
        pictures = thumbnails.by_content(library, [int(content) for content in contents])
    assert (folder.path, folder.photos, len(contents)) == (Path("/photos"), 4, 3)
    assert problem.path == Path("/photos/broken.jpg")
    assert len(pictures) == 3
    assert row == len(migrations.LIBRARY)
    assert care.check(tmp_path).problems == ()


@pytest.mark.parametrize(
    ("name", "metadata"),
    [
        ("library", schema.Base.metadata),
        ("thumbnails", schema.ThumbnailBase.metadata),
    ],
)
def test_the_steps_lead_to_the_schema_that_the_code_declares(
    tmp_path: Path, name: str, metadata: sa.MetaData
) -> None:
    Library.open(tmp_path / "library").close()
    declared = tmp_path / "declared.sqlite"
    engine = sa.create_engine(f"sqlite:///{declared}")
    metadata.create_all(engine)
    engine.dispose()
    assert tables(tmp_path / "library" / f"{name}.sqlite") == tables(declared)


def test_a_step_that_fails_leaves_the_library_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thaw(tmp_path, 1)
    before = tables(tmp_path / "library.sqlite")

    def half(step: Callable[[sa.Connection], None]) -> Callable[[sa.Connection], None]:
        def broken(connection: sa.Connection) -> None:
            step(connection)
            raise ZeroDivisionError

        return broken

    steps = (migrations.LIBRARY[0], half(migrations.LIBRARY[1]), *migrations.LIBRARY[2:])
    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(migrations, "LIBRARY", steps)
        Library.open(tmp_path)
    assert tables(tmp_path / "library.sqlite") == before
    with Library.open(tmp_path) as library, library.read() as connection:
        assert len(files.live_contents(connection)) == 3
