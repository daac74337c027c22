"""Training as a job of this process: a child does the work, its progress comes through a pipe."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from pathlib import Path

import engine
from engine.errors import TrainingError
from engine.search.ports import Exporter, Runtime
from engine.settings import DeepTuning
from engine.training.child import SECONDS_TO_STOP, Request
from engine.types import Job, Progress, TrainReport


def train_in_child(
    library: Path,
    runtime: Runtime,
    exporter: Exporter,
    labels: str = "auto",
    device: str = "auto",
    minutes: float | None = None,
    deep: DeepTuning | None = None,
) -> Job[TrainReport]:
    """Train ``library`` in a child process; see ``engine.training.pipeline.train``.

    ``deep``: tune the encoder first; see ``engine.training.deep.pipeline.train_deep``.

    Closing the job cancels: the child stops at its next committed point, and a later training
    goes on from its checkpoint.
    """
    yield Progress("starting", 0)
    root = os.fspath(Path(engine.__file__).parents[1])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    child = subprocess.Popen(
        [sys.executable, "-m", "engine.training.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Threads that wait must not spin: the window and the indexer want the cores too.
        env={"OMP_WAIT_POLICY": "PASSIVE", **os.environ, "PYTHONPATH": path},
        start_new_session=True,  # Ctrl-C is for the parent, which then closes the pipe
    )
    assert child.stdin is not None and child.stdout is not None  # both are pipes
    try:
        request = Request(library, runtime, exporter, labels, device, minutes, deep)
        pickle.dump(request, child.stdin)
        child.stdin.flush()
        while True:
            try:
                kind, value = pickle.load(child.stdout)
            except (EOFError, pickle.UnpicklingError):
                raise TrainingError(
                    f"Training stopped unexpectedly (exit code {child.wait()}; was memory short?): "
                    "train again to go on from its checkpoint."
                ) from None
            if kind == "progress":
                yield value
            elif kind == "report":
                report: TrainReport = value
                return report
            elif kind == "user":
                raise TrainingError(value)
            else:
                raise RuntimeError(f"training failed in its process:\n{value}")
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):  # the child has gone already
                pipe.close()
    try:
        child.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
