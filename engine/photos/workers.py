"""A pool of decoding workers: child processes that may crash, hang or run out of memory.

One thread for each worker talks to it and waits; the work is in the processes. A worker that dies
or takes too long costs its file alone: the file is tried once more in a fresh worker, then
refused. Neighbours: ``worker`` is the child's side, ``engine.services.indexing`` the caller.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import engine
from engine.types import Metadata

SECONDS_PER_FILE = 30.0
MEMORY_BYTES = 1 << 30  # for each worker
TRIES = 2  # of a file whose worker crashed or hung

# What a worker runs. The engine is found where the parent found it.
START = """
import sys
sys.path[:0] = [] if sys.argv[1] in sys.path else [sys.argv[1]]
from engine.photos.worker import main
main()
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """What one decode yields. ``pixels`` (S, S, 3) uint8 is the model's input."""

    width: int
    height: int
    metadata: Metadata
    perceptual_hash: int
    thumbnail: bytes
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Read:
    """A file that could be read. ``picture`` is None where its content was not wanted.

    ``size_bytes`` and ``mtime_ns`` belong to the bytes that were hashed.
    """

    key: int
    quick_hash: bytes
    size_bytes: int
    mtime_ns: int
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that could not. ``passing``: the disk's fault or the moment's, worth another run.

    ``quick_hash`` is known where the file could be opened at all.
    """

    key: int
    reason: str
    passing: bool
    quick_hash: bytes | None = None
    attempts: int = 1


class DecodingPool:
    """``submit`` files, ``take`` results in any order, ``close`` at any moment.

    ``wanted(quick_hash)`` is asked from the pool's threads before a file is decoded; where it
    says no, the file costs an open and two reads.
    """

    def __init__(
        self,
        image_size: int,
        wanted: Callable[[bytes], bool],
        *,
        workers: int | None = None,
        seconds_per_file: float = SECONDS_PER_FILE,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self.outstanding = 0  # submitted and not taken
        self._image_size = image_size
        self._wanted = wanted
        self._seconds = seconds_per_file
        self._memory_bytes = memory_bytes
        self._tasks: queue.SimpleQueue[tuple[int, Path] | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[Read | Failed | BaseException] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._slots = [_Slot() for _ in range(workers or os.cpu_count() or 1)]
        self._threads = [
            threading.Thread(target=self._serve, args=(slot,), name="decoding", daemon=True)
            for slot in self._slots
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, key: int, path: Path) -> None:
        """Queue a file. The caller bounds ``outstanding``, and with it the memory in use."""
        self.outstanding += 1
        self._tasks.put((key, path))

    def take(self, timeout: float) -> Read | Failed | None:
        """The next result; None after ``timeout`` seconds without one. Also ends hung workers."""
        self._end_late_workers()
        try:
            result = self._results.get(timeout=timeout) if timeout else self._results.get_nowait()
        except queue.Empty:
            return None
        if isinstance(result, BaseException):
            raise result
        self.outstanding -= 1
        return result

    def close(self) -> None:
        """Kill the workers and wait for them; what was not taken is lost."""
        self._closed.set()
        for _ in self._threads:
            self._tasks.put(None)
        for slot in self._slots:
            slot.kill()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> DecodingPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _end_late_workers(self) -> None:
        now = time.monotonic()
        for slot in self._slots:
            deadline = slot.deadline
            if deadline is not None and now > deadline:
                slot.late = True
                slot.kill()

    def _serve(self, slot: _Slot) -> None:
        """One thread: hand files to one worker after the other until the pool is closed."""
        try:
            while (task := self._tasks.get()) is not None and not self._closed.is_set():
                result = self._try(slot, *task)
                if result is not None:
                    self._results.put(result)
        except BaseException as error:  # a bug: raised in the caller's thread by ``take``
            self._results.put(error)
        finally:
            slot.stop()

    def _try(self, slot: _Slot, key: int, path: Path) -> Read | Failed | None:
        """The file's result, in a fresh worker for the second try; None once the pool closes."""
        reason = ""
        asked: dict[bytes, bool] = {}
        for _ in range(TRIES):
            if self._closed.is_set():
                return None
            worker = slot.worker or self._start(slot)
            if worker is None:
                return None
            slot.late = False
            try:
                slot.deadline = time.monotonic() + self._seconds
                return self._ask(worker, key, path, asked)
            except (EOFError, OSError, ValueError):
                # The pipe broke, or what came over it makes no sense.
                reason = (
                    f"decoding it took longer than {self._seconds:.0f} seconds"
                    if slot.late
                    else "decoding it crashed"
                )
                slot.stop()
            finally:
                slot.deadline = None
        if self._closed.is_set():
            return None
        return Failed(key, reason, False, next(iter(asked), None), TRIES)

    def _start(self, slot: _Slot) -> _Worker | None:
        """A worker that is ready; None once the pool closes. Raises where none can be started."""
        worker = slot.hold(_Worker(self._image_size, self._memory_bytes), self._closed)
        try:
            worker.receive()
        except EOFError:
            slot.stop()
            if self._closed.is_set():
                return None
            # Not the file's fault: refusing every photo for it would be wrong.
            raise RuntimeError("the decoding process does not start") from None
        return worker

    def _ask(
        self, worker: _Worker, key: int, path: Path, asked: dict[bytes, bool]
    ) -> Read | Failed:
        """The dialogue of ``engine.photos.worker`` about one file.

        ``asked`` holds what ``wanted`` said in an earlier try: it is asked once for a file.
        """
        worker.send({"path": os.fspath(path)})
        first = worker.receive()
        if "reason" in first:
            return Failed(key, str(first["reason"]), bool(first["passing"]))
        digest = bytes.fromhex(first["hash"])
        if digest not in asked:
            asked[digest] = self._wanted(digest)
        wanted = asked[digest]
        worker.send({"decode": wanted})
        picture = None
        if wanted:
            second = worker.receive()
            if "reason" in second:
                return Failed(key, str(second["reason"]), bool(second["passing"]), digest)
            picture = _picture(worker, second, self._image_size)
        return Read(key, digest, int(first["size_bytes"]), int(first["mtime_ns"]), picture)


