"""A space learnt from the library itself: a photo is drawn to its edited views and to its kin.

InfoNCE between views and photos, over one matrix that starts as the whitened space. Views alone
push photos of one kind apart, which every list pays for (docs/decisions.md); so a part of every
target goes to the photo's mutual nearest neighbours. Neighbours: ``engine.tokenizer.space`` is
where it starts, ``projection_trial`` says whether its result may be used.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from engine.search.graph import Neighbours, neighbours_of
from engine.search.ports import Floats, Ints
from engine.tokenizer.space import WIDTH, Space

WIDE = 512  # directions to choose from; 640 are no better, 256 find fewer copies
BATCH = 170  # photos; each brings MATES of its neighbours
MATES = 2
NEAR = 0.5  # what all mutual neighbours together weigh beside the photo itself
TEMPERATURE = 0.06
LEARNING_RATE = 2e-3
WARM_UP = 20  # steps
DECAY = 3e-3  # towards the start, on the squared distance
STEPS = 300
EPOCHS = 6  # at most: longer, a small library's pairs are pulled out of their order


def learn_projection(
    start: Space,
    photos: NDArray[np.floating],
    views: NDArray[np.floating],
    of: Ints,
    seed: int,
    width: int = WIDTH,
) -> Space:
    """Learn from ``photos`` (n, E), n >= 2, and ``views`` (V, E), V >= 1, of the rows ``of`` (V,).

    Give no photo that the result is judged on. ``start``: ``fit_space`` of the whole library with
    ``WIDE`` directions, of which the first ``width`` are what learning changes. D is ``width``, or
    less where photos are few. The same seed gives the same space.
    """
    width = min(width, start.width)
    wide = _coordinates(start, photos)
    size = wide.norm(dim=1).mean()
    wide, edited = wide / size, _coordinates(start, views) / size
    neighbours = _neighbours(F.normalize(wide).numpy())
    first = torch.eye(start.width)[:, :width]
    matrix = first.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([matrix], lr=LEARNING_RATE)
    rng = np.random.default_rng((seed, 3))
    steps = max(1, min(STEPS, EPOCHS * len(np.unique(of)) // BATCH))
    for step in range(steps):
        fade = 0.5 * (1 + np.cos(np.pi * step / steps))
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1, (step + 1) / WARM_UP) * fade
        asked = _batch(of, neighbours, rng)
        rows = of[asked]
        view, photo = F.normalize(edited[asked] @ matrix), F.normalize(wide[rows] @ matrix)
        logits = view @ photo.T / TEMPERATURE  # (b, b)
        target = torch.from_numpy(_target(rows, neighbours))
        loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
        loss = loss + DECAY * (matrix - first).square().sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    learnt = start.projection @ matrix.detach().numpy()
    return Space(start.mean, np.ascontiguousarray(learnt, np.float32))


def _coordinates(space: Space, embeddings: NDArray[np.floating]) -> torch.Tensor:
    """(n, E) -> (n, D) before it is scaled to unit length, where a matrix may still follow."""
    return torch.from_numpy((embeddings.astype(np.float32) - space.mean) @ space.projection)


def _neighbours(vectors: Floats) -> Ints:
    """(n, k) rows of the nearest of every row."""
    *_, found = neighbours_of(vectors)
    assert isinstance(found, Neighbours)  # what is yielded last
    return found.columns


def _batch(of: Ints, neighbours: Ints, rng: np.random.Generator) -> Ints:
    """Numbers of views (b,), one a photo: of ``BATCH`` photos and ``MATES`` of the kin of each."""
    order = rng.permutation(len(of))
    view = np.full(len(neighbours), -1)
    view[of[order]] = order  # one of each photo's views, by chance
    photos = rng.permutation(np.flatnonzero(view >= 0))[:BATCH]
    mates = neighbours[photos[:, None], rng.integers(0, neighbours.shape[1], (len(photos), MATES))]
    chosen = np.unique(np.concatenate([photos, mates.ravel()]))
    taken: Ints = view[chosen]
    return taken[taken >= 0]


def _target(rows: Ints, neighbours: Ints) -> Floats:
    """(b, b), rows sum to one: a photo itself, and its mutual neighbours among ``rows`` (b,)."""
    place = np.full(len(neighbours), -1)
    place[rows] = np.arange(len(rows))
    column = place[neighbours[rows]]  # (b, k)
    near = np.zeros((len(rows), len(rows)), np.float32)
    own, which = np.nonzero(column >= 0)
    near[own, column[own, which]] = 1
    near *= near.T
    target = np.eye(len(rows), dtype=np.float32)
    target += np.float32(NEAR) * near / np.maximum(near.sum(1, keepdims=True), 1)
    shares: Floats = target / target.sum(1, keepdims=True)
    return shares
