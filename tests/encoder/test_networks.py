"""Any timm network, from a file of weights: one shape comes out, or one sentence."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import torch

from engine.encoder.timm_models import (
    PooledEncoder,
    _import_timm,
    encoder_of,
    load_encoder,
    spec_of,
)
from engine.errors import BundleError
from tests.encoder.networks import random_state, saved


@pytest.mark.parametrize(
    ("architecture", "image_size", "patches", "width", "pooling"),
    [
        ("vit_tiny_patch16_224", 64, 16, 192, "class+mean"),
        ("convnext_atto", 96, 9, 320, "mean+gem"),
        ("efficientnet_lite0", 96, 9, 1280, "mean+gem"),
    ],
)
def test_every_kind_of_network_comes_out_in_one_shape(
    tmp_path: Path, architecture: str, image_size: int, patches: int, width: int, pooling: str
) -> None:
    file = saved(random_state(architecture), tmp_path / "weights.safetensors")
    encoder = encoder_of(architecture, image_size, file)
    spec = spec_of(encoder, architecture, image_size)
    assert (spec.patches, spec.patch_width, spec.embedding_width) == (patches, width, 2 * width)
    assert (spec.pooling, spec.image_size) == (pooling, image_size)
    photos = torch.randint(0, 256, (2, image_size, image_size, 3), dtype=torch.uint8)
    with torch.inference_mode():
        embedding, grid = encoder(photos)
    assert grid.shape == (2, patches, width)
    halves = embedding.reshape(2, 2, width).norm(dim=2)
    assert torch.allclose(halves, torch.ones(2, 2), atol=1e-5)


def test_features_of_swin_have_their_channels_last_and_come_out_alike(tmp_path: Path) -> None:
    small = {"embed_dim": 24, "depths": (1, 1, 1, 1), "num_heads": (1, 1, 1, 1)}
    model = _import_timm().create_model(
        "swin_tiny_patch4_window7_224", num_classes=0, img_size=64, window_size=2, **small
    )
    encoder = PooledEncoder(model, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)).eval()
    assert spec_of(encoder, "swin", 64).patches == 4


def test_position_embeddings_adapt_to_the_size(tmp_path: Path) -> None:
    state = random_state("vit_tiny_patch16_224")
    file = saved(state, tmp_path / "weights.pth")
    small = encoder_of("vit_tiny_patch16_224", 96, file).backbone.state_dict()
    own = encoder_of("vit_tiny_patch16_224", None, file).backbone.state_dict()
    assert state["pos_embed"].shape[1] == 14 * 14 + 1
    assert small["pos_embed"].shape[1] == 6 * 6 + 1
    assert torch.equal(own["pos_embed"], state["pos_embed"])
    # A smooth field keeps its values; here only the class token's place can be compared.
    assert torch.allclose(small["pos_embed"][:, 0], state["pos_embed"][:, 0])


def test_a_checkpoint_of_a_trainer_and_safetensors_are_the_same_network(tmp_path: Path) -> None:
    state = random_state("convnext_atto")
    files = [saved(state, tmp_path / name) for name in ("a.pth", "a.safetensors")]
    specs = [spec_of(encoder_of("convnext_atto", 64, f), "a", 64) for f in files]
    assert specs[0] == specs[1]


class Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, ("harm",))


def test_a_file_that_would_run_code_is_refused_and_runs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.pth").write_bytes(pickle.dumps(Harm(), protocol=2))
    with pytest.raises(BundleError, match=r"holds no weights that can be read safely"):
        encoder_of("convnext_atto", 64, tmp_path / "weights.pth")
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
def test_a_file_that_holds_no_weights_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no weights")
    with pytest.raises(BundleError, match="holds no weights"):
        encoder_of("convnext_atto", 64, tmp_path / name)


def test_weights_of_another_network_are_refused_with_what_does_not_fit(tmp_path: Path) -> None:
    file = saved(random_state("efficientnet_lite0"), tmp_path / "weights.safetensors")
    with pytest.raises(BundleError, match=r"another network than the one named \(ConvNeXt"):
        encoder_of("convnext_atto", 64, file)
    short = random_state("convnext_atto")
    del short["stem.0.weight"]
    file = saved(short, tmp_path / "short.pth")
    with pytest.raises(BundleError, match="of another network"):
        encoder_of("convnext_atto", 64, file)


def test_a_name_that_timm_does_not_know_is_refused_with_those_near_it(tmp_path: Path) -> None:
    file = saved(random_state("convnext_atto"), tmp_path / "weights.safetensors")
    with pytest.raises(BundleError, match="did you mean one of convnext_"):
        encoder_of("convnext_at", 64, file)
    with pytest.raises(BundleError, match="timm knows no model named"):
        encoder_of("../nothing", 64, file)


def test_a_name_that_is_not_here_is_refused_and_nothing_is_fetched() -> None:
    with pytest.raises(BundleError, match="There is no encoder named vit_base_patch16_clip_224"):
        load_encoder("vit_base_patch16_clip_224.openai")


def test_registers_and_the_class_token_are_no_patches() -> None:
    small = {"embed_dim": 24, "depth": 1, "num_heads": 1, "img_size": 64, "num_classes": 0}
    model = _import_timm().create_model("vit_tiny_patch16_224", reg_tokens=4, **small)
    encoder = PooledEncoder(model, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)).eval()
    spec = spec_of(encoder, "vit", 64)
    assert (spec.patches, spec.patch_width, spec.pooling) == (16, 24, "class+mean")
    photos = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)
    with torch.inference_mode():
        own, patches = encoder.tokens(photos)
        embedding, same = encoder(photos)
    assert own is not None and torch.equal(patches, same)
    # The recipe of the paper takes the token as it is; searching takes its direction.
    assert not torch.allclose(own.norm(dim=1), torch.ones(2), atol=0.1)
    assert torch.allclose(torch.nn.functional.normalize(own), embedding[:, :24], atol=1e-5)


def test_a_network_without_a_class_token_gives_none() -> None:
    state = {"depths": (1, 1, 1, 1), "dims": (8, 8, 8, 24), "num_classes": 0}
    model = _import_timm().create_model("convnext_atto", **state)
    encoder = PooledEncoder(model, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)).eval()
    with torch.inference_mode():
        own, patches = encoder.tokens(torch.zeros(1, 64, 64, 3, dtype=torch.uint8))
    assert own is None and patches.shape == (1, 4, 24)
