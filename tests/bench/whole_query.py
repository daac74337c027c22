"""From an image file on disk to a ranked list with paths, and what opening a library costs.

    python -m tests.bench.whole_query FOLDER --cache FOLDER [--photos 100000] [--million]

FOLDER holds small real JPEGs; queries are some of them as they are, and some enlarged to 12
megapixels with a sensor's noise, as cameras write them. The library is made of drawn vectors
(``tests.bench.libraries``) with embeddings of the default encoder's length and an untrained
decoder, which takes as long as a trained one. Every line is a process of its own, asked one query
after the other. ``--million`` also opens a library of a million photos with short embeddings.
``--keep FOLDER`` keeps the libraries for another run.
"""
# ruff: noqa: T201  (a program that prints its tables)

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from engine.services.gallery import GalleryKeeper
from engine.services.searching import SearchService
from engine.store import generations
from engine.store.database import Library
from engine.tokenizer.model import Tokenizer
from engine.types import Engine, Query
from export import manifest
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.bench.drawn import drawn
from tests.bench.libraries import NarrowRuntime, build
from tests.bench.markdown import machine, table

CAMERA = (4000, 3000)  # pixels
GRAIN = 6.0  # levels of noise: files of 3 to 5 MB
STAGES = ("decode", "encode", "search", "rescore", "hits", "total")
EXACT_QUERIES = 10
Found = dict[str, list[float]]


