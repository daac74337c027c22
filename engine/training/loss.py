"""The decoder's loss: cross-entropy between the teacher's marginals and the beam's comparison."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.retriever.model import Retriever
from engine.tokenizer.model import TreeWeights
from engine.training.targets import Batch

TEMPERATURE = 0.02  # of scores; the unit in which they are compared


def decoder_loss(retriever: Retriever, embedding: Tensor, patches: Tensor, batch: Batch) -> Tensor:
    """Mean over queries of the sum over levels; a scalar.

    ``embedding`` (B, E), ``patches`` (B, N', C). At level m the scores of all children of the
    paths' prefixes share one softmax (one global score, not one a node).
    """
    device = embedding.device
    z, memory = retriever.begin(embedding, patches)
    paths = torch.from_numpy(batch.paths).to(device)  # (B, S, M)
    corrections = retriever(z, memory, paths)  # (B, S, M, K)
    books = retriever.codebooks  # (M, K, D)
    prefix = torch.zeros(*paths.shape[:2], books.shape[2], device=device)  # u_p (B, S, D)
    so_far = torch.zeros(paths.shape[:2], device=device)  # f of the prefix (B, S)
    total = embedding.new_zeros(())
    for level, (target, exists, log_count) in enumerate(
        zip(batch.target, batch.exists, batch.log_count, strict=True)
    ):
        book = books[level]
        dot = (prefix @ z[..., None]) + (z @ book.T)[:, None]  # (B, S, K)
        norm = prefix.square().sum(-1, keepdim=True) + 2 * prefix @ book.T + book.square().sum(-1)
        score = (
            retriever.log_similarity[level].exp() * dot
            - retriever.log_norm[level].exp() * norm / 2
            + retriever.count[level] * torch.from_numpy(log_count).to(device)
            + so_far[..., None]
            + corrections[:, :, level]
        )
        score = score.masked_fill(~torch.from_numpy(exists).to(device), -1e4)
        logp = (score / TEMPERATURE).flatten(1).log_softmax(1)  # (B, S K)
        total = total - (torch.from_numpy(target).to(device).flatten(1) * logp).sum(1).mean()
        code = paths[:, :, level]
        so_far = so_far + corrections[:, :, level].gather(2, code[..., None])[..., 0]
        prefix = prefix + book[code]
    return total


def tree_weights(retriever: Retriever) -> TreeWeights:
    """The trained scalars in the form that searching reads."""
    with torch.no_grad():
        return TreeWeights(
            retriever.log_similarity.exp().cpu().numpy(),
            retriever.log_norm.exp().cpu().numpy(),
            retriever.count.cpu().numpy(),
            TEMPERATURE,
        )
