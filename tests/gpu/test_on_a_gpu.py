"""What only a GPU can show; skipped without one. ``pytest tests/gpu -s`` prints the figures.

The figures go to docs/benchmarks.md with the device's name.
"""

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


def test_losses_agree_between_the_processor_and_the_gpu() -> None:
    assert loss_on("cuda") == pytest.approx(loss_on("cpu"), rel=2e-3)


def test_training_is_faster_than_on_the_processor() -> None:
    torch.cuda.reset_peak_memory_stats()
    gpu, cpu = photos_a_second("cuda", STEPS), photos_a_second("cpu", 1)
    memory = torch.cuda.max_memory_allocated() / 1e9
    print(  # noqa: T201 - the figure to keep
        f"\n{torch.cuda.get_device_name()}: {gpu:.0f} photos a second ({memory:.1f} GB), "
        f"the processor {cpu:.1f}"
    )
    assert gpu > cpu


def test_the_encoder_answers_alike_on_the_gpu() -> None:
    folder = BundleExporter().prepare_encoder(DEFAULT_ENCODER)
    gpu, cpu = (OnnxRuntime(device).open_encoder(folder) for device in ("cuda", "cpu"))
    if CUDA not in gpu.providers:
        pytest.skip("ONNX Runtime finds no CUDA libraries here")
    side = gpu.spec.image_size
    photos = np.random.default_rng(0).integers(0, 256, (3, side, side, 3), dtype=np.uint8)
    difference = np.abs(gpu.encode(photos).embedding - cpu.encode(photos).embedding).max()
    assert difference < 2e-3
