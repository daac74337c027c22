"""Exports in a child process of their own: torch never enters the one that asks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.errors import UserError

TOLD = 3  # the child's exit code where its last line is a sentence for people
ROOT = Path(__file__).resolve().parent.parent


def run(module: str, name: str, folder: Path) -> tuple[int, str]:
    """Run ``python -m MODULE NAME FOLDER``: its exit code, and its last line of error."""
    done = subprocess.run(
        [sys.executable, "-m", module, name, os.fspath(folder)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return done.returncode, lines[-1]


def main(arguments: Sequence[str], export: Callable[[str, Path], None]) -> int:
    """In the child: ``export`` NAME to FOLDER; returns the exit code."""
    name, folder = arguments
    try:
        export(name, Path(folder))
    except UserError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the parent reads the last line
        return TOLD
    return 0
