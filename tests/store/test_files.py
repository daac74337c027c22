"""What results, filters and the problems list read of the library."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from engine.store import files, intake, problems
from engine.store.database import Library
from engine.store.known import Known, known_files
from engine.types import FileStatus, Filters, Metadata

NOW = datetime.now(UTC)


def content(number: int, **metadata: object) -> intake.NewContent:
    return intake.NewContent(
        quick_hash=number.to_bytes(16, "big"),
        width=400 + number,
        height=300,
        metadata=Metadata(**metadata),  # type: ignore[arg-type]
        perceptual_hash=-number,
    )


def file_ids(connection: sa.Connection, root_id: int) -> dict[str, int]:
    """A root's files by their paths below it."""
    rows = map(Known._make, known_files(connection, root_id, None, 10**6))
    return {os.fsdecode(row.key): row.file_id for row in rows}


def fill(
    connection: sa.Connection, root: Path, held: dict[str, intake.NewContent]
) -> dict[str, int]:
    """Add ``root`` with files (relative path -> content); returns content ids by path."""
    root_id = files.add_root(connection, root)
    intake.add_files(connection, root_id, [(path, 10, 1) for path in held])
    intake.put_contents(connection, list(held.values()))
    ids = intake.contents_by_hash(connection, [c.quick_hash for c in held.values()])
    rows = file_ids(connection, root_id)
    intake.attach(
        connection,
        [
            intake.Attachment(rows[path], ids[c.quick_hash], c.quick_hash, 10, 1)
            for path, c in held.items()
        ],
    )
    return {path: ids[c.quick_hash] for path, c in held.items()}


def test_adding_a_root_twice_keeps_its_id(library: Library) -> None:
    with library.write() as connection:
        first = files.add_root(connection, Path("/a"))
        assert files.add_root(connection, Path("/b")) != first
        assert files.add_root(connection, Path("/a")) == first


def test_a_photo_comes_back_as_it_was_stored(library: Library) -> None:
    metadata = {
        "taken_at": datetime(2020, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
        "camera": "Canon",
        "lens": "50mm",
        "latitude": -1.5,
        "longitude": 2.5,
        "rating": 4,
        "orientation": 6,
    }
    name = os.fsdecode(b"sub/latin1_\xe9\xff.jpg")
    with library.write() as connection:
        ids = fill(connection, Path("/photos"), {name: content(7, **metadata)})
        ((photo,),) = files.photos_by_content(connection, ids.values()).values()
    assert photo.path == Path("/photos", name)
    assert (photo.content_id, photo.online, photo.size_bytes) == (ids[name], True, 10)
    assert (photo.width, photo.height) == (407, 300)
    assert photo.metadata == Metadata(**metadata)


def test_of_identical_copies_the_one_that_is_online_comes_first(library: Library) -> None:
    with library.write() as connection:
        ids = fill(connection, Path("/away"), {"a.jpg": content(1)})
        fill(connection, Path("/here"), {"b.jpg": content(1)})
        away, _ = files.roots(connection)
        files.set_online(connection, away.root_id, False, None)
        (copies,) = files.photos_by_content(connection, ids.values()).values()
        assert [(str(photo.path), photo.online) for photo in copies] == [
            ("/here/b.jpg", True),
            ("/away/a.jpg", False),
        ]
        intake.set_status(connection, [2], FileStatus.MISSING)
        (copies,) = files.photos_by_content(connection, ids.values()).values()
    assert [photo.path for photo in copies] == [Path("/away/a.jpg")]


def test_more_contents_than_a_statement_takes_are_read_in_batches(library: Library) -> None:
    with library.write() as connection:
        ids = fill(connection, Path("/many"), {f"{n}.jpg": content(n) for n in range(2000)})
        photos = files.photos_by_content(connection, ids.values())
        assert len(photos) == 2000
        assert [photo.path for photo in photos[ids["1234.jpg"]]] == [Path("/many/1234.jpg")]
        assert intake.hashes_by_content(connection, ids.values()) == {
            ids[f"{n}.jpg"]: content(n).quick_hash for n in range(2000)
        }


def test_contents_are_live_while_a_file_of_theirs_is_present(library: Library) -> None:
    with library.write() as connection:
        ids = fill(
            connection,
            Path("/photos"),
            {"a.jpg": content(1), "copy.jpg": content(1), "b.jpg": content(2)},
        )
        assert files.live_contents(connection).tolist() == sorted(set(ids.values()))
        rows = file_ids(connection, 1)
        intake.set_status(connection, [rows["a.jpg"], rows["b.jpg"]], FileStatus.MISSING)
        live = files.live_contents(connection)
        assert live.tolist() == [ids["copy.jpg"]]
        assert live.dtype == np.int64


def test_photos_of_an_offline_folder_stay_live(library: Library) -> None:
    with library.write() as connection:
        fill(connection, Path("/photos"), {"a.jpg": content(1)})
        files.set_online(connection, 1, False, None)
        assert len(files.live_contents(connection)) == 1
        (folder,) = files.folders(connection)
    assert (folder.path, folder.online, folder.photos) == (Path("/photos"), False, 1)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {"a.jpg", "trip/b.jpg", "trip-2/c.jpg", "x/d.jpg"}),
        (Filters(folders=(Path("/p/one/trip"),)), {"trip/b.jpg"}),
        (Filters(folders=(Path("/p/one"),)), {"a.jpg", "trip/b.jpg", "trip-2/c.jpg"}),
        (Filters(folders=(Path("/p"),)), {"a.jpg", "trip/b.jpg", "trip-2/c.jpg", "x/d.jpg"}),
        (Filters(folders=(Path("/p/two"), Path("/p/one/trip"))), {"x/d.jpg", "trip/b.jpg"}),
        (Filters(folders=(Path("/elsewhere"),)), set()),
        (Filters(taken_from=datetime(2020, 1, 1, tzinfo=UTC)), {"a.jpg", "trip/b.jpg"}),
        (Filters(taken_until=datetime(2020, 1, 1, tzinfo=UTC)), {"a.jpg", "x/d.jpg"}),
        (Filters(camera="CANON"), {"a.jpg"}),
        (Filters(camera="%"), set()),
        (
            Filters(camera="o", taken_from=datetime(2020, 6, 1, tzinfo=UTC)),
            {"trip/b.jpg"},
        ),
    ],
)
def test_filters_keep_what_passes_all_of_them(
    library: Library, filters: Filters, expected: set[str]
) -> None:
    with library.write() as connection:
        one = {
            "a.jpg": content(1, taken_at=datetime(2020, 1, 1, tzinfo=UTC), camera="Canon EOS"),
            "trip/b.jpg": content(2, taken_at=datetime(2021, 1, 1, tzinfo=UTC), camera="Nikon"),
            "trip-2/c.jpg": content(3),
        }
        two = {"x/d.jpg": content(4, taken_at=datetime(2019, 1, 1, tzinfo=UTC))}
        ids = fill(connection, Path("/p/one"), one) | fill(connection, Path("/p/two"), two)
        passed = files.filtered_contents(connection, filters)
    assert {path for path, number in ids.items() if number in passed} == expected


