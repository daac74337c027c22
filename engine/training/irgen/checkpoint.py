"""What a run of the recipe goes on from: a folder that a person names, and keeps.

``run.pt`` says what the run is of: another one is refused, and what lies there stays. ``photos.pt``
holds what could not be read, ``tokenizer.pt`` and ``decoder.pt`` a training each, after its last
kept epoch. They are written as every checkpoint of this project is
(``engine.training.checkpoint``): the main process writes, every process reads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from accelerate.utils import gather_object

from engine.errors import TrainingError, printable
from engine.training.checkpoint import DAMAGED, read_state, reason_of, write_state
from engine.training.irgen.devices import agreed

SECONDS_BETWEEN = 60.0  # at least: an epoch may be of seconds, and a checkpoint of gigabytes
RUN = "run"

Value = str | int | float
State = dict[str, Any]


class RunCheckpoint:
    """``folder`` None keeps nothing. All processes call every method, in the same order."""

    def __init__(
        self, folder: Path | None, run: Mapping[str, Value], accelerator: Accelerator
    ) -> None:
        """``run``: what has to be the same for a run to go on.

        Raises ``TrainingError`` for a folder that is of another run, holds anything else, or cannot
        be used.
        """
        self._folder = folder
        self._main: bool = accelerator.is_main_process
        self._written = time.monotonic()
        if folder is None:
            return
        problem = None
        if self._main:
            problem = _made(folder) or _strange(folder)
        _raise(agreed(problem))
        before = self.load(RUN)
        if before is None:
            self.keep(RUN, lambda: dict(run), at_once=True)
        elif before != run:
            raise TrainingError(
                f"The checkpoint in {printable(folder)} is of another run ({_other(before, run)}): "
                "go on with it as it was begun, or give --checkpoint another folder."
            )

    @property
    def keeps(self) -> bool:
        return self._folder is not None

    def load(self, part: str) -> State | None:
        """What was kept last of ``part``. Raises ``TrainingError`` where it cannot be read."""
        if self._folder is None:
            return None
        file = _file(self._folder, part)
        found: State | None = None
        problem = None
        try:
            found = read_state(file)
        except FileNotFoundError:
            pass
        except DAMAGED as error:
            problem = (
                f"The checkpoint {printable(file)} cannot be read ({reason_of(error)}): bring its "
                "folder back from a copy, or give --checkpoint another one to begin anew."
            )
        # A process that found another epoch, or none, would train something else.
        stands = gather_object([(problem, found is None, (found or {}).get("epoch"))])
        for problem, *_ in stands:
            _raise(problem)
        if any(other != stands[0] for other in stands):
            raise TrainingError(
                f"Not all machines see the same checkpoint in {printable(self._folder)}: give "
                "--checkpoint a folder that they share."
            )
        return found

    def keep(self, part: str, state: Callable[[], State], *, at_once: bool = False) -> bool:
        """Write ``state()`` if the last writing is long ago, or ``at_once``; says whether it did.

        Raises ``TrainingError``, in all processes, where it cannot be written; what was kept before
        is then still there.
        """
        if self._folder is None:
            return False
        due, problem = False, None
        if self._main:
            due = at_once or time.monotonic() - self._written >= SECONDS_BETWEEN
            if due:
                try:
                    write_state(_file(self._folder, part), state())
                except TrainingError as error:
                    problem = str(error)
                self._written = time.monotonic()
        due, problem = agreed((due, problem))
        _raise(problem)
        return due


def _file(folder: Path, part: str) -> Path:
    return folder / f"{part}.pt"


def _raise(problem: str | None) -> None:
    if problem is not None:
        raise TrainingError(problem)


def _made(folder: Path) -> str | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return (
            f"The folder {printable(folder)} cannot be made ({reason_of(error)}): give "
            "--checkpoint another one."
        )
    return None


def _strange(folder: Path) -> str | None:
    """Where a run has not begun, nothing else lies: its files must not be written over."""
    begun = _file(folder, RUN)
    others = [each for each in folder.iterdir() if each.name != f"{begun.name}.part"]
    if begun.is_file() or not others:
        return None
    return (
        f"The folder {printable(folder)} holds other files and no checkpoint of this recipe: give "
        "--checkpoint an empty one."
    )


def _other(before: Mapping[str, Value], now: Mapping[str, Value]) -> str:
    """The first thing that differs, in words."""
    for what in (*now, *before):
        was, is_now = before.get(what), now.get(what)
        if was != is_now:
            name = what.replace("_", " ")
            told = f"its {name} are others" if what == "photos" else f"{name} {was}, now {is_now}"
            return printable(told)
    raise AssertionError("the same run")
