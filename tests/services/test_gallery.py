"""What a search keeps in memory: changes cost what they are, not what the library is."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from engine.search import fingerprints, searcher
from engine.services import gallery as galleries
from engine.services.gallery import Gallery
from engine.services.session import Session
from engine.types import Engine, Query
from tests.services.indexed import finish


@pytest.fixture
def folder(session: Session, tmp_path: Path, samples: Path) -> Path:
    """A folder of the library that may be changed, with two mirrored samples in it."""
    folder = tmp_path / "more"
    folder.mkdir()
    for number, photo in enumerate(sorted(samples.rglob("*.jpg"))[:2]):
        with Image.open(photo) as image:
            ImageOps.mirror(image).rotate(9).save(folder / f"{number}.jpg")
    finish(session.index([folder]))
    return folder


def found(session: Session, photo: Path, engine: Engine = Engine.GENERATIVE) -> Path:
    return session.search(Query(photo), engine=engine).hits[0].photo.path


def large(gallery: Gallery) -> object:
    assert gallery.index is not None
    return gallery.index.segments[0]


def test_a_new_photo_makes_a_small_segment_and_is_found(
    session: Session, folder: Path, samples: Path
) -> None:
    before = session.searching.gallery()
    assert before.index is not None and len(before.index.segments) == 1
    with Image.open(sorted(samples.rglob("*.jpg"))[5]) as image:
        ImageOps.flip(image).save(folder / "new.jpg")
    finish(session.index([folder]))
    for engine in (Engine.GENERATIVE, Engine.EXACT):
        assert found(session, folder / "new.jpg", engine) == folder / "new.jpg"
    after = session.searching.gallery()
    assert after.index is not None
    assert large(after) is large(before)
    assert [len(segment) for segment in after.index.segments] == [len(before.rows), 1]
    assert before.index.lists is not None and after.index.lists is not None
    assert after.index.lists.place.tolist() == [*before.index.lists.place.tolist(), -1]


def test_a_photo_that_goes_and_comes_back_is_a_bit(session: Session, folder: Path) -> None:
    before = session.searching.gallery()
    photo, away = folder / "1.jpg", folder.parent / "1.jpg"
    shutil.copy2(photo, away)
    photo.unlink()
    finish(session.index([folder]))
    gone = session.searching.gallery()
    assert large(gone) is large(before)
    assert gone.shown.count == before.shown.count - 1
    for engine in (Engine.GENERATIVE, Engine.EXACT):
        assert found(session, away, engine) != photo
    shutil.copy2(away, photo)
    finish(session.index([folder]))
    back = session.searching.gallery()
    assert large(back) is large(before)
    assert back.shown.count == before.shown.count
    assert found(session, away) == photo


def test_a_folder_that_is_removed_leaves_the_answers_at_once(
    session: Session, folder: Path
) -> None:
    session.searching.gallery()
    (root,) = [f for f in session.folders() if f.path == folder]
    session.remove_folder(root.root_id)
    answer = session.search(Query(folder / "0.jpg"), top=100)
    assert not [hit for hit in answer.hits if folder in hit.photo.path.parents]


def test_opening_again_finds_the_same(session: Session, folder: Path, samples: Path) -> None:
    with Image.open(sorted(samples.rglob("*.jpg"))[7]) as image:
        ImageOps.flip(image).save(folder / "new.jpg")
    session.searching.gallery()
    finish(session.index([folder]))
    grown = session.search(Query(folder / "new.jpg"), engine=Engine.GENERATIVE)
    session.searching._keeper._gallery = None  # as a new process has it
    opened = session.search(Query(folder / "new.jpg"), engine=Engine.GENERATIVE)
    assert [h.photo.path for h in grown.hits] == [h.photo.path for h in opened.hits]
    assert session.searching.gallery().index is not None


def test_segments_become_one_in_the_background(
    session: Session, folder: Path, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.searching.gallery()
    monkeypatch.setattr(searcher, "SMALL", -100)
    monkeypatch.setattr(fingerprints, "LATE", -100)
    with Image.open(sorted(samples.rglob("*.jpg"))[9]) as image:
        ImageOps.flip(image).save(folder / "new.jpg")
    finish(session.index([folder]))
    keeper = session.searching._keeper
    assert found(session, folder / "new.jpg") == folder / "new.jpg"
    if keeper._joining is not None:
        keeper._joining.join(20)
    joined = session.searching.gallery()
    assert joined.index is not None and len(joined.index.segments) == 1
    assert joined.hashes.sorted_rows == len(joined.rows)
    assert found(session, folder / "new.jpg") == folder / "new.jpg"


def test_a_change_that_is_forgotten_is_read_from_the_library(
    session: Session, folder: Path
) -> None:
    before = session.searching.gallery()
    (folder / "0.jpg").unlink()
    finish(session.index([folder]))
    with session.library.write() as connection:
        connection.exec_driver_sql("DELETE FROM change")
    after = session.searching.gallery()
    assert after.shown.count == before.shown.count - 1


def test_ids_that_are_given_again_belong_to_the_new_photo() -> None:
    row_of = galleries._row_of(np.array([4, 7, 9, 7]))
    assert galleries._flags(np.array([4, 7, 9, 50]), row_of, 4).tolist() == [
        True,
        False,
        True,
        True,
    ]
    grown = galleries._row_of(np.array([9, 12]), 4, row_of)
    assert galleries._rows(np.array([4, 7, 9, 12]), grown).tolist() == [0, 3, 4, 5]
    assert row_of[9] == 2  # who has it keeps what it had
