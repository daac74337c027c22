"""The decoder's training loop: AdamW, a cosine schedule over steps or minutes, checkpoints.

The order of batches is a function of the seed and the step, so a training that was cancelled goes
on as if it had not been.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from engine.retriever.model import Retriever
from engine.search.ports import Ints
from engine.training.checkpoint import Checkpoint
from engine.training.queries import Queries
from engine.training.sizes import BATCH, STEPS, planned_steps
from engine.types import Progress

LEARNING_RATE = 5e-4
SCALARS = 40  # times that, for the few scalars of the tree score
WEIGHT_DECAY = 0.5  # of the Transformer: at 2e-3 and .05 it learnt its photos by heart
BETAS = (0.9, 0.96)  # the paper's
WARM_UP = 0.1  # share of the training
SECONDS_BETWEEN_CHECKPOINTS = 15.0
LOOKS = 10  # at recall, in a training


Loss = Callable[[Retriever, Queries, Ints, np.random.Generator], Tensor]
"""A scalar for rows (B,) of the queries: ``engine.training.loss`` has the two."""


def train_decoder(
    retriever: Retriever,
    loss_of: Loss,
    queries: Queries,
    checkpoint: Checkpoint,
    device: torch.device,
    minutes: float | None,
    seed: int,
    epochs: int = 1,
    recall_of: Callable[[Retriever], float] | None = None,
) -> Iterator[Progress]:
    """Train in place. ``minutes`` ends it early, with the schedule's end moved to fit.

    One epoch is enough for corrections: more of them, and they are of photos known by heart.

    Progress carries ``loss`` (mean of the last 50 steps), ``seconds_left`` and, from ``recall_of``,
    ``recall`` as it was at the last look.
    """
    retriever.to(device).train()
    optimizer = _optimizer(retriever)
    total = planned_steps(len(queries.usable), epochs, STEPS)
    step, spent, recent = 0, 0.0, []
    saved = checkpoint.load()
    if saved is not None:
        retriever.load_state_dict(saved["retriever"])
        optimizer.load_state_dict(saved["optimizer"])
        step, spent, recent = saved["step"], saved["spent"], saved["recent"]
    limit = math.inf if minutes is None else minutes * 60
    look = {} if recall_of is None else {"recall": recall_of(retriever)}
    started = last_save = time.monotonic()
    spent_before = spent
    if recent:  # a training that goes on says where, even if it was at its end
        yield Progress("decoder", step, total, values=look | {"loss": float(np.mean(recent))})
    try:
        while step < total and spent < limit:
            share = max(step / total, spent / limit)
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * schedule(share)
            torch.manual_seed(seed * 1_000_003 + step)  # dropout
            loss = _step(retriever, optimizer, loss_of, queries, seed, step)
            recent = [*recent[-49:], loss]
            step += 1
            if recall_of is not None and (step % max(1, total // LOOKS) == 0 or step == total):
                look = {"recall": recall_of(retriever)}
            now = time.monotonic()
            spent = spent_before + now - started
            if now - last_save > SECONDS_BETWEEN_CHECKPOINTS:
                checkpoint.save(_state(retriever, optimizer, step, spent, recent))
                last_save = now
            left = min((total - step) * spent / step, limit - spent)
            values = {"loss": float(np.mean(recent)), "seconds_left": max(0.0, left)}
            yield Progress("decoder", step, total, values=look | values)
    finally:  # the end, or a cancel between two steps
        checkpoint.save(_state(retriever, optimizer, step, spent, recent))
    retriever.cpu().eval()


def _optimizer(retriever: Retriever) -> torch.optim.Optimizer:
    scalars = [retriever.log_similarity, retriever.log_norm, retriever.count]
    held = {id(parameter) for parameter in scalars}
    others = [parameter for parameter in retriever.parameters() if id(parameter) not in held]
    return torch.optim.AdamW(
        [
            {"params": others, "peak": LEARNING_RATE, "weight_decay": WEIGHT_DECAY},
            {"params": scalars, "peak": SCALARS * LEARNING_RATE, "weight_decay": 0.0},
        ],
        betas=BETAS,
    )


def _step(
    retriever: Retriever,
    optimizer: torch.optim.Optimizer,
    loss_of: Loss,
    queries: Queries,
    seed: int,
    step: int,
) -> float:
    rng = np.random.default_rng((seed, step))
    rows = queries.usable[rng.integers(0, len(queries.usable), BATCH)]
    loss = loss_of(retriever, queries, rows, rng)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(retriever.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def schedule(share: float) -> float:
    """Linear warm-up, then half a cosine, to a hundredth; ``share`` of the training is done."""
    if share < WARM_UP:
        return max(share / WARM_UP, 0.01)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP)))


def _state(
    retriever: Retriever,
    optimizer: torch.optim.Optimizer,
    step: int,
    spent: float,
    recent: list[float],
) -> dict[str, object]:
    return {
        "retriever": retriever.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "spent": spent,
        "recent": recent,
    }
