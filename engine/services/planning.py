"""What training this library would take, told before it begins: minutes, disk space.

From how much it is (``engine.training.sizes``) and what that cost the last time on this computer;
before there was a first time, from core seconds that were measured once. Loads no torch.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from engine.encoder.pooling import GRID
from engine.search.ports import EncoderSpec
from engine.settings import DeepTuning
from engine.store import files, generations, models
from engine.store.database import Library
from engine.training.sizes import encodings, planned_steps, tuning_steps
from engine.types import TrainingPlan

# Seconds of one x86 core with the default encoder and decoder, of a training on 600 photos.
ENCODING = 0.04  # a view: decode, edit, encode
STEP = 0.35  # of the decoder
PHOTO = 0.007  # space, neighbours, teacher
TUNED_VIEW = 0.18  # encoded, and again with gradients and back
REST = 25.0  # held-out figures, export and its verification
GPU = 8  # times as quick as two cores
CORES = 8  # more of them bring little

BUNDLE_BYTES = 60 * 2**20  # a generation's folder, with its encoder, and the decoder's checkpoint
PHOTO_BYTES = 1200  # identifiers and lists for the second look
HALF = 2  # bytes of a number in the cache of views
TUNING_BYTES = 250 * 2**20  # weights of the encoder: best, last, with the optimizer's; and exported


def plan(
    library: Library, device: str, *, deep: bool = False, minutes: float | None = None
) -> TrainingPlan:
    """``device``: where models run, "cpu" or "cuda". ``deep``: with the encoder tuned first.

    ``minutes`` that a tuning may take.
    """
    with library.read() as connection:
        current = models.current(connection)
        photos = len(files.live_contents(connection))
    count = max(1, photos)
    seconds, measured = _seconds(library, count, device)
    spec = None if current is None else current[1]
    size_bytes = _size(count, spec)
    if deep:
        if generations.ready(library) is None:  # one is trained first, to be better than
            seconds *= 2
        tuning = _tuning_core_seconds(count) / _cores(device)
        seconds += tuning if minutes is None else min(tuning, minutes * 60)
        seconds += count * ENCODING / _cores(device)  # the library is read again
        width = 0 if spec is None else spec.embedding_width
        size_bytes += TUNING_BYTES + count * width * HALF
    return TrainingPlan(
        photos=photos,
        seconds=seconds,
        measured=measured,
        size_bytes=size_bytes,
        free_bytes=shutil.disk_usage(library.folder).free,
        device=device,
        begun=_begun(library, deep),
    )


def forget(library: Library) -> None:
    """Throw away what a training that was left would go on from.

    Raises ``LibraryError`` where one is at work.
    """
    with library.claim("training"):
        for folder in _left(library):
            shutil.rmtree(folder, ignore_errors=True)


def _left(library: Library) -> tuple[Path, ...]:
    """Where a training, and the tuning of an encoder before it, keep what they go on from."""
    models_folder = library.folder / "models"
    return models_folder / generations.CHECKPOINT, models_folder / generations.DEEP_CHECKPOINT


def _begun(library: Library, deep: bool) -> bool:
    """A deep training trains as others do, before and after the tuning."""
    quick, tuning = _left(library)
    kept = any(any(quick.glob(files)) for files in ("*.f16", "*.pt"))
    if deep:
        return tuning.is_dir() and (kept or any(tuning.glob("*.pt")))
    return kept


def _seconds(library: Library, photos: int, device: str) -> tuple[float, bool]:
    for generation in generations.generations(library):
        figures = generation.figures
        if figures is not None and figures.seconds and figures.trained_on:
            factor = _core_seconds(photos) / _core_seconds(figures.trained_on)
            return figures.seconds * factor, True
    return _core_seconds(photos) / _cores(device), False


def _cores(device: str) -> int:
    """How many cores it is as quick as."""
    return 2 * GPU if device == "cuda" else min(CORES, os.cpu_count() or 1)


def _tuning_core_seconds(photos: int) -> float:
    """At most: it ends early where held-out photos are found no better."""
    batch = DeepTuning().photos
    return tuning_steps(photos, batch) * 2 * batch * TUNED_VIEW


def _core_seconds(photos: int) -> float:
    queries = encodings(photos)
    return REST + queries * ENCODING + planned_steps(queries) * STEP + photos * PHOTO


def _size(photos: int, spec: EncoderSpec | None) -> int:
    if spec is None:
        return BUNDLE_BYTES
    numbers = spec.embedding_width + GRID * GRID * spec.patch_width
    return BUNDLE_BYTES + encodings(photos) * numbers * HALF + photos * PHOTO_BYTES
