"""The whole ``index`` command beside what decoding and encoding alone would cost.

    python -m tests.bench.index_rate FOLDER [--photos 1000] [--runs 3]

The floor is what no indexer can beat on this machine: every photo decoded once on one core, all
cores decoding at once, then every photo encoded by all cores in full batches. The whole command
starts an interpreter, scans, decodes, encodes, makes thumbnails and commits.
"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import PhotoError
from engine.photos.decode import decode
from engine.photos.preprocess import model_input
from engine.photos.scan import Candidate, scan
from engine.services.indexing import BATCH
from engine.settings import DEFAULT_ENCODER
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.bench.markdown import machine, table

REPOSITORY = Path(__file__).resolve().parents[2]


def copied(source: Path, count: int, folder: Path) -> list[Path]:
    """The first ``count`` photos of ``source``, copied to ``folder``."""
    found = (entry for entry in scan(source) if isinstance(entry, Candidate) and not entry.unsure)
    paths = []
    for number, candidate in zip(range(count), found, strict=False):
        target = folder / f"{number:06d}{Path(candidate.path).suffix}"
        shutil.copyfile(source / candidate.path, target)
        paths.append(target)
    return paths


def floor(paths: list[Path], side: int, encoder: Any) -> tuple[float, float]:
    """Milliseconds a photo of decoding (one core) and of encoding (as the runtime does it)."""
    pixels = []
    start = time.perf_counter()
    for path in paths:
        try:
            pixels.append(model_input(decode(path, side).image, side))
        except PhotoError:
            continue
    decoding = time.perf_counter() - start
    encoder.encode(np.stack(pixels[:BATCH]))
    start = time.perf_counter()
    for first in range(0, len(pixels), BATCH):
        encoder.encode(np.stack(pixels[first : first + BATCH]))
    encoding = time.perf_counter() - start
    return decoding / len(paths) * 1e3, encoding / len(pixels) * 1e3


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
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="photoglyph-bench-") as temporary:
        photos = Path(temporary, "photos")
        photos.mkdir()
        paths = copied(chosen.folder, chosen.photos, photos)
        encoder = OnnxRuntime().open_encoder(BundleExporter().prepare_encoder(DEFAULT_ENCODER))
        costs, firsts, agains = [], [], []
        for run in range(chosen.runs):
            costs.append(floor(paths, encoder.spec.image_size, encoder))
            library = Path(temporary, f"library-{run}")
            firsts.append(index(photos, library)[0])
            seconds, report = index(photos, library)
            assert report["unchanged"] + len(report["skipped"]) == len(paths), report
            agains.append(seconds)
    decoding, encoding = np.median(np.array(costs), axis=0)
    lowest = decoding / (os.cpu_count() or 1) + encoding
    first, again = (float(np.median(s)) / len(paths) * 1e3 for s in (firsts, agains))
    print(f"{len(paths)} photos, medians of {chosen.runs} runs; {machine()}.\n")
    header = ["step", "ms a photo", "photos a second", "times the floor"]
    lines = [
        (name, f"{ms:.2f}", f"{1e3 / ms:.0f}", f"{ms / lowest:.2f}")
        for name, ms in (
            ("decode, one core", decoding),
            ("encode, all cores", encoding),
            ("floor: decode on all cores, then encode", lowest),
            ("index, the whole command", first),
            ("index again, nothing changed", again),
        )
    ]
    print(table(header, lines))


if __name__ == "__main__":
    main()
