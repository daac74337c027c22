"""Deep training on a GPU, against the processor and against the device's own limit.

    PHOTOGLYPH_LABELS=labels.csv pytest tests/gpu -n 0

The figures come at the end, as a table for docs/benchmarks.md. Without the labels the last two
checks are left out: the device kept busy with photos, and deep against quick training on those of
one of the file's sets (``PHOTOGLYPH_SET``, by default clothing). Skipped without CUDA.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.encoder.timm_models import PooledEncoder, load_encoder
from engine.search.graph import Graph, mutual_neighbours
from engine.services.session import Session
from engine.settings import DEFAULT_ENCODER, DeepTuning
from engine.tokenizer.space import fit_space
from engine.training.checkpoint import Checkpoint, Signature
from engine.training.deep.looks import Look
from engine.training.deep.loss import Head, backward
from engine.training.deep.positives import Positives
from engine.training.deep.precision import Precision
from engine.training.deep.reading import Batch, ViewReader
from engine.training.deep.tuning import Tuned, Tuning
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.bench.deep_training import chosen, compared, copied
from tests.gpu.conftest import Figure
from tests.services.indexed import finish

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")

PHOTOS, STEPS = 64, 50  # of a step, two views each
WARMING = 5  # steps: the first ones load libraries and choose kernels
ROWS = 200  # photos that graph and space are made of
MOST = 1500  # labelled photos
MINUTES = 5.0  # of tuning on them


class NoLooks:
    """Held-out photos are not asked: what is measured is the loop."""

    def at(self, *_: object) -> Look:
        return Look(0.5, 0.5)


def parts(encoder: PooledEncoder, width: int) -> tuple[Head, Positives]:
    embeddings = np.random.default_rng(0).normal(size=(ROWS, width)).astype(np.float32)
    space = fit_space(embeddings)
    *_, graph = mutual_neighbours(space.project(embeddings))
    assert isinstance(graph, Graph)
    return Head(space), Positives(graph, PHOTOS)


def random_batch(side: int, positives: Positives, step: int) -> Batch:
    rng = np.random.default_rng(step)
    rows = positives.choose(rng)
    return Batch(rows, rng.integers(0, 256, (2 * len(rows), side, side, 3), dtype=np.uint8))


def tuned(device: str, folder: Path, steps: int, read: ViewReader | None = None) -> Tuned:
    """The loop with the default encoder, on random pixels or on what ``read`` reads."""
    encoder, spec = load_encoder(DEFAULT_ENCODER)
    head, positives = parts(encoder, spec.embedding_width)
    one = random_batch(spec.image_size, positives, 0)
    settings = DeepTuning(photos=PHOTOS, checkpoint_seconds=1e9)
    looks = NoLooks()
    loop = Tuning(encoder, head, positives, looks, torch.device(device), settings)  # type: ignore[arg-type]
    checkpoint = Checkpoint(folder, Signature(1, "none", 0, kind="gpu"))
    *_, found = loop.run(read or (lambda _: one), checkpoint, steps, None)
    assert isinstance(found, Tuned)
    return found


def limit(photos: int) -> float:
    """Views a second, forward and backward, on random tensors that are on the device already."""
    encoder, spec = load_encoder(DEFAULT_ENCODER)
    encoder.cuda().eval()
    precision = Precision(torch.device("cuda"))
    side = spec.image_size
    pixels = torch.randint(0, 256, (2 * photos, side, side, 3), dtype=torch.uint8, device="cuda")
    started = 0.0
    for step in range(WARMING + STEPS):
        if step == WARMING:
            torch.cuda.synchronize()
            started = time.perf_counter()
        with precision.autocast():
            embedding = encoder(pixels)[0]
        embedding.float().sum().backward()  # type: ignore[no-untyped-call]
        encoder.zero_grad(set_to_none=True)
    torch.cuda.synchronize()
    return STEPS * len(pixels) / (time.perf_counter() - started)


def loss_of(device: str, precision: str) -> float:
    encoder, spec = load_encoder(DEFAULT_ENCODER)
    head, positives = parts(encoder, spec.embedding_width)
    batch = random_batch(spec.image_size, Positives(positives._graph, 4), 1)
    on = torch.device(device)
    shares = torch.from_numpy(positives.shares(batch.rows)).to(on)
    pixels = torch.from_numpy(batch.pixels).to(on)
    held = Precision(on, precision)  # type: ignore[arg-type]
    *_, loss = backward(encoder.to(on), head.to(on), pixels, shares, held, len(pixels))
    assert loss is not None
    return float(loss)


@pytest.mark.parametrize(("precision", "allowed"), [("fp32", 2e-3), ("bf16", 5e-2), ("fp16", 2e-2)])
def test_tuning_has_the_loss_on_the_gpu_that_it_has_on_the_processor(
    precision: str, allowed: float, figure: Figure
) -> None:
    gpu, processor = loss_of("cuda", precision), loss_of("cpu", "fp32")
    difference = f"difference {abs(gpu - processor) / abs(processor):.1e}, allowed {allowed:g}"
    figure(
        f"tuning: loss of one batch in {precision}", f"{gpu:.5f}", f"{processor:.5f}", difference
    )
    assert gpu == pytest.approx(processor, rel=allowed)


def test_tuning_comes_near_to_what_the_device_can_and_leaves_the_processor_behind(
    tmp_path: Path, figure: Figure
) -> None:
    own = limit(PHOTOS)
    tuned("cuda", tmp_path / "warm", WARMING)
    torch.cuda.reset_peak_memory_stats()
    gpu = tuned("cuda", tmp_path / "gpu", STEPS)
    memory = torch.cuda.max_memory_allocated() / 1e9
    cpu = tuned("cpu", tmp_path / "cpu", 1)
    rates = [2 * PHOTOS * found.steps / found.seconds for found in (gpu, cpu)]
    figure(
        f"tuning, views a second ({gpu.precision})",
        f"{rates[0]:.0f}",
        f"{rates[1]:.1f}",
        f"the GPU's limit {own:.0f}, so {rates[0] / own:.0%} of it; waited {gpu.waited:.0%}",
    )
    figure(f"tuning, memory with {2 * PHOTOS} views at once", f"{memory:.2f} GB")
    assert rates[0] > 5 * rates[1]
    assert rates[0] > 0.5 * own


def test_pieces_are_halved_where_the_memory_of_the_gpu_is_short(
    tmp_path: Path, figure: Figure
) -> None:
    torch.cuda.empty_cache()
    whole = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, 2e9 / whole))
    try:
        found = tuned("cuda", tmp_path, 2)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    figure("tuning within 2 GB, views at once", f"{found.piece} of {2 * PHOTOS}")
    assert found.steps == 2 and found.piece < 2 * PHOTOS


@pytest.fixture
def photos(tmp_path: Path) -> dict[str, str]:
    """Labels of at most ``MOST`` photos that lie in ``photos/``, by file name."""
    given = os.environ.get("PHOTOGLYPH_LABELS")
    if given is None:
        pytest.skip("PHOTOGLYPH_LABELS names no file of labels")
    found = chosen(Path(given), os.environ.get("PHOTOGLYPH_SET", "clothing"), MOST)
    return copied(found, tmp_path / "photos")


def test_the_device_is_kept_busy_with_photos_of_a_library(
    photos: dict[str, str], tmp_path: Path, figure: Figure
) -> None:
    ports = OnnxRuntime("auto"), BundleExporter()
    with closing(Session.open(tmp_path / "library", *ports)) as session:
        finish(session.index([tmp_path / "photos"]))
        encoder, spec = load_encoder(DEFAULT_ENCODER)
        _, positives = parts(encoder, spec.embedding_width)
        content_ids = session.searching.gallery().content_ids[:ROWS]
        reader = ViewReader(session.library, content_ids, spec.image_size, positives.choose, 0)
        tuned("cuda", tmp_path / "warm", WARMING, reader)
        found = tuned("cuda", tmp_path / "tuning", STEPS, reader)
    rate = 2 * PHOTOS * found.steps / found.seconds
    beside = f"waited {found.waited:.0%}, {os.cpu_count()} cores read"
    figure("tuning, views a second of a library's photos", f"{rate:.0f}", "", beside)
    assert found.waited < 0.5


def test_deep_training_is_compared_with_quick_training(
    photos: dict[str, str],
    tmp_path: Path,
    lines: Callable[[list[str]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PHOTOGLYPH_ENCODERS", str(tmp_path / "encoders"))
    told = compared(photos, tmp_path / "photos", tmp_path / "library", MINUTES)
    lines(told)
    assert any("cuda" in line for line in told)
