"""Deep training on a GPU, against the processor and against the device's own limit.

    pytest tests/gpu -s    prints the figures

``PHOTOGLYPH_LABELS=labels.csv`` before it: deep against quick training on that file's photos too.
Skipped without CUDA. The figures go to docs/benchmarks.md with the device's name.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.encoder.timm_models import PooledEncoder, load_encoder
from engine.evaluation import labels
from engine.search.graph import Graph, mutual_neighbours
from engine.services.session import Session
from engine.settings import DEFAULT_ENCODER, DeepTuning
from engine.store.database import Library
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
from tests.services.indexed import finish

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")

PHOTOS, STEPS = 64, 20  # of a step, two views each
ROWS = 200  # photos that graph and space are made of


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
    for step in range(STEPS + 3):
        if step == 3:  # the first ones warm up
            torch.cuda.synchronize()
            started = time.perf_counter()
        with precision.autocast():
            embedding = encoder(pixels)[0]
        embedding.float().sum().backward()  # type: ignore[no-untyped-call]
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


def say(text: str) -> None:
    print(f"\n{torch.cuda.get_device_name()}: {text}")  # noqa: T201 - the figure to keep


@pytest.mark.parametrize(("precision", "allowed"), [("fp32", 2e-3), ("bf16", 5e-2), ("fp16", 2e-2)])
def test_tuning_has_the_loss_on_the_gpu_that_it_has_on_the_processor(
    precision: str, allowed: float
) -> None:
    assert loss_of("cuda", precision) == pytest.approx(loss_of("cpu", "fp32"), rel=allowed)


def test_tuning_comes_near_to_what_the_device_can_and_leaves_the_processor_behind(
    tmp_path: Path,
) -> None:
    own = limit(PHOTOS)
    torch.cuda.reset_peak_memory_stats()
    gpu = tuned("cuda", tmp_path / "gpu", STEPS)
    memory = torch.cuda.max_memory_allocated() / 1e9
    cpu = tuned("cpu", tmp_path / "cpu", 1)
    rates = [2 * PHOTOS * found.steps / found.seconds for found in (gpu, cpu)]
    say(
        f"tuning {rates[0]:.0f} views a second in {gpu.precision} ({memory:.1f} GB), its limit "
        f"{own:.0f}, the processor {rates[1]:.1f}; it waited {gpu.waited:.0%} of the time"
    )
    assert rates[0] > 5 * rates[1]


def test_pieces_are_halved_where_the_memory_of_the_gpu_is_short(tmp_path: Path) -> None:
    torch.cuda.empty_cache()
    whole = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, 2e9 / whole))
    try:
        found = tuned("cuda", tmp_path, 2)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    say(f"within 2 GB {found.piece} of {2 * PHOTOS} views at once")
    assert found.steps == 2 and found.piece < 2 * PHOTOS


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """The train split of ``PHOTOGLYPH_LABELS``, at most 1,500 photos, read and quickly trained."""
    given = os.environ.get("PHOTOGLYPH_LABELS")
    if given is None:
        pytest.skip("PHOTOGLYPH_LABELS names no file of labels")
    photos = [p for p in labels.read_labels(Path(given)) if p.split == "train"]
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, photo in enumerate(photos[:: max(1, len(photos) // 1500)]):
        shutil.copyfile(photo.path, folder / f"{number}{photo.path.suffix}")
    with closing(
        Session.open(tmp_path / "library", OnnxRuntime("auto"), BundleExporter())
    ) as opened:
        finish(opened.index([folder]))
        yield opened


def test_the_device_is_kept_busy_with_photos_of_a_library(session: Session, tmp_path: Path) -> None:
    encoder, spec = load_encoder(DEFAULT_ENCODER)
    _, positives = parts(encoder, spec.embedding_width)
    library: Library = session.library
    content_ids = session.searching.gallery().content_ids[:ROWS]
    reader = ViewReader(library, content_ids, spec.image_size, positives.choose, 0)
    found = tuned("cuda", tmp_path / "tuning", 3 * STEPS, reader)
    rate = 2 * PHOTOS * found.steps / found.seconds
    say(f"tuning {rate:.0f} views a second of photos; it waited {found.waited:.0%} of the time")
    assert found.waited < 1


def test_deep_training_is_compared_with_quick_training(session: Session) -> None:
    quick = finish(session.train(device="cuda"))
    deep = finish(session.train(device="cuda", deep=True, minutes=5))
    assert deep.deep is not None
    for name, report in (("quick", quick), ("deep", deep)):
        figures = report.figures
        say(
            f"{name}: {report.photos} photos in {report.seconds:.0f} s, "
            f"R@1 {figures.recall_1:.3f}, R@10 {figures.recall_10:.3f}, "
            f"exact {figures.exact_recall_1:.3f}"
        )
    say(f"{deep.deep}, switched: {deep.switched}")
    assert deep.switched is False or deep.previous is not None
