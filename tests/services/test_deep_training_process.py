"""Deep training in its own process with the real exporter and ONNX Runtime, on a tiny network."""

from __future__ import annotations

import inspect
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.encoder import installed
from engine.errors import TrainingError
from engine.services import encoders
from engine.services.session import Session
from engine.settings import DeepTuning
from engine.store import generations
from engine.training.deep.tuning import STAGE
from engine.types import Engine, GenerationState, Query
from export.runtime import OnnxRuntime
from tests.encoder.networks import random_state, saved
from tests.services.indexed import finish
from tests.services.lively import LivelyExporter

SIDE = 32
BRIEF = DeepTuning(photos=8, steps=3, checkpoint_seconds=0)


@pytest.fixture
def session(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """The samples, read with a tiny network that is exported for real."""
    monkeypatch.setenv("PHOTOGLYPH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PHOTOGLYPH_ENCODERS", str(tmp_path / "encoders"))
    exporter = LivelyExporter()
    file = saved(random_state("test_efficientnet"), tmp_path / "weights.safetensors")
    name = finish(encoders.add(file, "test_efficientnet", exporter, image_size=SIDE)).name
    with closing(
        Session.open(tmp_path / "library", OnnxRuntime("cpu"), exporter, encoder=name)
    ) as opened:
        finish(opened.index([samples]))
        yield opened


@pytest.mark.slow
def test_a_deep_training_that_is_killed_goes_on_and_its_exported_encoder_answers(
    session: Session, samples: Path
) -> None:
    query = Query(sorted(samples.rglob("*.jpg"))[0])
    before = session.search(query, top=5)
    job = session.train(labels="none", deep=True, tuning=BRIEF)
    for progress in job:
        if progress.stage == STAGE and progress.done == 2:
            break
    os.kill(inspect.getgeneratorlocals(job)["child"].pid, signal.SIGKILL)
    with pytest.raises(TrainingError, match="train again to go on from its checkpoint"):
        finish(job)
    assert session.training_plan(deep=True).begun
    first, *_ = session.generations()  # trained before the tuning, to be better than
    assert session.search(query, top=5, engine=Engine.GENERATIVE).generation == first.generation_id

    again = session.train(labels="none", deep=True, tuning=BRIEF)
    started = next(progress for progress in again if progress.stage == STAGE)
    assert started.done > 0
    report = finish(again)
    assert report.switched and report.deep is not None and report.deep.steps == 3
    assert installed.find(report.deep.encoder, ()).image_size == SIDE
    newest, retired = session.generations()
    assert (newest.state, retired.state) == (GenerationState.READY, GenerationState.RETIRED)
    after = session.search(query, top=5, engine=Engine.GENERATIVE)
    assert after.generation == newest.generation_id and after.hits[0].photo == before.hits[0].photo
    assert not (session.library.folder / "models" / generations.DEEP_CHECKPOINT).exists()

    session.use_generation(first.generation_id)
    assert session.search(query, top=5, engine=Engine.EXACT).hits == before.hits
