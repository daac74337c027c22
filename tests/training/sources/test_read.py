"""What a choice of labels reads, and files that people wrote."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from engine.errors import UserError
from engine.training.sources.read import SOURCES, read_sources
from engine.training.sources.source import group, rows_of
from tests.training.sources.conftest import Shelf
from tests.training.sources.test_feedback import mark

Together = Callable[..., set[frozenset[str]]]


@pytest.fixture
def full(shelf: Shelf) -> Shelf:
    """A library that offers something of everything."""
    times = [f"2021-05-01 10:00:0{n}" for n in range(3)]
    shelf.put("beach/0.jpg", "beach/1.jpg", "beach/2.jpg", times=times, hashes=[7, 7, -1])
    shelf.put("sea/0.jpg", "sea/1.jpg", "sea/2.jpg", "rest.jpg", hashes=[21 << n for n in range(4)])
    mark(shelf, "beach/0.jpg + sea/0.jpg", "beach/0.jpg - rest.jpg")
    return shelf


def test_a_choice_names_its_sources(full: Shelf) -> None:
    def names(choice: str) -> list[str]:
        return [source.name for source in read_sources(full.library, choice, full.ids)]

    assert SOURCES == ("auto", "albums", "events", "none")
    assert names("auto") == ["albums", "events", "bursts", "duplicates", "feedback"]
    assert names("albums") == ["albums"]
    assert names("events") == ["events", "bursts"]
    assert names("none") == []


def test_sources_that_say_nothing_are_left_out(shelf: Shelf) -> None:
    assert read_sources(shelf.library, "auto", shelf.ids) == ()
    shelf.put("a.jpg", "b.jpg", "c.jpg")
    assert read_sources(shelf.library, "auto", shelf.ids) == ()
    mark(shelf, "a.jpg - b.jpg")  # no group, but something
    assert [s.name for s in read_sources(shelf.library, "auto", shelf.ids)] == ["feedback"]


def test_a_library_ten_times_as_large_takes_no_more_statements(full: Shelf) -> None:
    def statements() -> list[str]:
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        read_sources(full.library, "auto", full.ids)
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
        return seen

    before = len(statements())
    full.put(*(f"more/{number}.jpg" for number in range(70)), hashes=[21] * 70)
    assert len(statements()) == before > 0


def test_a_file_names_photos_from_where_it_lies(shelf: Shelf, together: Together) -> None:
    shelf.put("beach/0.jpg", "beach/1.jpg", "birthday/0.jpg", "birthday/1.jpg", "alone.jpg")
    file = shelf.root.parent / "labels.csv"
    rows = ["beach/0.jpg,sea", "./birthday/1.jpg,sea", "gone.jpg,sea", "alone.jpg,single"]
    file.write_text("\n".join(["file,label", *(f"Pictures/{row}" for row in rows)]))
    (source,) = read_sources(shelf.library, os.fspath(file), shelf.ids)
    assert source.name == "file"
    assert shelf.groups(source) == together("beach/0.jpg birthday/1.jpg")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name,kind\na.jpg,sea", "no columns 'file' and 'label'"),
        ("file,label\nnobody.jpg,sea", "None of the photos in .* is in the library"),
        ("file,label\na.jpg," + "x" * 200_000, "is no CSV file"),
        (None, r"cannot be read .*auto, albums, events, none"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_sentence(
    shelf: Shelf, tmp_path: Path, text: str | None, sentence: str
) -> None:
    shelf.put("a.jpg")
    file = tmp_path / "labels.csv"
    if text is not None:
        file.write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_sources(shelf.library, os.fspath(file), shelf.ids)


def test_groups_are_dense_and_neither_single_nor_too_large() -> None:
    keys = np.array([7, -1, 3, 7, 5, 9, 9, 9, -1])
    assert group(keys).tolist() == [0, -1, -1, 0, -1, 1, 1, 1, -1]
    assert group(keys, largest=2).tolist() == [0, -1, -1, 0, -1, -1, -1, -1, -1]


def test_rows_are_found_in_any_order() -> None:
    assert rows_of(np.array([30, 10, 20]), np.array([20, 40, 10, 5])).tolist() == [2, -1, 1, -1]
    assert rows_of(np.array([], np.int64), np.array([3])).tolist() == [-1]
