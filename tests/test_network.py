"""From a folder of photos to an answered query with the network cut off, in real processes.

The commands run as a user runs them, on the sample photos and the real default encoder. In every
process that they start, the network fails and the loaded modules are written down at exit: this
proves that nothing is fetched, and that answering a query loads neither torch nor Qt.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

# Python runs this in every process before anything else.
SITE = """
import atexit, os, socket, sys

FOLDER = os.environ["WITNESS"]

def note(kind, text):
    with open(os.path.join(FOLDER, f"{kind}-{os.getpid()}"), "a") as out:
        out.write(text + "\\n")

def cut(call):
    def guarded(self, address, *rest):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            note("network", repr(address))
            raise OSError("the network is cut off")
        return call(self, address, *rest)
    return guarded

def lookup(host, *rest, **options):
    note("network", repr(host))
    raise OSError("the network is cut off")

for name in ("connect", "connect_ex"):
    setattr(socket.socket, name, cut(getattr(socket.socket, name)))
socket.getaddrinfo = lookup
socket.gethostbyname = lookup

def modules():
    names = {name.split(".")[0] for name in sys.modules}
    note("modules", " ".join(sorted(names)))

atexit.register(modules)
"""

# The window on a library: it answers a query, and a photo that is put into the folder appears.
WINDOW = """
import json, shutil, sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

import main
from desktop.app import prepare
from desktop.window import MainWindow
from engine.services import watching

library, query, folder = map(Path, sys.argv[1:])
watchers = []
begin = watching.watch
watching.watch = lambda *given: watchers.append(begin(*given)) or watchers[-1]

app = QApplication(sys.argv[:1])
prepare(app)
window = MainWindow(lambda: main._session(library), query)
window.show()
seen = {}

def look():
    inside = window.workspace
    if inside is None or inside.library.status is None:
        return
    if "answer" not in seen:
        answer = inside.search.answer
        if answer is not None and watchers and watchers[0].ready.is_set():
            seen["answer"] = [str(hit.photo.path) for hit in answer.hits]
            seen["photos"] = inside.library.status.photos
            shutil.copy(query, folder)
    elif inside.library.status.photos > seen["photos"] and not inside.library.indexing:
        seen["photos later"] = inside.library.status.photos
        window.close()
        app.quit()

timer = QTimer(interval=50)
timer.timeout.connect(look)
timer.start()
QTimer.singleShot(120_000, app.quit)  # whatever hangs
app.exec()
print(json.dumps(seen))
"""


@dataclass(frozen=True)
class Commands:
    """Runs ``python main.py`` with the network cut off; ``witness`` holds what was noted.

    ``cache`` stands for the user's cache folder.
    """

    library: Path
    witness: Path
    site: Path
    cache: Path

    def run(self, *words: str | Path) -> Any:
        """The JSON document that the command printed."""
        return self.python("main.py", "--library", self.library, "--json", *words)

    def python(self, *words: str | Path) -> Any:
        """The JSON document that a process of Python printed."""
        for old in self.witness.iterdir():
            old.unlink()
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(map(os.fspath, (self.site, REPOSITORY))),
            "WITNESS": os.fspath(self.witness),
            "XDG_CACHE_HOME": os.fspath(self.cache),
            "XDG_CONFIG_HOME": os.fspath(self.cache),
            "QT_QPA_PLATFORM": "offscreen",
        }
        done = subprocess.run(
            [sys.executable, *words],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert self._noted("network") == []
        return json.loads(done.stdout)

    def loaded(self) -> set[str]:
        """Top-level modules of all processes of the last command."""
        return {name for line in self._noted("modules") for name in line.split()}

    def _noted(self, kind: str) -> list[str]:
        return [
            line
            for file in self.witness.glob(f"{kind}-*")
            for line in file.read_text(encoding="utf-8").splitlines()
        ]


@pytest.fixture(scope="module")
def commands(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Commands:
    folder = tmp_path_factory.mktemp("offline")
    for name in ("cache", "site", "witness"):
        (folder / name).mkdir()
    (folder / "site" / "sitecustomize.py").write_text(SITE, encoding="utf-8")
    return Commands(folder / "library", folder / "witness", folder / "site", folder / "cache")


@pytest.fixture(scope="module")
def indexed(commands: Commands, samples: Path) -> Any:
    return commands.run("index", samples)


def test_samples_are_indexed_offline(indexed: Any, commands: Commands) -> None:
    assert (indexed["found"], indexed["indexed"], indexed["skipped"]) == (75, 75, [])


def test_a_search_answers_offline_without_torch_or_qt(
    indexed: Any, commands: Commands, samples: Path
) -> None:
    banana = samples / "groceries" / "bananas" / "banana-1.jpg"
    answer = commands.run("search", banana, "--top", "5")
    loaded = commands.loaded()
    assert {"onnxruntime", "numpy", "engine"} <= loaded
    assert not loaded & {"torch", "timm", "torchvision", "PySide6"}
    assert answer["engine"] == "exact"
    first, *others = [Path(result["path"]) for result in answer["results"]]
    assert first == banana
    assert sum(path.parent.name == "bananas" for path in others) >= 2


def test_training_works_offline_and_its_answers_need_no_torch(
    indexed: Any, commands: Commands, samples: Path
) -> None:
    trained = commands.run("train", "--minutes", "0.2")
    assert trained["photos"] == 75
    answer = commands.run(
        "search", samples / "clothes" / "hats" / "hat-1.jpg", "--engine", "generative"
    )
    assert not commands.loaded() & {"torch", "timm", "torchvision", "PySide6"}
    assert answer["engine"] == "generative"
    assert answer["generation"] == trained["generation"]
    assert Path(answer["results"][0]["path"]).name == "hat-1.jpg"
    found = {result["path"] for result in answer["results"]}
    assert found <= {os.fspath(path) for path in samples.rglob("*.jpg")}
    assert all(len(r["identifier"]) and r["logp"] <= 0 for r in answer["results"])


def test_the_window_searches_and_sees_new_photos_offline(
    commands: Commands, samples: Path, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    shutil.copytree(samples / "groceries" / "bananas", photos)
    new = samples / "clothes" / "hats" / "hat-1.jpg"
    own = replace(commands, library=tmp_path / "library")
    before = own.run("index", photos)["indexed"]
    seen = own.python("-c", WINDOW, own.library, new, photos)
    assert set(seen["answer"]) <= {os.fspath(path) for path in photos.iterdir()}
    assert (seen["photos"], seen["photos later"]) == (before, before + 1)
    assert {"PySide6", "watchdog"} <= own.loaded()
    assert not own.loaded() & {"torch", "timm", "torchvision"}


def test_status_tells_what_was_done(indexed: Any, commands: Commands) -> None:
    status = commands.run("status")
    assert (status["photos"], status["searchable"]) == (75, 75)
    assert status["bytes"]["database"] > 0
    assert status["providers"]


def test_no_library_gathers_events_to_send_later(indexed: Any, commands: Commands) -> None:
    """ONNX Runtime would keep them in the user's cache folder, out of sight of Python."""
    assert not list(commands.cache.rglob("*onnxruntime*"))
    assert not (commands.cache / "Microsoft").exists()
