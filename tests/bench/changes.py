"""Photos that come and go while a library is searched, and a month of growing without training.

    python -m tests.bench.changes --cache FOLDER [--photos 1000000] [--library FOLDER]

A library of drawn vectors (``tests.bench.libraries``, narrow) is copied; photos whose embeddings
are known are added to it as indexing commits them, while a thread searches. ``--library`` is one
that an earlier run built. The month is of the real photos behind the drawn vectors: a tokenizer
fitted on the first of them, one per cent more a day for thirty days, against one fitted on all.
"""
# ruff: noqa: T201  (a program that prints its tables)

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from engine.evaluation.metrics import share_found
from engine.search.ports import Floats, Ints
from engine.search.searcher import NEAREST, GenerativeIndex, search_generative
from engine.search.segments import LATE, SMALL, Shown
from engine.services.gallery import GalleryKeeper
from engine.services.identifying import Newest
from engine.settings import DEFAULT_BEAM, DEFAULT_TOP, SWITCH_INTERVAL
from engine.store import files, intake, models
from engine.store.database import Library
from engine.store.schema import FileRow
from engine.store.vectors import Vectors
from engine.tokenizer.model import NORM, Tokenizer, TreeWeights
from engine.tokenizer.quantizer import fit_quantizer
from engine.tokenizer.space import unit
from engine.training.sizes import identifier_size
from engine.types import FileStatus
from tests.bench.drawn import Drawn, around, drawn, exact, nothing_to_project
from tests.bench.libraries import NarrowRuntime, add, build
from tests.bench.markdown import machine, table
from tests.bench.scale import ask

COMMITTED = 64  # photos that an indexing run commits at a time: a second and a half of encoding
DAYS, A_DAY = 30, 0.01
THREADS = 4
AT_MOST = 512  # photos that indexing commits at a time


@dataclass
class Searches:
    """What one searching thread saw: milliseconds of every answer, the gallery's part too."""

    took: list[float] = field(default_factory=list)
    wrong: int = 0


class Bench:
    """A copy of a library under measurement; ``data`` holds vectors that it does not have yet."""

    def __init__(self, library: Library, data: Drawn, photos: int) -> None:
        self.library = library
        self.keeper = GalleryKeeper(library, NarrowRuntime())
        self._newest = Newest(library)
        self._new = data.queries
        self._added = 0
        self._first = photos
        with library.read() as connection:
            current = models.current(connection)
            (root,) = files.roots(connection)
        assert current is not None
        self._model_id, self._root_id = current[0], root.root_id

    def fresh(self, count: int) -> Floats:
        """Vectors (count, D) that no photo has: turned a little further every time around."""
        rows = np.arange(self._added, self._added + count)
        rounds, rows = np.divmod(rows, len(self._new))
        moved = self._new[rows] + 1e-3 * rounds[:, None].astype(np.float32)
        return unit(moved)

    def commit(self) -> Floats:
        """Add photos as indexing does; returns their vectors."""
        z = self.fresh(COMMITTED)
        add(self.library, self._root_id, self._first + self._added, self._model_id, z)
        self._newest.assign()
        self._added += len(z)
        return z

    def commit_identified(self, packed: Ints) -> None:
        """Add photos whose identifiers ``packed`` (n,) are known: as many as it takes, quickly."""
        generation = self.keeper.gallery().generation
        assert generation is not None
        identifiers = generation.generation_id, packed
        first = self._first + self._added
        z = self.fresh(len(packed))
        add(self.library, self._root_id, first, self._model_id, z, identifiers)
        self._added += len(z)

    def search(self, z: Floats) -> tuple[int, float]:
        """The row found first and its similarity, in the library as it is now."""
        gallery = self.keeper.gallery()
        assert gallery.index is not None
        ranked, _ = search_generative(
            gallery.index, None, ask(z), gallery.shown, DEFAULT_TOP, DEFAULT_BEAM
        )
        return int(ranked.rows[0]), float(ranked.similarity[0])

    @contextmanager
    def searching(self, known: Floats, threads: int = 1) -> Iterator[Searches]:
        """Threads that ask for photos of the library, vectors ``known`` (n, D), until the end.

        Wrong is an answer that is less similar than what the library gave while it was quiet.
        """
        expected = [self.search(z)[1] for z in known]
        seen, stop = Searches(), threading.Event()

        def run(turn: int) -> None:
            while not stop.is_set():
                turn += threads
                started = time.perf_counter()
                _, similarity = self.search(known[turn % len(known)])
                seen.took.append((time.perf_counter() - started) * 1e3)
                seen.wrong += similarity < expected[turn % len(known)] - 1e-3

        running = [threading.Thread(target=run, args=(turn,)) for turn in range(threads)]
        for thread in running:
            thread.start()
        try:
            yield seen
        finally:
            stop.set()
            for thread in running:
                thread.join()