def camera_files(originals: Sequence[Path], folder: Path) -> list[Path]:
    """Every one of ``originals`` as a camera would have written it."""
    folder.mkdir(exist_ok=True)
    width, height = CAMERA
    grain = np.random.default_rng(0).normal(0, GRAIN, (height, width, 1)).astype(np.int16)
    written = []
    for original in originals:
        file = folder / original.name
        with Image.open(original) as photo:
            large = np.asarray(photo.convert("RGB").resize(CAMERA, Image.Resampling.BICUBIC))
        noisy = np.clip(large + grain, 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(file, quality=90)
        written.append(file)
    return written


def set_correction(folder: Path, correction: bool) -> None:
    """Whether the Transformer's correction takes part in a library's answers."""
    with Library.open(folder) as library:
        ready = generations.ready(library)
        assert ready is not None
        told = manifest.read(ready.folder, manifest.GENERATION_FILES)
        tokenizer = Tokenizer.load(ready.folder)
        changed = replace(tokenizer.ranking, correction=correction)
        replace(tokenizer, ranking=changed).save(ready.folder)
        manifest.write(ready.folder, told)  # the file's digest is another one


# What the measured processes do


def run_queries(folder: Path, warm: bool, queries: Sequence[Path], engine: Engine) -> Found:
    """Milliseconds: of warming, of the first query, and of every stage of all others."""
    with Library.open(folder) as library:
        service = SearchService(library, OnnxRuntime("cpu"), BundleExporter())
        started = time.perf_counter()
        if warm:
            service.warm()
        warmed = time.perf_counter()
        service.search(Query(queries[0]), engine=engine)
        first = time.perf_counter()
        found: Found = {stage: [] for stage in STAGES}
        for query in queries[1:]:
            answer = service.search(Query(query), engine=engine)
            assert answer.hits
            took = answer.milliseconds
            stages = (took.decode, took.encode, took.search, took.rescore)
            for stage, value in zip(
                STAGES, (*stages, took.total - sum(stages), took.total), strict=True
            ):
                found[stage].append(value)
    return found | {
        "warm": [(warmed - started) * 1e3],
        "first": [(first - warmed) * 1e3],
        "resident": [resident("VmRSS"), resident("RssAnon")],
    }


def run_opening(folder: Path, narrow: bool) -> Found:
    """Milliseconds until the gallery is there, and megabytes that it added: all, and not mapped."""
    runtime = NarrowRuntime() if narrow else OnnxRuntime("cpu")
    with Library.open(folder) as library:
        before = resident("VmRSS"), resident("RssAnon")
        started = time.perf_counter()
        gallery = GalleryKeeper(library, runtime).gallery()
        opened = (time.perf_counter() - started) * 1e3
        after = resident("VmRSS"), resident("RssAnon")
    assert gallery.index is not None
    return {
        "opened": [opened],
        "resident": [then - now for then, now in zip(after, before, strict=True)],
        "index": [gallery.index.nbytes / len(gallery.rows)],
    }


def resident(kind: str) -> float:
    """Megabytes of this process (Linux): VmRSS with mapped files, RssAnon without."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{kind}:")[2].split()[0]) / 1024


# The tables


def measured(*arguments: str) -> tuple[Found, float]:
    """What a process found, and its whole seconds, start and end of the interpreter included."""
    command = [sys.executable, "-m", "tests.bench.whole_query", "-", "--cache", "-", *arguments]
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: Found = json.loads(done.stdout)
    return found, time.perf_counter() - started


def queries_table(folder: Path, kinds: dict[str, list[Path]]) -> str:
    lines, told = [], []
    for correction in (False, True):
        set_correction(folder, correction)
        score = "with the correction" if correction else "cheap score"
        for kind, files in kinds.items():
            found, _ = measured("--warm", "--ask", os.fspath(folder), *map(os.fspath, files))
            lines.append([f"{kind}, {score}", *(span(found[stage]) for stage in STAGES)])
            told.append(
                f"{kind}, {score}: warming {found['warm'][0]:.0f} ms, then the first "
                f"query {found['first'][0]:.0f} ms; {found['resident'][0]:.0f} MB resident "
                f"at the end, {found['resident'][1]:.0f} MB without mapped files."
            )
    kind, files = next(iter(kinds.items()))
    paths = list(map(os.fspath, files[: EXACT_QUERIES + 1]))
    found, _ = measured("--warm", "--exact", "--ask", os.fspath(folder), *paths)
    lines.append([f"{kind}, exact engine", *(span(found[stage]) for stage in STAGES)])
    found, seconds = measured("--ask", os.fspath(folder), *paths[:2])
    told.append(
        f"Nothing warmed: the first query {found['first'][0]:.0f} ms, the next "
        f"{found['total'][0]:.0f} ms; a process for these two, from start to end, {seconds:.1f} s."
    )
    return "\n\n".join([table(["query", *STAGES], lines), *told])


def opening_table(folders: Sequence[tuple[str, Path, bool]]) -> str:
    lines = []
    for name, folder, narrow in folders:
        for time_ in ("first time", "again"):
            wanted = ["--narrow"] if narrow else []
            found, _ = measured("--open", os.fspath(folder), *wanted)
            lines.append(
                [
                    f"{name}, {time_}",
                    f"{found['opened'][0] / 1e3:.2f}",
                    f"{found['resident'][0]:.0f}",
                    f"{found['resident'][1]:.0f}",
                    f"{found['index'][0]:.1f}",
                ]
            )
    header = ["library", "opened, s", "MB added", "MB not mapped", "index, bytes a photo"]
    return table(header, lines)


def span(milliseconds: Sequence[float]) -> str:
    return " / ".join(f"{value:.1f}" for value in np.percentile(milliseconds, (50, 95)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--ask", nargs="+", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--open", type=Path, help=argparse.SUPPRESS)
    for name in ("--warm", "--exact", "--narrow"):
        parser.add_argument(name, action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.open is not None:
        print(json.dumps(run_opening(chosen.open, chosen.narrow)))
        return
    if chosen.ask is not None:
        engine = Engine.EXACT if chosen.exact else Engine.GENERATIVE
        print(json.dumps(run_queries(chosen.ask[0], chosen.warm, chosen.ask[1:], engine)))
        return
    originals = sorted(chosen.folder.rglob("*.jpg"))
    picked = np.random.default_rng(0).permutation(len(originals))[: chosen.queries]
    small = [originals[i] for i in picked]
    with tempfile.TemporaryDirectory(prefix="photoglyph-bench-") as temporary:
        place = chosen.keep or Path(temporary)
        place.mkdir(exist_ok=True)
        camera = camera_files(small[: chosen.queries // 4], Path(temporary, "camera"))
        size = sum(map(os.path.getsize, camera)) / len(camera) / 1e6
        data = drawn(chosen.cache, chosen.folder, chosen.photos)
        folders = [(f"{chosen.photos:,} photos", place / f"wide-{chosen.photos}", False)]
        if chosen.million:
            folders.append(("1,000,000 photos, short embeddings", place / "narrow-1000000", True))
        for name, folder, narrow in folders:
            if not folder.exists():
                print(f"building {name}", file=sys.stderr)
                count = 1_000_000 if narrow else chosen.photos
                build(folder, data, count, () if narrow else small)
        print(f"{machine()}. Medians / 95th percentiles, milliseconds.\n")
        print(opening_table(folders))
        kinds = {"small file": small, f"12 megapixels, {size:.1f} MB": camera}
        print(f"\n{chosen.photos:,} photos, {len(small)} small and {len(camera)} large files\n")
        print(queries_table(folders[0][1], kinds))


if __name__ == "__main__":
    main()
