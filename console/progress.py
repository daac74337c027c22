"""The progress line on standard error: count, rate, time left.

A terminal gets one line that is written over; anything else (a log, a pipe) gets a line when a
stage begins and one every half minute.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from engine.errors import printable
from engine.types import Progress

REFRESH_SECONDS = 0.1  # terminal; more often only flickers
SPARSE_SECONDS = 30.0  # elsewhere


class ProgressLine:
    """Shows a job's ``Progress``; a context manager that leaves the cursor on a fresh line.

    A closed standard error (``2>&1 | head``) ends the display, never the job.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._terminal = stream.isatty()
        self._stage = ""
        self._began = 0.0
        self._began_at = 0  # ``done`` when the stage began: the rate counts from there
        self._shown = 0.0
        self._dirty = False

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._dirty:
            self._write("\r\x1b[K")

    def show(self, progress: Progress) -> None:
        now = self._clock()
        fresh = progress.stage != self._stage
        if fresh:
            self._stage, self._began, self._began_at = progress.stage, now, progress.done
        wait = REFRESH_SECONDS if self._terminal else SPARSE_SECONDS
        if not fresh and now - self._shown < wait:
            return
        self._shown = now
        line = describe(progress, progress.done - self._began_at, now - self._began)
        if self._terminal:
            self._dirty = True
            self._write("\r\x1b[K" + line[: shutil.get_terminal_size().columns - 1])
        else:
            self._write(line + "\n")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # closed by whoever reads it
            self._terminal, self._dirty = False, False


def describe(progress: Progress, since: int, seconds: float) -> str:
    """One line, e.g. ``indexing: 120/2000 (6%), 31.4/s, 1 min left``.

    ``since`` is what was done in the ``seconds`` since the stage began. A job that knows better
    says how long it takes in ``values["seconds_left"]``.
    """
    values = dict(progress.values)
    left = values.pop("seconds_left", None)
    parts = [_count(progress)]
    if since > 0 and seconds > 0.5:  # a rate over less is noise
        rate = since / seconds
        parts.append(f"{rate:.1f}/s")
        if left is None and progress.total is not None and progress.total > progress.done:
            left = (progress.total - progress.done) / rate
    if left is not None:
        parts.append(f"{duration(left)} left")
    parts += [f"{name} {value:.4g}" for name, value in values.items()]
    if progress.note:
        parts.append(printable(progress.note))
    return ", ".join(parts)


def _count(progress: Progress) -> str:
    if progress.total is None:
        return f"{progress.stage}: {progress.done}" if progress.done else progress.stage
    percent = f" ({100 * progress.done // progress.total}%)" if progress.total else ""
    return f"{progress.stage}: {progress.done}/{progress.total}{percent}"


def duration(seconds: float) -> str:
    """Seconds as people say them: ``4 s``, ``3 min``, ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s" if whole < 600 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
