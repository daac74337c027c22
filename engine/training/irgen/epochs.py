"""One of the recipe's two trainings, epoch by epoch: its rate, its steps, and what is kept of it.

Neighbours: ``training`` says what is learnt in a step, ``checkpoint`` where it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from engine.encoder.timm_models import PooledEncoder
from engine.settings import PaperRecipe
from engine.training.irgen.checkpoint import RunCheckpoint, State
from engine.training.irgen.devices import workers_of
from engine.training.irgen.photos import Batch, Classes, Photos, batches
from engine.training.irgen.schedule import optimizer_of, set_rate
from engine.types import Progress


@dataclass(frozen=True)
class Course:
    """What both trainings have in common."""

    photos: Photos
    classes: Classes
    recipe: PaperRecipe
    accelerator: Accelerator
    checkpoint: RunCheckpoint
    seed: int


class Epochs:
    """``encoder`` and what is ``new`` beside it, trained for a number of epochs.

    ``loss_of`` computes the loss of a batch, on this process' device. ``loss``: the mean of the
    last whole epoch.
    """

    def __init__(
        self,
        name: str,
        course: Course,
        encoder: PooledEncoder,
        new: nn.Module,
        loss_of: nn.Module,
        *,
        batch: int,
        rate: float,
        epochs: int,
        kept: State | None,
    ) -> None:
        """``loss_of`` holds ``encoder`` and ``new``. ``kept``: what :meth:`left` kept of ``name``
        before, None for a beginning.
        """
        self._name, self._course, self._epochs = name, course, epochs
        self._encoder, self._new = encoder, new
        self._done, self.loss = 0, float("nan")
        if kept is not None:  # before they are shared among devices
            encoder.load_state_dict(kept["encoder"])
            new.load_state_dict(kept["new"])
            self._done, self.loss = kept["epoch"], kept["loss"]
        accelerator = course.accelerator
        self._optimizer = optimizer_of(new, encoder, rate)
        self.loss_of, self._optimizer = accelerator.prepare(loss_of, self._optimizer)
        if kept is not None:
            self._optimizer.load_state_dict(kept["optimizer"])
        # Random crops in the order of the seed; each process gets its share of a batch.
        loader = batches(course.photos, batch, workers_of(accelerator), course.seed)
        self._loader = accelerator.prepare(loader)
        self._kept = self._done
        self._losses: list[float] = []

    def left(self) -> Iterator[int]:
        """The epochs that are left, from 0; each is kept when the next one is asked for."""
        while self._done < self._epochs:
            self._losses = []
            # Whatever a network draws by lot is then the epoch's, not that of those before.
            torch.manual_seed(self._course.seed * 1_000_003 + self._done)
            yield self._done
            self._done += 1
            self.loss = float(np.mean(self._losses))
            last = self._done == self._epochs
            if self._course.checkpoint.keep(self._name, self._state, at_once=last):
                self._kept = self._done

    def batches(self) -> Iterator[Batch]:
        """Those of the epoch, the rate set for each."""
        self._course.photos.epoch = self._done
        for batch in self._loader:
            share = len(self._losses) / len(self._loader)
            set_rate(self._optimizer, self._done + share, self._epochs)
            yield batch

    def descend(self, loss: Tensor) -> Progress:
        """One step down the ``loss``."""
        self._optimizer.zero_grad()
        self._course.accelerator.backward(loss)
        self._optimizer.step()
        reduced: Tensor = self._course.accelerator.reduce(loss.detach(), "mean")  # of all processes
        self._losses.append(float(reduced))
        return self.progress()

    def progress(self) -> Progress:
        """Steps of all epochs, the epoch's mean loss, and how many epochs are kept."""
        steps = len(self._loader)
        epoch = min(self._done + 1, self._epochs)
        note = f"epoch {epoch} of {self._epochs}"
        if self._course.checkpoint.keeps:
            note += f", {self._kept} kept"
        values = {"loss": float(np.mean(self._losses))} if self._losses else {}
        done = self._done * steps + len(self._losses)
        return Progress(self._name, done, self._epochs * steps, note, values)

    def _state(self) -> State:
        return {
            "epoch": self._done,
            "loss": self.loss,
            "encoder": self._encoder.state_dict(),
            "new": self._new.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }
