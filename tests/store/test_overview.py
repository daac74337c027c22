"""The library's own list: its orders, its pages, and what filters leave of it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from engine.store.database import Library
from engine.store.overview import recent
from engine.types import Filters, Order
from tests.store.test_files import content, fill


def fill_two_folders(library: Library) -> None:
    with library.write() as connection:
        fill(
            connection,
            Path("/z"),
            {
                "b.jpg": content(1, taken_at=datetime(2020, 5, 1, tzinfo=UTC), camera="Canon"),
                "a/x.jpg": content(2, taken_at=datetime(2022, 5, 1, tzinfo=UTC)),
                "c.jpg": content(3, taken_at=datetime(2021, 5, 1, tzinfo=UTC), camera="Canon"),
            },
        )
        odd = os.fsdecode(b"caf\xe9.jpg")
        fill(connection, Path("/y"), {odd: content(4, taken_at=datetime(2019, 5, 1, tzinfo=UTC))})


def names(library: Library, **options: object) -> list[str]:
    with library.read() as connection:
        return [p.path.name for p in recent(connection, 10, 0, **options)]  # type: ignore[arg-type]


def test_by_date_the_newest_photo_comes_first(library: Library) -> None:
    fill_two_folders(library)
    assert names(library) == ["x.jpg", "c.jpg", "b.jpg", os.fsdecode(b"caf\xe9.jpg")]


def test_by_folder_a_folder_is_not_torn_apart_by_those_inside_it(library: Library) -> None:
    fill_two_folders(library)
    assert names(library, order=Order.FOLDER) == [
        os.fsdecode(b"caf\xe9.jpg"),
        "b.jpg",
        "c.jpg",
        "x.jpg",
    ]


def test_pages_of_an_order_join_without_a_gap(library: Library) -> None:
    fill_two_folders(library)
    with library.read() as connection:
        pages = [recent(connection, 1, start, order=Order.FOLDER) for start in range(5)]
    assert [len(page) for page in pages] == [1, 1, 1, 1, 0]
    assert [p.path.name for page in pages for p in page] == names(library, order=Order.FOLDER)


def test_what_does_not_pass_the_filters_is_not_listed(library: Library) -> None:
    fill_two_folders(library)
    assert names(library, filters=Filters(camera="canon")) == ["c.jpg", "b.jpg"]
    assert names(library, filters=Filters(folders=(Path("/z/a"),)), order=Order.FOLDER) == ["x.jpg"]


def test_a_photo_tells_the_time_of_its_file(library: Library) -> None:
    fill_two_folders(library)
    with library.read() as connection:
        (photo, *_) = recent(connection, 1, 0)
    assert photo.modified_at is not None and photo.modified_at.year == 1970
