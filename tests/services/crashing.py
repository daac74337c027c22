"""Indexing that kills its own process at a chosen moment; ``test_crashes`` starts it.

Everything is real but the decoding processes and the encoder, so that a run takes a moment, and
the clock of commits: a batch takes half a second by it, so that "the last two seconds" are the same
on every computer.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from engine.errors import PhotoError
from engine.photos.decode import decode
from engine.photos.preprocess import model_input
from engine.photos.scan import quick_hash
from engine.photos.thumbnails import perceptual_hash, thumbnail
from engine.photos.workers import Failed, Picture, Read
from engine.search.ports import Encoded
from engine.services import encoding, reading
from engine.services.indexing import index
from engine.store.database import Library
from tests.conftest import FakeEncoder

BATCH = 4
SECONDS_PER_BATCH = 0.5
NEVER = 0
BETWEEN = -1  # after the thumbnails of a batch were committed, before its photos are


@dataclass(frozen=True)
class Log:
    """Lines that outlive the process: nothing is buffered."""

    file: Path

    def write(self, *words: object) -> None:
        handle = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(handle, (" ".join(map(str, words)) + "\n").encode())
        os.close(handle)

    def lines(self, kind: str) -> list[list[str]]:
        """The words of every line of a kind, without it."""
        if not self.file.exists():
            return []
        split = [line.split() for line in self.file.read_text().splitlines()]
        return [words[1:] for words in split if words[0] == kind]


class Clock:
    """Stands for the module ``time`` where commits are timed."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class SlowEncoder(FakeEncoder):
    """Half a second a batch, by the clock; logs when photos were encoded, and how many."""

    def __init__(self, clock: Clock, log: Log) -> None:
        super().__init__()
        self._clock = clock
        self._log = log

    def encode(self, pixels: NDArray[np.uint8]) -> Encoded:
        encoded = super().encode(pixels)
        self._clock.now += SECONDS_PER_BATCH
        self._log.write("encoded", self._clock.now, len(pixels))
        return encoded


class Moments:
    """Counts what happens, and ends the process at the chosen one as a power switch would."""

    def __init__(self, kill_at: int) -> None:
        self.count = 0
        self._kill_at = kill_at
        self._thumbnails = ""  # "added", then "committed"

    def listen(self) -> None:
        for event in ("before_cursor_execute", "after_cursor_execute"):
            sa.event.listen(sa.Engine, event, self._statement)
        sa.event.listen(sa.Engine, "commit", self._commit)

    def pass_by(self) -> None:
        self.count += 1
        if self.count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _statement(
        self, connection: sa.Connection, cursor: object, statement: str, *_: object
    ) -> None:
        if self._thumbnails == "committed" and self._kill_at == BETWEEN:
            os.kill(os.getpid(), signal.SIGKILL)
        if "INTO thumbnail" in statement:
            self._thumbnails = "added"
        self.pass_by()

    def _commit(self, connection: sa.Connection) -> None:
        if self._thumbnails == "added":
            self._thumbnails = "committed"
        self.pass_by()


class Decoding:
    """``DecodingPool`` without processes; logs what it decodes."""

    log: Log
    moments: Moments

    def __init__(self, side: int, wanted: Callable[[bytes], bool], **_: object) -> None:
        self.outstanding = 0
        self._side = side
        self._wanted = wanted
        self._tasks: list[tuple[int, Path]] = []

    def submit(self, key: int, path: Path) -> None:
        self.outstanding += 1
        self._tasks.append((key, path))

    def take(self, timeout: float) -> Read | Failed | None:
        self.moments.pass_by()
        self.outstanding -= 1
        key, path = self._tasks.pop(0)
        status = path.stat()
        with path.open("rb") as file:
            digest = quick_hash(file, status.st_size)
        picture = None
        if self._wanted(digest):
            self.log.write("decoded", digest.hex())
            try:
                picture = self._picture(path)
            except PhotoError as error:
                return Failed(key, error.reason, False, digest)
        return Read(key, digest, status.st_size, status.st_mtime_ns, picture)

    def _picture(self, path: Path) -> Picture:
        decoded = decode(path, 240)
        return Picture(
            width=decoded.width,
            height=decoded.height,
            metadata=decoded.metadata,
            perceptual_hash=perceptual_hash(decoded.image),
            thumbnail=thumbnail(decoded.image),
            pixels=model_input(decoded.image, self._side),
        )

    def __enter__(self) -> Decoding:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass


class Encoding(encoding.Encoding):
    """Waits for every batch, so that the same things come before the same moment in every run."""

    def start(self, batch: Sequence[encoding.Decoded]) -> None:
        super().start(batch)
        assert self._vectors is not None
        wait([self._vectors])


def run(folder: Path, photos: Path, log_file: Path, kill_at: int) -> None:
    """Index ``photos`` into the library ``folder``; die at moment ``kill_at``, counted from 1."""
    log, clock, moments = Log(log_file), Clock(), Moments(kill_at)
    Decoding.log, Decoding.moments = log, moments
    stand_ins = {"time": clock, "DecodingPool": Decoding, "Encoding": Encoding, "BATCH": BATCH}
    for name, stand_in in stand_ins.items():
        assert hasattr(reading, name)
        setattr(reading, name, stand_in)
    moments.listen()
    with (
        Library.open(folder) as library,
        closing(index(library, SlowEncoder(clock, log), [photos], device="cpu")) as job,
    ):
        for progress in job:
            if progress.stage == "indexing":
                log.write("progress", progress.done)
            moments.pass_by()
    log.write("ended", moments.count)
