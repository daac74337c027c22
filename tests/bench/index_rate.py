"""The whole ``index`` command beside what its work costs at least, on the same files, in turn.

    python -m tests.bench.index_rate FOLDER [--photos 400] [--runs 3] [--made FOLDER]

FOLDER holds small real photos; camera-sized files are made of them (``camera_photos``), or taken
from ``--made`` where it has some. The floor does the same work with the same libraries in the
simplest loop there is: one process a core hashes, decodes (JPEG reduced), scales, makes thumbnail
and perceptual hash, and the parent encodes full batches as they come. Its processes and its
encoder are warm before the clock starts: what ``index`` takes for its start is told apart. They
are as nice to other programs as the product's, which matters where a machine is not idle.
"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from engine.photos.decode import decode, open_photo
from engine.photos.preprocess import model_input
from engine.photos.scan import quick_hash
from engine.photos.thumbnails import perceptual_hash, thumbnail
from engine.photos.worker import NICENESS
from engine.search.ports import Encoder
from engine.services.reading import BATCH
from engine.settings import DEFAULT_ENCODER, THUMBNAIL_SIDE
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.bench.camera_photos import described, write_photos
from tests.bench.markdown import machine, table

REPOSITORY = Path(__file__).resolve().parents[2]


def made_of(path: Path, side: int) -> tuple[bytes, float]:
    """The model's input, after all that indexing makes of a file was made; and its CPU seconds."""
    start = time.process_time()
    with open_photo(path) as file:
        quick_hash(file, path.stat().st_size)
        image = decode(path, max(side, THUMBNAIL_SIDE * 3 // 4), file=file).image
    thumbnail(image)
    perceptual_hash(image)
    pixels = model_input(image, side).tobytes()
    return pixels, time.process_time() - start


def floor(
    pool: ProcessPoolExecutor, encoder: Encoder, paths: Sequence[Path]
) -> tuple[float, float]:
    """Seconds of the work alone, and CPU seconds of all processes."""
    side = encoder.spec.image_size
    start, cpu = time.perf_counter(), -time.process_time()
    batch = []
    for done in as_completed([pool.submit(made_of, path, side) for path in paths]):
        pixels, decoding = done.result()
        cpu += decoding
        batch.append(np.frombuffer(pixels, np.uint8).reshape(side, side, 3))
        if len(batch) == BATCH:
            encoder.encode(np.stack(batch))
            batch = []
    if batch:
        encoder.encode(np.stack(batch))
    return time.perf_counter() - start, cpu + time.process_time()


def index(folder: Path, library: Path) -> tuple[float, float, dict[str, Any]]:
    """Seconds of the whole command, CPU seconds of all its processes, and its report."""
    command = [sys.executable, os.fspath(REPOSITORY / "main.py"), "index", os.fspath(folder)]
    start, cpu = time.perf_counter(), _cpu_of_children()
    done = subprocess.run(
        [*command, "--library", os.fspath(library), "--json"],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    seconds = time.perf_counter() - start
    return seconds, _cpu_of_children() - cpu, json.loads(done.stdout)


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--made", type=Path, metavar="FOLDER", help="keep the files here")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="photoglyph-")))
        photos = (chosen.made or temporary / "photos").absolute()
        photos.mkdir(parents=True, exist_ok=True)
        paths = sorted(photos.iterdir()) or write_photos(chosen.folder, photos, chosen.photos)
        files = f"{len(paths)} files ({described(paths)})"  # they may be gone afterwards
        encoder = OnnxRuntime().open_encoder(BundleExporter().prepare_encoder(DEFAULT_ENCODER))
        # Small ones first, so that the floor's processes have imported what they need.
        pool = stack.enter_context(ProcessPoolExecutor(initializer=os.nice, initargs=(NICENESS,)))
        floor(pool, encoder, sorted(paths, key=os.path.getsize)[:BATCH])
        floors, wholes, works = [], [], []
        for run in range(chosen.runs):
            floors.append(floor(pool, encoder, paths))
            seconds, cpu, report = index(photos, temporary / f"library-{run}")
            assert report["indexed"] == len(paths), report
            wholes.append((seconds, cpu))
            works.append((report["indexed"] / report["photos_per_second"], np.nan))
    load = os.getloadavg()[0]
    print(f"{files}, medians of {chosen.runs} runs in turn; {machine()}, load {load:.1f}.\n")
    lines = []
    for name, runs in (
        ("floor: decode, thumbnail, encode", floors),
        ("index, from the first file to the last commit", works),
        ("index, the whole command", wholes),
    ):
        ratio = float(np.median(np.array(floors)[:, 0] / np.array(runs)[:, 0]))
        middle, cpu = np.median(np.array(runs), axis=0)
        shown = "" if np.isnan(cpu) else f"{cpu:.1f}"
        lines.append((name, f"{middle:.1f}", f"{len(paths) / middle:.1f}", f"{ratio:.2f}", shown))
    print(
        table(["step", "seconds", "photos a second", "of the floor's speed", "CPU seconds"], lines)
    )


if __name__ == "__main__":
    main()
