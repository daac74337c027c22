"""What only a GPU can show; skipped without one. ``pytest tests/gpu -n 0`` tells the figures."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch

from engine.encoder.timm_models import load_encoder
from engine.settings import DEFAULT_ENCODER
from engine.training.irgen import Heads, tokenizer_loss
from export.exporter import BundleExporter
from export.runtime import CUDA, OnnxRuntime
from tests.gpu.conftest import Figure

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")

BATCH, STEPS, CLASSES, LEVELS = 32, 10, 20, 4


def loss_on(device: str) -> float:
    torch.manual_seed(0)
    encoder, spec = load_encoder(DEFAULT_ENCODER)
    heads = Heads(spec.embedding_width, CLASSES)
    generator = torch.Generator().manual_seed(1)
    side = spec.image_size
    pixels = torch.randint(0, 256, (4, side, side, 3), generator=generator, dtype=torch.uint8)
    prefixes = torch.randn(4, LEVELS, spec.embedding_width, generator=generator)
    with torch.no_grad():
        embedded = encoder.to(device)(pixels.to(device))[0]
        labels = torch.arange(4, device=device)
        loss = tokenizer_loss(embedded, prefixes.to(device), labels, heads.to(device), 0.1)
    return float(loss)


def photos_a_second(device: str, steps: int) -> float:
    """Forward and backward on random tensors that are on the device already: its own limit."""
    encoder, spec = load_encoder(DEFAULT_ENCODER)
    encoder.to(device).train()
    side = spec.image_size
    pixels = torch.randint(0, 256, (BATCH, side, side, 3), dtype=torch.uint8, device=device)
    started = 0.0
    for step in range(steps + 1):
        if step == 1:  # the first warms up
            _wait(device)
            started = time.perf_counter()
        encoder(pixels)[0].sum().backward()
    _wait(device)
    return steps * BATCH / (time.perf_counter() - started)


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def test_losses_agree_between_the_processor_and_the_gpu(figure: Figure) -> None:
    gpu, processor = loss_on("cuda"), loss_on("cpu")
    figure("the paper's recipe: loss of one batch in fp32", f"{gpu:.5f}", f"{processor:.5f}")
    assert gpu == pytest.approx(processor, rel=2e-3)


def test_training_is_faster_than_on_the_processor(figure: Figure) -> None:
    torch.cuda.reset_peak_memory_stats()
    gpu, cpu = photos_a_second("cuda", STEPS), photos_a_second("cpu", 1)
    memory = torch.cuda.max_memory_allocated() / 1e9
    what = f"forward and backward of {BATCH} random photos, photos a second (fp32)"
    figure(what, f"{gpu:.0f}", f"{cpu:.1f}", f"{memory:.2f} GB of the GPU's memory")
    assert gpu > cpu


def test_the_encoder_answers_alike_on_the_gpu(figure: Figure) -> None:
    folder = BundleExporter().prepare_encoder(DEFAULT_ENCODER)
    gpu, cpu = (OnnxRuntime(device).open_encoder(folder) for device in ("cuda", "cpu"))
    if CUDA not in gpu.providers:
        pytest.skip("ONNX Runtime finds no CUDA libraries here")
    side = gpu.spec.image_size
    photos = np.random.default_rng(0).integers(0, 256, (3, side, side, 3), dtype=np.uint8)
    difference = np.abs(gpu.encode(photos).embedding - cpu.encode(photos).embedding).max()
    figure("encoder in ONNX Runtime: largest difference of an embedding", f"{difference:.1e}")
    assert difference < 2e-3
