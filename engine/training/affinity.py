"""Learning what labels say: a linear classifier an origin, and landmarks that votes come from."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from engine.search.ports import Floats, Ints
from engine.tokenizer.affinity import LANDMARKS, SCALE, Affinity, Labels, labelled_share
from engine.tokenizer.space import unit

STEPS = 300
BATCH = 256
LEARNING_RATE = 1e-3  # longer or faster gains labelled kinds a little and loses others more
WEIGHT_DECAY = 1e-2


def landmarks_of(count: int, seed: int) -> Ints:
    """Rows of a library of ``count`` photos that become landmarks, ascending."""
    return np.sort(np.random.default_rng((seed, 2)).permutation(count)[:LANDMARKS])


def own_landmarks(landmarks: Ints, count: int) -> Ints:
    """Which of ``landmarks`` (N,) each of ``count`` rows is, -1 where it is none."""
    own = np.full(count, -1, np.int64)
    own[landmarks] = np.arange(len(landmarks))
    return own


def learn_affinity(
    z: Floats, origins: list[tuple[str, Ints, float]], landmarks: Ints, seed: int
) -> Affinity:
    """``z`` (G, D), unit length; of each origin its name, groups (G,) and strength."""
    kept: Floats = z[landmarks].astype(np.float16).astype(np.float32)  # as they are stored
    learnt = tuple(
        _learn(name, z, groups, strength, landmarks, labelled_share(kept, groups[landmarks]), seed)
        for name, groups, strength in origins
    )
    return Affinity(kept, learnt)


def _learn(
    name: str,
    z: Floats,
    groups: Ints,
    strength: float,
    landmarks: Ints,
    usual: float,
    seed: int,
) -> Labels:
    """Cross-entropy of scaled cosines after a linear turn that starts as none (IRGen, eq. 2)."""
    generator = torch.Generator().manual_seed(seed)
    labelled = np.flatnonzero(groups >= 0)
    vectors = torch.from_numpy(z[labelled])
    target = torch.from_numpy(groups[labelled])
    classes, width = int(groups.max()) + 1, z.shape[1]
    turn = torch.eye(width, requires_grad=True)
    means = torch.zeros(classes, width).index_add_(0, target, vectors)
    centres = F.normalize(means).clone().requires_grad_(True)
    optimizer = torch.optim.AdamW([turn, centres], lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    for _ in range(STEPS):
        rows = torch.randint(len(target), (min(BATCH, len(target)),), generator=generator)
        logits = SCALE * F.normalize(vectors[rows] @ turn) @ F.normalize(centres).T
        loss = F.cross_entropy(logits, target[rows])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return Labels(
        name,
        strength,
        groups[landmarks],
        turn.detach().numpy(),
        unit(centres.detach().numpy()),
        usual,
    )
