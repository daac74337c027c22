"""From a folder of photos to an answered query with the network cut off, in real processes.

The commands run as a user runs them, on the sample photos and the real default encoder. In every
process that they start, the network fails and the loaded modules are written down at exit: this
proves that nothing is fetched, and that answering a query loads neither torch nor Qt.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
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
        for old in self.witness.iterdir():
            old.unlink()
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(map(os.fspath, (self.site, REPOSITORY))),
            "WITNESS": os.fspath(self.witness),
            "XDG_CACHE_HOME": os.fspath(self.cache),
        }
        done = subprocess.run(
            [sys.executable, "main.py", "--library", self.library, "--json", *words],
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


def test_status_tells_what_was_done(indexed: Any, commands: Commands) -> None:
    status = commands.run("status")
    assert (status["photos"], status["searchable"]) == (75, 75)
    assert status["bytes"]["database"] > 0
    assert status["providers"]


def test_no_library_gathers_events_to_send_later(indexed: Any, commands: Commands) -> None:
    """ONNX Runtime would keep them in the user's cache folder, out of sight of Python."""
    assert not list(commands.cache.rglob("*onnxruntime*"))
    assert not (commands.cache / "Microsoft").exists()
