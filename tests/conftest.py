"""Fixtures that every test may use: a library, small photos, and a quick encoder."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.search.ports import Encoded, EncoderSpec
from engine.store.database import Library

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One folder for exported encoders, so that an export happens once in a run.

    A ``PHOTOGLYPH_CACHE`` that is already set is kept: exports then outlive the run.
    """
    given = os.environ.get("PHOTOGLYPH_CACHE")
    folder = Path(given) if given else tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHOTOGLYPH_CACHE", os.fspath(folder))
        yield folder


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection that leaves the machine fails the test."""

    def guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
        def check(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _loopback(address[0]):
                pytest.fail(f"a connection to {address} was tried: Photoglyph works offline")
            return connect(self, address)

        return check

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library in ``tmp_path / "library"``."""
    with Library.open(tmp_path / "library") as opened:
        yield opened


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample photos that comes with the project."""
    folder = REPOSITORY / "samples"
    if not folder.is_dir():
        pytest.skip("samples/ is not there")
    return folder


MakePhoto = Callable[..., Path]


@pytest.fixture(scope="session")
def make_photo() -> MakePhoto:
    """``make_photo(path, seed=0, size=(96, 72), **save)`` writes a small picture and returns path.

    Equal seeds give equal pixels, near ones unrelated ones; the format follows the extension.
    """

    def make(path: Path, seed: int = 0, size: tuple[int, int] = (96, 72), **save: Any) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(seed, size).save(path, **save)
        return path

    return make


def picture(seed: int = 0, size: tuple[int, int] = (96, 72)) -> Image.Image:
    """A smooth random colour field: compresses well and survives resizing."""
    grid = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC)


class FakeEncoder:
    """Colour grids instead of a network: similar pictures get similar vectors, at once.

    ``calls`` holds the size of every batch.
    """

    spec = EncoderSpec(
        name="fake_colour_grid",
        weights="0" * 32,
        image_size=64,
        embedding_width=48,
        patch_width=12,
        patches=16,
        pooling="mean+gem",
    )
    providers: tuple[str, ...] = ("CPUExecutionProvider",)

    def __init__(self) -> None:
        self.calls: list[int] = []

    def encode(self, pixels: NDArray[np.uint8]) -> Encoded:
        count = len(pixels)
        assert pixels.dtype == np.uint8 and pixels.shape == (count, 64, 64, 3)
        self.calls.append(count)
        scaled = pixels.astype(np.float32) / 255 - 0.5
        # (B, 8, 8, 8, 8, 3) -> (B, 8, 8, 3): mean of blocks of 8 x 8 pixels
        blocks = scaled.reshape(count, 8, 8, 8, 8, 3).mean(axis=(2, 4))
        # (B, 8, 8, 3) -> (B, 16, 12): a patch is 2 x 2 blocks
        patches = blocks.reshape(count, 4, 2, 4, 2, 3).transpose(0, 1, 3, 2, 4, 5)
        wide = blocks.reshape(count, 2, 4, 4, 2, 3).mean(axis=(2, 4)).reshape(count, 24)
        tall = blocks.reshape(count, 4, 2, 2, 4, 3).mean(axis=(2, 4)).reshape(count, 24)
        embedding = np.concatenate([_unit(wide), _unit(np.cbrt(tall))], axis=1)
        return Encoded(embedding, np.ascontiguousarray(patches.reshape(count, 16, 12)))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


@pytest.fixture
def fake_encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture(scope="session")
def trained_library(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library folder of the samples, indexed and trained for seconds; copy it, never change it.

    Real in every part: default encoder, ONNX Runtime, the training's own process.
    """
    from engine.services.session import Session
    from export.exporter import BundleExporter
    from export.runtime import OnnxRuntime

    folder = tmp_path_factory.mktemp("trained") / "library"
    session = Session.open(folder, OnnxRuntime("cpu"), BundleExporter())
    try:
        for _ in session.index([samples]):
            pass
        for _ in session.train(minutes=0.05):
            pass
    finally:
        session.close()
    return folder
