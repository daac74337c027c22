"""Half precision: made and used where a GPU is and parity holds, single precision anywhere else."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from engine.encoder.timm_models import load_encoder
from engine.errors import TrainingError
from engine.search.ports import EncoderSpec
from engine.services import encoders
from export import child, exporter, half, manifest, parity, runtime
from export.runtime import CPU, CUDA, OnnxRuntime
from tests.encoder.networks import random_state, saved
from tests.services.indexed import finish
from tests.services.test_added_encoders import Prepares

HALF = manifest.HALF_FILES[0]
SPEC = EncoderSpec("fake", "0" * 32, 8, 4, 2, 1, "mean+gem")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A small encoder of random weights, its name and the folder it was exported to."""
    folder = tmp_path_factory.mktemp("half")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHOTOGLYPH_ENCODERS", str(folder / "encoders"))
        file = saved(random_state("convnext_atto"), folder / "weights.safetensors")
        name = finish(encoders.add(file, "convnext_atto", Prepares(), image_size=64)).name
        exporter._export_encoder(name, folder / "exported")
        yield name, folder / "exported"  # type: ignore[misc]


def test_half_precision_is_verified_and_lies_beside_single(exported: tuple[str, Path]) -> None:
    name, folder = exported
    half.export_half(name, folder)
    read = manifest.read(folder, (*manifest.ENCODER_FILES, *manifest.HALF_FILES))
    assert set(read.parity) >= {"encoder_embedding", "half_embedding", "half_patches"}
    assert 0 < read.parity["half_embedding"] < parity.HALF_LIMIT
    weights = onnx.load(folder / HALF).graph.initializer
    assert onnx.TensorProto.FLOAT16 in {weight.data_type for weight in weights}
    assert (folder / HALF).stat().st_size < 0.6 * (folder / "encoder.onnx").stat().st_size
    for precise in (True, False):  # both take bytes and give float32
        file = folder / (manifest.ENCODER_FILES[0] if precise else HALF)
        encoder = runtime.OnnxEncoder(read.encoder, OnnxRuntime("cpu")._session(file))
        answer = encoder.encode(parity.drawn_pictures(64))
        assert answer.embedding.dtype == answer.patches.dtype == np.float32


