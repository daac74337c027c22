"""``evaluate --copies`` on small coloured pictures, a quick encoder and a quick tokenizer.

Everything but the networks is real: folders, libraries, edits, beam search and perceptual hashes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import BundleError, UserError
from engine.evaluation.edits import EDITS
from engine.services import evaluating_copies
from engine.services.evaluating_copies import evaluate_copies
from engine.services.session import Session
from engine.types import CopiesReport, CopiesRow, Progress
from tests.conftest import MakePhoto
from tests.services.test_evaluating import (
    QuickExporter,
    QuickRuntime,
    QuickTraining,
    temporary,
)

__all__ = ["temporary"]  # a fixture

UNTRAINED = ["exact", "exact-hashed", "exact-whitened", "perceptual-hash"]
TRAINED = ["generative", "exact-learnt", *UNTRAINED]
PHOTOS = 24


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> QuickTraining:
    """In place of the training that a user starts, with its defaults."""
    quick = QuickTraining()
    monkeypatch.setattr(
        Session, "train", lambda session, **given: quick.train(session, labels="none", **given)
    )
    return quick


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, make_photo: MakePhoto) -> Path:
    """Photos in two folders, one of them with a copy under another name."""
    folder = tmp_path_factory.mktemp("holiday")
    for n in range(PHOTOS):
        make_photo(folder / ("beach" if n % 2 else "town") / f"{n:02d}.jpg", n, quality=90)
    shutil.copyfile(folder / "town" / "00.jpg", folder / "town" / "zz.jpg")
    return folder


@pytest.fixture
def opened(folder: Path, tmp_path: Path, training: QuickTraining) -> Path:
    """A trained library of all photos."""
    path = tmp_path / "library"
    with closing(Session.open(path, QuickRuntime(), QuickExporter())) as session:
        list(session.index([folder]))
        list(session.train(device="auto", minutes=None))
        session.use_generation(1)
    return path


def measure(folder: Path, library: Path, **given: object) -> CopiesReport:
    job = evaluate_copies(folder, library, QuickRuntime(), QuickExporter(), **given)
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value


def named(report: CopiesReport) -> dict[tuple[str, str], CopiesRow]:
    return {(row.engine, row.edit): row for row in report.rows}


def test_every_engine_has_a_row_for_every_edit_for_the_seven_and_for_all(folder, opened, temporary):
    report = measure(folder, opened, count=6)
    edits = [*(edit.name for edit in EDITS), "seven", "all"]
    assert [(r.engine, r.edit) for r in report.rows] == [
        (engine, edit) for engine in TRAINED for edit in edits
    ]
    rows = named(report)
    assert (report.queries, report.gallery) == (6 * len(EDITS), PHOTOS)
    assert rows["exact", "crop"].queries == 6
    assert rows["exact", "seven"].queries == 42
    assert rows["exact", "all"].queries == report.queries
    for row in report.rows:
        low, high = row.r_1_interval
        assert 0 <= low <= row.r_1 <= high <= 1 and row.r_1 <= row.r_10 <= 1
        assert row.milliseconds_p50 > 0
    for engine in TRAINED:  # hardly an edit: a mixed-up row would show
        assert rows[engine, "jpeg-30"].r_1 == 1
    assert rows["perceptual-hash", "mirrored"].r_1 < 1


def test_a_library_that_holds_the_folder_is_asked_whole_and_as_it_is(folder, opened, temporary):
    database = (opened / "library.sqlite").read_bytes()
    report = measure(folder / "beach", opened)
    assert report.set == "beach"
    assert (report.queries, report.gallery) == (PHOTOS // 2 * len(EDITS), PHOTOS)
    assert "the opened library as it is; generation 1 answers; 12 photos" in report.protocol
    assert (opened / "library.sqlite").read_bytes() == database
    assert list(temporary.iterdir()) == []


def test_another_folder_gets_a_temporary_library_that_is_gone_afterwards(
    folder, opened, temporary, training, tmp_path
):
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(folder / "town", elsewhere)
    report = measure(elsewhere, opened, count=3)
    assert report.gallery == PHOTOS // 2
    assert report.protocol.startswith("a temporary library of the folder; generation 1 answers")
    assert {row.engine for row in report.rows} == set(TRAINED)
    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in elsewhere.iterdir()) == sorted(
        path.name for path in (folder / "town").iterdir()
    )


def test_without_a_library_a_temporary_one_is_made_and_no_other(
    folder, training, temporary, tmp_path
):
    measure(folder, tmp_path / "none", count=1)
    assert not (tmp_path / "none").exists()


def test_identical_files_are_one_photo_and_are_asked_for_once(folder, opened):
    report = measure(folder, opened)
    assert report.queries == PHOTOS * len(EDITS)


def test_the_same_seed_asks_the_same(folder, opened):
    def figures(seed: int) -> list[object]:
        report = measure(folder, opened, count=3, seed=seed)
        return [(row.engine, row.edit, row.r_1, row.r_1_interval) for row in report.rows]

    assert figures(3) == figures(3)


def test_a_refused_training_leaves_exact_search_and_the_reason(
    folder, training, temporary, tmp_path
):
    training.refusal = "Too few photos: 24."
    report = measure(folder, tmp_path / "none", count=1)
    assert "no trained model: Too few photos: 24." in report.protocol
    assert list(dict.fromkeys(row.engine for row in report.rows)) == UNTRAINED


def test_a_training_that_fails_for_another_reason_fails_the_evaluation(
    folder, training, temporary, tmp_path, monkeypatch
):
    training.refusal = "There is no such device."
    monkeypatch.setattr(evaluating_copies, "SMALLEST_TRAINABLE", 10)
    with pytest.raises(UserError, match="no such device"):
        measure(folder, tmp_path / "none")
    assert list(temporary.iterdir()) == []


def test_a_single_photo_is_enough(make_photo, training, temporary, tmp_path):
    training.refusal = "Too few photos: 1."
    make_photo(tmp_path / "one" / "a.png", 1)
    report = measure(tmp_path / "one", tmp_path / "none")
    assert (report.queries, report.gallery) == (len(EDITS), 1)
    assert named(report)["exact", "all"].r_1 == 1


def test_photos_that_are_gone_since_cost_themselves_alone(folder, training, temporary, tmp_path):
    photos, library = tmp_path / "photos", tmp_path / "library"
    shutil.copytree(folder / "town", photos)
    with closing(Session.open(library, QuickRuntime(), QuickExporter())) as session:
        list(session.index([photos]))
    (photos / "02.jpg").unlink()
    report = measure(photos, library)
    assert "no trained model; 1 photos could not be read" in report.protocol
    assert (report.queries, report.gallery) == (11 * len(EDITS), 12)
    shutil.rmtree(photos)
    with pytest.raises(UserError, match="can be read now"):
        measure(photos, library)


@pytest.mark.parametrize("place", ["missing", "empty", "a-file.jpg"])
def test_a_folder_without_photos_is_one_sentence(training, temporary, tmp_path, place):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a-file.jpg").write_bytes(b"no folder")
    with pytest.raises(UserError) as told:
        measure(tmp_path / place, tmp_path / "none")
    assert place in str(told.value)
    assert list(temporary.iterdir()) == []


def test_a_damaged_model_is_told_and_not_left_out(folder, opened, temporary):
    shutil.rmtree(opened / "models" / "one")
    with pytest.raises(BundleError):
        measure(folder, opened)


def test_a_cancel_removes_the_temporary_library(folder, training, temporary, tmp_path):
    job: Iterator[Progress] = evaluate_copies(
        folder, tmp_path / "none", QuickRuntime(), QuickExporter()
    )
    while next(job).stage != "ask with copies":
        pass
    assert list(temporary.iterdir()) != []
    job.close()
    assert list(temporary.iterdir()) == []
