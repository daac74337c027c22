"""torch modules -> ONNX files. Example sizes are distinct and >= 2: a size of one, or two equal
ones, would be taken for constants; ONNX Runtime then accepts one photo, one beam, an empty cache.
"""

from __future__ import annotations

import logging
import warnings
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim

from engine.encoder.timm_models import PooledEncoder
from engine.retriever.model import Retriever
from engine.search.ports import EncoderSpec


def export_encoder(encoder: PooledEncoder, spec: EncoderSpec, file: Path) -> None:
    """``pixels`` (B, S, S, 3) uint8 -> ``embedding`` (B, E), ``patches`` (B, N, C)."""
    side = spec.image_size
    _export(
        encoder,
        {"pixels": torch.zeros(2, side, side, 3, dtype=torch.uint8)},
        {"pixels": {0: Dim("batch")}},
        ["embedding", "patches"],
        file,
    )


def halved(encoder: PooledEncoder) -> PooledEncoder:
    """A copy whose network computes in float16; what goes in and comes out stays float32."""
    copy = deepcopy(encoder)
    copy.backbone = _Half(copy.backbone)
    return copy


class _Half(nn.Module):
    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone.half()

    def forward_features(self, x: Tensor) -> Tensor:
        features: Tensor = self.backbone.forward_features(x.half())  # type: ignore[operator]
        return features.float()


def export_retriever(retriever: Retriever, folder: Path) -> None:
    """``cross.onnx``, ``paths.onnx``, ``step.onnx``; names and shapes as in ``Retriever``."""
    c = retriever.config
    retriever = retriever.cpu().eval()
    batch, beams, past, count = Dim("batch"), Dim("beams"), Dim("past"), Dim("count")
    _export(
        _Begin(retriever),
        {
            "embedding": torch.randn(3, c.embedding_width),
            "patches": torch.randn(3, c.patch_tokens, c.patch_width),
        },
        {"embedding": {0: batch}, "patches": {0: batch}},
        ["z", "memory"],
        folder / "cross.onnx",
    )
    memory = torch.randn(c.layers, 2, 3, c.heads, c.patch_tokens + 1, c.head_width)
    _export(
        _Score(retriever),
        {
            "z": torch.randn(3, c.space_width),
            "memory": memory,
            "paths": torch.zeros(3, 5, c.levels, dtype=torch.int64),
        },
        {"z": {0: batch}, "memory": {2: batch}, "paths": {0: batch, 1: count}},
        ["correction"],
        folder / "paths.onnx",
    )
    _export(
        _Step(retriever),
        {
            "z": torch.randn(3, c.space_width),
            "memory": memory,
            "prefix": torch.zeros(3, 5, 3, dtype=torch.int64),
            "level": torch.tensor([min(2, c.levels - 1)]),
            "cache": torch.randn(c.layers, 2, 3, 5, c.heads, 2, c.head_width),
        },
        {
            "z": {0: batch},
            "memory": {2: batch},
            "prefix": {0: batch, 1: beams, 2: past + 1},
            "level": {},
            "cache": {2: batch, 3: beams, 5: past},
        },
        ["correction", "grown"],
        folder / "step.onnx",
    )


class _Begin(nn.Module):
    def __init__(self, retriever: Retriever) -> None:
        super().__init__()
        self.retriever = retriever

    def forward(self, embedding: Tensor, patches: Tensor) -> tuple[Tensor, Tensor]:
        return self.retriever.begin(embedding, patches)


class _Score(nn.Module):
    def __init__(self, retriever: Retriever) -> None:
        super().__init__()
        self.retriever = retriever

    def forward(self, z: Tensor, memory: Tensor, paths: Tensor) -> Tensor:
        return self.retriever.score(z, memory, paths)


class _Step(nn.Module):
    def __init__(self, retriever: Retriever) -> None:
        super().__init__()
        self.retriever = retriever

    def forward(
        self, z: Tensor, memory: Tensor, prefix: Tensor, level: Tensor, cache: Tensor
    ) -> tuple[Tensor, Tensor]:
        return self.retriever.step(z, memory, prefix, level, cache)


def _export(
    module: nn.Module,
    inputs: dict[str, Tensor],
    dynamic: dict[str, Any],
    outputs: list[str],
    file: Path,
) -> None:
    with warnings.catch_warnings(), torch.inference_mode(False), torch.no_grad():
        # The exporter speaks of its own deprecations; ours are caught by the parity check.
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            module.eval(),
            (),
            kwargs=inputs,
            dynamo=True,
            input_names=list(inputs),
            output_names=outputs,
            dynamic_shapes=dynamic,
            verbose=False,
        )
    assert program is not None  # dynamo=True returns a program
    program.save(file)
