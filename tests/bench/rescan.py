"""Looking at an unchanged library again, beside the barest walk of the same folders.

    python -m tests.bench.rescan [--files 100000] [--folders 200] [--runs 7]

The walk is a recursive ``os.scandir`` with ``stat`` of every file and nothing else. The rescan is
``engine.services.indexing.index`` to its report: claim, folders, model row, walk, comparison with
the rows, purge. Out are the interpreter's start and the opening of the encoder's model, which do
not grow with the library. The library is as a run would have left it, except that its files hold a
few bytes and its thumbnails are none: nothing of them is read. Both read a warm cache.
"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.search.ports import Encoded, EncoderSpec
from engine.services.indexing import index
from engine.store import files, intake, models, thumbnails
from engine.store.database import Library
from engine.store.vectors import add_embeddings
from engine.types import IndexReport, Metadata
from tests.bench.markdown import machine, table

PAGE = 5000  # rows written at a time


class NoEncoder:
    """A spec alone: where nothing changed, nothing is encoded."""

    spec = EncoderSpec("none", "0" * 32, 64, 48, 12, 16, "mean+gem")
    providers: tuple[str, ...] = ("CPUExecutionProvider",)

    def encode(self, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Encoded:
        raise AssertionError("an unchanged photo was encoded")


def grow_tree(root: Path, count: int, folders: int) -> list[tuple[str, int, int]]:
    """``count`` files below ``root``; relative path, size_bytes and mtime_ns of each, in order."""
    made = []
    share = -(-count // folders)
    for number in range(count):
        folder = number // share
        name = f"{2000 + folder // 12}/{folder:05d} holiday/IMG_{number:06d}.jpg"
        path = root / name
        if number % share == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff" + number.to_bytes(4, "big"))
        status = path.stat()
        made.append((name, status.st_size, status.st_mtime_ns))
    return sorted(made)


def fill(library: Library, root: Path, found: list[tuple[str, int, int]]) -> None:
    """Rows of all files, each with a content, an embedding and a thumbnail of its own."""
    with library.write() as connection:
        root_id = files.add_root(connection, root)
        model_id = models.use(connection, NoEncoder.spec)
    for first in range(0, len(found), PAGE):
        page = found[first : first + PAGE]
        hashes = [os.urandom(16) for _ in page]
        with library.write_thumbnails() as connection:
            thumbnails.add(connection, dict.fromkeys(hashes, b"\xff\xd8\xff"))
        with library.write() as connection:
            intake.add_files(connection, root_id, page)
            contents = [intake.NewContent(h, 4000, 3000, Metadata(), 0) for h in hashes]
            intake.put_contents(connection, contents)
            known = intake.contents_by_hash(connection, hashes)
            waiting = intake.waiting_files(connection, root_id, 0, PAGE)
            vectors = np.zeros((len(page), NoEncoder.spec.embedding_width), np.float16)
            add_embeddings(connection, model_id, [known[h] for h in hashes], vectors)
            size = {os.fspath(root / path): (size, mtime) for path, size, mtime in page}
            intake.attach(
                connection,
                [
                    intake.Attachment(file.file_id, known[h], h, *size[os.fspath(file.path)])
                    for file, h in zip(waiting, hashes, strict=True)
                ],
            )


def walk(folder: str) -> int:
    """Files below ``folder``, each asked for its ``stat``."""
    count = 0
    with os.scandir(folder) as listing:
        for entry in listing:
            if entry.is_dir(follow_symlinks=False):
                count += walk(entry.path)
            else:
                entry.stat(follow_symlinks=False)
                count += 1
    return count


def rescan(library: Library) -> IndexReport:
    """One whole run of the service."""
    job = index(library, NoEncoder(), device="cpu")
    while True:
        try:
            next(job)
        except StopIteration as end:
            report: IndexReport = end.value
            return report


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--folders", type=int, default=200)
    parser.add_argument("--runs", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="photoglyph-bench-") as temporary:
        root = Path(temporary, "photos")
        found = grow_tree(root, chosen.files, chosen.folders)
        with Library.open(Path(temporary, "library")) as library:
            fill(library, root, found)
            assert rescan(library).unchanged == walk(os.fspath(root)) == chosen.files
            walks, rescans = [], []
            for _ in range(chosen.runs):
                walks.append(seconds_of(lambda: walk(os.fspath(root))))
                rescans.append(seconds_of(lambda: rescan(library)))
    load = os.getloadavg()[0]
    print(
        f"{chosen.files:,} files in {chosen.folders} folders, medians of {chosen.runs} runs in "
        f"turn; {machine()}, load {load:.1f}.\n"
    )
    bare, whole = float(np.median(walks)), float(np.median(rescans))
    ratio = float(np.median(np.array(rescans) / np.array(walks)))
    lines = [
        ("scandir and stat", f"{bare:.2f}", f"{chosen.files / bare:,.0f}", "1.00"),
        ("index, nothing changed", f"{whole:.2f}", f"{chosen.files / whole:,.0f}", f"{ratio:.2f}"),
    ]
    print(table(["step", "seconds", "files a second", "times the walk"], lines))


if __name__ == "__main__":
    main()