def inserts(bench: Bench, commits: int) -> list[list[str]]:
    """Photos are committed, then asked for: what it costs until they are found."""
    write, refresh, wrong = [], [], 0
    for _ in range(commits):
        started = time.perf_counter()
        z = bench.commit()
        written = time.perf_counter()
        bench.keeper.gallery()
        refreshed = time.perf_counter()
        wrong += bench.search(z[-1])[1] < 0.999
        write.append((written - started) * 1e3)
        refresh.append((refreshed - written) * 1e3)
    a_photo = (np.mean(write) + np.mean(refresh)) / COMMITTED
    return [
        [f"commit of {COMMITTED} photos, ms", span(write)],
        ["gallery brought up to date, ms", span(refresh)],
        ["a photo, both, ms", f"{a_photo:.2f}"],
        ["new photos not found by the next query", f"{wrong} of {commits}"],
    ]


def deletes(bench: Bench, known: Floats) -> list[list[str]]:
    """A photo is gone from the next answer on."""
    took, found = [], 0
    for z in known[:20]:
        row, _ = bench.search(z)
        content_id = int(bench.keeper.gallery().content_ids[row])
        started = time.perf_counter()
        with bench.library.write() as connection:
            held = sa.select(FileRow.id).where(FileRow.content_id == content_id)
            ids = list(connection.execute(held).scalars())
            intake.set_status(connection, ids, FileStatus.MISSING)
        found += bench.search(z)[0] == row
        took.append((time.perf_counter() - started) * 1e3)
    return [
        ["delete until the next answer, ms", span(took)],
        ["deleted photos found again", f"{found} of {len(took)}"],
    ]


