"""A camera raw file and the picture beside it are one photo."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.store import files, intake, stacks
from engine.store.database import Library
from engine.store.schema import FileRow
from engine.store.stacks import leaders, stacked
from engine.types import FileStatus, Metadata

FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "heic": "HEIF", "tif": "TIFF"}


def fill(library: Library, root: Path, paths: dict[str, int]) -> None:
    """Files (relative path -> content id) below ``root``, with the formats of their names."""
    contents = {}
    for path, number in paths.items():
        ending = path.rpartition(".")[2].lower()
        metadata = Metadata(format=FORMATS.get(ending, "RAW"))
        contents[number] = intake.NewContent(number.to_bytes(16, "big"), 4, 3, metadata, 0)
    with library.write() as connection:
        root_id = files.add_root(connection, root)
        known = set(connection.execute(sa.text("SELECT quick_hash FROM content")).scalars())
        new = [contents[n] for n in sorted(contents) if contents[n].quick_hash not in known]
        intake.put_contents(connection, new)
        connection.execute(
            sa.insert(FileRow),
            [
                {
                    "root_id": root_id,
                    "path": path,
                    "size_bytes": 1,
                    "mtime_ns": 1,
                    "quick_hash": contents[number].quick_hash,
                    "content_id": number,
                    "status": FileStatus.PRESENT,
                    "changed_at": datetime.now(UTC),
                }
                for path, number in paths.items()
            ],
        )


def found(library: Library) -> dict[int, int]:
    with library.read() as connection:
        return leaders(connection)


def test_a_raw_file_stands_behind_the_picture_of_its_name(library: Library) -> None:
    held = {"a/IMG_1.JPG": 1, "a/IMG_1.CR2": 2, "a/IMG_2.heic": 3, "a/IMG_2.dng": 4}
    fill(library, Path("/photos"), held)
    assert found(library) == {2: 1, 4: 3}


@pytest.mark.parametrize(
    "held",
    [
        {"a/IMG_1.jpg": 1, "b/IMG_1.CR2": 2},
        {"IMG_1.jpg": 1, "IMG_10.CR2": 2},
        {"IMG_1.edited.jpg": 1, "IMG_1.CR2": 2},
        {"IMG_1/IMG_1.jpg": 1, "IMG_1.CR2": 2},
        {"IMG_1.jpg": 1, "IMG_1.heic": 2},
        {"IMG_1.CR2": 1, "IMG_1.DNG": 2},
        {"img_1.jpg": 1, "IMG_1.CR2": 2},
    ],
)
def test_what_differs_in_more_than_the_extension_is_no_pair(
    library: Library, held: dict[str, int]
) -> None:
    fill(library, Path("/photos"), held)
    assert found(library) == {}


def test_what_the_camera_wrote_stands_in_front(library: Library) -> None:
    fill(library, Path("/photos"), {"a.tif": 1, "a.jpeg": 2, "a.nef": 3, "a.HEIC": 4, "a.dng": 5})
    assert found(library) == {3: 2, 5: 2}


def test_two_folders_of_the_library_are_not_mixed(library: Library) -> None:
    fill(library, Path("/one"), {"a.jpg": 1})
    fill(library, Path("/two"), {"a.nef": 2})
    assert found(library) == {}


def test_a_raw_file_that_lies_alone_anywhere_stands_for_itself(library: Library) -> None:
    fill(library, Path("/photos"), {"a.jpg": 1, "a.nef": 2, "backup/a.nef": 2})
    assert found(library) == {}


def test_a_picture_that_is_gone_leaves_the_raw_file_in_front(library: Library) -> None:
    fill(library, Path("/photos"), {"a.jpg": 1, "a.nef": 2})
    with library.write() as connection:
        gone = sa.update(FileRow).where(FileRow.content_id == 1)
        connection.execute(gone.values(status=FileStatus.MISSING))
    assert found(library) == {}


def test_names_of_any_bytes_make_pairs(library: Library) -> None:
    name = os.fsdecode(b"\xe9\xff %_'")
    fill(library, Path("/photos"), {f"{name}.jpg": 1, f"{name}.nef": 2})
    assert found(library) == {2: 1}


def test_pairs_are_found_through_the_index_of_paths(library: Library) -> None:
    with library.read() as connection:
        statement = str(stacks._PAIRS.compile(connection, compile_kwargs={"literal_binds": True}))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    steps = " / ".join(row[-1] for row in plan)
    assert "(root_id=? AND path>? AND path<?)" in steps


def test_a_stack_is_one_name_in_one_folder() -> None:
    assert stacked(Path("/p/a.nef"), Path("/p/a.jpg"))
    assert not stacked(Path("/q/a.nef"), Path("/p/a.jpg"))
    assert not stacked(Path("/p/b.nef"), Path("/p/a.jpg"))
