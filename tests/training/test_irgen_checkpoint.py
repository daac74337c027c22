"""A run of the paper's recipe that ended early goes on, and only as the run that it was."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from accelerate import Accelerator

from engine.errors import TrainingError
from engine.services import encoders
from engine.training.irgen import checkpoint
from engine.training.irgen.checkpoint import RunCheckpoint
from engine.types import Progress
from tests.conftest import REPOSITORY
from tests.encoder.networks import random_state, saved
from tests.evaluation.benchmarks import folders
from tests.services.indexed import finish
from tests.services.test_added_encoders import Prepares
from tests.training.on_devices import RECIPE, document

FOUR = replace(RECIPE, tokenizer_epochs=4, decoder_epochs=4)
RUN = {"format": 1, "layers": 2}


@pytest.fixture(autouse=True)
def _every_epoch_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folders.drawn("cub200", tmp_path / "cub", train=4, test=2)


@pytest.fixture(scope="module")
def processes() -> Accelerator:
    return Accelerator(cpu=True)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def ending(*notes: str) -> Any:
    """Whether a training is closed: at each of the ``notes`` once, of whatever stage."""
    left = list(notes)

    def ends(progress: Progress) -> bool:
        if progress.note in left:
            left.remove(progress.note)
            return not left
        return False

    return ends


def test_four_epochs_at_once_are_two_and_two_more(
    tmp_path: Path, encoder: str, folder: Path
) -> None:
    whole = document(folder, encoder, settings=FOUR)
    kept = tmp_path / "kept"

    def begin(ends: Any) -> list[float]:
        losses: list[float] = []

        def watching(progress: Progress) -> bool:
            losses.extend(progress.values.values())
            return bool(ends(progress))

        assert document(folder, encoder, kept, settings=FOUR, ends=watching) is None
        return losses

    half = "epoch 3 of 4, 2 kept"
    first = begin(ending(half, half))  # the second one: a step into the third epoch
    second = begin(lambda progress: progress.stage == "decoder" and progress.note == half)
    last = document(folder, encoder, kept, settings=FOUR)
    assert whole is not None and last is not None
    assert len(whole["losses"]) == 16
    assert first[:4] == pytest.approx(whole["losses"][:4], rel=1e-6)
    assert second == pytest.approx(whole["losses"][4 : 4 + len(second)], rel=1e-6)
    assert last["losses"] == pytest.approx(whole["losses"][12:], rel=1e-6)
    assert last["rows"] == whole["rows"]
    losses = [doc["protocol"].split("losses ")[1].split(";")[0] for doc in (last, whole)]
    assert losses[0] == losses[1]
    assert last["told"][1:4] == ["tokenizer kept", f"decoder {half}", f"decoder {half}"]
    assert not any("looking at the photos" in told for told in last["told"])  # found once
    assert names(kept) == ["decoder.pt", "photos.pt", "run.pt", "tokenizer.pt"]


def test_what_is_killed_goes_on_after_its_last_kept_epoch(
    tmp_path: Path, encoder: str, folder: Path
) -> None:
    kept = tmp_path / "kept"
    line = [sys.executable, "-m", "tests.training.on_devices", os.fspath(folder), encoder]
    killed = subprocess.run(
        [*line, os.fspath(kept), "epoch 2 of 2, 1 kept"],
        cwd=REPOSITORY,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    (kept / "tokenizer.pt.part").write_bytes(b"half of it")  # a kill in mid-checkpoint
    whole, last = document(folder, encoder), document(folder, encoder, kept)
    assert whole is not None and last is not None
    assert last["losses"] == pytest.approx(whole["losses"][2:], rel=1e-3)
    assert last["rows"] == whole["rows"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"settings": replace(RECIPE, layers=2)}, "layers 1, now 2"),
        ({"settings": replace(RECIPE, decoder_epochs=3)}, "decoder epochs 2, now 3"),
        ({"protocol": "open"}, "classes closed, now open"),
        ({"seed": 1}, "seed 0, now 1"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_before_any_work(
    tmp_path: Path, encoder: str, folder: Path, changed: dict[str, Any], words: str
) -> None:
    kept = tmp_path / "kept"
    document(folder, encoder, kept, ends=lambda progress: progress.stage == "tokenizer")
    before = {file: file.read_bytes() for file in kept.iterdir()}
    stages: list[str] = []

    def watching(progress: Progress) -> bool:
        stages.append(progress.stage)
        return False

    with pytest.raises(TrainingError, match=rf"is of another run \({words}\)"):
        document(folder, encoder, kept, ends=watching, **changed)
    assert stages == ["reading lists"]
    assert {file: file.read_bytes() for file in kept.iterdir()} == before


def test_a_checkpoint_of_another_encoder_or_of_other_photos_is_refused(
    tmp_path: Path, encoder: str, folder: Path
) -> None:
    kept = tmp_path / "kept"
    document(folder, encoder, kept, ends=lambda progress: progress.stage == "tokenizer")
    file = saved(random_state("convnext_femto"), tmp_path / "other.safetensors")
    other = finish(encoders.add(file, "convnext_femto", Prepares(), image_size=32)).name
    with pytest.raises(TrainingError, match=r"encoder convnext_atto.*, now convnext_femto"):
        document(folder, other, kept)
    photo = next((folder / "CUB_200_2011" / "images").rglob("*.jpg"))
    with photo.open("ab") as out:
        out.write(b"more")
    with pytest.raises(TrainingError, match=r"another run \(its photos are others\)"):
        document(folder, encoder, kept)


def test_data_may_lie_elsewhere_when_a_run_goes_on_and_what_was_unreadable_stays_out(
    tmp_path: Path, encoder: str, folder: Path
) -> None:
    kept = tmp_path / "kept"
    next((folder / "CUB_200_2011" / "images").rglob("*_0001.jpg")).write_bytes(b"no photo")
    document(folder, encoder, kept, ends=lambda progress: progress.stage == "tokenizer")
    moved = folder.rename(tmp_path / "elsewhere")
    found = document(moved, encoder, kept)
    assert found is not None and "looking at the photos " not in found["told"]
    assert "1 photos could not be read and were left out" in found["protocol"]
    assert "15 photos trained on" in found["protocol"]


def test_without_a_folder_nothing_is_kept(processes: Accelerator) -> None:
    none = RunCheckpoint(None, {}, processes)
    assert not none.keeps and not none.keep("tokenizer", dict, at_once=True)
    assert none.load("tokenizer") is None


def test_an_epoch_is_kept_once_it_is_time_and_the_last_one_always(
    tmp_path: Path, processes: Accelerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 3600.0)
    kept = RunCheckpoint(tmp_path / "kept", RUN, processes)
    assert not kept.keep("tokenizer", lambda: {"epoch": 1})
    assert kept.load("tokenizer") is None
    assert kept.keep("tokenizer", lambda: {"epoch": 2}, at_once=True)
    assert kept.load("tokenizer") == {"epoch": 2}


def test_a_full_disk_is_told_and_the_epoch_before_is_kept(
    tmp_path: Path, processes: Accelerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = RunCheckpoint(tmp_path / "kept", RUN, processes)
    kept.keep("decoder", lambda: {"epoch": 1})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(TrainingError, match=r"cannot be written \(No space left"):
            kept.keep("decoder", lambda: {"epoch": 2})
    assert kept.load("decoder") == {"epoch": 1}
    assert names(tmp_path / "kept") == ["decoder.pt", "run.pt"]


def test_a_damaged_checkpoint_is_told_and_stays(tmp_path: Path, processes: Accelerator) -> None:
    kept = RunCheckpoint(tmp_path / "kept", RUN, processes)
    (tmp_path / "kept" / "decoder.pt").write_bytes(b"half of it")
    with pytest.raises(TrainingError, match=r"decoder\.pt cannot be read"):
        kept.load("decoder")
    assert (tmp_path / "kept" / "decoder.pt").read_bytes() == b"half of it"


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, processes: Accelerator) -> None:
    (tmp_path / "decoder.pt").write_bytes(b"of a library's training")
    with pytest.raises(TrainingError, match="holds other files and no checkpoint"):
        RunCheckpoint(tmp_path, RUN, processes)
    with pytest.raises(TrainingError, match="cannot be made"):
        RunCheckpoint(tmp_path / "decoder.pt" / "kept", RUN, processes)
    assert names(tmp_path) == ["decoder.pt"]


def test_machines_that_do_not_share_the_folder_are_refused(
    tmp_path: Path, processes: Accelerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = RunCheckpoint(tmp_path / "kept", RUN, processes)

    def gathered(own: list[Any]) -> list[Any]:
        return [*own, (None, False, 7)]

    monkeypatch.setattr(checkpoint, "gather_object", gathered)
    with pytest.raises(TrainingError, match="a folder that they share"):
        kept.load("decoder")