def pauses(bench: Bench, known: Floats, seconds: float, joined: bool) -> list[list[str]]:
    """Answers while nothing happens, while photos are committed, and while segments are joined."""

    def quiet() -> None:
        time.sleep(seconds)

    def committing() -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            bench.commit()
            time.sleep(0.5)

    def joining() -> None:
        gallery = bench.keeper.gallery()
        assert gallery.index is not None
        segments = gallery.index.segments
        late = sum(map(len, segments[1:]))
        for start in range(late, SMALL + len(segments[0]) // LATE + AT_MOST, AT_MOST):
            bench.commit_identified(gallery.index.packed[start : start + AT_MOST])
        while bench.keeper._joining is not None:
            bench.keeper._joining.join(1)

    lines = []
    situations = [("one thread, nothing changes", quiet, 1), ("one thread, commits", committing, 1)]
    situations += [
        (f"{THREADS} threads, nothing changes", quiet, THREADS),
        (f"{THREADS} threads, commits", committing, THREADS),
    ]
    if joined:
        situations.append(
            (f"one thread, {AT_MOST} at a time until segments are joined", joining, 1)
        )
    for name, work, threads in situations:
        with bench.searching(known, threads) as seen:
            work()
        lines.append([f"{name}, ms", f"{span(seen.took)} / {max(seen.took):.1f}"])
        lines.append([f"{name}, wrong", f"{seen.wrong} of {len(seen.took)}"])
    return lines


def month(photos: Floats) -> str:
    """Recall of photos that came in thirty days, before and after training afresh."""
    photos = photos[np.random.default_rng(0).permutation(len(photos))]
    before = round(len(photos) / (1 + A_DAY) ** DAYS)
    came = np.arange(len(photos)) >= before
    queries = around(photos, 4 * len(photos), seed=2)
    nearest = exact(photos, queries, NEAREST)
    new = np.flatnonzero(came[nearest[:, 0]])[:1000]  # their nearest photo is a new one
    queries, nearest = queries[new], nearest[new]
    lines = []
    for name, rows in (("before training afresh", slice(0, before)), ("after", slice(None))):
        levels, codes = identifier_size(len(photos[rows]))
        quantizer = fit_quantizer(photos[rows], levels, codes)
        tree = TreeWeights.untrained(levels, NORM)
        tokenizer = Tokenizer(nothing_to_project(photos.shape[1]), quantizer, tree)
        vectors = Vectors(photos.astype(np.float16), np.zeros((0, photos.shape[1]), np.float16))
        everything = np.ones(len(photos), bool)
        index = GenerativeIndex.build(tokenizer, tokenizer.identify(photos), everything, vectors)
        row = [f"{name}, {levels}x{codes}"]
        for beam, rescored in ((DEFAULT_BEAM, True), (DEFAULT_BEAM, False), (100, True)):
            found = np.full(nearest.shape, -1)
            for place, query in zip(found, queries, strict=True):
                ranked, _ = search_generative(
                    index, None, ask(query), Shown(everything), DEFAULT_TOP, beam, rescored
                )
                place[:] = ranked.rows[:NEAREST]
            row.append(f"{share_found(found, nearest, came):.3f}")
        lines.append(row)
    header = ["identifiers fitted", f"beam {DEFAULT_BEAM}", "identifiers alone", "beam 100"]
    return (
        f"{before:,} photos, then {len(photos) - before:,} more; {len(new)} queries whose nearest "
        f"photo is a new one; share of the exact ten's new photos that are found.\n\n"
        f"{table(header, lines)}"
    )


def span(milliseconds: list[float]) -> str:
    return " / ".join(f"{value:.1f}" for value in np.percentile(milliseconds, (50, 95)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--from", type=Path, dest="folder", help="JPEGs, to fill an empty cache")
    parser.add_argument("--photos", type=int, default=1_000_000)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--commits", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--no-joining", action="store_true", help="minutes of commits at a million")
    parser.add_argument("--only", choices=("library", "month"))
    chosen = parser.parse_args()
    sys.setswitchinterval(SWITCH_INTERVAL)  # as every command
    data = drawn(chosen.cache, chosen.folder, chosen.photos)
    print(f"{machine()}. Medians / 95th percentiles (/ longest).")
    if chosen.only != "month":
        with tempfile.TemporaryDirectory(prefix="photoglyph-bench-") as temporary:
            folder = Path(temporary, "library")
            if chosen.library is None:
                build(folder, data, chosen.photos)
            else:
                shutil.copytree(chosen.library, folder)
            with Library.open(folder) as library:
                bench = Bench(library, data, chosen.photos)
                known = np.asarray(data.z[:300], np.float32)
                started = time.perf_counter()
                bench.keeper.gallery()
                lines = [["opened, s", f"{time.perf_counter() - started:.2f}"]]
                lines += inserts(bench, chosen.commits)
                lines += pauses(bench, known, chosen.seconds, not chosen.no_joining)
                lines += deletes(bench, known)
        print(f"\n{table(['', f'{chosen.photos:,} photos'], lines)}")
    if chosen.only != "library":
        print(f"\n{month(data.photos)}")


if __name__ == "__main__":
    main()
