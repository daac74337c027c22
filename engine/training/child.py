"""The child process that trains: torch lives here, never in the window or the command line.

    python -m engine.training.child      a pickled ``Request`` comes on standard input

Answers are pickled ``("progress", Progress)``, then one of ``("report", TrainReport)``,
``("user", sentence)`` or ``("bug", traceback)``. The end of standard input cancels: so does the
death of the parent. The request comes from our own parent process, never from a file.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.errors import UserError
from engine.search.ports import Exporter, Runtime
from engine.settings import DeepTuning
from engine.types import Job, TrainReport

if TYPE_CHECKING:
    from engine.store.database import Library

SECONDS_TO_STOP = 5.0  # a cancelled child saves its checkpoint; one that is slower is killed


@dataclass(frozen=True)
class Request:
    """What to train, and with which implementations of the ports."""

    library: Path
    runtime: Runtime
    exporter: Exporter
    labels: str
    device: str
    minutes: float | None
    deep: DeepTuning | None = None  # None: the encoder stays as it is


def main() -> int:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get among the answers
    if hasattr(os, "nice"):
        os.nice(5)  # searching and the window go first
    request: Request = pickle.load(sys.stdin.buffer)
    cancelled = threading.Event()
    threading.Thread(target=_wait_for_end, args=(cancelled,), daemon=True).start()
    try:
        _run(request, answers, cancelled)
    except UserError as error:
        _answer(answers, "user", str(error))
    except BaseException:
        _answer(answers, "bug", traceback.format_exc())
    return 0


def _run(request: Request, answers: BinaryIO, cancelled: threading.Event) -> None:
    from engine.store.database import Library

    with Library.open(request.library, create=False) as library:
        job = _job(library, request)
        try:
            while not cancelled.is_set():
                try:
                    progress = next(job)
                except StopIteration as end:
                    _answer(answers, "report", end.value)
                    return
                _answer(answers, "progress", progress)
        finally:
            job.close()


def _job(library: Library, request: Request) -> Job[TrainReport]:
    from engine.training.deep.pipeline import train_deep
    from engine.training.pipeline import train

    ports = request.runtime, request.exporter
    labels, device, minutes = request.labels, request.device, request.minutes
    if request.deep is None:
        return train(library, *ports, label_source=labels, device=device, minutes=minutes)
    return train_deep(
        library,
        *ports,
        label_source=labels,
        device=device,
        minutes=minutes,
        tuning=request.deep,
    )


def _wait_for_end(cancelled: threading.Event) -> None:
    sys.stdin.buffer.read()
    cancelled.set()
    time.sleep(SECONDS_TO_STOP)
    os._exit(1)  # in a step without a committed point; what it went on from is still there


def _answer(answers: BinaryIO, kind: str, value: Any) -> None:
    pickle.dump((kind, value), answers)
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
