"""A search that goes on: several images, and marks of what it found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import UserError
from engine.services.session import Session
from engine.types import Band, Engine, Filters, Mark, Part, Query

ENGINES = pytest.mark.parametrize("engine", [Engine.GENERATIVE, Engine.EXACT])


@pytest.fixture
def dresses(samples: Path) -> list[Path]:
    return sorted(samples.rglob("*dress*.jpg"))


@pytest.fixture
def grocery(samples: Path) -> Path:
    return sorted((samples / "groceries").rglob("*.jpg"))[0]


def found(session: Session, query: Query, **options: object) -> list[Path]:
    return [hit.photo.path for hit in session.search(query, **options).hits]  # type: ignore[arg-type]


def content_of(session: Session, path: Path) -> int:
    hit = session.search(Query(path), engine=Engine.EXACT, top=1).hits[0]
    assert hit.photo.path == path
    return hit.photo.content_id


@ENGINES
def test_two_images_find_what_either_shows(
    session: Session, dresses: list[Path], grocery: Path, engine: Engine
) -> None:
    together = Query(dresses[0], also=(Part(grocery),))
    assert set(found(session, together, engine=engine, top=2)) == {dresses[0], grocery}


@ENGINES
def test_copies_of_two_images_are_found_as_what_they_are(
    session: Session, dresses: list[Path], grocery: Path, tmp_path: Path, engine: Engine
) -> None:
    copies = [tmp_path / "dress.png", tmp_path / "grocery.png"]
    for path, copy in zip((dresses[0], grocery), copies, strict=True):
        with Image.open(path) as photo:
            photo.resize((photo.width // 2, photo.height // 2)).save(copy)
    together = Query(copies[0], also=(Part(copies[1]),))
    first = session.search(together, engine=engine, top=2).hits
    assert {hit.photo.path for hit in first} == {dresses[0], grocery}
    assert {hit.band for hit in first} == {Band.SAME_SHOT}


def test_a_search_of_several_images_can_be_cancelled_before_each_of_them(
    session: Session, dresses: list[Path], grocery: Path
) -> None:
    def asked(*parts: Part) -> int:
        times: list[None] = []

        def cancelled() -> bool:
            times.append(None)
            return False

        session.search(Query(grocery, also=parts), cancelled=cancelled)
        return len(times)

    two, three = asked(Part(dresses[0])), asked(Part(dresses[0]), Part(dresses[1]))
    assert three == two + 1


@ENGINES
def test_what_was_marked_stays_first_and_what_was_refused_is_gone(
    session: Session, dresses: list[Path], grocery: Path, engine: Engine
) -> None:
    wanted, refused = content_of(session, grocery), content_of(session, dresses[1])
    query = Query(dresses[0], marks=(Mark(wanted, 1), Mark(refused, -1)))
    answer = session.search(query, engine=engine, top=75)
    shown = [hit.photo.path for hit in answer.hits]
    assert shown[0] == grocery and dresses[1] not in shown
    scores = [hit.score for hit in answer.hits]
    assert scores == sorted(scores, reverse=True)
    assert len(answer.hits) == 74


def test_a_marked_photo_that_filters_hide_stays_hidden(
    session: Session, dresses: list[Path], grocery: Path
) -> None:
    query = Query(dresses[0], marks=(Mark(content_of(session, grocery), 1),))
    inside = Filters(folders=(dresses[0].parent,))
    assert grocery not in found(session, query, filters=inside)


@ENGINES
def test_more_of_one_kind_brings_its_like_forward(
    session: Session, samples: Path, dresses: list[Path], engine: Engine
) -> None:
    groceries = set((samples / "groceries").rglob("*.jpg"))
    few = sorted(groceries)[:3]
    plain = Query(dresses[0])
    marked = replace(plain, marks=tuple(Mark(content_of(session, path), 1) for path in few))
    before, after = (
        len(groceries.intersection(found(session, query, engine=engine, top=15)))
        for query in (plain, marked)
    )
    assert after > before + len(few)


def test_a_mark_is_kept_seen_and_forgotten(
    session: Session, dresses: list[Path], grocery: Path
) -> None:
    own, wanted, other = (content_of(session, path) for path in (*dresses[:2], grocery))
    query = session.mark(Query(dresses[0]), wanted, 1)
    query = session.mark(query, other, -1)
    assert query.marks == (Mark(wanted, 1), Mark(other, -1))
    newest, oldest = session.marks()
    assert (newest.query_content_id, newest.content_id, newest.sign) == (own, other, -1)
    session.forget_marks([oldest.feedback_id])
    assert session.marks() == (newest,)
    assert session.mark(query, other, 0).marks == (Mark(wanted, 1),)
    assert session.marks() == ()


def test_marks_of_an_image_from_elsewhere_tie_what_was_wanted(
    session: Session, dresses: list[Path]
) -> None:
    one, other = (content_of(session, path) for path in dresses[:2])
    pasted = Image.new("RGB", (64, 64), "red")
    session.mark(session.mark(Query(pasted), one, 1), other, 1)
    assert [mark.query_content_id for mark in session.marks()] == [one, None]
    session.forget_marks()
    assert session.marks() == ()


def test_the_first_mark_of_an_image_from_elsewhere_can_be_taken_back(
    session: Session, dresses: list[Path]
) -> None:
    picture = Image.new("RGB", (40, 30), "teal")
    first, second = (h.photo.content_id for h in session.search(Query(picture), top=2).hits)
    query = session.mark(session.mark(Query(picture), first, 1), second, 1)
    assert {mark.content_id for mark in session.marks()} == {first, second}
    query = session.mark(query, first, 0)
    assert [mark.content_id for mark in session.marks()] == [second]
    assert [mark.content_id for mark in query.marks] == [second]
    assert session.photos_of([second, 10**6]).keys() == {second}


def test_a_photo_marked_both_ways_counts_as_marked_last(
    session: Session, dresses: list[Path], grocery: Path
) -> None:
    photo = content_of(session, grocery)
    answer = session.search(Query(dresses[0], marks=(Mark(photo, 1), Mark(photo, -1))), top=75)
    assert grocery not in [hit.photo.path for hit in answer.hits]
    assert answer.note.endswith("One photo was marked both ways: the last mark counts.")


def test_an_image_asked_for_and_avoided_counts_as_given_last(
    session: Session, dresses: list[Path], grocery: Path
) -> None:
    answer = session.search(Query(dresses[0], also=(Part(grocery),), minus=(grocery,)), top=5)
    assert grocery not in [hit.photo.path for hit in answer.hits]
    assert "both asked for and to be avoided" in answer.note
    with pytest.raises(UserError, match="one to be avoided: add one"):
        session.search(Query(grocery, minus=(grocery,)))


def test_twenty_images_are_enough(session: Session, dresses: list[Path]) -> None:
    images = [Image.new("RGB", (40, 40), (n * 12, 90, 200 - n * 9)) for n in range(20)]
    twenty = Query(images[0], also=tuple(Part(image) for image in images[1:]))
    assert len(found(session, twenty, top=5)) == 5
    with pytest.raises(UserError, match="20 images at most, and this one has 21"):
        session.search(replace(twenty, minus=(dresses[0],)))


def test_a_box_of_no_size_is_refused_in_words(session: Session, dresses: list[Path]) -> None:
    with pytest.raises(UserError, match="box of no size"):
        session.search(Query(dresses[0], crop=(5, 5, 0, 40)))


def test_a_mark_of_a_photo_that_left_changes_nothing(session: Session, dresses: list[Path]) -> None:
    gone = Query(dresses[0], marks=(Mark(999_999, 1),))
    assert found(session, gone, top=8) == found(session, Query(dresses[0]), top=8)
    with pytest.raises(UserError, match="no longer in the library"):
        session.mark(Query(dresses[0]), 999_999, 1)


def test_the_next_step_of_a_conversation_encodes_nothing(
    session: Session, dresses: list[Path], grocery: Path
) -> None:
    first = session.search(Query(dresses[0]))
    again = session.search(Query(dresses[0], marks=(Mark(content_of(session, grocery), 1),)))
    assert first.milliseconds.encode > 0 and again.milliseconds.encode == 0


def test_weights_move_a_mixture(session: Session, dresses: list[Path], grocery: Path) -> None:
    encode = session.searching.encode_query
    one, other = encode(Query(dresses[0])).embedding, encode(Query(grocery)).embedding
    little, much = (
        encode(Query(dresses[0], also=(Part(grocery, weight=w),))).embedding for w in (0.2, 5)
    )
    assert little @ one > much @ one and much @ other > little @ other
    assert np.allclose(little, (one + 0.2 * other) / 1.2, atol=1e-5)
