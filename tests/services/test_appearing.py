"""Which likeness counts: on queries where content, colour and composition disagree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from engine.services.session import Session
from engine.types import Band, Filters, Likeness, Mark, Query
from tests.services.indexed import finish


@pytest.fixture
def described(session: Session) -> Session:
    assert finish(session.describe()) == 75
    return session


@pytest.fixture
def shots(samples: Path) -> list[Path]:
    return sorted((samples / "groceries").rglob("*.jpg"))[::5]


def recoloured(path: Path) -> Image.Image:
    """The same picture with red and blue in each other's place."""
    with Image.open(path) as photo:
        red, green, blue = photo.convert("RGB").split()
    return Image.merge("RGB", (blue, green, red))


def scrambled(path: Path) -> Image.Image:
    """The same colours in other places: sixteen tiles, mixed."""
    with Image.open(path) as photo:
        pixels = np.asarray(photo.convert("RGB").resize((128, 128)))
    tiles = pixels.reshape(4, 32, 4, 32, 3).transpose(0, 2, 1, 3, 4).reshape(16, 32, 32, 3)
    mixed = tiles[np.random.default_rng(0).permutation(16)].reshape(4, 4, 32, 32, 3)
    return Image.fromarray(mixed.transpose(0, 2, 1, 3, 4).reshape(128, 128, 3))


def rank_of(session: Session, path: Path, image: Image.Image, likeness: Likeness) -> int:
    answer = session.search(Query(image), likeness=likeness, top=75)
    return next(hit.rank for hit in answer.hits if hit.photo.path == path)


def test_composition_does_not_see_colours(described: Session, shots: list[Path]) -> None:
    for path in shots:
        assert rank_of(described, path, recoloured(path), Likeness.COMPOSITION) == 1


def test_colour_does_not_see_places(described: Session, shots: list[Path]) -> None:
    ranks = [rank_of(described, path, scrambled(path), Likeness.COLOUR) for path in shots]
    assert ranks == [1] * len(shots)


def test_where_they_disagree_each_goes_its_own_way(described: Session, shots: list[Path]) -> None:
    by_place = [rank_of(described, p, scrambled(p), Likeness.COMPOSITION) for p in shots]
    by_colour = [rank_of(described, p, recoloured(p), Likeness.COLOUR) for p in shots]
    assert np.mean(by_place) > 5 and np.mean(by_colour) > 5


def test_a_blend_finds_what_content_finds(described: Session, shots: list[Path]) -> None:
    for path in shots:
        hits = described.search(Query(path), likeness=Likeness.BLEND, top=5).hits
        assert hits[0].photo.path == path
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True) and len(hits) == 5


def test_marks_and_filters_hold_for_every_likeness(
    described: Session, samples: Path, shots: list[Path]
) -> None:
    first, _, third = described.search(Query(shots[0]), top=3).hits
    marks = (Mark(third.photo.content_id, 1), Mark(first.photo.content_id, -1))
    answer = described.search(Query(shots[0], marks=marks), likeness=Likeness.COLOUR, top=75)
    assert answer.hits[0].photo == third.photo
    assert first.photo not in [hit.photo for hit in answer.hits]
    inside = Filters(folders=(samples / "clothes",))
    found = described.search(Query(shots[0]), likeness=Likeness.COMPOSITION, filters=inside).hits
    assert found and all(h.photo.path.is_relative_to(samples / "clothes") for h in found)
    assert {hit.band for hit in found} <= {Band.RELATED, Band.GUESS}


def test_describing_is_done_once_and_can_be_cancelled(session: Session, shots: list[Path]) -> None:
    answer = session.search(Query(shots[0]), likeness=Likeness.COLOUR)
    assert answer.hits == () and answer.note.startswith("75 photos were not described yet")
    job = session.describe()
    next(job)
    job.close()
    assert finish(session.describe()) == 75 and finish(session.describe()) == 0
    assert session.search(Query(shots[0]), likeness=Likeness.COLOUR).hits[0].photo.path == shots[0]


def test_a_plain_picture_has_an_appearance_too(described: Session) -> None:
    plain = Query(ImageOps.expand(Image.new("RGB", (50, 50), "white"), 1))
    for likeness in Likeness:
        assert len(described.search(plain, likeness=likeness, top=4).hits) == 4
