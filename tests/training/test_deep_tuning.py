"""Tuning the encoder: whatever memory and device can, killed, cancelled, ended in time."""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.errors import TrainingError
from engine.search.graph import Graph
from engine.training.deep import reading, tuning
from engine.training.deep.looks import Look
from engine.training.deep.loss import backward, view_loss
from engine.training.deep.positives import Positives
from engine.training.deep.precision import Precision
from engine.training.deep.reading import Batch, ReadAhead
from engine.training.deep.tuning import Tuned
from engine.types import Progress
from tests.conftest import REPOSITORY
from tests.training.deep_parts import (
    BATCH,
    LIVELY,
    SIDE,
    Parts,
    checkpoint_in,
    last,
    network,
    state,
)

CPU = torch.device("cpu")


class Wrapped(nn.Module):
    """A network with something to happen before it answers."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner
        self.sizes: list[int] = []

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        self.sizes.append(len(pixels))
        self.happens(len(pixels))
        embedding, patches = self.inner(pixels)
        return self.made(embedding), patches

    def happens(self, count: int) -> None: ...

    def made(self, embedding: Tensor) -> Tensor:
        return embedding


class Small(Wrapped):
    """A device whose memory holds ``fits`` photos."""

    fits = 4

    def happens(self, count: int) -> None:
        if count > self.fits:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")


@pytest.fixture
def lively(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LIVELY.items():
        monkeypatch.setattr(tuning, name, value)


def gradients(encoder: nn.Module, parts: Parts, piece: int) -> dict[str, Tensor]:
    encoder.zero_grad()
    parts.head.zero_grad()
    batch = parts.read(0)
    shares = torch.from_numpy(parts.positives.shares(batch.rows))
    pixels = torch.from_numpy(batch.pixels)
    *_, loss = backward(encoder, parts.head, pixels, shares, Precision(CPU), piece)
    assert loss is not None
    found = {n: p.grad.clone() for n, p in encoder.named_parameters() if p.grad is not None}
    assert parts.head.matrix.grad is not None
    return {**found, "head": parts.head.matrix.grad.clone(), "loss": loss}


def test_a_batch_in_pieces_has_the_gradient_of_the_whole() -> None:
    encoder = network()
    parts = Parts(encoder)
    whole = gradients(encoder, parts, 2 * BATCH)
    assert len(whole) > 20
    for piece in (1, 5):
        for name, gradient in gradients(encoder, parts, piece).items():
            torch.testing.assert_close(gradient, whole[name], rtol=1e-3, atol=1e-5)


def test_gradients_computed_in_parts_of_the_network_are_the_same() -> None:
    encoder = network()
    parts = Parts(encoder)
    whole = gradients(encoder, parts, 2 * BATCH)
    parts.tuning(encoder, gradient_checkpointing=True)
    assert encoder.backbone.grad_checkpointing
    for name, gradient in gradients(encoder, parts, 2 * BATCH).items():
        torch.testing.assert_close(gradient, whole[name], rtol=1e-3, atol=1e-5)


def test_where_memory_runs_out_pieces_are_halved_and_no_step_is_lost(tmp_path: Path) -> None:
    results = []
    for name, kind in (("ample", Wrapped), ("short", Small)):
        inner = network()
        encoder = kind(inner)
        found = last(
            Parts(inner)
            .tuning(encoder)
            .run(Parts(inner).read, checkpoint_in(tmp_path / name), 3, None)
        )
        assert found.steps == 3
        results.append((found, state(inner), encoder.sizes))
    (ample, expected, _), (short, got, sizes) = results
    assert short.piece <= Small.fits < ample.piece
    assert max(sizes) > Small.fits, "nothing ran out"
    assert ample.best_step == short.best_step
    for name in expected:
        torch.testing.assert_close(got[name], expected[name], rtol=1e-3, atol=1e-5)


def test_memory_that_is_too_small_for_one_photo_is_told_in_one_sentence(tmp_path: Path) -> None:
    encoder = Small(network())
    encoder.fits = 0
    parts = Parts(encoder.inner)  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match="too small for a single photo"):
        last(parts.tuning(encoder).run(parts.read, checkpoint_in(tmp_path), 3, None))


class Scripted:
    """Looks whose scores are written down."""

    def __init__(self, *scores: float) -> None:
        self._scores = list(scores)
        self.weights: list[Tensor] = []

    def at(self, encode: nn.Module, *_: object) -> Look:
        self.weights.append(next(iter(encode.parameters())).detach().clone())
        score = self._scores.pop(0)
        return Look(score, score)


def test_tuning_ends_when_held_out_photos_are_found_no_better_and_keeps_the_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "LOOKS", 100)  # one after every step
    monkeypatch.setattr(tuning, "LEARNING_RATE", 0.1)
    encoder = network()
    parts = Parts(encoder)
    parts.looks = Scripted(0.2, 0.3, 0.5, 0.4, 0.5, 0.1, 0.3, 0.2, 0.9)  # type: ignore[assignment]
    found = last(parts.tuning(encoder).run(parts.read, checkpoint_in(tmp_path), 100, None))
    assert (found.steps, found.best_step, found.stopped_early) == (7, 2, True)
    assert (found.before.score, found.best.score) == (0.2, 0.5)
    seen = parts.looks.weights  # type: ignore[attr-defined]
    assert not torch.equal(seen[2], seen[7])
    assert torch.equal(next(iter(encoder.parameters())), seen[2])


def test_views_come_nearer_to_each_other_and_normalisation_keeps_its_statistics(
    tmp_path: Path, lively: None
) -> None:
    encoder = network()
    before = state(encoder)
    parts = Parts(encoder)
    parts.looks = Scripted(*range(20))  # type: ignore[assignment]
    steps = list(parts.tuning(encoder).run(parts.read, checkpoint_in(tmp_path), 20, None))
    losses = [s.values["loss"] for s in steps if isinstance(s, Progress) and "loss" in s.values]
    assert losses[-1] < losses[0]  # each a mean of all before
    after = encoder.state_dict()
    assert any(not torch.equal(after[name], before[name]) for name in before)
    statistics = [name for name in before if "running_" in name]
    assert statistics and all(torch.equal(after[n], before[n]) for n in statistics)


def test_a_tuning_that_was_killed_goes_on_to_the_same_result(tmp_path: Path, lively: None) -> None:
    total = 8
    whole = network()
    expected = last(
        Parts(whole)
        .tuning(whole)
        .run(Parts(whole).read, checkpoint_in(tmp_path / "whole"), total, None)
    )
    command = [sys.executable, "-m", "tests.training.deep_parts", str(tmp_path / "cut"), "8"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) == 4:
                child.kill()
                break
    assert child.returncode != 0
    cut = network()
    parts = Parts(cut)
    steps = list(parts.tuning(cut).run(parts.read, checkpoint_in(tmp_path / "cut"), total, None))
    found = steps[-1]
    assert isinstance(found, Tuned)
    done = [step.done for step in steps if isinstance(step, Progress)]
    assert 3 < min(done) < total, "it did not go on from the checkpoint"
    assert found.steps == expected.steps and found.best_step == expected.best_step
    assert found.loss == pytest.approx(expected.loss, rel=1e-4)
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(cut.state_dict()[name], tensor, rtol=1e-4, atol=1e-6)


def test_closing_a_tuning_within_a_step_keeps_what_was_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lively: None
) -> None:
    monkeypatch.setattr(tuning, "PIECE", {"cpu": 4})  # several points where it may be closed
    encoder = network()
    parts = Parts(encoder)
    job = parts.tuning(encoder, checkpoint_seconds=1e9).run(
        parts.read, checkpoint_in(tmp_path), 5, None
    )
    for step in job:
        if isinstance(step, Progress) and step.done == 2:
            break
    next(job)
    next(job)  # pieces of the third step
    job.close()  # type: ignore[attr-defined]
    saved = checkpoint_in(tmp_path).load()
    assert saved is not None and saved["step"] == 2
    again = network()
    found = last(Parts(again).tuning(again).run(parts.read, checkpoint_in(tmp_path), 5, None))
    assert found.steps == 5


def test_a_full_disk_is_told_and_the_checkpoint_before_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = checkpoint_in(tmp_path)
    checkpoint.save({"step": 1})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TrainingError, match=r"cannot be written \(No space left"):
        checkpoint.save({"step": 2})
    assert checkpoint.load() == {"step": 1}
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".part"] == []


def test_a_damaged_checkpoint_and_one_of_another_model_are_begun_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from engine.training.checkpoint import Checkpoint, Signature

    checkpoint = checkpoint_in(tmp_path)
    checkpoint.save({"step": 1})
    (tmp_path / "decoder.pt").write_bytes(b"half of it")
    with caplog.at_level(logging.WARNING, "engine"):
        assert checkpoint.load() is None
    assert "starts anew" in caplog.text
    checkpoint.save({"step": 1})
    assert Checkpoint(tmp_path, Signature(1, "none", 0, kind="another library")).load() is None


class Picky(Wrapped):
    """A network that cannot be computed in half precision."""

    def happens(self, count: int) -> None:
        if torch.is_autocast_enabled("cpu"):
            raise RuntimeError("\"conv\" not implemented for 'BFloat16'")


class Overflowing(Wrapped):
    def made(self, embedding: Tensor) -> Tensor:
        return embedding * float("nan") if torch.is_autocast_enabled("cpu") else embedding


@pytest.mark.parametrize(
    ("kind", "reason"), [(Picky, "not implemented"), (Overflowing, "the loss was no number")]
)
def test_a_precision_that_the_device_cannot_hold_gives_way_to_the_next_and_is_told_once(
    kind: type[Wrapped], reason: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inner = network()
    encoder = kind(inner)
    parts = Parts(inner)
    with caplog.at_level(logging.WARNING, "engine"):
        found = last(
            parts.tuning(encoder, precision="bf16").run(
                parts.read, checkpoint_in(tmp_path), 2, None
            )
        )
    assert (found.precision, found.steps) == ("fp32", 2)
    (told,) = caplog.messages
    assert "cannot be tuned in bf16" in told and reason in told


def test_bf16_learns_what_fp32_learns(tmp_path: Path) -> None:
    losses = []
    for precision in ("fp32", "bf16"):
        encoder = network()
        parts = Parts(encoder)
        found = last(
            parts.tuning(encoder, precision=precision).run(
                parts.read, checkpoint_in(tmp_path / precision), 3, None
            )
        )
        assert found.precision == precision
        losses.append(found.loss)
    assert losses[1] == pytest.approx(losses[0], rel=0.05)


def test_a_compiler_that_fails_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def compiled(_: nn.Module) -> nn.Module:
        class Fails(nn.Module):
            def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
                raise RuntimeError("no C++ compiler was found")

        return Fails()

    monkeypatch.setattr(torch, "compile", compiled)
    encoder = network()
    parts = Parts(encoder)
    with caplog.at_level(logging.WARNING, "engine"):
        found = last(
            parts.tuning(encoder, compile=True).run(parts.read, checkpoint_in(tmp_path), 2, None)
        )
    assert found.steps == 2
    assert caplog.messages == [
        "torch.compile cannot be used here (no C++ compiler was found): the encoder is tuned "
        "without it."
    ]


def test_a_step_whose_photos_have_no_thumbnails_is_passed_over(tmp_path: Path) -> None:
    encoder = network()
    parts = Parts(encoder)
    empty = Batch(np.zeros(0, np.int64), np.zeros((0, SIDE, SIDE, 3), np.uint8))
    found = last(
        parts.tuning(encoder).run(
            lambda step: empty if step == 1 else parts.read(step), checkpoint_in(tmp_path), 3, None
        )
    )
    assert found.steps == 3 and found.loss > 0


def test_the_time_in_which_the_device_had_no_photos_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()
    now = 0.0

    class Clock:
        @staticmethod
        def monotonic() -> float:
            asked.set()
            return now

    def slow(number: int) -> Batch:
        nonlocal now
        asked.wait()  # until somebody waits for it
        now += 5
        return Batch(np.array([number]), np.zeros((2, 1, 1, 3), np.uint8))

    monkeypatch.setattr(reading, "time", Clock)
    with ReadAhead(slow, 3, 4, threads=1) as ahead:
        assert ahead.take().rows.tolist() == [3]
    assert ahead.waited == 5


def test_batches_come_in_their_order_and_no_farther_ahead_than_the_threads_read() -> None:
    read: list[int] = []

    def one(number: int) -> Batch:
        read.append(number)
        return Batch(np.array([number]), np.zeros((2, 1, 1, 3), np.uint8))

    with ReadAhead(one, 0, 50, threads=3) as ahead:
        taken = [int(ahead.take().rows[0]) for _ in range(10)]
    assert taken == list(range(10))
    assert max(read) < 10 + 4


@pytest.fixture
def graph() -> Graph:
    """Photos 0 and 1 are kin, 2 and 3 as well and less so 2 and 4; 5 has none."""
    columns = np.array([[1, 0], [0, 0], [3, 4], [2, 2], [2, 2], [5, 5]])
    weights = np.array([[1, 0], [1, 0], [1, 0.5], [1, 0], [0.5, 0], [0, 0]], np.float32)
    return Graph(columns, weights)


def test_a_view_is_drawn_to_its_twin_first_and_to_kin_by_their_strength(graph: Graph) -> None:
    rows = np.arange(6)
    shares = Positives(graph, 6).shares(rows)
    assert np.allclose(shares.sum(1), 1) and not shares.diagonal().any()
    twins = shares[rows, rows + 6]
    assert (twins >= 0.6).all() and twins[5] == 1
    assert shares[2, 3] > shares[2, 4] > 0 == shares[2, 0]
    assert shares[0, 1] == shares[0, 7] == shares[7, 0]


def test_half_of_a_batch_is_kin_of_the_others(graph: Graph) -> None:
    positives = Positives(graph, 2)
    for seed in range(20):
        rows = positives.choose(np.random.default_rng(seed))
        assert len(rows) == 2 and len(set(rows.tolist())) == 2
        assert rows.tolist() in ([0, 1], [2, 3], [2, 4]) or 5 in rows


def test_the_loss_falls_where_views_that_belong_together_are_near() -> None:
    shares = torch.tensor([[0, 1.0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    near, apart = torch.eye(2).repeat_interleave(2, 0), torch.eye(4)
    assert float(view_loss(near, shares)) < 1e-4 < float(view_loss(apart, shares))
    assert view_loss(near, shares).isfinite()
