"""Deep training as a library meets it: an encoder beside the old one, used where it is better."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.encoder import installed
from engine.encoder.timm_models import load_encoder
from engine.errors import BundleError, TrainingError, UserError
from engine.retriever.model import Retriever
from engine.search.ports import Decoder, Encoded, Encoder, Ints
from engine.services import encoders
from engine.services.session import Session
from engine.settings import DeepTuning
from engine.store import generations, models
from engine.store.database import Library
from engine.tokenizer.model import Tokenizer
from engine.training import child, loop, pipeline
from engine.training.deep import tuning
from engine.training.deep.looks import Look, Looks
from engine.training.deep.pipeline import TUNED, train_deep
from engine.training.deep.reading import Batch, ViewReader
from engine.training.deep.tuning import STAGE
from engine.training.torch_decoder import TorchDecoder
from engine.types import (
    Engine,
    GenerationFigures,
    GenerationState,
    Job,
    Progress,
    Query,
    TrainReport,
)
from tests.conftest import MakePhoto
from tests.encoder.networks import random_state, saved
from tests.services.indexed import finish

SIDE = 32
BRIEF = DeepTuning(photos=8, steps=3)
KEPT: dict[str, Retriever] = {}  # what a training published, by folder


class TorchEncoder:
    """A network as it is, where its export need not be waited for."""

    providers: tuple[str, ...] = ()

    def __init__(self, name: str) -> None:
        self._network, self.spec = load_encoder(name)

    def encode(self, pixels: NDArray[np.uint8]) -> Encoded:
        with torch.inference_mode():
            embedding, patches = self._network(torch.from_numpy(pixels.copy()))
        return Encoded(embedding.numpy(), patches.numpy())


class TorchModels:
    """Runtime and exporter without ONNX: what is published is what was trained."""

    device = "cpu"
    providers: tuple[str, ...] = ()

    def open_encoder(self, bundle: Path) -> Encoder:
        return TorchEncoder(bundle.name)

    def open_decoder(self, bundle: Path) -> Decoder:
        return TorchDecoder(KEPT[bundle.name].eval())

    def prepare_encoder(self, name: str) -> Path:
        return installed.find(name, ()).folder

    def publish(
        self,
        retriever: Retriever,
        tokenizer: Tokenizer,
        encoder_folder: Path,
        pixels: NDArray[np.uint8],
        folder: Path,
    ) -> dict[str, float]:
        folder.mkdir()
        tokenizer.save(folder)
        KEPT[folder.name] = retriever
        return {"encoder_embedding": 1e-6}


def open_session(folder: Path, encoder: str = "") -> Session:
    torch_models: Any = TorchModels()
    return Session.open(folder, torch_models, torch_models, encoder=encoder)


@pytest.fixture(scope="module", autouse=True)
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Encoders of this module alone, and decoders that are trained for two steps."""
    folder = tmp_path_factory.mktemp("encoders")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHOTOGLYPH_ENCODERS", str(folder))
        patch.setattr(loop, "STEPS", (2, 2))
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def prepared(quick: None, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the samples, read by a tiny network and trained in seconds; copy it."""
    folder = tmp_path_factory.mktemp("prepared")
    file = saved(random_state("test_efficientnet"), folder / "weights.safetensors")
    job: Any = encoders.add(file, "test_efficientnet", TorchModels(), image_size=SIDE)  # type: ignore[arg-type]
    with closing(open_session(folder / "library", finish(job).name)) as session:
        finish(session.index([samples]))
        torch_models: Any = TorchModels()
        finish(pipeline.train(session.library, torch_models, torch_models))
    return folder / "library"


@pytest.fixture
def session(prepared: Path, tmp_path: Path) -> Iterator[Session]:
    shutil.copytree(prepared, tmp_path / "library")
    with closing(open_session(tmp_path / "library")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def rising(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the encoder is better than the one before: tuning goes to its end."""
    looks = iter(range(1000))

    def at(*_: object) -> Look:
        return Look(next(looks) / 1000, 0.5)

    monkeypatch.setattr(Looks, "at", at)
    monkeypatch.setattr(tuning, "LEARNING_RATE", 0.05)  # so that three steps change something


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """``judged(better)``: what is said of the new generation, whatever its figures are."""

    def judge(better: bool) -> None:
        monkeypatch.setattr(GenerationFigures, "better_than", lambda *_: better)

    return judge


def deep(library: Library, **given: Any) -> Job[TrainReport]:
    torch_models: Any = TorchModels()
    return train_deep(library, torch_models, torch_models, **{"tuning": BRIEF, **given})


def current(library: Library) -> str:
    with library.read() as connection:
        found = models.current(connection)
    assert found is not None
    return found[1].name


def stages(job: Job[TrainReport]) -> Iterator[Progress]:
    with closing(job):
        yield from job


def test_a_better_encoder_answers_with_its_generation_and_the_old_one_can_come_back(
    session: Session, samples: Path, judged: Callable[[bool], None]
) -> None:
    judged(True)
    (first,) = session.generations()
    old = current(session.library)
    query = Query(sorted(samples.rglob("*.jpg"))[0])
    before = session.search(query, engine=Engine.GENERATIVE)
    job = deep(session.library)
    seen: list[str] = []
    while True:
        try:
            progress = next(job)
        except StopIteration as end:
            report = end.value
            break
        if progress.stage not in seen:  # whatever it does, searching goes on with what there was
            seen.append(progress.stage)
            assert current(session.library) == old
            assert session.search(query, engine=Engine.GENERATIVE).hits == before.hits
    wanted = [STAGE, "exporting and checking it", "reading photos again", "views", "publishing"]
    assert [stage for stage in seen if stage in wanted] == wanted

    assert report.deep is not None and report.deep.encoder == current(session.library) != old
    assert report.switched and report.previous is not None
    assert report.deep.steps == report.deep.best_step == 3
    assert 0 <= report.deep.waited <= 1 and report.deep.precision == "fp32"
    newest, retired = session.generations()
    assert (newest.state, retired.state) == (GenerationState.READY, GenerationState.RETIRED)
    assert newest.model_id != retired.model_id
    known, _ = generations.identifiers(session.library, newest.generation_id)
    assert len(known) == session.status().searchable == session.status().photos == report.photos
    assert not (session.library.folder / "models" / generations.DEEP_CHECKPOINT).exists()

    # This session was open all the time: it asks with the new encoder from the next search on.
    after = session.search(query, engine=Engine.GENERATIVE)
    assert after.generation == newest.generation_id and after.hits[0].photo == before.hits[0].photo
    assert session.searching.encoder().spec.name == report.deep.encoder
    assert finish(session.index()).indexed == 0

    session.use_generation(first.generation_id)
    assert current(session.library) == old
    assert session.search(query, engine=Engine.GENERATIVE).hits == before.hits
    session.use_generation(newest.generation_id)
    assert session.search(query, engine=Engine.GENERATIVE).hits == after.hits


def test_an_encoder_that_is_no_better_does_not_answer_and_both_figures_are_told(
    session: Session, samples: Path, judged: Callable[[bool], None]
) -> None:
    judged(False)
    old, (first,) = current(session.library), session.generations()
    query = Query(sorted(samples.rglob("*.jpg"))[0])
    before = session.search(query)
    report = finish(deep(session.library))
    assert not report.switched and current(session.library) == old
    # What answers is measured with its own encoder, on the photos that were held out before too.
    assert report.previous is not None and first.figures is not None
    assert report.previous.queries == report.figures.queries == first.figures.queries == 15
    assert report.previous.recall_1 == pytest.approx(first.figures.recall_1)
    assert report.previous.exact_recall_10 == pytest.approx(first.figures.exact_recall_10)
    newest, _ = session.generations()
    assert report.deep is not None
    (found,) = [e for e in encoders.encoders() if e.name == report.deep.encoder]
    assert "tuned" in found.source and found.image_size == SIDE
    assert newest.state is GenerationState.RETIRED
    assert session.search(query).hits == before.hits
    assert session.search(query).generation == first.generation_id
    session.use_generation(newest.generation_id)  # whoever wants it can have it
    assert session.search(query).generation == newest.generation_id


def test_photos_that_are_held_out_are_never_tuned_on(
    session: Session, judged: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(True)
    read: set[int] = set()
    held: list[Ints] = []
    own_call, own_rows = ViewReader.__call__, pipeline.Challenger.__init__

    def noted(self: ViewReader, step: int) -> Batch:
        batch = own_call(self, step)
        read.update(self._content_ids[batch.rows].tolist())
        return batch

    def challenged(self: pipeline.Challenger, given: Ints, *rest: Any) -> None:
        held.append(given)
        own_rows(self, given, *rest)

    monkeypatch.setattr(ViewReader, "__call__", noted)
    monkeypatch.setattr(pipeline.Challenger, "__init__", challenged)
    report = finish(deep(session.library, tuning=DeepTuning(photos=32, steps=8)))
    assert report.figures.queries == len(held[0]) == 15
    assert len(read) > 40 and read.isdisjoint(held[0].tolist())
    assert len(read | set(held[0].tolist())) <= report.photos


def test_a_cancelled_training_goes_on_where_it_was(
    session: Session, judged: Callable[[bool], None]
) -> None:
    judged(True)
    folder = session.library.folder / "models" / generations.DEEP_CHECKPOINT
    old = current(session.library)
    for progress in stages(deep(session.library)):
        if progress.stage == STAGE and progress.done == 2:
            break
    assert (folder / "decoder.pt").is_file() and not (folder / TUNED).exists()
    again = stages(deep(session.library))
    first = next(p for p in again if p.stage == STAGE)
    assert first.done >= 2
    for progress in again:
        if progress.stage == "views":
            break
    again.close()  # type: ignore[attr-defined]
    assert json.loads((folder / TUNED).read_text())["steps"] == 3
    assert current(session.library) == old and session.training_plan(deep=True).begun
    seen = [p.stage for p in stages(deep(session.library))]
    assert STAGE not in seen and "reading photos again" not in seen
    assert current(session.library) != old
    assert not folder.exists()


def test_a_cancelled_tuning_can_be_thrown_away(session: Session) -> None:
    for progress in stages(deep(session.library)):
        if progress.stage == STAGE and progress.done == 1:
            break
    assert session.training_plan(deep=True).begun
    assert not session.training_plan().begun, "a quick training would not go on with it"
    session.forget_training()
    assert not session.training_plan(deep=True).begun


def test_a_deep_training_that_is_left_before_its_tuning_is_known_for_one(session: Session) -> None:
    with session.library.write() as connection:
        generations.forget(connection, session.generations()[0].generation_id)
    for progress in stages(deep(session.library)):
        if progress.stage == "views" and progress.done:
            break
    assert session.training_plan(deep=True).begun
    session.forget_training()
    torch_models: Any = TorchModels()
    for progress in stages(pipeline.train(session.library, torch_models, torch_models)):
        if progress.stage == "views" and progress.done:
            break
    assert session.training_plan().begun and not session.training_plan(deep=True).begun


def test_where_no_step_is_better_the_training_is_of_the_encoder_as_it_is(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Looks, "at", lambda *_: Look(0.5, 0.5))
    old = current(session.library)
    report = finish(deep(session.library))
    assert report.deep is not None and (report.deep.encoder, report.deep.best_step) == ("", 0)
    assert current(session.library) == old
    newest, first = session.generations()
    assert newest.model_id == first.model_id and report.generation == newest.generation_id


def test_where_one_was_trained_first_and_no_step_is_better_it_is_not_trained_twice(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Looks, "at", lambda *_: Look(0.5, 0.5))
    with session.library.write() as connection:
        generations.forget(connection, session.generations()[0].generation_id)
    report = finish(deep(session.library))
    (only,) = session.generations()
    assert report.generation == only.generation_id and report.switched
    assert report.deep is not None and not report.deep.encoder


def test_photos_that_come_meanwhile_and_those_of_a_drive_that_is_away_are_found_after_the_switch(
    session: Session, tmp_path: Path, make_photo: MakePhoto, judged: Callable[[bool], None]
) -> None:
    judged(True)
    away = make_photo(tmp_path / "drive" / "away.png", 78, (200, 160))
    finish(session.index([away.parent]))
    away.rename(tmp_path / "away.png")  # its thumbnail is read
    photo = make_photo(tmp_path / "more" / "new.png", 77, (200, 160))
    job = deep(session.library)
    for progress in job:
        if progress.stage == "decoder":
            finish(session.index([photo.parent]))
            break
    finish(job)
    for query, found in ((photo, photo), (tmp_path / "away.png", away)):
        hit = session.search(Query(query), top=1).hits[0]
        assert hit.photo.path == found and hit.similarity > 0.99
    assert session.status().searchable == session.status().photos


def test_without_a_generation_one_is_trained_with_the_encoder_as_it_is_to_be_beaten(
    session: Session, judged: Callable[[bool], None]
) -> None:
    judged(True)
    with session.library.write() as connection:
        generations.forget(connection, session.generations()[0].generation_id)
    report = finish(deep(session.library))
    tuned, plain = session.generations()
    assert tuned.model_id != plain.model_id and report.generation == tuned.generation_id
    assert report.previous is not None and plain.figures is not None
    assert report.previous.recall_1 == pytest.approx(plain.figures.recall_1)


def test_a_checkpoint_of_another_library_is_not_gone_on_with(
    session: Session, prepared: Path, tmp_path: Path, samples: Path
) -> None:
    for progress in stages(deep(session.library)):
        if progress.stage == STAGE and progress.done == 2:
            break
    name = current(session.library)
    with closing(open_session(tmp_path / "other", name)) as other:
        finish(other.index([samples]))
        at = Path("models", generations.DEEP_CHECKPOINT)
        shutil.copytree(session.library.folder / at, other.library.folder / at)
        first = next(p for p in stages(deep(other.library)) if p.stage == STAGE)
    assert first.done == 0


def test_what_cannot_be_trained_is_refused_in_one_sentence(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        closing(open_session(tmp_path / "few")) as few,
        pytest.raises(UserError, match="at least 50 indexed photos and this library has 0"),
    ):
        finish(deep(few.library))
    if not torch.cuda.is_available():
        with pytest.raises(TrainingError, match="no GPU that PyTorch can use"):
            finish(deep(session.library, device="cuda"))
    with (
        session.library.claim("training"),
        pytest.raises(UserError, match="another Photoglyph is training it"),
    ):
        finish(deep(session.library))
    monkeypatch.setenv("PHOTOGLYPH_ENCODERS", str(tmp_path / "gone"))
    with pytest.raises(BundleError, match="no encoder named"):
        finish(deep(session.library))
    assert len(session.generations()) == 1


def test_an_encoder_that_cannot_be_exported_leaves_the_old_one_and_the_checkpoint(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = TorchModels.prepare_encoder

    def drifted(self: TorchModels, name: str) -> Path:
        if name != old:
            raise TrainingError("The exported model differs from the trained one")
        return prepare(self, name)

    monkeypatch.setattr(TorchModels, "prepare_encoder", drifted)
    old, added = current(session.library), installed.all_installed()
    with pytest.raises(TrainingError, match="differs from the trained one"):
        finish(deep(session.library))
    assert current(session.library) == old and installed.all_installed() == added
    folder = session.library.folder / "models" / generations.DEEP_CHECKPOINT
    assert (folder / "decoder.pt").is_file()


def test_a_full_disk_is_told_in_one_sentence_and_the_tuning_is_not_lost(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(encoders, "_add", full)
        with pytest.raises(TrainingError, match=r"No space left on device\): free"):
            finish(deep(session.library))
    steps = [p for p in stages(deep(session.library)) if p.stage == STAGE]
    assert all(step.done == 3 for step in steps), "it was tuned again"


def test_a_deep_training_is_told_to_take_longer_and_more_space(session: Session) -> None:
    quick, whole = session.training_plan(), session.training_plan(deep=True)
    assert whole.seconds > 2 * quick.seconds
    assert whole.size_bytes > quick.size_bytes
    with session.library.write() as connection:
        generations.forget(connection, session.generations()[0].generation_id)
    first, both = session.training_plan(), session.training_plan(deep=True)
    assert session.training_plan(deep=True, minutes=0.01).seconds < both.seconds
    assert both.seconds - first.seconds > whole.seconds - quick.seconds, "one is trained before"


def test_the_training_process_tunes_where_that_was_asked_for(session: Session) -> None:
    ports: Any = (TorchModels(), TorchModels())
    for wanted, name in ((None, "train"), (BRIEF, "train_deep")):
        request = child.Request(session.library.folder, *ports, "none", "cpu", None, wanted)
        job = child._job(session.library, request)
        assert job.__name__ == name
        job.close()
