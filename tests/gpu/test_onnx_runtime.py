"""The encoder in half precision on a real GPU; skipped without one. ``pytest tests/gpu -n 0``."""

from __future__ import annotations

import time

import numpy as np
import pytest

from engine.search.ports import Encoder
from engine.settings import DEFAULT_ENCODER
from export import manifest, parity
from export.exporter import BundleExporter
from export.runtime import CUDA, OnnxEncoder, OnnxRuntime
from tests.gpu.conftest import Figure

pytestmark = pytest.mark.skipif(
    CUDA not in OnnxRuntime().providers, reason="ONNX Runtime finds no GPU here"
)

BATCH, ROUNDS = 32, 10


@pytest.fixture(scope="module")
def encoders() -> tuple[OnnxEncoder, Encoder, Encoder]:
    """In half precision and in single on the GPU, and on the processor."""
    folder = BundleExporter().prepare_encoder(DEFAULT_ENCODER)
    gpu = OnnxRuntime("cuda")
    half = gpu.open_encoder(folder)
    if CUDA not in half.providers:
        pytest.skip("ONNX Runtime finds no CUDA libraries here")
    assert (folder / manifest.HALF_FILES[0]).is_file()
    single = OnnxEncoder(half.spec, gpu._session(folder / manifest.ENCODER_FILES[0]))
    return half, single, OnnxRuntime("cpu").open_encoder(folder)


def test_half_precision_on_the_gpu_agrees_with_the_processor(
    encoders: tuple[OnnxEncoder, Encoder, Encoder], figure: Figure
) -> None:
    half, _, processor = encoders
    pictures = parity.drawn_pictures(half.spec.image_size)
    one, other = half.encode(pictures).embedding, processor.encode(pictures).embedding
    drift = np.linalg.norm(one - other, axis=1) / np.linalg.norm(other, axis=1)
    beside = f"allowed {parity.HALF_LIMIT:g}"
    figure(
        "encoder in half precision: relative drift of an embedding",
        f"{drift.max():.1e}",
        "",
        beside,
    )
    assert drift.max() < parity.HALF_LIMIT


def test_half_precision_encodes_no_slower_than_single(
    encoders: tuple[OnnxEncoder, Encoder, Encoder], figure: Figure
) -> None:
    rates = [photos_a_second(encoder) for encoder in encoders]
    told = [f"{rate:.0f}" for rate in rates]
    figure(
        "encoder in ONNX Runtime, photos a second", told[0], told[2], f"single precision {told[1]}"
    )
    assert rates[0] > 0.9 * rates[1]


def photos_a_second(encoder: Encoder) -> float:
    side = encoder.spec.image_size
    photos = np.random.default_rng(0).integers(0, 256, (BATCH, side, side, 3), dtype=np.uint8)
    encoder.encode(photos)  # warms up
    started = time.perf_counter()
    for _ in range(ROUNDS):
        encoder.encode(photos)
    return ROUNDS * BATCH / (time.perf_counter() - started)
