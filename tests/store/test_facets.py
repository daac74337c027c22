"""Filters by format, shape and stars, and the numbers that their menus show."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.store import files, intake
from engine.store.database import Library
from engine.store.facets import facets
from engine.types import Facets, FileStatus, Filters, Metadata
from tests.store.test_files import fill


def content(
    number: int, width: int = 400, height: int = 300, **metadata: object
) -> intake.NewContent:
    return intake.NewContent(
        number.to_bytes(16, "big"),
        width,
        height,
        Metadata(**metadata),  # type: ignore[arg-type]
        0,
    )


def passing(library: Library, ids: dict[str, int], filters: Filters) -> set[str]:
    with library.read() as connection:
        found = set(files.filtered_contents(connection, filters).tolist())
    return {path for path, content_id in ids.items() if content_id in found}


def test_photos_are_filtered_by_format(library: Library) -> None:
    held = {name: content(n, format=name) for n, name in enumerate(["JPEG", "RAW", "HEIF"], 1)}
    with library.write() as connection:
        ids = fill(connection, Path("/p"), {**held, "unknown": content(9)})
    assert passing(library, ids, Filters(formats=("raw", "Heif"))) == {"RAW", "HEIF"}


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        ("landscape", {"4:3"}),
        ("portrait", {"3:4"}),
        ("square", {"1:1", "nearly 1:1"}),
        (None, {"4:3", "3:4", "1:1", "nearly 1:1"}),
    ],
)
def test_photos_are_filtered_by_their_shape(
    library: Library, orientation: str | None, expected: set[str]
) -> None:
    held = {
        "4:3": content(1, 4000, 3000),
        "3:4": content(2, 3000, 4000),
        "1:1": content(3, 3000, 3000),
        "nearly 1:1": content(4, 1079, 1080),
    }
    with library.write() as connection:
        ids = fill(connection, Path("/p"), held)
    assert passing(library, ids, Filters(orientation=orientation)) == expected


def test_photos_are_filtered_by_their_stars(library: Library) -> None:
    held = {str(n): content(n + 1, rating=n) for n in range(6)}
    with library.write() as connection:
        ids = fill(connection, Path("/p"), {**held, "none": content(9)})
    assert passing(library, ids, Filters(rating_from=4)) == {"4", "5"}
    assert passing(library, ids, Filters(rating_from=0)) == set(ids)


def test_a_library_tells_how_many_photos_a_filter_leaves(library: Library) -> None:
    new_year = datetime(2020, 12, 31, 23, 30, tzinfo=UTC)
    held = {
        "a": content(1, camera="B", format="JPEG", taken_at=new_year),
        "copy of a": content(1, camera="B", format="JPEG", taken_at=new_year),
        "b": content(2, camera="A", format="RAW", taken_at=new_year, taken_offset=60),
        "c": content(3, camera="B", format="JPEG", taken_at=new_year, taken_offset=-60),
        "d": content(4),
        "gone": content(5, camera="C", format="GIF", taken_at=new_year),
    }
    with library.write() as connection:
        ids = fill(connection, Path("/p"), held)
        statement = sa.text("UPDATE file SET status = :status WHERE content_id = :id")
        connection.execute(statement, {"status": FileStatus.MISSING, "id": ids["gone"]})
    with library.read() as connection:
        found = facets(connection)
    assert found == Facets(
        cameras=(("B", 2), ("A", 1)),
        formats=(("JPEG", 2), ("RAW", 1)),
        years=((2021, 1), (2020, 2)),
    )


def test_an_empty_library_has_nothing_to_filter_by(library: Library) -> None:
    with library.read() as connection:
        assert facets(connection) == Facets((), (), ())
