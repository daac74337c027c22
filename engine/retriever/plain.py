"""The paper's plain decoder (IRGen, section 3.2), to compare with: nothing but a Transformer.

Codes have free embeddings and every level a free linear head; there is no tree score to correct, so
outputs are the logits of the next code. It shares the query's memory, the blocks and the decoding
interface with ``Retriever``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.retriever.config import RetrieverConfig
from engine.retriever.model import Retriever
from engine.search.ports import Floats


class PlainRetriever(Retriever):
    """Decodes identifiers without knowing what a code looks like."""

    def __init__(
        self, config: RetrieverConfig, mean: Floats, projection: Floats, codebooks: Floats
    ) -> None:
        super().__init__(config, mean, projection, codebooks)
        c = config
        del self.from_code, self.from_residual, self.to_space
        self.code = nn.Embedding(c.levels * c.codes + 1, c.width)  # the last: the empty prefix
        self.logits = nn.Parameter(torch.randn(c.levels, c.width, c.codes) * 0.02)

    def embed(self, z: Tensor, prefix: Tensor) -> Tensor:
        embedded: Tensor = self.code(prefix)
        return embedded

    def heads(self) -> Tensor:
        return self.logits

    def score(self, z: Tensor, memory: Tensor, paths: Tensor) -> Tensor:
        """Logits of given identifiers, (B, n, M)."""
        logits: Tensor = self(z, memory, paths)
        return logits.gather(3, paths[..., None])[..., 0]