class _Worker:
    """One child process and its pipes."""

    def __init__(self, image_size: int, memory_bytes: int) -> None:
        # -P: a numpy.py in the current folder, which may hold strangers' files, is not imported.
        above = os.fspath(Path(os.path.abspath(engine.__file__ or "")).parent.parent)
        command = [sys.executable, "-P", "-c", START, above, str(image_size), str(memory_bytes)]
        # One thread each: there are as many workers as cores, and thread stacks count as memory.
        quiet = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **quiet},
            # Windows: no console, and behind what the person is doing (``worker.NICENESS``).
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)
            | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
        )

    @property
    def process_id(self) -> int:
        return self._process.pid

    def send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """The next message. Raises ``EOFError`` when the worker is gone."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline(1 << 20)
        if not line.endswith(b"\n"):
            raise EOFError
        message = json.loads(line)
        if not isinstance(message, dict):
            raise ValueError("a worker sent something else than a message")
        return message

    def receive_bytes(self, count: int) -> bytes:
        assert self._process.stdout is not None
        data = self._process.stdout.read(count)
        if len(data) != count:
            raise EOFError
        return data

    def kill(self) -> None:
        self._process.kill()

    def stop(self) -> None:
        """Kill the process and release what the system keeps of it."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # unsent bytes meet a closed pipe
                    stream.close()
        self._process.wait()


class _Slot:
    """A thread's place for its current worker; ``deadline`` and ``kill`` are for other threads."""

    def __init__(self) -> None:
        self.worker: _Worker | None = None
        self.deadline: float | None = None
        self.late = False
        self._lock = threading.Lock()

    def hold(self, worker: _Worker, closed: threading.Event) -> _Worker:
        with self._lock:
            self.worker = worker
            if closed.is_set():  # ``kill`` has been here before
                worker.kill()
        return worker

    def kill(self) -> None:
        """End the worker at once; its thread sees the pipe break."""
        with self._lock:
            if self.worker is not None:
                self.worker.kill()

    def stop(self) -> None:
        with self._lock:
            if self.worker is not None:
                self.worker.stop()
                self.worker = None


def _picture(worker: _Worker, message: dict[str, Any], image_size: int) -> Picture:
    """The picture that ``message`` announces. Raises ``ValueError`` where it is none."""
    thumbnail_bytes, pixel_bytes = int(message["thumbnail"]), int(message["pixels"])
    if pixel_bytes != image_size * image_size * 3 or not 0 < thumbnail_bytes < 1 << 20:
        raise ValueError("a worker announced an impossible picture")
    thumbnail = worker.receive_bytes(thumbnail_bytes)
    pixels = np.frombuffer(worker.receive_bytes(pixel_bytes), np.uint8)
    metadata = dict(message["metadata"])
    if metadata["taken_at"] is not None:
        metadata["taken_at"] = datetime.fromisoformat(metadata["taken_at"])
    return Picture(
        width=int(message["width"]),
        height=int(message["height"]),
        metadata=Metadata(**metadata),
        perceptual_hash=int(message["perceptual_hash"]),
        thumbnail=thumbnail,
        pixels=pixels.reshape(image_size, image_size, 3),
    )
