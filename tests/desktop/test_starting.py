"""The whole program's life, in processes of their own: start, second start, begin again, end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from console import arguments
from engine.settings import ENCODERS, default_library

REPOSITORY = Path(__file__).resolve().parent.parent.parent

# Shows fake sessions: once a search was asked for, it begins again in German, and then ends.
FIRST = """
import gc
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from desktop import app, words
from desktop.remembered import Remembered
from desktop.translations import Language
from engine.settings import ENCODERS
from tests.desktop.fakes import FakeSession

sessions = [FakeSession(3), FakeSession(0)]
opened = []

def open_session(folder, device, encoder):
    opened.append((folder.name, device, encoder))
    return sessions[len(opened) - 1]

def windows():
    return [w for w in QApplication.topLevelWidgets() if w.inherits("QMainWindow")]

def look():
    if not QApplication.instance():
        return
    window = next((w for w in windows() if w.isVisible() and w.workspace is not None), None)
    if window is None:
        return
    if len(opened) == 1 and sessions[0].queries:
        print("asked", sessions[0].queries[0].image, flush=True)
        kept = Remembered()
        kept.language, kept.device, kept.encoder = Language.GERMAN, "cpu", ENCODERS[1]
        window.other_library = Path("other")
        window.begin_again()
    elif len(opened) == 2 and window.workspace.centre.page.buttons:
        print("welcome", window.workspace.centre.page.buttons[0].text(), flush=True)
        window.close()

class App(QApplication):
    def __init__(self, argv):
        super().__init__(argv)
        self.timer = QTimer(interval=20)
        self.timer.timeout.connect(look)
        self.timer.start()
        QTimer.singleShot(0, lambda: print("ready", flush=True))  # the loop runs

app.QApplication = App
code = app.run(open_session, Path(sys.argv[1]))
print("end", code, opened, [s.closed for s in sessions], flush=True)
print("left to collect:", len(gc.get_objects()) < gc.get_freeze_count(), flush=True)
"""

SECOND = "import sys, main; sys.exit(main.main(sys.argv[1:]))"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "HOME": str(tmp_path),
    }


def test_a_window_is_asked_by_a_second_start_and_can_begin_again(
    tmp_path: Path, environment: dict[str, str], qtbot: QtBot
) -> None:
    library = tmp_path / "library"
    first = subprocess.Popen(
        [sys.executable, "-c", FIRST, str(library)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "ready\n"
        second = subprocess.run(
            [sys.executable, "-c", SECOND, "--library", str(library), "dress.jpg"],
            env=environment,
            cwd=tmp_path,
            timeout=60,
            check=False,
        )
        assert second.returncode == 0
        said, _ = first.communicate(timeout=60)
    finally:
        first.kill()
    opened = [("library", "auto", ENCODERS[0]), ("other", "cpu", ENCODERS[1])]
    assert said.splitlines() == [
        f"asked {tmp_path / 'dress.jpg'}",
        "welcome Ordner hinzufügen…",
        f"end 0 {opened} [True, True]",
        "left to collect: True",  # less than what stays, which no collection looks at again
    ]


def test_a_library_that_is_named_is_told_from_the_usual_one() -> None:
    usual = arguments.parse(["dress.jpg"])
    assert (usual.library, usual.library_given) == (default_library(), False)
    named = arguments.parse(["--library", str(default_library()), "dress.jpg"])
    assert (named.library, named.library_given) == (default_library(), True)
    assert arguments.parse(["status"]).library == default_library()
