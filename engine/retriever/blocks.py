"""A causal Transformer block with cross-attention, for W beams of B queries at once.

Keys and values of the query are computed once (``CrossAttention.memory``) and shared by all beams
of the query; the paper's code recomputes them for every beam and step.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SelfAttention(nn.Module):
    """Causal attention over a beam's own codes."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, cache: Tensor) -> tuple[Tensor, Tensor]:
        """``x`` (B, W, T, d), ``cache`` (2, B, W, H, P, d / H) of P earlier positions.

        Returns (B, W, T, d) and the cache of P + T positions.
        """
        batch, beams, new, width = x.shape
        qkv = self.to_qkv(x).view(batch, beams, new, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(3, 0, 1, 4, 2, 5)  # each (B, W, H, T, d / H)
        cache = torch.cat([cache, torch.stack([k, v])], dim=4)  # (2, B, W, H, P + T, d / H)
        k, v = cache[0], cache[1]
        past = k.shape[3] - new
        # Position i of the new ones sees the past and itself.
        rows = torch.arange(new, device=x.device)[:, None] + past
        visible = torch.arange(k.shape[3], device=x.device)[None] <= rows  # (T, P + T)
        scores = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5
        weights = scores.masked_fill(~visible, -1e9).softmax(-1)
        mixed = (weights @ v).permute(0, 1, 3, 2, 4)  # (B, W, T, H, d / H)
        return self.out(mixed.reshape(batch, beams, new, width)), cache


class CrossAttention(nn.Module):
    """Attention of every beam to its query's tokens."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width)
        self.to_kv = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def memory(self, tokens: Tensor) -> Tensor:
        """Query ``tokens`` (B, N', d) -> keys and values (2, B, H, N', d / H)."""
        batch, count, width = tokens.shape
        kv = self.to_kv(tokens).view(batch, count, 2, self.heads, width // self.heads)
        memory: Tensor = kv.permute(2, 0, 3, 1, 4)
        return memory

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """``x`` (B, W, T, d), ``memory`` (2, B, H, N', d / H) -> (B, W, T, d)."""
        batch, beams, new, width = x.shape
        q = self.to_q(x).view(batch, beams * new, self.heads, width // self.heads)
        q = q.transpose(1, 2)  # (B, H, W T, d / H)
        scores = q @ memory[0].transpose(-1, -2) * (width // self.heads) ** -0.5
        mixed = (scores.softmax(-1) @ memory[1]).transpose(1, 2)  # (B, W T, H, d / H)
        attended: Tensor = self.out(mixed.reshape(batch, beams, new, width))
        return attended


class Block(nn.Module):
    """Pre-norm: self-attention, cross-attention, MLP, each beside its residual."""

    def __init__(self, width: int, heads: int, dropout: float = 0.3) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.self_attention = SelfAttention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.cross_attention = CrossAttention(width, heads)
        self.norm3 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor, cache: Tensor) -> tuple[Tensor, Tensor]:
        """Shapes as in the attentions. Returns the new ``x`` and the grown cache."""
        attended, cache = self.self_attention(self.norm1(x), cache)
        x = x + self.drop(attended)
        x = x + self.drop(self.cross_attention(self.norm2(x), memory))
        x = x + self.drop(self.down(F.gelu(self.up(self.norm3(x)))))
        return x, cache
