"""What tuning minimises: a view is to find the other view of its photo, and its kin, among all.

InfoNCE with soft targets in the whitened space, which is where searching measures. Every view is
compared with every other of the batch, so the batch is no sum of independent parts: where it does
not fit into memory it is encoded in pieces, and the gradient of the loss is passed back piece by
piece (Gao et al., 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup").
The result is the same, whatever the pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.tokenizer.space import Space
from engine.training.deep.precision import Precision

TEMPERATURE = 0.06  # as in ``projection``

Encode = Callable[[Tensor], tuple[Tensor, Tensor]]
"""``PooledEncoder.forward``, or the same compiled."""


class Head(nn.Module):
    """Embeddings (B, E) -> z (B, D), unit length: the whitened space, and a matrix that learns."""

    mean: Tensor
    projection: Tensor

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(space.mean))
        self.register_buffer("projection", torch.from_numpy(space.projection))
        self.matrix = nn.Parameter(torch.eye(space.width))

    def forward(self, embedding: Tensor) -> Tensor:
        z = (embedding - self.mean) @ self.projection @ self.matrix
        return F.normalize(z, dim=1)


def view_loss(z: Tensor, shares: Tensor) -> Tensor:
    """Scalar, of ``z`` (n, D) with the ``shares`` (n, n) of ``Positives.shares``."""
    logits = z @ z.T / TEMPERATURE
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    logs = F.log_softmax(logits.masked_fill(itself, -torch.inf), dim=1).masked_fill(itself, 0)
    return -(shares * logs).sum(dim=1).mean()


def backward(
    encode: Encode, head: Head, pixels: Tensor, shares: Tensor, precision: Precision, piece: int
) -> Iterator[Tensor | None]:
    """Add the gradients of the batch; yields None after every piece, and the loss last.

    ``pixels`` (n, S, S, 3) uint8, ``piece`` of them encoded at once. Where that is all, once;
    otherwise twice, as the first time keeps nothing.
    """
    parts = torch.split(pixels, piece)
    if len(parts) == 1:
        with precision.autocast():
            embedding = encode(pixels)[0]
        loss = view_loss(head(embedding.float()), shares)
        precision.backward(loss)
        yield loss.detach()
        return
    kept = []
    for part in parts:
        with torch.no_grad(), precision.autocast():
            kept.append(encode(part)[0].float())
        yield None
    embedding = torch.cat(kept).requires_grad_(True)
    loss = view_loss(head(embedding), shares)
    precision.backward(loss)
    assert embedding.grad is not None  # the loss depends on it
    for part, gradient in zip(parts, torch.split(embedding.grad, piece), strict=True):
        with precision.autocast():
            again = encode(part)[0].float()
        again.backward(gradient)  # type: ignore[no-untyped-call]
        yield None
    yield loss.detach()