def test_half_precision_that_drifts_is_not_published(
    exported: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _ = exported
    folder = tmp_path / "copy"
    shutil.copytree(exported[1], folder)
    (folder / HALF).unlink(missing_ok=True)
    monkeypatch.setattr(parity, "HALF_LIMIT", 1e-9)
    monkeypatch.setattr("export.to_onnx.export_encoder", copy_of(folder / "encoder.onnx"))
    with pytest.raises(TrainingError, match="half_embedding by"):
        half.export_half(name, folder)
    assert not (folder / HALF).exists()
    manifest.read(folder, manifest.ENCODER_FILES)


def copy_of(file: Path) -> Any:
    """What is exported is the file that there is: single precision, off by rounding alone."""
    return lambda encoder, spec, target: shutil.copyfile(file, target)


def test_the_network_alone_is_halved(exported: tuple[str, Path]) -> None:
    from export.to_onnx import halved

    encoder, _ = load_encoder(exported[0])
    copy = halved(encoder)
    assert {str(p.dtype) for p in copy.backbone.parameters()} == {"torch.float16"}
    assert str(copy.mean.dtype) == "torch.float32"
    assert {str(p.dtype) for p in encoder.parameters()} == {"torch.float32"}  # as it was


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_driver_loads", lambda: True)
    monkeypatch.setattr(runtime.ort, "get_available_providers", lambda: [CUDA, CPU])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Modules that were run in a child process, which fails."""
    modules: list[str] = []

    def run(module: str, name: str, folder: Path) -> tuple[int, str]:
        modules.append(module)
        return child.TOLD, "The exported model differs from the trained one."

    monkeypatch.setattr(child, "run", run)
    return modules


def test_half_precision_is_not_made_without_a_gpu(
    tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.ort, "get_available_providers", lambda: [CPU])
    half.prepare("fake", tmp_path)
    assert asked == [] and list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("gpu")
def test_half_precision_that_cannot_be_made_is_told_once(
    tmp_path: Path, asked: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "export"):
        half.prepare("fake", tmp_path)
        half.prepare("fake", tmp_path)
    assert asked == ["export.half"] and len(caplog.messages) == 1
    assert "differs from the trained one): the graphics card runs it in" in caplog.messages[0]


class Sessions:
    """ONNX Runtime's constructor where ``cuda`` comes or not, and half precision ``fails``."""

    def __init__(self, fails: str = "", cuda: bool = True) -> None:
        self._fails = fails
        self._cuda = cuda
        self.opened: list[str] = []

    def __call__(self, file: str, options: Any, providers: list[str]) -> Any:
        name = Path(file).name
        self.opened.append(name)
        if name == HALF and self._fails == "opens":
            raise RuntimeError("no kernel for Conv(22)\nat some line")
        value = np.nan if self._fails == "numbers" else 1.0
        session = type("Session", (), {})()
        session.get_providers = lambda: providers if self._cuda else [CPU]
        session.run = lambda outputs, inputs: [np.full((1, 4), value), np.full((1, 1, 2), value)]
        return session


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    for name in (*manifest.ENCODER_FILES, HALF):
        (tmp_path / name).write_bytes(name.encode())
    manifest.write(tmp_path, manifest.Manifest(SPEC))
    return tmp_path


def opened(
    bundle: Path, patch: pytest.MonkeyPatch, sessions: Sessions, device: str = "auto"
) -> tuple[str, ...]:
    """The providers of an encoder that was opened among ``sessions``."""
    patch.setattr(runtime.ort, "InferenceSession", sessions)
    return OnnxRuntime(device).open_encoder(bundle).providers


@pytest.mark.usefixtures("gpu")
def test_the_gpu_runs_half_precision_and_the_processor_single(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sessions = Sessions()
    assert CUDA in opened(bundle, monkeypatch, sessions) and sessions.opened == [HALF]
    sessions = Sessions()
    assert opened(bundle, monkeypatch, sessions, "cpu") == (CPU,)
    assert sessions.opened == ["encoder.onnx"]
    assert caplog.messages == []


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(
    ("fails", "reason"), [("opens", "no kernel for Conv"), ("numbers", "answers are no numbers")]
)
def test_half_precision_that_fails_costs_one_sentence(
    bundle: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fails: str,
    reason: str,
) -> None:
    sessions = Sessions(fails)
    with caplog.at_level(logging.WARNING, "export"):
        assert CUDA in opened(bundle, monkeypatch, sessions)
    assert sessions.opened == [HALF, "encoder.onnx"]
    (told,) = caplog.messages
    assert reason in told and "single precision" in told and "\n" not in told


@pytest.mark.usefixtures("gpu")
def test_a_damaged_file_of_half_precision_costs_one_sentence(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (bundle / HALF).write_bytes(b"x" * len(HALF))
    with caplog.at_level(logging.WARNING, "export"):
        assert CUDA in opened(bundle, monkeypatch, Sessions())
    assert len(caplog.messages) == 1 and "is damaged" in caplog.messages[0]


@pytest.mark.usefixtures("gpu")
def test_a_gpu_that_fails_is_told_of_and_not_half_precision(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "export"):
        assert opened(bundle, monkeypatch, Sessions(cuda=False)) == (CPU,)
    (told,) = caplog.messages
    assert "The graphics card cannot be used" in told


@pytest.mark.usefixtures("gpu")
def test_an_encoder_without_half_precision_runs_in_single(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (bundle / HALF).unlink()
    sessions = Sessions()
    assert CUDA in opened(bundle, monkeypatch, sessions)
    assert sessions.opened == ["encoder.onnx"] and caplog.messages == []
