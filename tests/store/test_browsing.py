"""Folders and months as they are browsed: exact numbers, some photos, names of any bytes."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import LibraryError, UserError
from engine.services.browsing import folders, time_line
from engine.store import files
from engine.store.database import Library
from engine.types import Filters, FolderLevel
from tests.store.test_files import content, fill

ODD = os.fsdecode(b"caf\xe9")


def numbers(level: FolderLevel) -> dict[str, int]:
    return {folder.path.name: folder.count for folder in level.folders}


@pytest.fixture
def filled(library: Library) -> Library:
    paths = ["x.jpg", "2023/a.jpg", "2023/May/b.jpg", "2023/May/c.jpg", f"{ODD}/d.jpg", "20/e.jpg"]
    with library.write() as connection:
        fill(connection, Path("/p"), {path: content(n) for n, path in enumerate(paths, 1)})
    return library


def test_a_folder_counts_what_lies_in_and_below_it(filled: Library) -> None:
    level = folders(filled)  # there is one: no need to choose it first
    assert level.path == level.root == Path("/p")
    assert numbers(level) == {"20": 1, "2023": 3, ODD: 1}
    assert level.own is not None and level.own.count == 1
    assert {folder.path.name: folder.deeper for folder in level.folders}["2023"]
    inside = folders(filled, Path("/p/2023"))
    assert numbers(inside) == {"May": 2} and inside.own is not None and inside.own.count == 1
    assert not inside.folders[0].deeper
    assert folders(filled, Path("/p") / ODD).own is not None


def test_a_folders_number_is_that_of_the_filter_on_it(filled: Library) -> None:
    with filled.write() as connection:  # a copy in another folder below
        fill(connection, Path("/p"), {"2023/June/copy of b.jpg": content(3)})
    for folder in folders(filled).folders:
        with filled.read() as connection:
            held = files.filtered_contents(connection, Filters(folders=(folder.path,)))
        assert folder.count == len(held) and set(folder.some) == set(held.tolist())


def test_folders_of_the_library_come_first_where_there_are_several(filled: Library) -> None:
    with filled.write() as connection:
        fill(connection, Path("/q"), {"y.jpg": content(9)})
    level = folders(filled)
    assert level.path is None and [f.path for f in level.folders] == [Path("/p"), Path("/q")]
    assert [(f.count, f.deeper) for f in level.folders] == [(6, True), (1, False)]


def test_a_few_photos_stand_for_many_evenly(library: Library) -> None:
    held = {f"many/{n:03}.jpg": content(n) for n in range(1, 101)}
    with library.write() as connection:
        ids = fill(connection, Path("/p"), held)
    (folder,) = folders(library).folders
    in_order = sorted(ids.values())
    places = [in_order.index(content_id) for content_id in folder.some]
    assert len(places) == 9 and places[0] == 0
    assert all(10 <= b - a <= 12 for a, b in pairwise(places))


def test_a_folder_without_photos_is_told_in_words(filled: Library, tmp_path: Path) -> None:
    for wrong in (Path("/p/2024"), Path("/elsewhere")):
        with pytest.raises(UserError, match="holds no photos of this library"):
            folders(filled, wrong)
    with Library.open(tmp_path / "empty") as empty:
        for ask in (folders, time_line):
            with pytest.raises(LibraryError, match="no photos to browse yet"):
                ask(empty)  # type: ignore[operator]


def test_months_go_by_the_cameras_clock_and_so_does_the_filter(library: Library) -> None:
    midnight = datetime(2024, 5, 31, 22, 30, tzinfo=UTC)  # half past midnight two hours east
    with library.write() as connection:
        ids = fill(
            connection,
            Path("/p"),
            {
                "may.jpg": content(1, taken_at=datetime(2024, 5, 1, tzinfo=UTC)),
                "june.jpg": content(2, taken_at=midnight, taken_offset=120),
                "old.jpg": content(3, taken_at=datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)),
                "never.jpg": content(4),
            },
        )
    line = time_line(library)
    assert [(month.first, month.count) for month in line.months] == [
        (date(2024, 6, 1), 1),
        (date(2024, 5, 1), 1),
        (date(1999, 12, 1), 1),
    ]
    assert line.undated == 1 and line.months[0].some == (ids["june.jpg"],)
    may = Filters(
        taken_from=datetime(2024, 5, 1, tzinfo=UTC),
        taken_until=datetime(2024, 5, 31, 23, 59, 59, 999999, tzinfo=UTC),
    )
    with library.read() as connection:
        assert files.filtered_contents(connection, may).tolist() == [ids["may.jpg"]]


def test_what_is_gone_is_not_browsed(filled: Library) -> None:
    with filled.write() as connection:
        gone = "UPDATE file SET status = 'missing' WHERE CAST(path AS TEXT) LIKE '2023%'"
        connection.execute(sa.text(gone))
    assert numbers(folders(filled)) == {"20": 1, ODD: 1}
