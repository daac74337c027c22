"""The window: time to be usable, frames while scrolling, beats of the event loop, memory.

    python -m tests.bench.window start LIBRARY [--runs 5]   (photoglyph --library LIBRARY index ...)
    python -m tests.bench.window scroll [--photos 200000]
    python -m tests.bench.window beat FOLDER                (indexes FOLDER in the window meanwhile)

``start`` begins with the process and ends with the first page of photos in the grid; a library of
a hundred thousand photos comes from tests.bench.libraries (see tests.bench.whole_query). ``scroll``
shows a session of fakes: what is measured is the grid. Offscreen, so nothing waits for a screen.
"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from desktop import app as desktop_app
from desktop.window import MainWindow
from desktop.workspace import Workspace
from engine.settings import SWITCH_INTERVAL
from tests.bench.markdown import machine, table

BEAT_MS = 5
PATIENCE_MS = 300_000


def wait_for(ready: Callable[[], bool], patience_ms: int = PATIENCE_MS) -> None:
    """Let the event loop run until ``ready``. Raises ``TimeoutError``."""
    loop, deadline = QEventLoop(), time.monotonic() + patience_ms / 1000
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError("the window did not get there")
        QTimer.singleShot(2, loop.quit)
        loop.exec()


def workspace(window: MainWindow) -> Workspace:
    wait_for(lambda: window.workspace is not None)
    assert window.workspace is not None
    return window.workspace


def app() -> QApplication:
    sys.setswitchinterval(SWITCH_INTERVAL)  # as every command
    QSettings.setPath(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, tempfile.mkdtemp("-settings")
    )
    found = QApplication(["photoglyph"])
    desktop_app.prepare(found)
    return found


def one_start(library: Path) -> None:
    """In a process of its own: seconds until the window stands, until photos are in it, memory."""
    began = float(os.environ["PHOTOGLYPH_BENCH_BEGAN"])
    running = app()
    window = MainWindow(lambda: _session(library))
    window.show()
    running.processEvents()
    shown = time.time() - began
    inside = workspace(window)
    wait_for(lambda: inside.photos.rowCount() > 0)
    running.processEvents()
    usable = time.time() - began
    print(shown, usable, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print("torch" in sys.modules)
    sys.stdout.flush()
    os._exit(0)  # models load in the background: nobody waits for them here


def _session(library: Path) -> object:
    from engine.services.session import Session
    from export.exporter import BundleExporter
    from export.runtime import OnnxRuntime

    return Session.open(library, OnnxRuntime(), BundleExporter(), create=False)


def start(library: Path, runs: int) -> str:
    found = []
    for _ in range(runs):
        environment = {**os.environ, "PHOTOGLYPH_BENCH_BEGAN": str(time.time())}
        command = [sys.executable, "-m", "tests.bench.window", "one-start", os.fspath(library)]
        out = subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        ).stdout.split()
        assert out[3] == "False", "the window imported torch"
        found.append([float(value) for value in out[:3]])
    shown, usable, memory = np.median(found, axis=0)
    return table(
        ("window stands, s", "photos in it, s", "memory, MB"),
        [[f"{shown:.2f}", f"{usable:.2f}", f"{memory:.0f}"]],
    )


def scroll(photos: int) -> str:
    from tests.desktop.fakes import FakeSession, photo

    running = app()
    session = FakeSession(1)
    session._gui = -1  # the fakes' own calls may come from anywhere here
    window = MainWindow(lambda: session)  # type: ignore[arg-type,return-value]
    window.resize(1600, 1000)
    window.show()
    inside = workspace(window)
    wait_for(lambda: inside.photos.rowCount() > 0)
    started = time.perf_counter()
    many = [photo(i) for i in range(1, photos + 1)]
    made = time.perf_counter() - started
    started = time.perf_counter()
    inside.photos.show_photos(many, more=False)
    inside.grid.doItemsLayout()
    filled = time.perf_counter() - started
    bar = inside.grid.verticalScrollBar()
    lines: list[list[str]] = []
    rng = np.random.default_rng(0)
    ways = {
        "wheel, 120 pixels a step": np.arange(300) * 120,
        "a page a step": np.arange(200) * inside.grid.viewport().height(),
        "jumps anywhere": rng.integers(0, bar.maximum(), 200),
    }
    for name, places in ways.items():
        taken = []
        for place in places.tolist():
            running.processEvents()  # thumbnails that arrived meanwhile
            began = time.perf_counter()
            bar.setValue(int(place))
            inside.grid.viewport().repaint()
            taken.append((time.perf_counter() - began) * 1e3)
        p50, p95, worst = np.percentile(taken, (50, 95, 100))
        lines.append([name, f"{p50:.1f}", f"{p95:.1f}", f"{worst:.1f}"])
    head = f"{photos:,} photos; filling the grid takes {filled * 1e3:.0f} ms once "
    head += f"(making the photos {made * 1e3:.0f} ms).\n\n"
    return head + table(("frames, ms", "p50", "p95", "longest"), lines)


def beat(folder: Path) -> str:
    """How late a timer of ``BEAT_MS`` comes while the window indexes, searches and scrolls."""
    from engine.services.session import Session
    from export.exporter import BundleExporter
    from export.runtime import OnnxRuntime

    app()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as library:
        window = MainWindow(
            lambda: Session.open(Path(library) / "library", OnnxRuntime(), BundleExporter())
        )
        window.resize(1280, 800)
        window.show()
        inside = workspace(window)
        wait_for(lambda: inside.library.status is not None)
        gaps: list[float] = []
        last = [time.perf_counter()]

        def tick() -> None:
            now = time.perf_counter()
            gaps.append((now - last[0]) * 1e3 - BEAT_MS)
            last[0] = now

        timer = QTimer()
        timer.setInterval(BEAT_MS)
        timer.timeout.connect(tick)
        timer.start()
        lines: list[list[str]] = []

        def phase(name: str) -> None:
            late = np.maximum(np.array(gaps), 0)
            p50, p99, worst = np.percentile(late, (50, 99, 100))
            share = (late > 50).mean()
            lines.append(
                [name, str(len(late)), f"{p50:.1f}", f"{p99:.1f}", f"{worst:.0f}", f"{share:.4f}"]
            )
            gaps.clear()
            last[0] = time.perf_counter()

        gaps.clear()
        inside.library.add_folders([folder])
        wait_for(lambda: inside.photos.rowCount() > 0)
        phase("indexing begins")
        photo = next(folder.rglob("*.jpg"))
        answers: list[object] = []
        inside.search.answered.connect(answers.append)
        for turn in range(1, 6):
            inside.search.search(photo, f"query {turn}")
            wait_for(lambda turn=turn: len(answers) >= turn)  # type: ignore[misc]
        phase("searching while indexing")
        bar = inside.grid.verticalScrollBar()
        for place in range(100):
            bar.setValue(bar.maximum() * place // 100)
            wait_for(lambda: True)
            QApplication.processEvents()
        phase("scrolling while indexing")
        wait_for(lambda: not inside.library.indexing)
        phase("indexing ends")
        window.close()
    return table(("phase", "beats", "p50 late, ms", "p99", "longest", "share > 50 ms"), lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    ways = parser.add_subparsers(dest="way", required=True)
    starting = ways.add_parser("start")
    starting.add_argument("library", type=Path)
    starting.add_argument("--runs", type=int, default=5)
    ways.add_parser("one-start").add_argument("library", type=Path)
    ways.add_parser("scroll").add_argument("--photos", type=int, default=200_000)
    ways.add_parser("beat").add_argument("folder", type=Path)
    chosen = parser.parse_args()
    if chosen.way == "one-start":
        one_start(chosen.library)
        return
    print(f"{machine()}.\n")
    if chosen.way == "start":
        print(start(chosen.library, chosen.runs))
    elif chosen.way == "scroll":
        print(scroll(chosen.photos))
    else:
        print(beat(chosen.folder))
    os._exit(0)  # lanes are daemons: nothing to wait for


if __name__ == "__main__":
    main()
