"""AdamW, the encoder at a hundredth of the rate, warm-up and half a cosine (section 4.1)."""

from __future__ import annotations

import math

import torch
from torch import nn

BETAS = (0.9, 0.96)
WEIGHT_DECAY = 0.05
ENCODER_SHARE = 0.01  # of the learning rate
WARM_UP_EPOCHS = 20
WARM_UP_SHARE = 0.1  # of all steps at most: short trainings are not all warm-up
FLOOR = 1e-3  # of the rate, where it starts and ends: 5e-7 of the tokenizer's 5e-4


def optimizer_of(new: nn.Module, encoder: nn.Module, rate: float) -> torch.optim.AdamW:
    """``new`` modules learn at ``rate``, the ``encoder`` at a hundredth of it."""
    groups = [(new, rate), (encoder, ENCODER_SHARE * rate)]
    return torch.optim.AdamW(
        [
            {"params": [p for p in m.parameters() if p.requires_grad], "lr": r, "peak": r}
            for m, r in groups
        ],
        betas=BETAS,
        weight_decay=WEIGHT_DECAY,
    )


def set_rate(optimizer: torch.optim.Optimizer, done: float, epochs: int) -> None:
    """The rate after ``done`` of all ``epochs``, in epochs."""
    warm_up = min(WARM_UP_EPOCHS, WARM_UP_SHARE * epochs)
    if done < warm_up:
        share = done / warm_up
    else:
        share = 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (epochs - warm_up)))
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * (FLOOR + (1 - FLOOR) * share)
