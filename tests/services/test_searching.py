"""Searching as a person meets it: real photos, the real encoder, a trained generation."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from engine.errors import BundleError, LibraryError, PhotoError, SearchCancelledError, UserError
from engine.services.session import Session
from engine.types import Band, Engine, Filters, Query
from main import main
from tests.services.conftest import open_session

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def dress(samples: Path) -> Path:
    return sorted(samples.rglob("*dress*.jpg"))[0]


def paths(session: Session, query: Query, **options: object) -> list[Path]:
    return [hit.photo.path for hit in session.search(query, **options).hits]  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", [Engine.GENERATIVE, Engine.EXACT])
def test_a_photo_of_the_library_is_its_own_best_match(
    session: Session, dress: Path, engine: Engine
) -> None:
    answer = session.search(Query(dress), engine=engine, top=8)
    assert answer.engine is engine
    best = answer.hits[0]
    assert best.photo.path == dress and best.band is Band.SAME_SHOT
    assert best.similarity == pytest.approx(1, abs=0.01)
    assert [hit.rank for hit in answer.hits] == list(range(1, 9))
    scores = [hit.score for hit in answer.hits]
    assert scores == sorted(scores, reverse=True)


def framed(path: Path, side: int) -> Image.Image:
    """A small mirrored copy of a photo in the middle of a grey page."""
    with Image.open(path) as photo:
        small = ImageOps.mirror(photo.convert("RGB"))
    small.thumbnail((side, side))
    page = Image.new("RGB", (small.width + side // 3, small.height + side), (90, 90, 90))
    page.paste(small, (side // 6, side // 3))
    return page


@pytest.mark.parametrize("engine", [Engine.GENERATIVE, Engine.EXACT])
def test_a_tiny_mirrored_copy_on_a_page_finds_its_photo(
    session: Session, samples: Path, engine: Engine
) -> None:
    for path in sorted((samples / "groceries").rglob("*.jpg"))[:4]:
        assert paths(session, Query(framed(path, 60)), engine=engine, top=3)[0] == path


def test_an_unsure_query_is_encoded_again_without_its_page(session: Session, samples: Path) -> None:
    path = sorted((samples / "groceries").rglob("*.jpg"))[0]
    plain, page = (
        session.searching.encode_query(Query(image)) for image in (path, framed(path, 120))
    )
    (inner,) = page.further()
    assert inner.embedding @ plain.embedding > page.embedding @ plain.embedding
    assert not list(plain.further())


def test_a_mixture_of_pictures_is_no_copy_of_any(session: Session, dress: Path) -> None:
    others = sorted(dress.parent.glob("*.jpg"))
    mixed = Query(dress, minus=(next(p for p in others if p != dress),))
    assert not len(session.searching.encode_query(mixed).hashes)
    assert len(session.searching.encode_query(Query(dress)).hashes) >= 2


def test_a_generative_hit_has_an_identifier_and_a_log_probability(
    session: Session, dress: Path
) -> None:
    generative = session.search(Query(dress), engine=Engine.GENERATIVE, top=5)
    levels = session.status().levels
    codes = session.status().codes
    assert levels and codes and generative.generation == session.generations()[0].generation_id
    for hit in generative.hits:
        assert hit.identifier is not None and len(hit.identifier) == levels
        assert all(0 <= code < codes for code in hit.identifier)
        assert hit.logp is not None and hit.logp <= 1e-6
    for hit in session.search(Query(dress), engine=Engine.EXACT, top=5).hits:
        assert hit.identifier is None and hit.logp is None


def test_an_edited_copy_finds_its_photo(session: Session, dress: Path) -> None:
    with Image.open(dress) as photo:
        width, height = photo.size
        part = photo.crop((width // 10, height // 10, width, height))
    edited = ImageOps.mirror(part)
    found = paths(session, Query(edited), engine=Engine.GENERATIVE, top=3)
    assert dress in found


def test_a_wide_generative_search_ranks_like_the_scan_of_its_space(
    session: Session, dress: Path
) -> None:
    gallery = session.searching.gallery()
    index = gallery.index
    assert index is not None
    encoded = session.searching.encode_query(Query(dress))
    z = index.tokenizer.space.project(encoded.embedding[None])[0]
    rows = np.arange(len(gallery.content_ids))
    near = index.vectors.take(rows) @ z
    answer = session.search(Query(dress), engine=Engine.GENERATIVE, top=75, beam=10_000)
    assert len(answer.hits) == 75
    by_id = dict(zip(gallery.content_ids.tolist(), near.tolist(), strict=True))
    for hit in answer.hits:  # equal hashes raise a similarity, nothing lowers it
        assert hit.similarity > by_id[hit.photo.content_id] - 0.01
    unlike = [h for h in answer.hits if h.similarity < by_id[h.photo.content_id] + 0.01]
    assert len(unlike) > 60


def test_the_same_query_answers_the_same_twice(session: Session, dress: Path) -> None:
    first, second = (session.search(Query(dress), engine=Engine.GENERATIVE) for _ in range(2))
    assert first.hits == second.hits


def test_more_than_there_is_gives_a_short_answer(session: Session, dress: Path) -> None:
    for engine in (Engine.GENERATIVE, Engine.EXACT):
        found = paths(session, Query(dress), engine=engine, top=5000)
        assert len(found) == len(set(found)) == 75


@pytest.mark.parametrize("engine", [Engine.GENERATIVE, Engine.EXACT])
def test_photos_indexed_after_training_are_found_at_once(
    session: Session, tmp_path: Path, dress: Path, engine: Engine
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    with Image.open(dress) as photo:
        ImageOps.mirror(photo).save(folder / "mirrored.png")
    list(session.index([folder]))
    found = paths(session, Query(folder / "mirrored.png"), engine=engine, top=3)
    assert found[0] == folder / "mirrored.png"


@pytest.mark.parametrize("engine", [Engine.GENERATIVE, Engine.EXACT])
def test_deleted_photos_never_come_back(
    session: Session, tmp_path: Path, dress: Path, engine: Engine
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        with Image.open(dress) as photo:
            ImageOps.flip(photo).rotate(ord(name[0]) % 5).save(folder / name)
    list(session.index([folder]))
    query = Query(Image.open(folder / "a.png"))
    assert folder / "a.png" in paths(session, query, engine=engine, top=75)
    (folder / "a.png").unlink()
    list(session.index())
    found = paths(session, query, engine=engine, top=5000)
    assert folder / "a.png" not in found and folder / "b.png" in found


def test_identical_copies_are_all_found(session: Session, tmp_path: Path, dress: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    shutil.copy(dress, folder / "copy.jpg")
    list(session.index([folder]))
    found = paths(session, Query(dress), top=2)
    assert set(found) == {dress, folder / "copy.jpg"}


@pytest.mark.parametrize("engine", [Engine.GENERATIVE, Engine.EXACT])
def test_a_filter_is_never_left(
    session: Session, samples: Path, dress: Path, engine: Engine
) -> None:
    inside = Filters(folders=(samples / "groceries",))
    found = paths(session, Query(dress), engine=engine, top=500, filters=inside)
    assert found and all(samples / "groceries" in path.parents for path in found)
    count = len(list((samples / "groceries").rglob("*.jpg")))
    assert len(found) == count
    nowhere = Filters(camera="no such camera")
    assert paths(session, Query(dress), engine=engine, filters=nowhere) == []


def test_a_photo_of_the_library_finds_others_not_itself(session: Session, dress: Path) -> None:
    own = session.search(Query(dress), top=1).hits[0].photo
    found = paths(session, Query(own.content_id), top=10)
    assert dress not in found and len(found) == 10


def test_a_library_photo_answers_while_its_drive_is_away(
    session: Session, tmp_path: Path, dress: Path
) -> None:
    folder = tmp_path / "drive"
    folder.mkdir()
    with Image.open(dress) as photo:
        photo.rotate(90).save(folder / "photo.png")
    list(session.index([folder]))
    own = session.search(Query(folder / "photo.png"), top=1).hits[0].photo
    folder.rename(tmp_path / "unplugged")
    list(session.index())
    assert paths(session, Query(own.content_id), top=3)


def test_a_part_can_be_asked_for(session: Session, dress: Path) -> None:
    whole = session.search(Query(dress), top=5).hits[0].similarity
    with Image.open(dress) as photo:
        box = (0, 0, photo.width // 2, photo.height // 2)
        beside = (photo.width + 5, 0, 10, 10)
    part = session.search(Query(dress, crop=box), top=75)
    own = next(hit for hit in part.hits if hit.photo.path == dress)
    assert own.similarity < whole
    with pytest.raises(UserError, match="outside the picture"):
        session.search(Query(dress, crop=beside))


def test_what_is_subtracted_moves_away(session: Session, samples: Path, dress: Path) -> None:
    plain = session.search(Query(dress), engine=Engine.EXACT, top=75).hits
    avoided = plain[1].photo.path
    moved = session.search(Query(dress, minus=(avoided,)), engine=Engine.EXACT, top=75).hits
    before, after = (
        next(hit.rank for hit in hits if hit.photo.path == avoided) for hits in (plain, moved)
    )
    assert after > before


def test_an_unreadable_query_is_refused_in_words(session: Session, tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.jpg", tmp_path / "text.jpg"
    empty.write_bytes(b"")
    text.write_text("not a photo")
    wide = tmp_path / "wide.png"
    Image.new("L", (40_000, 3)).save(wide)
    for file in (empty, text, wide, tmp_path / "missing.jpg"):
        with pytest.raises(PhotoError) as caught:
            session.search(Query(file))
        assert file.name in str(caught.value) and "\n" not in str(caught.value)


def test_an_empty_library_says_what_to_do(tmp_path: Path, dress: Path) -> None:
    session = open_session(tmp_path / "empty")
    with pytest.raises(LibraryError, match="no searchable photos yet: add a folder"):
        session.search(Query(dress))
    session.close()


def test_without_training_only_exact_answers(tmp_path: Path, samples: Path, dress: Path) -> None:
    session = open_session(tmp_path / "untrained")
    list(session.index([samples / "clothes"]))
    assert session.search(Query(dress), top=3).engine is Engine.EXACT
    with pytest.raises(LibraryError, match="no trained model yet: run 'photoglyph train'"):
        session.search(Query(dress), engine=Engine.GENERATIVE)
    session.close()


def test_a_damaged_model_costs_nothing_but_the_generative_answer(
    session: Session, dress: Path
) -> None:
    folder = session.generations()[0].folder
    (folder / "step.onnx").unlink()
    answer = session.search(Query(dress), top=3)
    assert answer.engine is Engine.EXACT and "incomplete" in answer.note and answer.problem
    with pytest.raises(BundleError, match="incomplete"):
        session.search(Query(dress), engine=Engine.GENERATIVE)


def test_a_command_with_a_damaged_model_ends_with_one_sentence(
    session: Session, dress: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (session.generations()[0].folder / "cross.onnx").write_bytes(b"damaged")
    arguments = ["--library", os.fspath(session.library.folder), "search", os.fspath(dress)]
    assert main(arguments) == 1
    told = capfd.readouterr()
    assert told.out == "" and len(told.err.splitlines()) == 1
    assert "does not match its manifest" in told.err and "--engine exact" in told.err
    assert main([*arguments, "--engine", "exact"]) == 0


def test_auto_takes_the_exact_scan_where_training_did_not_pay(
    session: Session, dress: Path
) -> None:
    from engine.services.answering import choose_engine

    gallery = session.searching.gallery()
    assert gallery.generation is not None and gallery.generation.figures is not None
    good = replace(gallery.generation.figures, recall_1=1.0, recall_10=1.0)
    bad = replace(good, recall_1=0.5, exact_recall_1=0.9, exact_recall_10=1.0)
    for figures, engine in ((good, Engine.GENERATIVE), (bad, Engine.EXACT)):
        with_figures = replace(gallery, generation=replace(gallery.generation, figures=figures))
        chosen, note = choose_engine(Engine.AUTO, with_figures)
        assert chosen is engine and bool(note) == (engine is Engine.EXACT)
        assert choose_engine(Engine.GENERATIVE, with_figures)[0] is Engine.GENERATIVE


def test_searches_at_once_answer_as_one_by_one(session: Session, samples: Path) -> None:
    queries = sorted(samples.rglob("*.jpg"))[:8]
    alone = [paths(session, Query(q), engine=Engine.GENERATIVE, top=5) for q in queries]
    together: dict[int, list[Path]] = {}

    def ask(i: int) -> None:
        together[i] = paths(session, Query(queries[i]), engine=Engine.GENERATIVE, top=5)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(queries))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[i] for i in range(len(queries))] == alone


def test_a_query_loads_no_torch_and_no_window(trained_library: Path, dress: Path) -> None:
    script = (
        "import sys; from main import main\n"
        f"code = main(['--library', {str(trained_library)!r}, '--json', 'search', {str(dress)!r},"
        " '--engine', 'generative'])\n"
        "loaded = {m.split('.')[0] for m in sys.modules}\n"
        "assert not loaded & {'torch', 'timm', 'PySide6'}, loaded\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b'"engine": "generative"' in done.stdout


def test_a_query_thumbnail_is_a_small_jpeg_of_any_query(session: Session, dress: Path) -> None:
    for image in (dress, Image.open(dress)):
        jpeg = session.query_thumbnail(Query(image), 64)
        with Image.open(io.BytesIO(jpeg)) as picture:
            assert picture.format == "JPEG" and max(picture.size) == 64


def test_a_search_that_is_not_sure_of_its_beam_asks_a_wider_one(
    session: Session, dress: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.services import answering
    from engine.services.exporting import document

    monkeypatch.setattr(answering, "DEFAULT_BEAM", 12)
    keeper = session.searching._keeper
    gallery = keeper.gallery()
    assert gallery.index is not None
    sure = session.search(Query(dress), engine=Engine.GENERATIVE, top=5)
    assert not sure.widened and document(sure)["widened"] is False
    tokenizer = gallery.index.tokenizer
    doubting = replace(tokenizer, ranking=replace(tokenizer.ranking, doubt=0.0))
    keeper._gallery = replace(gallery, index=replace(gallery.index, tokenizer=doubting))
    unsure = session.search(Query(dress), engine=Engine.GENERATIVE, top=5)
    assert unsure.widened and document(unsure)["widened"] is True
    assert unsure.hits[0].photo.path == sure.hits[0].photo.path
    asked = session.search(Query(dress), engine=Engine.GENERATIVE, top=5, beam=12)
    assert not asked.widened  # who names a width gets that one


def test_a_search_that_nobody_waits_for_ends_before_its_next_step(
    session: Session, dress: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    for step in range(3):

        def cancelled(step: int = step) -> bool:
            asked.append(step)
            return asked.count(step) > step

        with pytest.raises(SearchCancelledError):
            session.search(Query(dress), cancelled=cancelled)
        assert asked.count(step) == step + 1
    monkeypatch.setattr(session.searching, "encode_query", lambda _: pytest.fail("was encoded"))
    with pytest.raises(SearchCancelledError):
        session.search(Query(dress), cancelled=lambda: True)


def test_filters_are_read_once_until_the_library_changes(
    session: Session, dress: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.services import searching

    read: list[Filters] = []
    real = searching.files.filtered_contents

    def counted(connection: object, filters: Filters) -> np.ndarray:
        read.append(filters)
        return real(connection, filters)  # type: ignore[arg-type]

    monkeypatch.setattr(searching.files, "filtered_contents", counted)
    one, other = Filters(folders=(dress.parent,)), Filters(camera="none of this name")
    for filters in (one, other, one, other):
        answer = session.search(Query(dress), filters=filters)
        assert bool(answer.hits) == (filters is one)
    assert read == [one, other]
    folder = tmp_path / "new"
    folder.mkdir()
    with Image.open(dress) as photo:
        ImageOps.flip(photo).save(folder / "new.jpg")
    list(session.index([folder]))
    session.search(Query(dress), filters=one)
    assert read == [one, other, one]
