"""Runs the real app under Xvfb with real X events and saves a screenshot of every state.

    python -m tests.desktop.real_window OUT [--photos FOLDER] [--train]

Needs Xvfb, openbox and xdotool. Indexes the sample photos (and FOLDER), drags an image from
another window onto the app, searches, chains, breaks things, and trains with ``--train``. Prints
how long the event loop stood still in each phase. Not collected by pytest.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.desktop.real_parts import find_part
from tests.desktop.real_screen import (
    REPOSITORY,
    SCREEN,
    key,
    mouse,
    on_own_screen,
    say,
    show_source,
)

CLOTHES = REPOSITORY / "samples" / "clothes" / "dresses" / "dress-1.jpg"
FRUIT = next((REPOSITORY / "samples").rglob("watermelon-2.jpg"))
BEAT_MS = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.source:
        return show_source(asked.source, asked.out)
    if "PHOTOGLYPH_SCREEN" not in os.environ:
        return on_own_screen(asked.out)
    return run_app(asked.out.absolute(), asked.photos, asked.train)


def run_app(out: Path, photos: Path | None, train: bool) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    import main as command_line
    from desktop import app as desktop_app
    from desktop.window import MainWindow

    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder)
        began = time.perf_counter()
        app = QApplication(["photoglyph"])
        desktop_app.prepare(app)
        window = MainWindow(lambda: command_line._session(library / "library", create=True))
        window.showMaximized()
        walk = Walk(window, out, library, photos, train, began)
        timer = QTimer(interval=BEAT_MS)
        timer.timeout.connect(walk.beat)
        timer.start()
        app.exec()
        return walk.status


class Walk:
    """Goes from state to state; the event loop's gaps are measured on the way."""

    def __init__(
        self,
        window: object,
        out: Path,
        folder: Path,
        photos: Path | None,
        train: bool,
        began: float,
    ) -> None:
        self.window, self.out, self.folder, self.photos = window, out, folder, photos
        self.train, self.began = train, began
        self.status = 1
        self.number = 0
        self._steps = self.steps()
        self._until: Callable[[], bool] = lambda: True
        self._deadline = time.monotonic() + 60
        self._last = time.perf_counter()
        self._last_work = time.thread_time()
        self._gaps: list[float] = []
        self._work: list[float] = []
        self._what = "start"

    def beat(self) -> None:
        """Called every few milliseconds by the event loop itself."""
        self._gaps.append((time.perf_counter() - self._last) * 1000 - BEAT_MS)
        self._work.append((time.thread_time() - self._last_work) * 1000)
        try:
            if self._until():
                self._what, self._until, seconds = next(self._steps)
                self._deadline = time.monotonic() + seconds
            elif time.monotonic() > self._deadline:
                raise TimeoutError(f"waited too long for: {self._what}")
        except StopIteration:
            self.status = 0
            self.window.close()
        except Exception as error:
            say(f"failed: {error!r}")
            self.shoot("failed")
            os._exit(1)  # whatever hangs must not keep the screen
        self._last, self._last_work = time.perf_counter(), time.thread_time()

    def phase(self, name: str) -> None:
        """Print and forget how late the beats came since the last phase.

        "Work" is the processor time of the window's own thread between two beats: a gap with
        little work in it was spent waiting for a processor that others used.
        """
        gaps, work = sorted(self._gaps) or [0.0], sorted(self._work) or [0.0]
        say(
            f"{name:20} beats {len(gaps):6}  late: p99 {_percentile(gaps, 99):5.1f} ms, "
            f"longest {gaps[-1]:5.1f} ms, {sum(gap > 50 for gap in gaps)} over 50 ms  "
            f"work: p99 {_percentile(work, 99):5.1f} ms, longest {work[-1]:5.1f} ms"
        )
        self._gaps.clear()
        self._work.clear()

    def shoot(self, name: str) -> None:
        self.number += 1
        self.window.screen().grabWindow(0).save(str(self.out / f"{self.number:02}-{name}.png"))

    def steps(self) -> Iterator[tuple[str, Callable[[], bool], float]]:
        """Yields (what is waited for, the condition, seconds it may take)."""
        from PySide6.QtCore import QMimeData, QUrl
        from PySide6.QtGui import QGuiApplication

        from desktop.incoming import ImageQuery
        from engine.types import Filters

        window = self.window
        yield "the library to open", lambda: window.workspace is not None, 60
        inside = window.workspace
        library, search, training = inside.library, inside.search, inside.training
        yield "the first run", lambda: len(inside.page.buttons) == 2, 20
        say(f"usable window after {(time.perf_counter() - self.began) * 1000:.0f} ms")
        yield from self.rest()
        self.shoot("welcome")
        self.phase("first run")

        photos = Path.home() / "Pictures" / "Clothes and food"
        queries = (CLOTHES, FRUIT)  # not in the library: found are others like it
        names = [query.name for query in queries]
        shutil.copytree(REPOSITORY / "samples", photos, ignore=shutil.ignore_patterns(*names))
        broken = photos / "broken.jpg"
        broken.write_bytes(next(photos.rglob("*.jpg")).read_bytes()[:900])
        folders = [photos] + ([self.photos] if self.photos else [])
        library.add_folders(folders)
        yield "the first photos", lambda: inside.photos.rowCount() > 8 or not library.indexing, 120
        yield from self.rest(0.15)
        self.shoot("indexing")
        yield "indexing", lambda: not library.indexing, 600
        yield from self.rest()
        self.shoot("library")
        self.phase("indexing")

        yield from self.drag(CLOTHES)
        yield "the answer", lambda: search.answer is not None and not search.asking, 60
        yield from self.rest()
        self.shoot("search")
        self.phase("drop and search")

        yield from self.converse()
        yield from find_part(self)
        yield from self.arrive(photos)
        key("i")
        inside.grid.setCurrentIndex(inside.photos.index(2))
        yield from self.rest(0.6)
        self.shoot("details")
        yield from self.dark("details")
        before = search.answer
        key("f")
        yield "the chained answer", lambda: search.answer not in (None, before), 60
        yield from self.rest(0.6)
        self.shoot("chained")
        window.commands["look"].trigger()
        yield from self.rest(0.8)
        self.shoot("quick-look")
        window.commands["look"].trigger()
        window.commands["crop"].trigger()
        yield from self.rest(0.8)
        self.shoot("crop")
        key("Escape")
        yield from self.rest()
        search.set_filters(Filters(orientation="portrait", formats=("JPEG",)))
        yield "the filtered answer", lambda: not search.asking, 60
        window.commands["by_folder"].trigger()
        yield from self.rest(0.6)
        self.shoot("filtered-by-folder")
        search.set_filters(Filters())
        window.commands["by_relevance"].trigger()
        yield "all answers again", lambda: not search.asking, 60
        key("i")
        self.phase("details and chain")

        inside.status.size_slider.setValue(120)
        for _ in range(40):
            bar = inside.grid.verticalScrollBar()
            bar.setValue(bar.value() + 60)
            yield from self.rest(0.02)
        self.shoot("scrolled")
        inside.status.size_slider.setValue(168)
        self.phase("scrolling")

        mime = QMimeData()
        mime.setUrls([QUrl("https://example.org/cat.jpg")])
        QGuiApplication.clipboard().setMimeData(mime)
        key("ctrl+v")
        yield "the refusal", lambda: bool(inside.banner.text), 10
        yield from self.rest()
        self.shoot("web-refused")
        (self.folder / "notes.txt").write_text("no image")
        inside.take(ImageQuery(self.folder / "notes.txt"))
        yield "the error", lambda: inside.page.isVisible(), 20
        yield from self.rest()
        self.shoot("unreadable-query")
        key("Escape")
        inside.toggle_problems()
        yield "the problems", lambda: inside.work.problems.table.rowCount() > 0, 20
        inside.folders.ask_to_remove(1)
        yield from self.rest()
        self.shoot("problems-and-removal")
        inside.folders.ask_to_remove(None)
        inside.toggle_problems()
        key("F1")
        yield from self.rest(0.6)
        self.shoot("shortcuts")
        window.findChild(__import__("PySide6.QtWidgets").QtWidgets.QDialog).close()
        window.commands["settings"].trigger()
        yield from self.rest(0.8)
        self.shoot("settings")
        key("Escape")
        window.commands["models"].trigger()
        yield from self.rest()
        self.shoot("models")
        window.commands["models"].trigger()
        self.phase("errors")

        if self.train:
            broken.unlink()
            library.rescan()
            yield "the rescan", lambda: not library.indexing, 120
            training.start()
            yield "the first losses", lambda: len(training.losses) > 5 or done(training), 900
            some = inside.photos.cell(inside.photos.index(4)).photo
            search.search(some.content_id, some.path.name)
            yield "an answer meanwhile", lambda: search.answer is not None, 120
            yield from self.rest()
            self.shoot("training")
            yield "the end of training", lambda: done(training), 1200
            yield from self.rest(1.0)
            self.shoot("trained")
            self.phase("training")
            training.dismiss()
            yield from self.browse()
            yield from self.drag(FRUIT)
            yield "the answer", lambda: search.answer is not None and not search.asking, 60
            yield from self.rest(0.6)
            self.shoot("search-after-training")
            key("i")
            inside.grid.setCurrentIndex(inside.photos.index(0))
            yield from self.rest(0.6)
            self.shoot("why-it-matched")

    def converse(self) -> Iterator[tuple[str, Callable[[], bool], float]]:
        """Marks, further images, likeness, and saving it all; ends at the search as it began."""
        from desktop.incoming import ImageQuery
        from engine.types import Likeness

        window = self.window
        inside = window.workspace
        search = inside.search

        def answered() -> bool:
            return search.answer is not None and not search.asking

        for number, sign in ((2, "plus"), (4, "minus"), (6, "KP_Add")):
            inside.grid.setCurrentIndex(inside.photos.index(number))
            inside.grid.setFocus()
            chips = len(inside.query_bar.chips)
            key(sign)
            yield "the mark", lambda chips=chips: len(inside.query_bar.chips) > chips, 20
            yield "the next answer", answered, 60
        inside.taking.take(ImageQuery(FRUIT), beside=True)
        yield "the answer to both images", answered, 60
        chip = inside.query_bar.chips[1]
        chip.menu().actions()[3].trigger()
        yield "the answer to the weight", answered, 60
        yield from self.rest(0.6)
        self.shoot("marks")
        inside.query_bar.chips[1].face.click()
        yield from self.rest()
        self.shoot("chip-menu")
        key("Escape")
        inside.toggle_marks()
        yield "the marks", lambda: inside.work.marks.view.table.rowCount() == 3, 20
        yield from self.rest()
        self.shoot("what-you-marked")
        yield from self.dark("marks")
        inside.toggle_marks()
        window.commands["save_search"].trigger()
        yield from self.rest(0.6)
        self.shoot("saving")
        subprocess.run(["xdotool", "type", "Fruit and dresses"], check=True)
        key("Return")
        yield "the name", lambda: bool(inside.searches.named), 20
        for likeness in (Likeness.COLOUR, Likeness.COMPOSITION, Likeness.BLEND, Likeness.CONTENT):
            window.commands[f"by_{likeness}"].trigger()
            yield "the answer by another likeness", answered, 60
            yield from self.rest(0.6)
            self.shoot(f"by-{likeness}")
        while search.can_undo:
            search.undo()
            yield "the answer before", answered, 60
        inside.grid.setFocus()
        yield from self.rest()
        self.shoot("undone")
        self.phase("conversation")

    def arrive(self, photos: Path) -> Iterator[tuple[str, Callable[[], bool], float]]:
        """A photo comes that the saved search finds, and goes again."""
        from desktop.panels.search_rows import NewRole

        inside = self.window.workspace
        new = photos / "new.jpg"
        shutil.copy(FRUIT, new)
        inside.library.rescan()
        rows = inside.searches_panel.rows
        yield "the number", lambda: bool(rows.index(1).data(NewRole)), 60
        yield from self.rest()
        self.shoot("new-in-a-saved-search")
        new.unlink()
        inside.library.rescan()
        yield "the photo to go", lambda: not inside.library.indexing, 60

    def dark(self, name: str) -> Iterator[tuple[str, Callable[[], bool], float]]:
        """The same in the dark."""
        self.window.commands["theme_dark"].trigger()
        yield from self.rest()
        self.shoot(f"{name}-dark")
        self.window.commands["theme_light"].trigger()

    def browse(self) -> Iterator[tuple[str, Callable[[], bool], float]]:
        """The tree, two levels of it, folders, months and duplicates."""
        views = self.window.workspace.views
        key("alt+2")
        yield "the tree", lambda: views.tree.level is not None, 30
        yield from self.rest()
        self.shoot("explore")
        before = views.tree.level
        key("Return")
        yield "the level below", lambda: views.tree.level is not before, 30
        yield from self.rest()
        self.shoot("explore-below")
        for keys, page in (("alt+3", views.folders), ("alt+4", views.time_line)):
            key(keys)
            yield "its tiles", lambda page=page: page.model.level is not None, 30
            yield from self.rest()
            self.shoot("folders" if page is views.folders else "time-line")
        key("ctrl+d")
        found = views.duplicates.found
        yield "the duplicates", lambda: found.report is not None and not found.running, 60
        yield from self.rest()
        self.shoot("duplicates")
        key("alt+1")
        yield from self.rest()
        self.phase("browsing")

    def rest(self, seconds: float = 0.3) -> Iterator[tuple[str, Callable[[], bool], float]]:
        """Let pictures arrive and animations end."""
        end = time.monotonic() + seconds
        yield "a moment", lambda: time.monotonic() > end, seconds + 30

    def drag(self, image: Path) -> Iterator[tuple[str, Callable[[], bool], float]]:
        """Drag ``image`` from another window with the mouse, and drop it in the middle."""
        before = self.window.workspace.search.step
        stands = self.out / ".source"
        stands.unlink(missing_ok=True)
        module = "tests.desktop.real_window"
        command = [sys.executable, "-m", module, str(stands), "--source", str(image)]
        source = subprocess.Popen(command, cwd=REPOSITORY)
        yield "the window to drag from", stands.exists, 60
        stands.unlink()
        x, y = SCREEN[0] - 60, SCREEN[1] - 150
        mouse("mousemove", str(x), str(y), "mousedown", "1")
        for step in range(1, 12):
            yield from self.rest(0.05)
            mouse("mousemove", str(x - step * 50), str(y - step * 25))
        yield "the overlay", lambda: self.window.overlay.isVisible(), 10
        yield from self.rest()
        self.shoot("drag")
        mouse("mouseup", "1")
        yield "the drop", lambda: self.window.workspace.search.step is not before, 10
        source.terminate()
        source.wait()
        mouse("mousemove", "20", str(SCREEN[1] - 4))


def _percentile(ascending: list[float], percent: int) -> float:
    return ascending[min(len(ascending) - 1, len(ascending) * percent // 100)]


def done(training: Any) -> bool:
    from desktop.training import Phase

    return training.phase in (Phase.DONE, Phase.FAILED)


if __name__ == "__main__":
    sys.exit(main())
