"""How much a training of G photos is: length of identifiers, queries, steps. Imports no torch.

Neighbours: ``cache`` (the queries), ``loop`` and ``deep.tuning`` (the steps),
``engine.services.planning`` (tells a person beforehand what it will take).
"""

from __future__ import annotations

import math

ROUNDS = 2  # views of every photo, at most; those of held-out photos are never trained on
MOST = 24_000  # encodings: five minutes on two cores
BATCH = 32  # queries a step
STEPS = (100, 600)  # least and most, for an epoch
TUNING_EPOCHS = 10  # of the library, at most
TUNING_STEPS = (60, 3000)  # least and most


def identifier_size(photos: int) -> tuple[int, int]:
    """Levels and codes (M, K) for ``photos`` >= 1.

    About K <= G / 10, or codewords are single photos; K = 1024 at three levels beats 256 at four
    for the same bits where a library is large enough (RETRIEVAL.md, lesson 5).
    """
    if photos >= 8_000:
        return 3, 1024
    codes = 4
    while codes * 2 <= min(photos // 8, 256):
        codes *= 2
    return 4, codes


def rounds(photos: int) -> int:
    """Views of every photo; 0: there are so many that only a sample of them is encoded."""
    return min(ROUNDS, max(1, (MOST - photos) // photos)) if photos < MOST else 0


def encodings(photos: int) -> int:
    """Photos and views that are encoded for training."""
    return photos * (1 + rounds(photos)) if rounds(photos) else MOST


def planned_steps(queries: int, epochs: int = 1, bounds: tuple[int, int] = STEPS) -> int:
    """Of ``epochs``, each within ``bounds`` that keep a CPU's training to minutes."""
    return epochs * min(max(math.ceil(queries / BATCH), bounds[0]), bounds[1])


def tuning_steps(photos: int, batch: int) -> int:
    """Of tuning the encoder on ``photos``, ``batch`` of them a step."""
    return min(max(math.ceil(TUNING_EPOCHS * photos / batch), TUNING_STEPS[0]), TUNING_STEPS[1])
