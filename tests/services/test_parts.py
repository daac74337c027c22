"""Searching by part: a box is looked for within photos, and the answer says where."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image

from engine.errors import UserError
from engine.search import parts
from engine.services import exporting
from engine.services.session import Session
from engine.store.schema import RegionRow, RegionSpaceRow
from engine.types import Filters, Mark, Query, SearchAnswer
from tests.services.conftest import open_session
from tests.services.indexed import finish

PASTED = (70, 20, 80, 80)  # in a collage of 160 x 160


@pytest.fixture(scope="module")
def collage_library(
    tmp_path_factory: pytest.TempPathFactory, samples: Path
) -> tuple[Path, Path, Path]:
    """A described library of few photos, and in it a photo with a part of another: the library,
    the photo whose middle was taken, and the photo that it was pasted into."""
    root = tmp_path_factory.mktemp("parts")
    folder = root / "photos"
    folder.mkdir()
    groceries = sorted((samples / "groceries").rglob("*.jpg"))[::4][:4]
    clothes = sorted((samples / "clothes").rglob("*.jpg"))[::4][:3]
    for path in (*groceries, *clothes):
        shutil.copy(path, folder / path.name)
    source = folder / groceries[0].name
    with Image.open(clothes[0]) as ground, Image.open(source) as photo:
        collage = ground.convert("RGB").resize((160, 160))
        width, height = photo.size
        box = (width // 4, height // 4, width * 3 // 4, height * 3 // 4)
        collage.paste(photo.convert("RGB").crop(box).resize(PASTED[2:]), PASTED[:2])
    pasted = folder / "collage.jpg"
    collage.save(pasted, quality=92)
    with closing(open_session(root / "library")) as session:
        finish(session.index([folder]))
        assert finish(session.describe_parts()) == 8
    return root / "library", source, pasted


@pytest.fixture
def parts_session(
    collage_library: tuple[Path, Path, Path], tmp_path: Path
) -> Iterator[tuple[Session, Path, Path]]:
    """A session on a copy of it."""
    folder, source, pasted = collage_library
    shutil.copytree(folder, tmp_path / "copy")
    with closing(open_session(tmp_path / "copy")) as session:
        yield session, source, pasted


def middle(path: Path) -> Query:
    with Image.open(path) as photo:
        width, height = photo.size
    return Query(path, (width // 4, height // 4, width // 2, height // 2), by_part=True)


def ranks(answer: SearchAnswer) -> dict[str, int]:
    return {hit.photo.path.name: hit.rank for hit in answer.hits}


def test_a_part_is_found_in_another_photo_and_where(
    parts_session: tuple[Session, Path, Path],
) -> None:
    session, source, pasted = parts_session
    answer = session.search(middle(source))
    found = {hit.photo.path: hit for hit in answer.hits}
    assert {answer.hits[0].photo.path, answer.hits[1].photo.path} == {source, pasted}
    assert answer.note == "" and len(answer.hits) == 8
    x, y, width, height = found[pasted].match or (0, 0, 0, 0)
    assert abs(x + width / 2 - 110) < 30 and abs(y + height / 2 - 60) < 30
    whole = ranks(session.search(replace(middle(source), crop=None, by_part=False)))
    assert whole["collage.jpg"] > 2


def test_a_box_on_the_photo_it_was_pasted_into_finds_where_it_came_from(
    parts_session: tuple[Session, Path, Path],
) -> None:
    session, source, pasted = parts_session
    answer = session.search(Query(pasted, PASTED, by_part=True))
    assert ranks(answer)[source.name] <= 2
    content_id = next(h.photo.content_id for h in answer.hits if h.photo.path == pasted)
    own = session.search(Query(content_id, PASTED, by_part=True))  # a box on a result
    assert own.hits[0].photo.path == source and "collage.jpg" not in ranks(own)


def test_the_places_stand_in_the_document(parts_session: tuple[Session, Path, Path]) -> None:
    session, source, _ = parts_session
    results = exporting.document(session.search(middle(source), top=3))["results"]
    assert all(len(result["match"]) == 4 for result in results)
    plain = exporting.document(session.search(Query(source), top=3))["results"]
    assert [result["match"] for result in plain] == [None] * 3


def test_marks_and_filters_hold_for_parts(parts_session: tuple[Session, Path, Path]) -> None:
    session, source, _ = parts_session
    first, *_, last = session.search(middle(source)).hits
    marks = (Mark(last.photo.content_id, 1), Mark(first.photo.content_id, -1))
    answer = session.search(replace(middle(source), marks=marks))
    assert answer.hits[0].photo == last.photo
    assert first.photo not in [hit.photo for hit in answer.hits]
    scores = [hit.score for hit in answer.hits]
    assert scores == sorted(scores, reverse=True)
    elsewhere = Filters(folders=(source.parent / "nowhere",))
    assert session.search(middle(source), filters=elsewhere).hits == ()


def test_boxes_of_every_size_are_answered_or_refused_in_words(
    parts_session: tuple[Session, Path, Path],
) -> None:
    session, source, _ = parts_session
    for box in ((0, 0, 1, 1), (0, 0, 10**6, 10**6), (-50, -50, 90, 90)):
        assert len(session.search(Query(source, box, by_part=True), top=4).hits) == 4
    whole = session.search(Query(source, by_part=True))
    assert whole.hits[0].photo.path == source
    with pytest.raises(UserError, match="box of no size"):
        session.search(Query(source, (5, 5, 0, 9), by_part=True))
    with pytest.raises(UserError, match="lies outside the picture"):
        session.search(Query(source, (10**6, 5, 9, 9), by_part=True))


def test_before_photos_are_described_the_part_alone_answers_and_says_so(
    session: Session, samples: Path
) -> None:
    query = middle(next((samples / "groceries").rglob("*.jpg")))
    answer = session.search(query, top=5)
    assert "No photo is described by its parts yet" in answer.note
    alone = session.search(replace(query, by_part=False), top=5)
    assert [hit.photo for hit in answer.hits] == [hit.photo for hit in alone.hits]
    assert {hit.match for hit in answer.hits} == {None}


def test_describing_can_be_left_and_goes_on(
    parts_session: tuple[Session, Path, Path], samples: Path
) -> None:
    session, source, _ = parts_session
    for path in sorted((samples / "groceries").rglob("*.jpg"))[1:4]:
        shutil.copy(path, source.parent / f"new-{path.name}")
    try:
        finish(session.index())
    finally:
        for new in source.parent.glob("new-*"):
            new.unlink()
    assert session.search(middle(source)).note == (
        "3 photos were not described by their parts yet and left out."
    )
    job = session.describe_parts()
    for _ in range(3):  # the model, the first photo, the second
        next(job)
    job.close()
    assert session.status().described == 9
    assert session.search(middle(source)).note.startswith("2 photos were")
    assert finish(session.describe_parts()) == 2 and finish(session.describe_parts()) == 0
    answer = session.search(middle(source), top=20)
    assert len(answer.hits) == 11 and answer.note == ""


def test_photos_that_left_are_no_longer_found(
    parts_session: tuple[Session, Path, Path],
) -> None:
    session, source, pasted = parts_session
    assert "collage.jpg" in ranks(session.search(middle(source)))
    kept = pasted.read_bytes()
    pasted.unlink()
    try:
        finish(session.index())
        assert "collage.jpg" not in ranks(session.search(middle(source)))
    finally:
        pasted.write_bytes(kept)


def test_a_photo_edited_in_place_is_described_anew(
    parts_session: tuple[Session, Path, Path],
) -> None:
    session, source, pasted = parts_session
    kept = pasted.read_bytes()
    Image.new("RGB", (160, 160), "grey").save(pasted)
    try:
        finish(session.index())
        assert finish(session.describe_parts()) == 1
        answer = session.search(middle(source), top=20)
        assert ranks(answer)["collage.jpg"] > 2 and len(answer.hits) == 8
    finally:
        pasted.write_bytes(kept)


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\xff" * 9001])
def test_a_damaged_copy_is_made_again(
    parts_session: tuple[Session, Path, Path], damage: bytes
) -> None:
    session, source, _ = parts_session
    before = session.search(middle(source))
    (file,) = (session.library.folder / "vectors").glob("regions-?")
    whole = file.stat().st_size
    with closing(open_session(session.library.folder)) as fresh:
        file.unlink()
        file.write_bytes(damage)
        after = fresh.search(middle(source))
    assert ranks(after) == ranks(before)
    assert file.stat().st_size == whole


def test_training_again_changes_nothing_for_parts(
    session: Session, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "FITTED_ON", 2)
    some = sorted((samples / "groceries").rglob("*.jpg"))[:1]
    job = session.describe_parts()
    while session.status().described < 2:
        next(job)
    job.close()
    before = session.search(middle(some[0]))
    assert before.hits
    (ready,) = (g for g in session.generations() if g.state.value == "ready")
    with session.library.write() as connection:
        connection.execute(sa.text("UPDATE generation SET state = 'retired'"))
    assert session.search(middle(some[0])).hits == before.hits
    session.use_generation(ready.generation_id)
    assert session.search(middle(some[0])).hits == before.hits


def test_a_small_library_that_has_grown_is_described_in_a_better_space(
    parts_session: tuple[Session, Path, Path],
) -> None:
    session, _, _ = parts_session
    with session.library.write(visible=False) as connection:
        connection.execute(sa.update(RegionSpaceRow).values(fitted_on=2))
        connection.execute(sa.delete(RegionRow).where(RegionRow.content_id == 1))
    assert finish(session.describe_parts()) == 8
    with session.library.read() as connection:
        (fitted_on,) = connection.execute(sa.select(RegionSpaceRow.fitted_on)).scalars()
    assert fitted_on == 8


def test_storage_is_a_few_kilobytes_a_photo(parts_session: tuple[Session, Path, Path]) -> None:
    session, source, _ = parts_session
    session.search(middle(source))
    (file,) = (session.library.folder / "vectors").glob("regions-?")
    assert file.stat().st_size / 8 < 2048
    assert len(parts.TILES) * parts.WIDTH < 2048
    status = session.status()
    assert status.described == 8 and status.bytes["vectors"] >= file.stat().st_size


def test_a_saved_search_is_by_part_again(parts_session: tuple[Session, Path, Path]) -> None:
    session, source, _ = parts_session
    session.remember(middle(source), name="the fruit")
    kept = session.find_saved("the fruit")
    assert kept.query == middle(source)
    assert session.run_saved(kept).hits[0].match is not None


def test_the_same_question_has_the_same_answer(
    parts_session: tuple[Session, Path, Path],
) -> None:
    session, source, _ = parts_session
    one, other = (session.search(middle(source)) for _ in range(2))
    assert one.hits == other.hits
    assert json.dumps([hit.match for hit in one.hits])
    assert np.isfinite([hit.score for hit in one.hits]).all()
