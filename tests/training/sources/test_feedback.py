"""What people marked: the latest word counts, and what is kept apart never comes together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from engine.store.schema import FeedbackRow
from engine.training.sources import feedback
from engine.training.sources.components import Components
from tests.training.sources.conftest import Shelf

Together = Callable[..., set[frozenset[str]]]


def mark(shelf: Shelf, *marks: str) -> None:
    """ "a + b" or "a - b", each a second later; "? + b" was asked with an image from outside."""
    first = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [
        {
            "query_content_id": None if query == "?" else shelf.id_of(query),
            "content_id": shelf.id_of(photo),
            "sign": 1 if sign == "+" else -1,
            "created_at": first + timedelta(seconds=number),
        }
        for number, (query, sign, photo) in enumerate(text.split() for text in marks)
    ]
    rows.reverse()  # ids tell nothing of the order
    with shelf.library.write() as connection:
        connection.execute(sa.insert(FeedbackRow), rows)


def read(shelf: Shelf) -> tuple[set[frozenset[str]], set[frozenset[str]]]:
    """Groups and pairs that are apart, by name."""
    source = feedback.read(shelf.library, shelf.ids)
    assert source.apart.shape == (len(source.apart), 2)
    pairs = {frozenset(shelf.names[row] for row in pair) for pair in source.apart.tolist()}
    return shelf.groups(source), pairs


def test_marks_connect_photos_and_keep_them_apart(shelf: Shelf, together: Together) -> None:
    shelf.put(*"abcdefg")
    mark(shelf, "a + b", "c + b", "d + e", "a - d", "? + f", "? - g", "g + g")
    assert read(shelf) == (together("a b c", "d e"), together("a d"))


def test_the_latest_word_on_two_photos_counts(shelf: Shelf, together: Together) -> None:
    shelf.put(*"abcd")
    mark(shelf, "a + b", "b - a", "c - d", "d + c")
    assert read(shelf) == (together("c d"), together("a b"))


def test_photos_that_are_apart_come_together_through_no_third(
    shelf: Shelf, together: Together
) -> None:
    shelf.put(*"abcde")
    mark(shelf, "b + c", "a - c", "a + b", "d + e")
    assert read(shelf) == (together("a b", "d e"), together("a c"))


def test_marks_on_photos_that_are_not_asked_for_are_left_out(shelf: Shelf) -> None:
    shelf.put(*"abc")
    mark(shelf, "a + b", "a - c", "b - c")
    source = feedback.read(shelf.library, shelf.ids[[2, 1]])
    assert source.groups.tolist() == [-1, -1]
    assert source.apart.tolist() == [[0, 1]]


def test_components_that_grew_keep_apart_what_their_parts_were_apart_from() -> None:
    components = Components(6)
    components.keep_apart(0, 5)
    for one, other in ((0, 1), (2, 3), (3, 4), (1, 2), (4, 5)):
        components.join(one, other)
    keys = components.keys().tolist()
    assert len(set(keys[:5])) == 1
    assert keys[5] != keys[0]
