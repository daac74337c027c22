"""How fast a job goes and how long it will take, from the progress it shows."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from engine.types import Progress

WINDOW_S = 15.0  # the speed of the last quarter minute says more than that of the whole run
SETTLED_S = 2.0  # earlier, a speed is a guess and is not shown


@dataclass(frozen=True, slots=True)
class Speed:
    """``None``: not known (yet)."""

    per_second: float | None = None
    seconds_left: float | None = None


class Pace:
    """Feed it every progress; a new stage starts anew."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage = ""
        self._samples: deque[tuple[float, int]] = deque()

    def at(self, progress: Progress) -> Speed:
        now = self._clock()
        if progress.stage != self._stage or (
            self._samples and progress.done < self._samples[-1][1]
        ):
            self._stage = progress.stage
            self._samples.clear()
        self._samples.append((now, progress.done))
        while len(self._samples) > 2 and now - self._samples[1][0] > WINDOW_S:
            self._samples.popleft()
        (then, before), (_, done) = self._samples[0], self._samples[-1]
        if now - then < SETTLED_S or done <= before:
            return Speed()
        per_second = (done - before) / (now - then)
        left = None if progress.total is None else max(0, progress.total - done) / per_second
        return Speed(per_second, left)
