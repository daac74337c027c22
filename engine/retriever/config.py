"""Sizes of a retriever."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RetrieverConfig:
    """M, K and D come from the tokenizer, E and C from the encoder; the rest is chosen.

    Width and depth: the decoder corrects a score that is good already, and it must answer on a
    laptop's CPU; the paper's 12 layers of 768 cost a hundred times as much (docs/decisions.md).
    """

    levels: int  # M
    codes: int  # K
    space_width: int  # D
    embedding_width: int  # E
    patch_width: int  # C
    patch_tokens: int  # N' after engine.encoder.pooling
    width: int = 128
    layers: int = 1
    heads: int = 4

    @property
    def head_width(self) -> int:
        return self.width // self.heads
