"""What decoders are trained to: the product's corrections, and the paper's plain decoder.

Both are losses of ``engine.training.loop``: a scalar for a batch of queries.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from engine.retriever.model import Retriever
from engine.search.ports import Ints
from engine.tokenizer.model import TreeWeights
from engine.training.queries import Queries
from engine.training.targets import Targets

TEMPERATURE = 0.02  # of scores; the unit in which they are compared
LABEL_SMOOTHING = 0.1  # the paper's


class CandidateLoss:
    """Cross-entropy between the teacher's mass and the score, over whole candidates.

    At every level the candidates' prefixes share one softmax (one global score, not one a node),
    and the teacher's mass on them is exact: the sum over the candidates below.
    """

    def __init__(self, targets: Targets) -> None:
        self._targets = targets

    def __call__(
        self, retriever: Retriever, queries: Queries, rows: Ints, rng: np.random.Generator
    ) -> Tensor:
        """``rows`` (B,) of ``queries``. Mean over queries of the sum over levels."""
        device = retriever.mean.device
        batch = self._targets.draw(
            queries.source[rows], queries.is_view[rows], queries.hard[rows], rng
        )
        z, memory = retriever.begin(*_asked(queries, rows, device))
        paths = torch.from_numpy(batch.paths).to(device)  # (B, S, M)
        u = torch.from_numpy(queries.u[rows]).to(device)  # (B, D)
        prefix = retriever.codewords[retriever.flat(paths)[:, :, 1:]].cumsum(2)  # (B, S, M, D)
        score = (
            retriever.log_similarity.exp() * torch.einsum("bsmd,bd->bsm", prefix, u)
            - retriever.log_norm.exp() * prefix.square().sum(3) / 2
            + retriever.count * torch.from_numpy(batch.log_count).to(device)
            + retriever.score(z, memory, paths).cumsum(2)
        )
        # A prefix that n candidates share stands n times in the sum; each counts 1 / n.
        shared = torch.from_numpy(batch.shared).to(device).log()
        unlikely = ~torch.from_numpy(batch.compared).to(device)[..., None]
        logits = (score / TEMPERATURE - shared).masked_fill(unlikely, -1e4)
        logp = logits.log_softmax(1) + shared
        target = torch.from_numpy(batch.target).to(device)[..., None]
        return -(target * logp).sum((1, 2)).mean()


class PlainLoss:
    """The paper's: cross-entropy of the codes of one right answer, smoothed (IRGen, eq. 6)."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets

    def __call__(
        self, retriever: Retriever, queries: Queries, rows: Ints, rng: np.random.Generator
    ) -> Tensor:
        """``rows`` (B,) of ``queries``. Mean over queries and levels."""
        device = retriever.mean.device
        codes = self._targets.positive(queries.source[rows], queries.is_view[rows], rng)
        z, memory = retriever.begin(*_asked(queries, rows, device))
        path = torch.from_numpy(codes).to(device)  # (B, M)
        logits = retriever(z, memory, path[:, None])[:, 0]  # (B, M, K)
        return F.cross_entropy(
            logits.flatten(0, 1), path.flatten(), label_smoothing=LABEL_SMOOTHING
        )


def _asked(queries: Queries, rows: Ints, device: torch.device) -> tuple[Tensor, Tensor]:
    """What ``Retriever.begin`` reads: (B, E), (B, N', C)."""

    def read(array: NDArray[np.float16]) -> Tensor:
        return torch.from_numpy(array[rows].astype(np.float32)).to(device)

    return read(queries.embedding), read(queries.patches)


def tree_weights(retriever: Retriever) -> TreeWeights:
    """The trained scalars in the form that searching reads."""
    with torch.no_grad():
        return TreeWeights(
            retriever.log_similarity.exp().cpu().numpy(),
            retriever.log_norm.exp().cpu().numpy(),
            retriever.count.cpu().numpy(),
            TEMPERATURE,
        )
