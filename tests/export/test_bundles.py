"""Bundles: torch and ONNX Runtime agree, damage is refused in words, archives hide nothing."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import BundleError, TrainingError
from engine.search.ports import Encoded, EncoderSpec
from engine.settings import DEFAULT_ENCODER
from engine.tokenizer.model import Tokenizer, TreeWeights
from engine.tokenizer.quantizer import ResidualQuantizer
from engine.tokenizer.space import Space
from engine.training.torch_decoder import TorchDecoder
from export import archive, manifest
from export.exporter import BundleExporter
from export.parity import check_decoder
from export.runtime import OnnxRuntime
from export.to_onnx import export_retriever
from tests.retriever.test_model import CONFIG, make, query

SPEC = EncoderSpec("fake", "0" * 32, 32, CONFIG.embedding_width, CONFIG.patch_width, 9, "mean+gem")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole bundle of a small retriever; its encoder is a file that nobody opens."""
    folder = tmp_path_factory.mktemp("bundle") / "generation-1"
    folder.mkdir()
    retriever = make()
    export_retriever(retriever, folder)
    space = Space(retriever.mean.numpy(), retriever.projection.numpy())
    quantizer = ResidualQuantizer(retriever.codebooks.numpy())
    Tokenizer(space, quantizer, TreeWeights.untrained(CONFIG.levels)).save(folder)
    (folder / "encoder.onnx").write_bytes(b"not opened here")
    shapes = {"levels": CONFIG.levels, "codes": CONFIG.codes}
    manifest.write(folder, manifest.Manifest(SPEC, shapes))
    return folder


SIZES = pytest.mark.parametrize(("batch", "beams"), [(1, 1), (1, 40), (4, 3)])


@SIZES
def test_onnx_and_torch_score_candidates_alike_at_other_sizes_than_the_exported_ones(
    bundle: Path, batch: int, beams: int
) -> None:
    decoder = OnnxRuntime("cpu").open_decoder(bundle)
    twin = TorchDecoder(make())
    embedding, patches = (t.numpy() for t in query(batch))
    codes = np.random.default_rng(beams).integers(0, CONFIG.codes, (batch, beams, CONFIG.levels))
    expected = twin.score(twin.begin(embedding, patches), codes)
    scored = decoder.score(decoder.begin(embedding, patches), codes)
    assert scored.shape == codes.shape and scored.dtype == np.float32
    np.testing.assert_allclose(scored, expected, atol=1e-4, rtol=1e-4)


@SIZES
def test_onnx_and_torch_agree_at_other_sizes_than_the_exported_ones(
    bundle: Path, batch: int, beams: int
) -> None:
    decoder = OnnxRuntime("cpu").open_decoder(bundle)
    retriever = make()
    embedding, patches = query(batch)
    codes = np.random.default_rng(beams).integers(0, CONFIG.codes, (batch, beams, CONFIG.levels))
    with torch.no_grad():
        z, memory = retriever.begin(embedding, patches)
        expected = retriever(z, memory, torch.from_numpy(codes)).numpy()
    state = decoder.begin(embedding.numpy(), patches.numpy())
    np.testing.assert_allclose(state.z, z.numpy(), atol=1e-5)
    for level in range(CONFIG.levels):
        prefix = codes[:, :1, :0] if level == 0 else codes[:, :, :level]
        correction, state = decoder.step(state, prefix)
        np.testing.assert_allclose(
            correction, expected[:, : prefix.shape[1], level], atol=1e-4, rtol=1e-4
        )
        if level == 0:
            state = decoder.select(state, np.zeros((batch, beams), np.int64))


def test_drift_is_refused(bundle: Path) -> None:
    drifted = make()
    with torch.no_grad():
        drifted.to_space *= 1.5
    embedding, patches = (t.numpy() for t in query(3))
    with pytest.raises(TrainingError, match="differs from the trained one"):
        check_decoder(drifted, OnnxRuntime("cpu").open_decoder(bundle), Encoded(embedding, patches))


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def cut(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return act


def flip(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(bytes(content))

    return act


def newer(folder: Path) -> None:
    content = json.loads((folder / manifest.NAME).read_text())
    content["format"] = manifest.FORMAT + 1
    (folder / manifest.NAME).write_text(json.dumps(content))


def nonsense(folder: Path) -> None:
    (folder / manifest.NAME).write_text('{"format": 1, "files": []}')


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (remove("step.onnx"), "incomplete .step.onnx is missing."),
        (remove("codebooks.npz"), "incomplete"),
        (remove(manifest.NAME), "incomplete .manifest.json is missing."),
        (remove("paths.onnx"), "incomplete .paths.onnx is missing."),
        (cut("cross.onnx"), "does not match its manifest"),
        (flip("step.onnx"), "does not match its manifest"),
        (newer, "newer Photoglyph .format 2, this one knows 1.: update"),
        (nonsense, "no readable manifest"),
    ],
)
def test_a_harmed_bundle_is_refused_in_one_sentence(
    bundle: Path, tmp_path: Path, harm: Callable[[Path], None], words: str
) -> None:
    folder = tmp_path / "harmed"
    shutil.copytree(bundle, folder)
    harm(folder)
    with pytest.raises(BundleError, match=words) as caught:
        OnnxRuntime("cpu").open_decoder(folder)
    assert "\n" not in str(caught.value)


def test_a_bundle_survives_the_way_through_an_archive(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "model.zip"
    assert archive.pack(bundle, file) == file.stat().st_size
    assert archive.unpack(file, tmp_path / "copy") == SPEC
    assert sorted(f.name for f in (tmp_path / "copy").iterdir()) == sorted(archive.FILES)
    with pytest.raises(BundleError, match="exists already"):
        archive.pack(bundle, file)


def test_an_archive_takes_nothing_outside_its_files(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "model.zip"
    archive.pack(bundle, file)
    with zipfile.ZipFile(file, "a") as opened:
        opened.writestr("../escaped.txt", "no")
        opened.writestr(f"{tmp_path}/escaped-too.txt", "no")
    (tmp_path / "in").mkdir()
    archive.unpack(file, tmp_path / "in" / "copy")
    assert not list(tmp_path.rglob("escaped*"))


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_what_is_no_model_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.zip"
    file.write_bytes(content)
    with pytest.raises(BundleError, match="no Photoglyph model"):
        archive.unpack(file, tmp_path / "copy")
    assert [f.name for f in tmp_path.iterdir()] == ["model.zip"]


def test_the_default_encoder_is_exported_once_and_verified(cache: Path) -> None:
    folder = BundleExporter().prepare_encoder(DEFAULT_ENCODER)
    made = (folder / "encoder.onnx").stat().st_mtime_ns
    again = BundleExporter().prepare_encoder(DEFAULT_ENCODER)
    assert again == folder and (folder / "encoder.onnx").stat().st_mtime_ns == made
    read = manifest.read(folder, manifest.ENCODER_FILES)
    assert read.encoder.name == DEFAULT_ENCODER
    assert max(read.parity.values()) < 1e-4
    assert cache in folder.parents


def test_an_encoder_that_is_not_here_is_refused_in_words() -> None:
    with pytest.raises(BundleError, match="no encoder named resnet50 on this computer: choose"):
        BundleExporter().prepare_encoder("resnet50")
