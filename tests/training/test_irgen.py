"""The paper's recipe: what it crops, how its rate goes, and that devices change nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from engine.errors import TrainingError
from engine.search.scores import PlainScore
from engine.settings import PaperRecipe
from engine.training.irgen import checkpoint, devices, losses, schedule
from engine.training.irgen.photos import Classes, Photos, batches, cropped
from engine.types import Progress
from tests.conftest import REPOSITORY, MakePhoto
from tests.evaluation.benchmarks import folders
from tests.services.indexed import finish
from tests.training import on_devices


def test_two_processes_go_on_as_one_would_and_one_of_them_tells_and_keeps(
    tmp_path: Path, encoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An epoch of the tokenizer by one process, the rest by two, and the answers by one again."""
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 0.0)
    folder, kept = folders.drawn("cub200", tmp_path / "cub", train=4, test=2), tmp_path / "kept"
    alone = on_devices.document(folder, encoder)

    def first_epoch_is_kept(progress: Progress) -> bool:
        return progress.note == "epoch 2 of 2, 1 kept"

    assert on_devices.document(folder, encoder, kept, ends=first_epoch_is_kept) is None
    launch = "-m accelerate.commands.launch --multi_gpu --num_processes 2 --num_machines 1"
    launch += " --mixed_precision no --dynamo_backend no --main_process_port 0"
    launch += " -m tests.training.on_devices"
    done = subprocess.run(
        [sys.executable, *launch.split(), os.fspath(folder), encoder, os.fspath(kept)],
        cwd=REPOSITORY,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    together = json.loads(line)
    again = on_devices.document(folder, encoder, kept)
    assert alone is not None and again is not None
    assert "epochs on cpu;" in alone["protocol"] and "epochs on cpu x 2;" in together["protocol"]
    assert len(alone["losses"]) == 8  # two epochs of two steps, twice
    assert together["losses"] == pytest.approx(alone["losses"][2:], rel=1e-3)
    assert again["losses"] == []  # nothing was left to train
    assert together["rows"] == alone["rows"] == again["rows"]


def test_batches_that_devices_cannot_share_are_refused() -> None:
    class Three:
        num_processes = 3

    with pytest.raises(TrainingError, match="3 devices cannot share a batch of 128 photos evenly"):
        devices.check_shares(Three(), PaperRecipe())  # type: ignore[arg-type]


def test_all_but_the_main_process_say_nothing_and_do_everything() -> None:
    class Other:
        is_main_process = False

    assert list(devices.told(iter_of(3), Other())) == []  # type: ignore[arg-type]
    assert finish(devices.told(iter_of(3), Other())) == 3  # type: ignore[arg-type]


def iter_of(count: int):  # type: ignore[no-untyped-def]
    yield from range(count)
    return count


def test_crops_are_squares_of_seven_eighths_of_the_shorter_side() -> None:
    wide = Image.fromarray(np.tile(np.arange(160, dtype=np.uint8)[None, :, None], (80, 1, 3)))
    middle = cropped(wide, 70, 0.5, 0.5)
    assert middle.shape == (70, 70, 3)
    assert middle[0, 0, 0] == pytest.approx(45, abs=1) and middle[0, -1, 0] == pytest.approx(114, 1)
    left, right = cropped(wide, 70, 0.0, 0.5), cropped(wide, 70, 1.0, 0.5)
    assert left[0, 0, 0] <= 1 and right[0, -1, 0] >= 158


def test_a_crop_depends_on_photo_and_epoch_and_on_nothing_else(
    tmp_path: Path, make_photo: MakePhoto
) -> None:
    paths = [make_photo(tmp_path / f"{i}.jpg", seed=i) for i in range(6)]
    photos = Photos(paths, 32, seed=1)
    photos.epoch = 0
    in_order = {row: photos[row][1] for row in range(6)}
    rows, pixels = zip(*batches(photos, 4, 0, seed=5), strict=True)
    assert sorted(torch.cat(rows).tolist()) == list(range(6))
    assert torch.cat(rows).tolist() != list(range(6))
    for row, view in zip(torch.cat(rows).tolist(), torch.cat(pixels), strict=True):
        assert np.array_equal(view.numpy(), in_order[row])
    photos.epoch = 1
    assert not np.array_equal(photos[0][1], in_order[0])
    photos.epoch = None
    assert np.array_equal(photos[0][1], photos[0][1])


def test_answers_are_photos_of_the_same_class_drawn_anew() -> None:
    labels = np.array([2, 0, 1, 0, 2, 2, 0])
    classes, rows = Classes(labels), np.arange(7)
    drawn = np.array([classes.partners(rows, 0, epoch) for epoch in range(60)])
    assert (labels[drawn] == labels).all()
    assert set(drawn[:, 0].tolist()) == {0, 4, 5} and set(drawn[:, 2].tolist()) == {2}
    assert np.array_equal(classes.partners(rows[3:], 0, 0), drawn[0, 3:])


def test_the_rate_warms_up_for_twenty_epochs_and_falls_by_half_a_cosine() -> None:
    new, encoder = nn.Linear(2, 2), nn.Linear(2, 2)
    optimizer = schedule.optimizer_of(new, encoder, 5e-4)
    group, of_encoder = optimizer.param_groups
    assert (group["betas"], group["weight_decay"]) == ((0.9, 0.96), 0.05)
    rates = {}
    for done in (0, 10, 20, 110, 200):
        schedule.set_rate(optimizer, done, 200)
        rates[done] = group["lr"]
        assert of_encoder["lr"] == pytest.approx(0.01 * group["lr"])
    expected = {0: 5e-7, 10: 2.5e-4, 20: 5e-4, 110: 2.5e-4, 200: 5e-7}
    assert rates == pytest.approx(expected, rel=2e-3)
    schedule.set_rate(optimizer, 20, 400)
    assert group["lr"] == 5e-4
    schedule.set_rate(optimizer, 1, 10)  # a short training warms up for a tenth
    assert group["lr"] == 5e-4


def test_the_statistics_of_batches_stay_as_they_were_learnt() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout())
    network.eval()
    losses.tune(network)
    assert network.training and network[2].training and not network[1].training


def test_the_published_softmax_is_shared_by_all_codes() -> None:
    """A node's only child costs what the decoder gives the codes that exist nowhere."""

    class Sure:
        levels = 1

        def step(self, state, prefix):  # type: ignore[no-untyped-def]
            return np.log(np.array([[[0.2, 0.3, 0.5]]], np.float32)), state

    nothing = np.zeros(1, np.intp)
    for unmasked, expected in ((True, np.log(0.3)), (False, 0.0)):
        score = PlainScore(Sure(), None, unmasked=unmasked)  # type: ignore[arg-type]
        found = score.children(None, 0, nothing, nothing, np.array([1]))  # type: ignore[arg-type]
        assert found == pytest.approx([expected], abs=1e-6)
