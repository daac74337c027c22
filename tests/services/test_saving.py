"""Searches that are kept: what is stored is the query, and it outlives files and restarts."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from engine.errors import UserError
from engine.services.session import Session
from engine.types import Filters, Kept, Likeness, Mark, Part, Query
from tests.services.conftest import open_session


@pytest.fixture
def dress(samples: Path, tmp_path: Path) -> Path:
    """A file that is no photo of the library, and may be deleted."""
    with Image.open(sorted(samples.rglob("*dress*.jpg"))[0]) as photo:
        photo.save(tmp_path / "asked.png")
    return tmp_path / "asked.png"


def names(session: Session, query: Query, **options: object) -> list[str]:
    return [h.photo.path.name for h in session.search(query, top=8, **options).hits]  # type: ignore[arg-type]


def test_a_search_is_kept_whole_and_survives_a_restart(
    session: Session, samples: Path, dress: Path
) -> None:
    mark = Mark(session.search(Query(dress), top=2).hits[1].photo.content_id, 1)
    part = Part(dress, (1, 2, 60, 70), -1, 0.5)
    query = Query(dress, (0, 0, 90, 90), also=(part,), marks=(mark,))
    filters = Filters(folders=(samples / "clothes",), formats=("JPEG",), orientation="square")
    session.remember(query, filters, "dresses")
    before = names(session, query, filters=filters)
    folder = session.library.folder
    session.close()
    again = open_session(folder)
    (search,) = again.saved()
    assert (search.name, search.query, search.filters) == ("dresses", query, filters)
    answer = again.run_saved(search, top=8)
    assert [hit.photo.path.name for hit in answer.hits] == before
    assert before and again.saved()[0].ran_at > search.ran_at
    again.close()


def test_dates_among_filters_are_kept(session: Session, dress: Path) -> None:
    dated = Filters(taken_until=datetime(2030, 1, 1, tzinfo=UTC))
    session.remember(Query(dress), dated)
    (search,) = session.saved()
    assert search.filters == dated and session.run_saved(search).hits == ()


def test_the_stored_thumbnail_and_vector_answer_for_a_file_that_is_gone(
    session: Session, dress: Path
) -> None:
    before = names(session, Query(dress))
    session.remember(Query(dress), name="gone")
    dress.unlink()
    search = session.find_saved("gone")
    assert isinstance(search.query.image, Kept)
    answer = session.run_saved(search, top=8)
    assert [hit.photo.path.name for hit in answer.hits][:3] == before[:3]
    assert answer.note.startswith("asked.png is gone: what was kept of it answers.")


def test_what_is_left_of_a_file_keeps_its_name_when_the_search_goes_on(
    session: Session, dress: Path
) -> None:
    session.remember(Query(dress), name="gone")
    dress.unlink()
    kept = session.find_saved("gone").query.image
    session.remember(Query(kept, weight=2), name="further")
    further = session.find_saved("further")
    assert further.note.startswith("asked.png is gone") and further.query.weight == 2
    assert isinstance(further.query.image, Kept) and further.query.image.name == "asked.png"


def test_a_search_is_run_by_the_likeness_it_was_kept_with(session: Session, dress: Path) -> None:
    list(session.describe())
    session.remember(Query(dress), name="by colour", likeness=Likeness.COLOUR)
    search = session.find_saved("by colour")
    by_colour = names(session, Query(dress), likeness=Likeness.COLOUR)
    assert search.likeness is Likeness.COLOUR
    assert [hit.photo.path.name for hit in session.run_saved(search, top=8).hits] == by_colour


def test_another_encoder_reads_the_thumbnail(session: Session, dress: Path) -> None:
    session.remember(Query(dress), name="gone")
    dress.unlink()
    kept = session.find_saved("gone").query.image
    assert isinstance(kept, Kept)
    foreign = replace(kept, weights="another", vector=b"\0" * len(kept.vector))
    assert names(session, Query(foreign))[0].startswith("dress")
    assert session.query_thumbnail(Query(foreign), 32)


def test_a_photo_of_the_library_answers_where_its_file_moved(
    session: Session, samples: Path, tmp_path: Path, dress: Path
) -> None:
    folder = tmp_path / "trip"
    folder.mkdir()
    shutil.move(dress, folder / "photo.png")
    list(session.index([folder]))
    session.remember(Query(folder / "photo.png"), name="moved")
    folder.rename(tmp_path / "away")
    search = session.find_saved("moved")
    assert isinstance(search.query.image, int) and search.note == ""
    assert session.run_saved(search).hits


def test_a_kept_search_finds_what_came_since(session: Session, tmp_path: Path, dress: Path) -> None:
    session.remember(Query(dress), name="live")
    folder = tmp_path / "new"
    folder.mkdir()
    shutil.copy(dress, folder / "new.png")
    list(session.index([folder]))
    found = session.run_saved(session.find_saved("live"), top=2).hits
    assert "new.png" in [hit.photo.path.name for hit in found]


def test_photos_that_came_since_it_was_opened_are_counted(
    photos: Path, tmp_path: Path, dress: Path
) -> None:
    with closing(open_session(tmp_path / "untrained")) as session:
        list(session.index([photos]))
        session.remember(Query(dress), name="album")
        assert session.arrived(session.find_saved("album")) == 0
        with Image.open(dress) as photo:  # one that is like it, and one that is not
            photo.resize((photo.width // 2, photo.height // 2)).save(photos / "small.jpg")
        Image.effect_noise((90, 60), 80).save(photos / "noise.jpg")
        list(session.index())
        search = session.find_saved("album")
        assert session.arrived(search) == 1
        assert session.find_saved("album").ran_at == search.ran_at  # counting does not open it
        session.run_saved(search)
        assert session.arrived(session.find_saved("album")) == 0


def test_the_same_search_is_in_the_history_once_and_may_be_named(
    session: Session, dress: Path
) -> None:
    first, again = session.remember(Query(dress)), session.remember(Query(dress))
    assert first == again and session.saved()[0].name is None
    session.rename_saved(first, "dress")
    assert session.find_saved("dress").saved_id == session.find_saved(f"#{first}").saved_id
    session.remove_saved([first])
    assert session.saved() == ()


def test_names_are_unique_and_say_something(session: Session, dress: Path) -> None:
    session.remember(Query(dress), name="dress")
    with pytest.raises(UserError, match="called dress already"):
        session.remember(Query(dress), name="dress")
    for name in (" ", "#3"):
        with pytest.raises(UserError, match="needs a name"):
            session.remember(Query(dress), name=name)
    with pytest.raises(UserError, match="no saved search hat"):
        session.find_saved("hat")
