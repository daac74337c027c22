"""How numbers are held while the encoder is tuned: bf16 where the device has it, fp16, or fp32.

What a device only claims to do is found out by the first step: then the next precision is taken,
and the log says so in one sentence.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

import torch
from torch import Tensor

Name = Literal["bf16", "fp16", "fp32"]
NAMES: tuple[Name, ...] = ("bf16", "fp16", "fp32")  # each followed by what is taken in its place
TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


class Precision:
    """The precision in use on ``device``, and the scaler that fp16's small gradients need."""

    def __init__(self, device: torch.device, wanted: Name | None = None) -> None:
        """``wanted`` None: the best that the device says it has."""
        self._device = device
        self.name: Name = best_of(device) if wanted is None else wanted
        self.scaler = self._new_scaler()

    def autocast(self) -> AbstractContextManager[Any]:
        if self.name == "fp32":
            return nullcontext()
        return torch.autocast(self._device.type, TYPES[self.name])

    def lower(self, reason: str) -> bool:
        """Take the next precision down; False where there is none."""
        if self.name == "fp32":
            return False
        before, self.name = self.name, NAMES[NAMES.index(self.name) + 1]
        if self.name == "fp16" and self._device.type == "cpu":
            self.name = "fp32"  # no processor is quicker in it
        self.scaler = self._new_scaler()
        logging.getLogger("engine").warning(
            "The encoder cannot be tuned in %s on this device (%s): %s is used.",
            before,
            reason,
            self.name,
        )
        return True

    def backward(self, loss: Tensor) -> None:
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]

    def step(self, optimizer: torch.optim.Optimizer, parameters: list[Tensor]) -> None:
        """Clip to a norm of one, and step; gradients that overflowed in fp16 are left out."""
        self.scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        self.scaler.step(optimizer)
        self.scaler.update()

    def _new_scaler(self) -> torch.amp.GradScaler:
        return torch.amp.GradScaler(self._device.type, enabled=self.name == "fp16")


def best_of(device: torch.device) -> Name:
    """On a processor fp32: most emulate the others."""
    if device.type != "cuda":
        return "fp32"
    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
