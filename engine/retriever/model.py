"""The retriever: a query becomes a memory, a prefix a correction of every next code.

The correction f adds to the tree score of ``engine.search.scores``. It is zero at the start, so an
untrained retriever is the classical tree search. The output is an inner product with the codebook's
own vectors, not a free row for every code: codes of photos that training never saw are corrected
as their neighbours are.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.retriever.blocks import Block
from engine.retriever.config import RetrieverConfig
from engine.search.ports import Floats


class Retriever(nn.Module):
    """``mean``, ``projection``: of ``Space``; ``codebooks`` (M, K, D): of the quantizer. Fixed."""

    mean: Tensor
    projection: Tensor
    codebooks: Tensor
    codewords: Tensor

    def __init__(
        self, config: RetrieverConfig, mean: Floats, projection: Floats, codebooks: Floats
    ) -> None:
        super().__init__()
        self.config = config
        c = config
        books = torch.from_numpy(codebooks)
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("projection", torch.from_numpy(projection))
        self.register_buffer("codebooks", books)
        # All codewords in one table; the last row, zero, stands for the empty prefix.
        table = torch.cat([books.reshape(-1, c.space_width), books.new_zeros(1, c.space_width)])
        self.register_buffer("codewords", table)

        self.from_z = nn.Linear(c.space_width, c.width)
        self.from_patch = nn.Linear(c.patch_width, c.width)
        self.patch_place = nn.Parameter(torch.zeros(c.patch_tokens, c.width))
        self.memory_norm = nn.LayerNorm(c.width)
        self.from_code = nn.Linear(c.space_width, c.width)
        self.from_residual = nn.Linear(c.space_width, c.width)
        self.level_place = nn.Parameter(torch.randn(c.levels, c.width) * 0.02)
        self.blocks = nn.ModuleList(Block(c.width, c.heads) for _ in range(c.layers))
        self.norm = nn.LayerNorm(c.width)
        self.to_space = nn.Parameter(torch.zeros(c.levels, c.width, c.space_width))

        # The tree score's scalars (engine.search.scores.TreeWeights).
        self.log_similarity = nn.Parameter(torch.zeros(c.levels))
        self.log_norm = nn.Parameter(torch.zeros(c.levels))
        self.count = nn.Parameter(torch.zeros(c.levels))

    def layers(self) -> list[Block]:
        """The blocks, typed (a ``ModuleList`` forgets what it holds)."""
        return [block for block in self.blocks if isinstance(block, Block)]

    def project(self, embedding: Tensor) -> Tensor:
        """(B, E) -> z (B, D), unit length (the torch twin of ``Space.project``)."""
        return F.normalize((embedding - self.mean) @ self.projection, dim=-1)

    def begin(self, embedding: Tensor, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Everything of the query that does not depend on a beam; ``cross.onnx``.

        ``embedding`` (B, E), ``patches`` (B, N', C) -> z (B, D),
        memory (layers, 2, B, H, N' + 1, d / H).
        """
        z = self.project(embedding)
        tokens = torch.cat(
            [self.from_z(z)[:, None], self.from_patch(patches) + self.patch_place], dim=1
        )  # (B, N' + 1, d)
        tokens = self.memory_norm(tokens)
        return z, torch.stack([block.cross_attention.memory(tokens) for block in self.layers()])

    def step(
        self, z: Tensor, memory: Tensor, prefix: Tensor, level: Tensor, cache: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One decoding step; ``step.onnx``.

        ``prefix`` (B, W, m + 1): rows of ``codewords``, the empty prefix first (see
        :meth:`flat`); ``level`` (1,): m; ``cache`` (layers, 2, B, W, H, m, d / H).
        Returns corrections (B, W, K) and the cache of m + 1 positions.
        """
        words = self.codewords[prefix]  # (B, W, m + 1, D)
        residual = z[:, None] - words.sum(2)  # (B, W, D)
        x = self.from_code(words[:, :, -1]) + self.from_residual(residual)
        x = (x + self.level_place[level])[:, :, None]  # (B, W, 1, d)
        x, cache = self._run(x, memory, cache)
        weights = self.to_space[level[0]] @ self.codebooks[level[0]].T  # (d, K)
        return x[:, :, 0] @ weights, cache

    def forward(self, z: Tensor, memory: Tensor, paths: Tensor) -> Tensor:
        """Teacher forcing: corrections at every position of ``paths`` in one pass.

        ``paths`` (B, S, M): codes of S prefixes a query; the last code is not looked at.
        Returns (B, S, M, K): position m corrects the code of level m given the codes before it.
        """
        batch, count, levels = paths.shape
        prefix = self.flat(paths)[:, :, :levels]  # (B, S, M), the empty prefix first
        words = self.codewords[prefix]  # (B, S, M, D)
        residual = z[:, None, None] - words.cumsum(2)
        x = self.from_code(words) + self.from_residual(residual) + self.level_place
        empty = x.new_zeros(
            len(self.blocks), 2, batch, count, self.config.heads, 0, self.config.head_width
        )
        x, _ = self._run(x, memory, empty)
        weights = self.to_space @ self.codebooks.transpose(1, 2)  # (M, d, K)
        return torch.einsum("bsmd,mdk->bsmk", x, weights)

    def flat(self, prefix: Tensor) -> Tensor:
        """Codes (B, W, m) -> rows of ``codewords`` (B, W, m + 1), the empty prefix first."""
        levels = torch.arange(prefix.shape[2], device=prefix.device)
        empty = prefix.new_full((*prefix.shape[:2], 1), self.config.levels * self.config.codes)
        return torch.cat([empty, prefix + levels * self.config.codes], dim=2)

    def _run(self, x: Tensor, memory: Tensor, cache: Tensor) -> tuple[Tensor, Tensor]:
        grown = []
        for index, block in enumerate(self.layers()):
            x, own = block(x, memory[index], cache[index])
            grown.append(own)
        return self.norm(x), torch.stack(grown)
