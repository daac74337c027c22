"""A camera raw file and the picture beside it are found once, and both can be reached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from console import documents
from engine.services.raw_pairs import RawPairs
from engine.services.session import Session
from engine.types import Engine, Facets, Filters, Query, SearchHit
from tests.conftest import picture
from tests.photos.raw_files import write_dng
from tests.services.conftest import open_session

pytest.importorskip("rawpy")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures, one with its raw file, and a raw file that lies alone."""
    folder = tmp_path_factory.mktemp("photos")
    picture(1, (320, 240)).save(folder / "paired.jpg")
    write_dng(folder / "paired.DNG", picture(1, (320, 240)))
    picture(2, (320, 240)).save(folder / "other.jpg")
    write_dng(folder / "alone.dng", picture(3, (320, 240)))
    return folder


@pytest.fixture(scope="module")
def session(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    opened = open_session(tmp_path_factory.mktemp("library"))
    list(opened.index([photos]))
    yield opened
    opened.close()


def search(session: Session, query: Query, filters: Filters | None = None) -> list[SearchHit]:
    return list(session.search(query, top=3, engine=Engine.EXACT, filters=filters).hits)


def names(hits: list[SearchHit]) -> list[str]:
    return [hit.photo.path.name for hit in hits]


def test_a_pair_is_one_hit_that_names_its_raw_file(session: Session, photos: Path) -> None:
    hits = search(session, Query(photos / "paired.jpg"))
    assert names(hits)[0] == "paired.jpg"
    assert sorted(names(hits)) == ["alone.dng", "other.jpg", "paired.jpg"]
    assert [hit.stack for hit in hits] == [(photos / "paired.DNG",), (), ()]


def test_the_raw_file_of_a_pair_asks_as_its_picture_does(session: Session, photos: Path) -> None:
    assert names(search(session, Query(photos / "paired.DNG")))[0] == "paired.jpg"


def test_who_filters_for_raw_files_finds_them(session: Session, photos: Path) -> None:
    hits = search(session, Query(photos / "paired.jpg"), Filters(formats=("RAW",)))
    assert names(hits) == ["paired.DNG", "alone.dng"]


@pytest.mark.parametrize("formats", [(), ("RAW",)])
def test_similar_photos_are_neither_the_photo_nor_its_raw_file(
    session: Session, photos: Path, formats: tuple[str, ...]
) -> None:
    pair = {p.content_id for p in session.recent(9) if p.path.stem == "paired"}
    assert len(pair) == 2
    for content_id in pair:
        found = names(search(session, Query(content_id), Filters(formats=formats)))
        assert found and "paired.jpg" not in found and "paired.DNG" not in found


def test_json_names_the_raw_files(session: Session, photos: Path) -> None:
    answer = session.search(Query(photos / "paired.jpg"), engine=Engine.EXACT)
    results = documents.search(answer)["results"]
    assert results[0]["stack"] == [str(photos / "paired.DNG")]
    assert results[1]["stack"] == []


def test_the_library_counts_its_formats(session: Session) -> None:
    found = session.facets()
    assert found == Facets(
        cameras=(("Maker Model 1", 2),),
        formats=(("JPEG", 2), ("RAW", 2)),
        years=((2021, 2),),
    )


def test_pairs_are_rows_of_the_gallery() -> None:
    ids = np.array([70, 10, 40, 30])
    pairs = RawPairs.build({10: 30, 40: 30, 99: 70, 70: 98}, ids)  # 98 and 99 are not embedded
    assert sorted(zip(pairs.raws.tolist(), pairs.pictures.tolist(), strict=True)) == [
        (1, 3),
        (2, 3),
    ]
    everything = np.ones(4, bool)
    assert pairs.in_front(everything).tolist() == [True, False, False, True]
    no_picture = np.array([True, True, True, False])
    assert pairs.in_front(no_picture).tolist() == no_picture.tolist()
    assert pairs.one_photo(np.array([2])).tolist() == [1, 2, 3]
    assert pairs.one_photo(np.array([0])).tolist() == [0]
    nothing = RawPairs.build({}, ids)
    assert nothing.in_front(everything) is everything
    assert nothing.one_photo(np.array([2])).tolist() == [2]
    assert not len(RawPairs.build({1: 2}, np.zeros(0, np.int64)).raws)
