"""What a terminal shows of an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from console import text
from engine.types import (
    Band,
    Engine,
    Metadata,
    Photo,
    Position,
    SearchAnswer,
    SearchHit,
    Timings,
)

SIDE = 1000


def hit(match: tuple[int, int, int, int] | None) -> SearchHit:
    photo = Photo(1, Path("/photos/a.jpg"), True, SIDE, SIDE, 1, Metadata())
    return SearchHit(1, photo, 0.5, Band.RELATED, 0.5, match=match)


def shown(*hits: SearchHit) -> list[str]:
    return list(text.search(SearchAnswer(Engine.EXACT, None, hits, Timings(), 2)))


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ((0, 0, 500, 500), Position.UPPER_LEFT),
        ((300, 0, 400, 400), Position.TOP),
        ((500, 250, 500, 500), Position.RIGHT),
        ((260, 240, 500, 500), Position.MIDDLE),
        ((0, 600, 400, 400), Position.LOWER_LEFT),
        ((600, 600, 400, 400), Position.LOWER_RIGHT),
        ((20, 30, 900, 850), Position.WHOLE),
        ((20, 0, 900, 400), Position.TOP),
    ],
)
def test_where_a_part_was_found_is_a_word(match: tuple[int, int, int, int], said: Position) -> None:
    assert hit(match).position is said


def test_an_answer_by_part_says_where_in_each_photo() -> None:
    head, first, second, _ = shown(hit((0, 0, 500, 500)), hit(None))
    assert head.split() == ["rank", "score", "similarity", "match", "where", "photo"]
    assert first.split()[3:] == ["related", "upper", "left", "/photos/a.jpg"]
    assert second.split()[3:] == ["related", "-", "/photos/a.jpg"]


def test_an_answer_of_whole_photos_has_no_such_column() -> None:
    assert "where" not in shown(hit(None))[0]
