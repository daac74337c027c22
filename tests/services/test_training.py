"""Training as a person meets it: cancelled, continued, refused, used only where it is better."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import LibraryError, UserError
from engine.services.session import Session
from engine.store import generations
from engine.types import Engine, GenerationState, Progress, Query, TrainReport
from export import manifest
from tests.services.conftest import open_session

BRIEF = 0.02  # minutes of decoder training


def finish(job: Iterator[Progress]) -> TrainReport:
    while True:
        try:
            next(job)
        except StopIteration as end:
            report: TrainReport = end.value
            return report


def test_a_trained_library_has_a_verified_bundle_and_an_identifier_for_every_photo(
    session: Session,
) -> None:
    (generation,) = session.generations()
    assert generation.state is GenerationState.READY
    read = manifest.read(generation.folder, manifest.GENERATION_FILES)
    parts = {"encoder_embedding", "encoder_patches", "z", "correction", "paths"}
    assert set(read.parity) == parts
    assert 0 < max(read.parity.values()) < 1e-3
    known, packed = generations.identifiers(session.library, generation.generation_id)
    assert len(known) == session.status().photos == len(packed)
    figures = generation.figures
    assert figures is not None and figures.queries == 15
    assert 0 < figures.recall_1 <= figures.recall_10 <= 1


def test_cancelled_training_goes_on_from_its_checkpoint_and_the_old_model_answers(
    session: Session, samples: Path
) -> None:
    query = Query(sorted(samples.rglob("*.jpg"))[0])
    before = session.search(query, engine=Engine.GENERATIVE).hits
    job = session.train()
    stages: list[str] = []
    for progress in job:
        stages.append(progress.stage)
        if progress.stage == "decoder" and progress.done >= 3:
            assert progress.values["loss"] > 0 and progress.values["seconds_left"] >= 0
            assert 0 <= progress.values["recall"] <= 1
            break
    job.close()
    assert stages.index("views") < stages.index("decoder")
    assert session.search(query, engine=Engine.GENERATIVE).hits == before
    working = session.library.folder / "models" / generations.CHECKPOINT
    assert (working / "embedding.f16").stat().st_size > 0

    again: list[Progress] = []
    job = session.train(minutes=BRIEF)
    while True:
        try:
            again.append(next(job))
        except StopIteration as end:
            report = end.value
            break
    views = [p for p in again if p.stage == "views"]
    assert views[0].done == views[0].total, "views were encoded again"
    assert report.generation == 2 and report.previous is not None
    assert not working.exists()
    newest, first = session.generations()
    if report.switched:
        states = (GenerationState.READY, GenerationState.RETIRED)
    else:
        states = (GenerationState.RETIRED, GenerationState.READY)
    assert (newest.state, first.state) == states
    session.use_generation(first.generation_id)
    assert session.search(query, engine=Engine.GENERATIVE).hits == before
    session.use_generation(newest.generation_id)
    assert session.search(query, engine=Engine.GENERATIVE).generation == newest.generation_id


def test_too_few_photos_are_refused_in_one_sentence(tmp_path: Path, samples: Path) -> None:
    session = open_session(tmp_path / "few")
    with pytest.raises(UserError, match="at least 50 indexed photos and this library has 0"):
        finish(session.train())
    session.close()


def test_two_trainings_at_once_are_refused_in_one_sentence(session: Session) -> None:
    with (
        session.library.claim("training"),
        pytest.raises(UserError, match="another Photoglyph is training it"),
    ):
        finish(session.train())


def test_labels_that_cannot_be_read_are_refused_in_one_sentence(
    session: Session, tmp_path: Path
) -> None:
    bad = tmp_path / "labels.csv"
    for content, words in (
        (None, "cannot be read"),
        ("a,b\n1,2\n", "no columns 'file' and 'label'"),
        ("file,label\nnowhere.jpg,x\n", "None of the photos"),
    ):
        if content is not None:
            bad.write_text(content)
        with pytest.raises(UserError, match=words):
            finish(session.train(labels=os.fspath(bad)))


def test_a_device_that_is_not_there_is_refused_in_one_sentence(session: Session) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this computer has a GPU")
    with pytest.raises(UserError, match="no GPU that PyTorch can use"):
        finish(session.train(device="cuda"))


def test_an_unknown_model_cannot_be_used(session: Session) -> None:
    with pytest.raises(LibraryError, match="no finished model 99"):
        session.use_generation(99)


def test_a_model_goes_through_an_archive_into_the_library(
    session: Session, samples: Path, tmp_path: Path
) -> None:
    file = tmp_path / "model.zip"
    (first,) = session.generations()
    session.export_generation(first.generation_id, file)
    number = session.import_generation(file)
    query = Query(sorted(samples.rglob("*.jpg"))[0])
    before = session.search(query, engine=Engine.GENERATIVE).hits
    session.use_generation(number)
    after = session.search(query, engine=Engine.GENERATIVE)
    assert after.generation == number and after.hits[0].photo == before[0].photo
    # An archive holds no photo's label, so photos that had one are placed as new ones are.
    assert len({h.photo for h in after.hits[:20]} & {h.photo for h in before[:20]}) >= 12
