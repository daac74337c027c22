"""Tiny networks with random weights, as files that a person could bring."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from engine.encoder.timm_models import _import_timm
from engine.encoder.weights import write_weights


def random_state(architecture: str, **arguments: object) -> dict[str, Tensor]:
    """Weights of a timm network as its authors publish them: with the classifier."""
    torch.manual_seed(0)
    model = _import_timm().create_model(architecture, pretrained=False, **arguments)
    state: dict[str, Tensor] = model.state_dict()
    return state


def saved(state: dict[str, Tensor], file: Path) -> Path:
    if file.suffix == ".safetensors":
        write_weights(state, file)
    else:
        torch.save({"state_dict": {f"module.{k}": v for k, v in state.items()}}, file)
    return file
