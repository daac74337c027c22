"""The retriever: a query becomes a memory, a code after a prefix gets a correction.

The correction f adds to the tree score of ``engine.search.scores``. It is zero at the start, so an
untrained retriever is the classical tree search. The output is an inner product with the codebook's
own vectors, not a free row for every code: codes of photos that training never saw are corrected
as their neighbours are. Searching asks for whole identifiers at once (:meth:`Retriever.score`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.retriever.blocks import Block
from engine.retriever.config import RetrieverConfig
from engine.search.ports import Floats

UNIT = 0.01
"""Of corrections: half the temperature that scores are compared at. An optimiser's usual step is
then a small one; at 1 the first steps were a hundred times too large and learnt noise.
"""


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

    def score(self, z: Tensor, memory: Tensor, paths: Tensor) -> Tensor:
        """Corrections of given identifiers in one pass; ``paths.onnx``.

        ``paths`` (B, n, M): codes. Returns (B, n, M): position m corrects the code of level m given
        the codes before it.
        """
        states = self._states(z, memory, paths)
        toward = torch.einsum("bnmd,mde->bnme", states, self.to_space)
        words = self.codewords[self.flat(paths)[:, :, 1:]]  # (B, n, M, D)
        return UNIT * (toward * words).sum(-1)

    def forward(self, z: Tensor, memory: Tensor, paths: Tensor) -> Tensor:
        """Like :meth:`score` for every code of a level: (B, S, M, K), the last code unseen."""
        return torch.einsum("bsmd,mdk->bsmk", self._states(z, memory, paths), self.heads())

    def step(
        self, z: Tensor, memory: Tensor, prefix: Tensor, level: Tensor, cache: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One step of decoding code by code; ``step.onnx``.

        ``prefix`` (B, W, m + 1): rows of ``codewords``, the empty prefix first (see
        :meth:`flat`); ``level`` (1,): m; ``cache`` (layers, 2, B, W, H, m, d / H).
        Returns corrections (B, W, K) and the cache of m + 1 positions.
        """
        x = self.embed(z, prefix)[:, :, -1:] + self.level_place[level]  # (B, W, 1, d)
        x, cache = self._run(x, memory, cache)
        return x[:, :, 0] @ self.heads()[level[0]], cache

    def embed(self, z: Tensor, prefix: Tensor) -> Tensor:
        """``prefix`` (B, W, P), rows of ``codewords`` -> what every position reads (B, W, P, d)."""
        words = self.codewords[prefix]  # (B, W, P, D)
        residual = z[:, None, None] - words.cumsum(2)
        embedded: Tensor = self.from_code(words) + self.from_residual(residual)
        return embedded

    def heads(self) -> Tensor:
        """What turns a level's states into its K outputs: (M, d, K)."""
        return UNIT * self.to_space @ self.codebooks.transpose(1, 2)

    def flat(self, prefix: Tensor) -> Tensor:
        """Codes (B, W, m) -> rows of ``codewords`` (B, W, m + 1), the empty prefix first."""
        levels = torch.arange(prefix.shape[2], device=prefix.device)
        empty = prefix.new_full((*prefix.shape[:2], 1), self.config.levels * self.config.codes)
        return torch.cat([empty, prefix + levels * self.config.codes], dim=2)

    def _states(self, z: Tensor, memory: Tensor, paths: Tensor) -> Tensor:
        """Teacher forcing: ``paths`` (B, S, M) -> (B, S, M, d), position m not seeing code m."""
        batch, count, levels = paths.shape
        x = self.embed(z, self.flat(paths)[:, :, :levels]) + self.level_place
        c = self.config
        empty = x.new_zeros(c.layers, 2, batch, count, c.heads, 0, c.head_width)
        return self._run(x, memory, empty)[0]

    def _run(self, x: Tensor, memory: Tensor, cache: Tensor) -> tuple[Tensor, Tensor]:
        grown = []
        for index, block in enumerate(self.layers()):
            x, own = block(x, memory[index], cache[index])
            grown.append(own)
        return self.norm(x), torch.stack(grown)
