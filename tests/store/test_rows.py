"""The gallery's rows on disk: what the database says, grown by what is new, made again if false."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
import sqlalchemy as sa
from filelock import FileLock

from engine.search.ports import EncoderSpec
from engine.store import changes, files, generations, models, rows
from engine.store.database import Library
from engine.store.schema import ContentRow, EmbeddingRow, FileRow
from engine.store.vectors import add_embeddings, open_vectors
from engine.types import FileStatus

SPEC = EncoderSpec("tiny", "sha", 8, 4, 4, 1, "mean")


@pytest.fixture
def model(library: Library) -> int:
    with library.write() as connection:
        files.add_root(connection, library.folder)
        return models.use(connection, SPEC)


def add(library: Library, model: int, contents: Sequence[int]) -> None:
    """Contents with a file, a hash (but for multiples of ten) and an embedding."""
    with library.write() as connection:
        connection.execute(
            sa.insert(ContentRow),
            [
                {
                    "id": n,
                    "quick_hash": n.to_bytes(8, "little"),
                    "width": 4,
                    "height": 3,
                    "orientation": 1,
                    "perceptual_hash": None if n % 10 == 0 else -n,
                }
                for n in contents
            ],
        )
        (root,) = files.roots(connection)
        connection.execute(
            sa.insert(FileRow),
            [
                {
                    "root_id": root.root_id,
                    "path": f"{n}.jpg",
                    "size_bytes": 1,
                    "mtime_ns": 1,
                    "content_id": n,
                    "status": FileStatus.PRESENT,
                    "changed_at": datetime.now(UTC),
                }
                for n in contents
            ],
        )
        add_embeddings(connection, model, list(contents), np.ones((len(contents), 4)))


def identified(library: Library, model: int, contents: Sequence[int]) -> int:
    """A generation that gave each of ``contents`` its number as identifier."""
    with library.write() as connection:
        number = generations.create(connection, model, 2, 16, "generation-1")
        generations.add_identifiers(connection, number, contents, np.array(contents))
    return number


def file_of(library: Library, model: int, generation: int) -> str:
    return str(library.folder / "vectors" / f"rows-{model}-{generation}")


def test_rows_say_what_the_database_does(library: Library, model: int) -> None:
    add(library, model, [7, 10, 12])
    found = rows.open_rows(library, model, identified(library, model, [7, 10, 12]))
    assert found["content"].tolist() == [7, 10, 12]
    assert found["packed"].tolist() == [7, 10, 12]
    assert found["hash"].tolist() == [-7, 0, -12]
    assert found["hashed"].tolist() == [1, 0, 1]
    assert (np.diff(found["embedding"]) > 0).all()


def test_a_library_without_photos_has_no_rows(library: Library, model: int) -> None:
    assert len(rows.open_rows(library, model, None)) == 0


def test_without_a_generation_every_embedding_is_a_row(library: Library, model: int) -> None:
    add(library, model, [1, 2])
    assert rows.open_rows(library, model, None)["packed"].tolist() == [0, 0]


def test_photos_without_an_identifier_wait(library: Library, model: int) -> None:
    add(library, model, [1, 2, 3])
    generation = identified(library, model, [1, 2])
    assert rows.open_rows(library, model, generation)["content"].tolist() == [1, 2]
    with library.write() as connection:
        generations.add_identifiers(connection, generation, [3], np.array([3]))
    assert rows.open_rows(library, model, generation)["content"].tolist() == [1, 2, 3]


def test_new_photos_are_appended_and_nothing_else_is_read(
    library: Library, model: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, model, list(range(1, 200)))
    first = rows.open_rows(library, model, None)
    add(library, model, [300, 301])
    read: list[int] = []
    real = rows.streamed

    def counting(result: sa.CursorResult[tuple[int, ...]], width: int) -> np.ndarray:
        found = real(result, width)
        read.append(len(found))
        return found

    monkeypatch.setattr(rows, "streamed", counting)
    second = rows.open_rows(library, model, None)
    assert second["content"].tolist() == [*range(1, 200), 300, 301]
    assert max(read) <= rows.COMPARED
    assert len(first) == 199  # who has it open keeps what it had


def test_photos_that_left_stay_as_rows(library: Library, model: int) -> None:
    add(library, model, [1, 2, 3])
    rows.open_rows(library, model, None)
    with library.write() as connection:
        connection.execute(sa.delete(EmbeddingRow).where(EmbeddingRow.content_id == 3))
    assert rows.open_rows(library, model, None)["content"].tolist() == [1, 2, 3]


def test_rows_that_the_database_does_not_know_are_made_again(library: Library, model: int) -> None:
    add(library, model, [1, 2, 3])
    found = np.array(rows.open_rows(library, model, None))
    found["content"][1] = 9  # as after a backup was put back: the ids belong to other photos
    with open(file_of(library, model, 0), "wb") as file:
        file.write(found.tobytes())
    assert rows.open_rows(library, model, None)["content"].tolist() == [1, 2, 3]


def test_a_cut_off_row_is_written_again(library: Library, model: int) -> None:
    add(library, model, [1, 2, 3])
    rows.open_rows(library, model, None)
    with open(file_of(library, model, 0), "r+b") as file:
        file.truncate(2 * rows.ROW.itemsize + 5)
    assert rows.open_rows(library, model, None)["content"].tolist() == [1, 2, 3]


def test_beside_a_process_that_appends_new_rows_are_kept_in_memory(
    library: Library, model: int
) -> None:
    add(library, model, [1, 2])
    rows.open_rows(library, model, None)
    add(library, model, [3])
    with FileLock(file_of(library, model, 0) + ".lock"):
        assert rows.open_rows(library, model, None)["content"].tolist() == [1, 2, 3]
    assert (library.folder / "vectors" / f"rows-{model}-0").stat().st_size == 2 * rows.ROW.itemsize


def since(library: Library, seen: int) -> list[int] | None:
    with library.read() as connection:
        found = changes.since(connection, seen)
    return None if found is None else found.tolist()


def last(library: Library) -> int:
    with library.read() as connection:
        return changes.last(connection)


def test_files_that_come_go_or_change_are_noted(library: Library, model: int) -> None:
    assert since(library, 0) == []
    add(library, model, [1, 2, 3])
    assert since(library, 0) == [1, 2, 3]
    seen = last(library)
    with library.write() as connection:
        connection.execute(sa.update(FileRow).values(mtime_ns=2))  # touched
    assert since(library, seen) == []
    with library.write() as connection:
        update = sa.update(FileRow).where(FileRow.content_id == 2)
        connection.execute(update.values(status=FileStatus.MISSING))
    assert since(library, seen) == [2]
    seen = last(library)
    with library.write() as connection:
        connection.execute(sa.delete(FileRow).where(FileRow.content_id == 3))
    assert since(library, seen) == [3]
    seen = last(library)
    with library.write() as connection:
        connection.execute(sa.update(FileRow).where(FileRow.content_id == 1).values(content_id=2))
    assert since(library, seen) == [1, 2]


def test_who_has_seen_too_little_is_told_so(
    library: Library, model: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "KEPT", 2)
    add(library, model, [1, 2, 3, 4, 5])
    with library.write() as connection:
        changes.trim(connection)
    assert since(library, 0) is None
    assert since(library, 3) == [4, 5]
    assert since(library, 99) is None  # an older library was put back
    with library.read() as connection:
        assert files.live_contents(connection, np.array([2, 4, 9])).tolist() == [2, 4]


def test_a_copy_of_vectors_that_was_compared_is_compared_at_its_end_alone(
    library: Library, model: int
) -> None:
    add(library, model, list(range(1, 200)))
    ids = rows.open_rows(library, model, None)["embedding"]
    open_vectors(library, model, ids, 4, "copy")
    file = library.folder / "vectors" / "copy.ids"
    known = np.fromfile(file, np.int64)
    known[-2] += 1  # the copy of another library, as far as can be seen
    known.tofile(file)
    assert len(open_vectors(library, model, ids, 4, "copy", agreed=len(ids))) == len(ids)
    assert np.array_equal(np.fromfile(file, np.int64), ids)
    add(library, model, [300])
    ids = rows.open_rows(library, model, None)["embedding"]
    grown = open_vectors(library, model, ids, 4, "copy", agreed=len(ids) - 1)
    assert (len(grown.mapped), len(grown.tail)) == (200, 0)
