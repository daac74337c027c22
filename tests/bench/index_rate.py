"""The whole ``index`` command beside what its work costs at least, on the same files, in turn.

    python -m tests.bench.index_rate FOLDER [--photos 200] [--runs 3] [--made FOLDER]

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


def made_of(path: Path, side: int) -> bytes:
    """All that indexing makes of a file; the model's input is returned."""
    with open_photo(path) as file:
        quick_hash(file, path.stat().st_size)
        image = decode(path, max(side, THUMBNAIL_SIDE * 3 // 4), file=file).image
    thumbnail(image)
    perceptual_hash(image)
    return model_input(image, side).tobytes()


def floor(pool: ProcessPoolExecutor, encoder: Encoder, paths: Sequence[Path]) -> float:
    """Seconds of the work alone."""
    side = encoder.spec.image_size
    start = time.perf_counter()
    batch = []
    for done in as_completed([pool.submit(made_of, path, side) for path in paths]):
        batch.append(np.frombuffer(done.result(), np.uint8).reshape(side, side, 3))
        if len(batch) == BATCH:
            encoder.encode(np.stack(batch))
            batch = []
    if batch:
        encoder.encode(np.stack(batch))
    return time.perf_counter() - start


def index(folder: Path, library: Path) -> tuple[float, dict[str, Any]]:
    """Seconds of the whole command, and its report."""
    command = [sys.executable, os.fspath(REPOSITORY / "main.py"), "index", os.fspath(folder)]
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "--library", os.fspath(library), "--json"],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - start, json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--made", type=Path, metavar="FOLDER", help="keep the files here")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="photoglyph-")))
        photos = (chosen.made or temporary / "photos").absolute()
        photos.mkdir(parents=True, exist_ok=True)
        paths = sorted(photos.iterdir()) or write_photos(chosen.folder, photos, chosen.photos)
        encoder = OnnxRuntime().open_encoder(BundleExporter().prepare_encoder(DEFAULT_ENCODER))
        # Small ones first, so that the floor's processes have imported what they need.
        pool = stack.enter_context(ProcessPoolExecutor(initializer=os.nice, initargs=(NICENESS,)))
        floor(pool, encoder, sorted(paths, key=os.path.getsize)[:BATCH])
        floors, wholes, works = [], [], []
        for run in range(chosen.runs):
            floors.append(floor(pool, encoder, paths))
            whole, report = index(photos, temporary / f"library-{run}")
            assert report["indexed"] == len(paths), report
            wholes.append(whole)
            works.append(report["indexed"] / report["photos_per_second"])
    load = os.getloadavg()[0]
    print(
        f"{len(paths)} files ({described(paths)}), medians of {chosen.runs} runs in turn; "
        f"{machine()}, load {load:.1f}.\n"
    )
    lines = []
    for name, seconds in (
        ("floor: decode, thumbnail, encode", floors),
        ("index, from the first file to the last commit", works),
        ("index, the whole command", wholes),
    ):
        ratio = np.median(np.array(floors) / np.array(seconds))
        middle = float(np.median(seconds))
        lines.append((name, f"{middle:.1f}", f"{len(paths) / middle:.1f}", f"{ratio:.2f}"))
    print(table(["step", "seconds", "photos a second", "of the floor's speed"], lines))


if __name__ == "__main__":
    main()