def test_a_whole_name_of_a_camera_leaves_longer_names_out(library: Library) -> None:
    with library.write() as connection:
        photos = {
            "a.jpg": content(1, camera="Canon EOS 5"),
            "b.jpg": content(2, camera="Canon EOS 5D"),
            "c.jpg": content(3, camera="Nikon Z 5"),
        }
        ids = fill(connection, Path("/p"), photos)

        def found(camera: str) -> set[str]:
            passed = files.filtered_contents(connection, Filters(camera=camera))
            return {path for path, number in ids.items() if number in passed}

        assert found("canon eos 5") == {"a.jpg"}
        assert found("EOS 5") == {"a.jpg", "b.jpg"}


def test_removing_a_root_leaves_what_other_folders_hold(library: Library) -> None:
    with library.write() as connection:
        fill(connection, Path("/one"), {"a.jpg": content(1), "b.jpg": content(2)})
        fill(connection, Path("/two"), {"c.jpg": content(2)})
        files.remove_root(connection, 1)
        assert intake.purge(connection, NOW) == [content(1).quick_hash]
        ((photo,),) = files.photos_by_content(connection, files.live_contents(connection)).values()
    assert photo.path == Path("/two/c.jpg")


def test_a_missing_file_is_purged_after_its_time_and_not_before(library: Library) -> None:
    with library.write() as connection:
        fill(connection, Path("/one"), {"a.jpg": content(1)})
        intake.set_status(connection, [1], FileStatus.MISSING)
        assert intake.purge(connection, datetime.now(UTC) - timedelta(days=30)) == []
        assert intake.purge(connection, datetime.now(UTC) + timedelta(days=1)) == [
            content(1).quick_hash
        ]


def test_problems_tell_path_reason_attempts_and_when(library: Library) -> None:
    with library.write() as connection:
        root_id = files.add_root(connection, Path("/photos"))
        intake.add_files(connection, root_id, [("b.jpg", 5, 1)])
        intake.skip_files(connection, [(1, "cut off", 2)], again=False)
        intake.refuse_paths(connection, root_id, [("a.jp2", "JP2"), ("folder.jpg/", "a folder")])
        intake.refuse_paths(connection, root_id, [("a.jp2", "still JP2")])
        found = problems.problems(connection)
    assert [(str(p.path), p.reason, p.attempts) for p in found] == [
        ("/photos/a.jp2", "still JP2", 2),
        ("/photos/b.jpg", "cut off", 2),
        ("/photos/folder.jpg", "a folder", 1),
    ]
    assert all(abs(p.when - NOW) < timedelta(hours=2) for p in found)


def test_known_files_come_in_byte_order_page_by_page(library: Library) -> None:
    names = ["a/b.jpg", "a-b.jpg", "a.jpg", "Z.jpg", os.fsdecode(b"\xff.jpg"), "é.jpg"]
    with library.write() as connection:
        root_id = files.add_root(connection, Path("/photos"))
        intake.add_files(connection, root_id, [(name, 1, 1) for name in names])
        found: list[bytes] = []
        while page := known_files(connection, root_id, found[-1] if found else None, 2):
            found += [row[0] for row in page]
    assert found == sorted(os.fsencode(name) for name in names)
