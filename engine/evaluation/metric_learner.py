"""The rival that sees the same labels: a linear projection trained with cross-entropy.

What most label-aware retrieval amounts to; a trained generative retriever has to beat it on the
same labels or it earned nothing by being generative. Imports torch, when it is fitted.
"""

from __future__ import annotations

import numpy as np

from engine.evaluation.baselines import Whitening, nearest
from engine.search.ports import Floats, Ints
from engine.tokenizer.space import unit


class MetricLearner:
    """Cosine after a linear map whose classes a scaled-cosine softmax tells apart.

    The map starts as the whitened space (so that few labels cannot be worse than none by much)
    and is trained on ``embeddings`` (L, E) with classes ``labels`` (L,).
    """

    name = "metric-learner"

    def __init__(
        self,
        space: Whitening,
        embeddings: Floats,
        labels: Ints,
        *,
        scale: float = 16.0,
        steps: int = 300,
        seed: int = 0,
    ) -> None:
        if not len(labels):
            raise ValueError("a metric learner needs labelled photos")
        self._space, self._scale, self._steps, self._seed = space, scale, steps, seed
        self._labelled, self._labels = embeddings, labels

    def fit(self, gallery: Floats) -> None:
        self._map = self._learn()
        self._gallery = self._project(gallery)

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        return nearest(self._project(queries), self._gallery, k)

    def _project(self, embeddings: Floats) -> Floats:
        centred: Floats = embeddings - self._space.mean
        return unit(np.matmul(centred, self._map, dtype=np.float32))

    def _learn(self) -> Floats:
        """The map (E, D)."""
        import torch
        from torch.nn import functional as F

        generator = torch.Generator().manual_seed(self._seed)
        classes, targets = np.unique(self._labels, return_inverse=True)
        whitened = torch.from_numpy(
            (self._labelled - self._space.mean) @ self._space.projection
        ).contiguous()  # learning on top of the whitening: well conditioned, and (D, D) is small
        whitened /= whitened.norm(dim=1).mean()
        target = torch.from_numpy(targets.astype(np.int64))
        width = whitened.shape[1]
        linear = torch.eye(width, requires_grad=True)
        means = torch.zeros(len(classes), width).index_add_(0, target, F.normalize(whitened))
        centres = F.normalize(means).clone().requires_grad_(True)
        # 300 steps at 1e-3: longer or faster gains seen labels a little and loses unseen ones more.
        optimiser = torch.optim.AdamW([linear, centres], lr=1e-3, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, self._steps)
        for _ in range(self._steps):
            rows = torch.randint(len(target), (min(256, len(target)),), generator=generator)
            projected = F.normalize(whitened[rows] @ linear)
            logits = self._scale * projected @ F.normalize(centres).T
            loss = F.cross_entropy(logits, target[rows])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
        learnt: Floats = self._space.projection @ linear.detach().numpy()
        return learnt

    @property
    def bytes_per_photo(self) -> float:
        return self._gallery.nbytes / len(self._gallery)
