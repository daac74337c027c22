"""Pictures to look at closely, crops, and what tells why a photo was found."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from PIL import Image

from engine.services.session import Session
from engine.types import Engine, Query
from tests.services.conftest import open_session


def first_photo(session: Session) -> tuple[int, Path, int, int]:
    photo = session.recent(1)[0]
    return photo.content_id, photo.path, photo.width, photo.height


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg))


def test_a_preview_tells_the_size_of_the_upright_photo(session: Session) -> None:
    content_id, path, width, height = first_photo(session)
    for image in (content_id, path):
        preview = session.preview(Query(image), 120)
        assert (preview.width, preview.height) == (width, height)
        assert max(opened(preview.jpeg).size) == 120


def test_the_preview_of_a_part_shows_the_part(session: Session) -> None:
    content_id, _, width, height = first_photo(session)
    part = session.preview(Query(content_id, (0, 0, width // 2, height)), 200)
    assert abs(part.width - width // 2) <= 2 and abs(part.height - height) <= 2


def test_a_photo_whose_drive_is_away_is_shown_and_cropped_from_its_thumbnail(
    session: Session, samples: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(sorted(samples.rglob("*.jpg"))[0], own / "a.jpg")
    with Image.open(own / "a.jpg") as photo:
        photo.convert("RGB").resize((900, 700)).save(own / "a.jpg")
    library = open_session(tmp_path / "library")
    list(library.index([own]))
    (photo,) = library.recent(1)
    photo.path.unlink()
    preview = library.preview(Query(photo.content_id), 800)
    assert (preview.width, preview.height) == (900, 700)
    answer = library.search(Query(photo.content_id, (100, 100, 400, 400)))
    assert answer.searched == 0
    library.close()


def test_the_answer_tells_the_identifier_of_the_query(session: Session) -> None:
    _, path, _, _ = first_photo(session)
    answer = session.search(Query(path), engine=Engine.GENERATIVE, top=5)
    assert answer.hits[0].photo.path == path
    assert answer.identifier == answer.hits[0].identifier
    assert session.search(Query(path), engine=Engine.EXACT, top=5).identifier is None


def test_identical_copies_are_near_duplicates_of_the_first(
    session: Session, tmp_path: Path
) -> None:
    _, path, _, _ = first_photo(session)
    again = tmp_path / "again"
    again.mkdir()
    shutil.copy(path, again / "copy.jpg")
    with Image.open(path) as photo:
        photo.convert("RGB").save(again / "encoded.jpg", quality=60)
    list(session.index([again]))
    hits = session.search(Query(path), top=10).hits
    near = {hit.photo.path.name: hit.near for hit in hits if hit.photo.path.parent == again}
    leader = next(hit for hit in hits if hit.near is None)
    assert leader.rank == 1
    names = {path.name, "copy.jpg", "encoded.jpg"} - {leader.photo.path.name}
    assert {hit.photo.path.name for hit in hits if hit.near == 1} == names
    assert set(near) == {"copy.jpg", "encoded.jpg"}
