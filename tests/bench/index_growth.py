"""How the memory and the time of indexing grow with the library.

    python -m tests.bench.index_growth FOLDER [--files 50000] [--first 5000] [--encoder none]

FOLDER holds small real photos; files are made of them by cropping, changing the light and encoding
again, so that every one has to be decoded. Two libraries are indexed, each by a process of its
own: one of the first files, one of all. Memory is the resident size of that process and its
decoding processes together, pages that they share counted several times. ``--encoder none`` puts a
fast stand-in (means of the pixels, vectors as long as the real ones) where the network would take
nearly all of the time; ``default`` is the real command.
"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from engine.search.ports import Encoded, EncoderSpec
from engine.services.indexing import index
from engine.store.database import Library
from tests.bench.markdown import machine, table

REPOSITORY = Path(__file__).resolve().parents[2]
PER_FOLDER = 1000
SIDE = 200  # pixels of the longer side
SECONDS_BETWEEN_SAMPLES = 0.1


class FastEncoder:
    """Means of 8 x 8 fields, repeated: what costs nothing and is as long as the real thing."""

    spec = EncoderSpec("means", "0" * 32, 260, 2816, 12, 16, "mean+gem")
    providers: tuple[str, ...] = ("CPUExecutionProvider",)

    def encode(self, pixels: NDArray[np.uint8]) -> Encoded:
        small = pixels[:, 16::32, 16::32].reshape(len(pixels), -1) / 255  # (B, 192)
        wide = np.resize(small.T, (self.spec.embedding_width, len(pixels))).T
        return Encoded(
            np.ascontiguousarray(wide, np.float32), np.zeros((len(pixels), 16, 12), np.float32)
        )


def make_files(originals: Sequence[Path], folder: Path, first: int) -> int:
    """``PER_FOLDER`` different files from number ``first`` on, in a folder of their own."""
    inside = folder / f"{first // PER_FOLDER:04d}"
    inside.mkdir(parents=True)
    rng = np.random.default_rng(first)
    for number in range(first, first + PER_FOLDER):
        with Image.open(originals[number % len(originals)]) as opened:
            photo = opened.convert("RGB")
        left, top = (int(rng.integers(0, max(1, side // 8))) for side in photo.size)
        photo = photo.crop((left, top, photo.width - top // 2, photo.height - left // 2))
        photo = ImageEnhance.Brightness(photo).enhance(float(rng.uniform(0.8, 1.2)))
        scale = SIDE / max(photo.size)
        photo = photo.resize((round(photo.width * scale), round(photo.height * scale)))
        photo.save(inside / f"{number:07d}.jpg", quality=85)
    return PER_FOLDER


def run_index(library: Path, folders: Sequence[Path]) -> None:
    """What the measured process does with ``--encoder none``."""
    with Library.open(library) as opened:
        for _ in index(opened, FastEncoder(), folders, device="cpu"):
            pass


def measured(command: Sequence[str]) -> tuple[float, int]:
    """Seconds of a command, and the peak of the resident bytes of it and its children."""
    start, peak = time.perf_counter(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        peak = max(peak, sum(map(resident, [process.pid, *children(process.pid)])))
        time.sleep(SECONDS_BETWEEN_SAMPLES)
    assert process.returncode == 0, f"{command} ended with {process.returncode}"
    return time.perf_counter() - start, peak


def children(process_id: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{process_id}/task").iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def resident(process_id: int) -> int:
    with suppress(OSError):
        pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--first", type=int, default=5_000)
    parser.add_argument("--encoder", choices=("none", "default"), default="none")
    parser.add_argument("--index", type=Path, nargs="+", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.index:
        run_index(chosen.folder, chosen.index)
        return
    originals = sorted(chosen.folder.glob("*.jpg"))
    rows = []
    with tempfile.TemporaryDirectory(prefix="photoglyph-bench-") as temporary:
        parts = [Path(temporary, "first"), Path(temporary, "rest")]
        with ProcessPoolExecutor() as pool:
            for part, numbers in (
                (parts[0], range(0, chosen.first, PER_FOLDER)),
                (parts[1], range(chosen.first, chosen.files, PER_FOLDER)),
            ):
                list(pool.map(partial(make_files, originals, part), numbers))
        for count, folders in ((chosen.first, parts[:1]), (chosen.files, parts)):
            library = os.fspath(Path(temporary, f"library-{count}"))
            paths = [os.fspath(folder) for folder in folders]
            own = [sys.executable, "-m", "tests.bench.index_growth", library, "--index", *paths]
            real = [sys.executable, os.fspath(REPOSITORY / "main.py"), "index", *paths]
            command = own if chosen.encoder == "none" else [*real, "--library", library]
            for step in ("index", "again, nothing changed"):
                seconds, peak = measured(command)
                rows.append((count, step, seconds, peak))
    print(
        f"Encoder: {chosen.encoder}. Files of {SIDE} pixels; {machine()}, "
        f"load {os.getloadavg()[0]:.1f}.\n"
    )
    lines = [
        (f"{count:,}, {step}", f"{s:.1f}", f"{count / s:,.0f}", f"{peak / 1e6:.0f}")
        for count, step, s, peak in rows
    ]
    print(table(["files", "seconds", "files a second", "peak MB, all processes"], lines))
    (few, _, short, _), _, (many, _, long, _), _ = rows
    print(f"\n{many / few:.0f} times the files took {long / short:.1f} times as long.")


if __name__ == "__main__":
    main()
