"""Exploring, browsing and looking for duplicates in the window, at a hundred thousand photos.

    python -m tests.bench.exploring --cache FOLDER [--photos 100000] [--keep LIBRARY] [--duplicates]

The library is made of drawn vectors (``tests.bench.libraries``, narrow), its pictures are one drawn
JPEG of a thumbnail's size, decoded for every tile. Of every level: the milliseconds from the key to
tiles on the screen, and the longest block of the window's thread until all pictures are there, as a
timer of five milliseconds sees it, with the processor time that the thread itself took in the
longest beat. ``--duplicates`` also runs the search for them from its key to its end.
"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from desktop.panels.level_page import LevelPage
from desktop.views import View
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.services.session import Session
from engine.settings import THUMBNAIL_SIDE
from export.exporter import BundleExporter
from tests.bench.drawn import drawn
from tests.bench.libraries import NarrowRuntime, build
from tests.bench.markdown import machine, table
from tests.bench.window import BEAT_MS, app, wait_for, workspace

MINUTES = 60  # that the search for duplicates may take
SETTLED_MS = 1500  # for pictures to arrive after the tiles


class Beats:
    """A timer on the window's thread: how late it comes, and what the thread did meanwhile."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.work: list[float] = []
        self._last = time.perf_counter(), time.thread_time()
        self._timer = QTimer()
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def begin(self) -> None:
        self._last = time.perf_counter(), time.thread_time()
        self.late, self.work = [0.0], [0.0]

    def _beat(self) -> None:
        now = time.perf_counter(), time.thread_time()
        self.late.append((now[0] - self._last[0]) * 1e3 - BEAT_MS)
        self.work.append((now[1] - self._last[1]) * 1e3)
        self._last = now


def rest(milliseconds: int) -> None:
    end = time.monotonic() + milliseconds / 1e3
    wait_for(lambda: time.monotonic() > end)


def level(inside: Workspace, page: LevelPage, beats: Beats, go: Callable[[], None]) -> list[str]:
    """What ``go`` leads to: its tiles, milliseconds until they are there, longest blocks."""
    before = page.model.level
    beats.begin()
    started = time.perf_counter()
    go()
    wait_for(lambda: page.model.level is not before)
    page.view.viewport().repaint()
    took = (time.perf_counter() - started) * 1e3
    rest(SETTLED_MS)
    bar = page.view.verticalScrollBar()
    for share in range(20):
        bar.setValue(bar.maximum() * share // 20)
        rest(40)
    tiles = page.tiles.rowCount()
    return [f"{tiles}", f"{took:.0f}", f"{max(beats.late):.0f}", f"{max(beats.work):.0f}"]


def levels(inside: Workspace, beats: Beats) -> str:
    views = inside.views
    lines = []
    explore = views.explore
    lines.append(
        ["explore, the root", *level(inside, explore, beats, lambda: views.show(View.EXPLORE))]
    )
    explore.view.setCurrentIndex(explore.tiles.index(0))
    lines.append(["explore, below the largest", *level(inside, explore, beats, explore.open)])
    for name, view, page in (
        ("folders", View.FOLDERS, views.folders),
        ("time line", View.TIME_LINE, views.time_line),
    ):
        go = lambda view=view: views.show(view)  # noqa: E731
        lines.append([name, *level(inside, page, beats, go)])
    return table(
        ("level", "tiles", "shown after, ms", "longest block, ms", "longest work, ms"), lines
    )


def duplicates(inside: Workspace, beats: Beats) -> str:
    found = inside.views.duplicates.found
    beats.begin()
    inside.views.look_for_duplicates()
    wait_for(lambda: found.report is not None or found.failure is not None, MINUTES * 60_000)
    if found.report is None:
        raise SystemExit(str(found.failure))
    rest(SETTLED_MS)
    late = np.maximum(np.array(beats.late), 0)
    p99, worst = np.percentile(late, (99, 100))
    return (
        f"Duplicates: {len(found.report.groups):,} groups in {found.report.seconds:.0f} s; "
        f"blocks meanwhile: p99 {p99:.0f} ms, longest {worst:.0f} ms, "
        f"longest work {max(beats.work):.0f} ms."
    )


def thumbnail() -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (12, 16, 3), np.uint8)
    picture = Image.fromarray(noise).resize((THUMBNAIL_SIDE, THUMBNAIL_SIDE * 3 // 4))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def measure(library: Path, photos: int, with_duplicates: bool) -> None:
    app()
    session = Session.open(library, NarrowRuntime(), BundleExporter(), create=False)
    jpeg = thumbnail()
    session.thumbnail = lambda content_id: jpeg  # type: ignore[method-assign]
    session.warm = lambda: None  # type: ignore[method-assign]  # there is no encoder to load
    window = MainWindow(lambda: session)
    window.resize(1600, 1000)
    window.show()
    inside = workspace(window)
    wait_for(lambda: inside.photos.rowCount() > 0 and inside.library.status is not None)
    session.searching.gallery()
    rest(1000)
    gc.freeze()  # as the app does once its library is open
    beats = Beats()
    print(f"{machine()}. {photos:,} photos.\n")
    print(levels(inside, beats))
    if with_duplicates:
        print("\n" + duplicates(inside, beats))
    sys.stdout.flush()
    QApplication.processEvents()
    os._exit(0)  # lanes are daemons: nothing to wait for


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True, help="of tests.bench.drawn")
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, metavar="LIBRARY")
    parser.add_argument("--duplicates", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="photoglyph-bench-") as temporary:
        library = chosen.keep or Path(temporary, "library")
        if not library.exists():
            build(library, drawn(chosen.cache, None, chosen.photos), chosen.photos)
        measure(library, chosen.photos, chosen.duplicates)


if __name__ == "__main__":
    main()
