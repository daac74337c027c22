"""What the paper minimises, as modules whose output is the loss of a batch.

One module holds everything that a loss trains, so that several devices can share its gradients
(``devices``).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from engine.encoder.timm_models import PooledEncoder
from engine.retriever.plain import PlainRetriever
from engine.training.loss import LABEL_SMOOTHING


class Heads(nn.Module):
    """h and h_q: linear classifiers of the embedding and of its prefix reconstructions."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.full = nn.Linear(width, classes)
        self.prefix = nn.Linear(width, classes)


class TokenizerLoss(nn.Module):
    """Section 3.1: the encoder learns the classes, from embeddings and from their codes."""

    def __init__(self, encoder: PooledEncoder, heads: Heads, weight: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = heads
        self._weight = weight

    def forward(self, pixels: Tensor, reconstructions: Tensor, labels: Tensor) -> Tensor:
        """``pixels`` (B, S, S, 3) uint8, ``reconstructions`` (B, M, C), ``labels`` (B,) -> loss."""
        z = embedding(self.encoder, pixels)[0].float()
        return tokenizer_loss(z, reconstructions, labels, self.heads, self._weight)


class DecoderLoss(nn.Module):
    """Section 3.2: a photo asks; the identifier of a photo of its class is the answer."""

    def __init__(self, encoder: PooledEncoder, decoder: PlainRetriever) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, pixels: Tensor, codes: Tensor) -> Tensor:
        """``pixels`` (B, S, S, 3) uint8, ``codes`` (B, M) of the answers -> the loss."""
        z, memory = self.decoder.begin(*embedding(self.encoder, pixels))
        logits = self.decoder(z, memory, codes[:, None])[:, 0]  # (B, M, K)
        return F.cross_entropy(
            logits.float().flatten(0, 1), codes.flatten(), label_smoothing=LABEL_SMOOTHING
        )


def embedding(encoder: PooledEncoder, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """What the paper quantizes, (B, C), and the patches that its decoder reads, (B, N, C).

    The class token as it is, not normalised; the mean of the patches where a network has none.
    """
    own, patches = encoder.tokens(pixels)
    return patches.mean(1) if own is None else own, patches


def tune(encoder: nn.Module) -> None:
    """Training mode, but for the statistics of batches, which stay as they were learnt.

    A few photos of one device would be poor statistics, and another number of devices others.
    """
    encoder.train()
    for module in encoder.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()


def tokenizer_loss(
    z: Tensor, reconstructions: Tensor, labels: Tensor, heads: Heads, weight: float
) -> Tensor:
    """CE(h(z), y) + ``weight`` sum_m (CE(h_q(z^{<=m}), y) + |z - z^{<=m}|^2), section 3.1.

    ``z`` (B, D); ``reconstructions`` (B, M, D), z^{<=m} for m = 1..M, constants: the classifier's
    gradient passes straight through them to z; ``labels`` (B,).
    """
    loss = F.cross_entropy(heads.full(z), labels)
    for level in range(reconstructions.shape[1]):
        fixed = reconstructions[:, level].detach()
        straight = z + (fixed - z).detach()
        commitment = (z - fixed).square().mean()
        loss = loss + weight * (F.cross_entropy(heads.prefix(straight), labels) + commitment)
    return loss
