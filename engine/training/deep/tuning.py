"""The tuning loop: AdamW over the encoder and the head of its loss, checkpoints, early stop.

The encoder learns at a hundredth of the head's rate (IRGen, section 4.1), and stays in evaluation
mode: normalisation keeps the statistics that it was published with, so that a photo's embedding
depends on no other. What a step is given is a function of the seed and the step, and nothing in
the network is drawn by lot: a tuning that was killed goes on as if it had not been.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.encoder.timm_models import PooledEncoder
from engine.errors import TrainingError
from engine.settings import DeepTuning
from engine.training.checkpoint import Checkpoint
from engine.training.deep.looks import Look, Looks
from engine.training.deep.loss import Encode, Head, backward
from engine.training.deep.positives import Positives
from engine.training.deep.precision import Precision
from engine.training.deep.reading import VIEWS, Batch, ReadAhead
from engine.training.loop import BETAS, LEARNING_RATE, schedule
from engine.types import Progress

STAGE = "tuning the encoder"
ENCODER_SHARE = 0.01  # of the learning rate, as in the paper
LOOKS = 10  # at held-out views, in a tuning
PATIENCE = 5  # looks that find nothing better before it ends: half of a tuning
PIECE = {"cpu": 16}  # views encoded at once, at first; elsewhere all of a batch
READERS = {"cpu": 1}  # threads beside those that compute; elsewhere one for every core


@dataclass(frozen=True)
class Tuned:
    """What tuning came to. ``waited``: share of its time in which the device had no photos.

    ``best_step`` 0: the encoder as it was did best, and nothing has changed.
    """

    steps: int
    best_step: int
    before: Look
    best: Look
    loss: float
    waited: float
    precision: str
    piece: int  # views encoded at once in the end
    seconds: float
    stopped_early: bool


class Tuning:
    """Tunes ``encoder`` in place; good for one :meth:`run`."""

    def __init__(
        self,
        encoder: PooledEncoder,
        head: Head,
        positives: Positives,
        looks: Looks,
        device: torch.device,
        tuning: DeepTuning,
    ) -> None:
        self._encoder = encoder.to(device).eval()
        self._head = head.to(device)
        self._positives, self._looks, self._device = positives, looks, device
        self._settings = tuning
        self._precision = Precision(device, tuning.precision)
        self._piece = PIECE.get(device.type, VIEWS * tuning.photos)
        self._encode: Encode = encoder
        self._compiled = tuning.compile
        if tuning.compile:
            self._encode = torch.compile(encoder)
        if tuning.gradient_checkpointing:
            _checkpoint_gradients(encoder)
        self._optimizer = torch.optim.AdamW(
            [
                {"params": list(encoder.parameters()), "peak": LEARNING_RATE * ENCODER_SHARE},
                {"params": list(head.parameters()), "peak": LEARNING_RATE},
            ],
            betas=BETAS,
            weight_decay=0.0,
        )
        self._parameters = [p for group in self._optimizer.param_groups for p in group["params"]]
        self._step = 0
        self._spent = self._waited = 0.0
        self._recent: list[float] = []
        self._worse = 0  # looks since the best
        self._before: Look | None = None
        self._best: tuple[Look, int, dict[str, Tensor]] | None = None

    def run(
        self,
        read: Callable[[int], Batch],
        checkpoint: Checkpoint,
        total: int,
        minutes: float | None,
    ) -> Iterator[Progress | Tuned]:
        """Yields ``Progress`` and ``Tuned`` last; the encoder has the best weights then.

        ``minutes`` ends it early, with the schedule's end moved to fit. Raises ``TrainingError``:
        no memory for a single photo, no space for a checkpoint.
        """
        limit = math.inf if minutes is None else minutes * 60
        self._restore(checkpoint)
        spent, waited = self._spent, self._waited
        started = saved = time.monotonic()
        try:
            if self._before is None:
                yield Progress(STAGE, 0, total, note="asking held-out photos")
                self._look()
            with ReadAhead(read, self._step, total, READERS.get(self._device.type)) as ahead:
                while self._step < total and self._spent < limit and self._worse < PATIENCE:
                    share = max(self._step / total, self._spent / limit)
                    for group in self._optimizer.param_groups:
                        group["lr"] = group["peak"] * schedule(share)
                    loss = float("nan")
                    for part in self._gradients(ahead.take()):
                        if part is None:
                            yield self._progress(total, limit)
                        else:
                            loss = part
                    if not math.isnan(loss):
                        self._precision.step(self._optimizer, self._parameters)
                        self._recent = [*self._recent[-49:], loss]
                    self._step += 1
                    self._waited = waited + ahead.waited
                    self._spent = spent + time.monotonic() - started
                    if self._step % max(1, total // LOOKS) == 0 or self._step == total:
                        self._look()
                    if time.monotonic() - saved >= self._settings.checkpoint_seconds:
                        checkpoint.save(self._state())
                        saved = time.monotonic()
                    yield self._progress(total, limit)
            if self._spent >= limit:  # what came since the last look may be the best
                self._look()
        finally:  # the end, or a cancel: within a step its beginning is what is kept
            if self._best is not None:
                checkpoint.save(self._state())
        assert self._before is not None and self._best is not None  # the first look made both
        best, best_step, weights = self._best
        self._encoder.load_state_dict(weights)
        self._encoder.cpu()
        yield Tuned(
            steps=self._step,
            best_step=best_step,
            before=self._before,
            best=best,
            loss=float(np.mean(self._recent)) if self._recent else float("nan"),
            waited=self._waited / max(self._spent, 1e-9),
            precision=self._precision.name,
            piece=self._piece,
            seconds=self._spent,
            stopped_early=self._worse >= PATIENCE,
        )

    def _gradients(self, batch: Batch) -> Iterator[float | None]:
        """Those of one batch, whatever memory and device can; yields the loss last."""
        if len(batch.rows) < 2:  # no thumbnails: nothing to tell a photo from
            return
        shares = torch.from_numpy(self._positives.shares(batch.rows)).to(self._device)
        pixels = torch.from_numpy(batch.pixels).to(self._device, non_blocking=True)
        while True:
            self._optimizer.zero_grad(set_to_none=True)  # also of a try that ended half-way
            loss = float("nan")
            try:
                for part in backward(
                    self._encode, self._head, pixels, shares, self._precision, self._piece
                ):
                    if part is None:
                        yield None
                    else:
                        loss = float(part)
            except Exception as error:  # whatever torch raises; what is no known fault is passed on
                if not self._give_way(error, len(pixels)):
                    raise
                continue
            if math.isfinite(loss):
                yield loss
                return
            if not self._precision.lower("the loss was no number"):
                raise TrainingError(
                    "Tuning the encoder went astray (its loss is no number): train without --deep; "
                    "the model in use is unchanged."
                )

    def _give_way(self, error: Exception, views: int) -> bool:
        """Whether the step may be tried again, in smaller pieces or in another manner."""
        reason = str(error).strip().split("\n")[0][:80] or type(error).__name__
        if _memory_is_short(error):
            if self._piece == 1:
                raise TrainingError(
                    f"The memory of the device ({self._device.type}) is too small for a single "
                    "photo: close other programs, use --device cpu, or choose a smaller encoder."
                ) from error
            self._piece = max(1, min(self._piece, views) // 2)
            return True
        if not isinstance(error, RuntimeError) and not self._compiled:
            return False
        if self._compiled:
            logging.getLogger("engine").warning(
                "torch.compile cannot be used here (%s): the encoder is tuned without it.", reason
            )
            self._encode, self._compiled = self._encoder, False
            return True
        return self._precision.lower(reason)

    def _look(self) -> None:
        while True:
            try:
                look = self._looks.at(self._encode, self._device, self._precision, self._piece)
                break
            except Exception as error:  # as in a step
                if not self._give_way(error, self._piece):
                    raise
        if self._before is None:
            self._before = look
        if self._best is None or look.score > self._best[0].score:
            weights = {k: v.cpu().clone() for k, v in self._encoder.state_dict().items()}
            self._best, self._worse = (look, self._step, weights), 0
        else:
            self._worse += 1

    def _progress(self, total: int, limit: float) -> Progress:
        values = {}
        if self._recent:
            values["loss"] = float(np.mean(self._recent))
        if self._best is not None:
            values["recall"] = self._best[0].recall_1
        if self._step:
            left = min((total - self._step) * self._spent / self._step, limit - self._spent)
            values |= {"waiting": self._waited / self._spent, "seconds_left": max(0.0, left)}
        return Progress(STAGE, self._step, total, values=values)

    def _state(self) -> dict[str, Any]:
        assert self._before is not None and self._best is not None
        best, best_step, weights = self._best
        return {
            "encoder": self._encoder.state_dict(),
            "head": self._head.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "precision": self._precision.name,
            "scaler": self._precision.scaler.state_dict(),
            "step": self._step,
            "spent": self._spent,
            "waited": self._waited,
            "recent": self._recent,
            "worse": self._worse,
            "before": [self._before.score, self._before.recall_1],
            "best": [best.score, best.recall_1],
            "best_step": best_step,
            "best_encoder": weights,
        }

    def _restore(self, checkpoint: Checkpoint) -> None:
        saved = checkpoint.load()
        if saved is None:
            return
        self._encoder.load_state_dict(saved["encoder"])
        self._head.load_state_dict(saved["head"])
        self._optimizer.load_state_dict(saved["optimizer"])
        if saved["precision"] == self._precision.name and saved["scaler"]:
            self._precision.scaler.load_state_dict(saved["scaler"])
        self._step, self._spent, self._waited = saved["step"], saved["spent"], saved["waited"]
        self._recent, self._worse = saved["recent"], saved["worse"]
        self._before = Look(*saved["before"])
        self._best = Look(*saved["best"]), saved["best_step"], saved["best_encoder"]


def _checkpoint_gradients(encoder: PooledEncoder) -> None:
    """Where the network can; the log says where it cannot."""
    switch = getattr(encoder.backbone, "set_grad_checkpointing", None)
    try:
        if switch is None:
            raise NotImplementedError
        switch(True)
    except (NotImplementedError, AssertionError):
        logging.getLogger("engine").warning(
            "This encoder cannot compute gradients in parts: it is tuned without checkpointing."
        )


def _memory_is_short(error: Exception) -> bool:
    """On a processor torch has no exception of its own for it."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "not enough memory" in str(
        error
    )
