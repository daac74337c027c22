"""The one module that makes threads.

A *lane* does calls one after another: writing (index), training (its generator only waits for a
child process), searching, reading and steering (short writes that must not wait for an indexing
run: pausing it, giving it more to do) have one thread each, thumbnails have a few and serve the
newest request first. Answers come back on the GUI thread. A request may carry a :class:`Ticket`,
a generation number: when a newer one was begun meanwhile, the request is not even started, or its
answer is dropped. Neighbours: every model of ``desktop`` asks through :class:`Jobs`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.types import Job, Progress

T = TypeVar("T")

LASTING_MS = 600  # quicker work shows no progress at all, so nothing flashes
LOOK_MS = 50  # how often progress is looked at: 20 signals a second however fast a job yields
THUMBNAIL_THREADS = 2

log = logging.getLogger(__name__)


class Turns:
    """Counts the requests of one kind; only the newest turn's answers are welcome."""

    def __init__(self) -> None:
        self._number = 0

    def begin(self) -> Ticket:
        """Start a new turn: all earlier tickets are stale from now on."""
        self._number += 1
        return self.current()

    def current(self) -> Ticket:
        return Ticket(self, self._number)


@dataclass(frozen=True, slots=True)
class Ticket:
    """The generation number that a request carries."""

    turns: Turns
    number: int

    @property
    def stale(self) -> bool:
        return self.number != self.turns._number


class Lane:
    """Worker threads with one queue; one thread (the default) means strictly one after another."""

    def __init__(self, name: str, *, threads: int = 1, newest_first: bool = False) -> None:
        self._calls: deque[Callable[[], None]] = deque()
        self._wake = threading.Condition()
        self._open = True
        self._newest_first = newest_first
        # Daemons: a call that hangs in a dead network mount must not keep the program alive.
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{i}", daemon=True)
            for i in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, call: Callable[[], None]) -> None:
        with self._wake:
            if self._open:
                self._calls.append(call)
                self._wake.notify()

    def stop(self) -> None:
        """Forget what waits; the call at work goes on to its end."""
        with self._wake:
            self._open = False
            self._calls.clear()
            self._wake.notify_all()

    def join(self, deadline: float) -> bool:
        """Wait until ``time.monotonic()`` reaches ``deadline``. True: all threads have ended."""
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._calls or not self._open)
                if not self._open:
                    return
                call = self._calls.pop() if self._newest_first else self._calls.popleft()
            call()


class Running(QObject, Generic[T]):
    """One job on a lane, seen from the GUI thread. Ends in exactly one of the last three."""

    progressed = Signal(object)  # Progress, at most one every LOOK_MS
    lasting = Signal()  # it takes long enough to be worth a display
    finished = Signal(object)  # the job's report
    cancelled = Signal()
    failed = Signal(object)  # the exception

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._cancel = threading.Event()
        self._latest: Progress | None = None
        self._seen: Progress | None = None
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._show_latest)
        self._look.start()
        self._patience = QTimer(self, interval=LASTING_MS, singleShot=True)
        self._patience.timeout.connect(self.lasting)
        self._patience.start()

    @property
    def cancelling(self) -> bool:
        return self._cancel.is_set()

    def cancel(self) -> None:
        """Ask for the end; the job is closed on its own thread at its next committed point."""
        self._cancel.set()

    def _drive(self, start: Callable[[], Job[T]]) -> Callable[[], None]:
        """On the lane: run to the end. Returns what the GUI thread has to do about it."""
        try:
            job = start()
            while not self._cancel.is_set():
                try:
                    self._latest = next(job)
                except StopIteration as stop:
                    report = stop.value
                    return lambda: self._end(self.finished, report)
            job.close()
        except Exception as error:
            failure = error  # the name ``error`` is gone when the lambda runs
            return lambda: self._end(self.failed, failure)
        return lambda: self._end(self.cancelled)

    def _show_latest(self) -> None:
        if self._latest is not None and self._latest is not self._seen:
            self._seen = self._latest
            self.progressed.emit(self._seen)

    def _end(self, signal: Any, *payload: object) -> None:
        self._show_latest()
        self._look.stop()
        self._patience.stop()
        signal.emit(*payload)
        self.deleteLater()


class Jobs(QObject):
    """The lanes of one window, and the way back to the GUI thread."""

    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.writing = Lane("writing")
        self.training = Lane("training")
        self.searching = Lane("searching")
        self.reading = Lane("reading")
        self.steering = Lane("steering")
        self.copying = Lane("copying")
        self.comparing = Lane("comparing")
        self.parts = Lane("parts")
        self.describing = Lane("describing")
        self.counting = Lane("counting")
        self.thumbnails = Lane("thumbnails", threads=THUMBNAIL_THREADS, newest_first=True)
        self._lanes = (
            self.writing,
            self.training,
            self.searching,
            self.reading,
            self.steering,
            self.copying,
            self.comparing,
            self.parts,
            self.describing,
            self.counting,
            self.thumbnails,
        )
        self._running: list[Running[Any]] = []
        self._open = True
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def ask(
        self,
        lane: Lane,
        call: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        ticket: Ticket | None = None,
    ) -> None:
        """Call ``call`` on ``lane``, then ``done`` or ``failed`` on the GUI thread.

        With a ``ticket`` that is stale by then, neither. Without ``failed`` an error is logged.
        """

        def work() -> None:
            if ticket is not None and ticket.stale:
                return
            try:
                answer = call()
            except Exception as error:
                failure = error
                self._post(lambda: _report(failure, failed), ticket)
            else:
                self._post(lambda: done(answer), ticket)

        lane.put(work)

    def run(self, lane: Lane, start: Callable[[], Job[T]]) -> Running[T]:
        """Run a job on ``lane``: ``start`` is called there and its generator driven to the end."""
        running: Running[T] = Running(self)
        self._running.append(running)
        for end in (running.finished, running.cancelled, running.failed):
            end.connect(lambda *_: self._running.remove(running))
        lane.put(lambda: self._post(running._drive(start), None))
        return running

    def close(self, wait_ms: int, *, training: bool = True) -> bool:
        """Cancel everything and wait for the lanes. True: all have ended.

        ``training`` False: not for that one, whose work is done by another process. That one ends
        when this one does, if not before, and touches nothing of what is closed here.
        """
        self._open = False
        for running in self._running:
            running.cancel()
        for lane in self._lanes:
            lane.stop()
        deadline = time.monotonic() + wait_ms / 1000
        awaited = [lane for lane in self._lanes if training or lane is not self.training]
        ended = [lane.join(deadline) for lane in awaited]  # every one gets its chance
        return all(ended)

    def _post(self, call: Callable[[], None], ticket: Ticket | None) -> None:
        if self._open:
            self._arrived.emit((call, ticket))

    def _deliver(self, parcel: tuple[Callable[[], None], Ticket | None]) -> None:
        call, ticket = parcel
        if self._open and not (ticket is not None and ticket.stale):
            call()


def _report(error: Exception, failed: Callable[[Exception], None] | None) -> None:
    if failed is None:
        log.error("A background call failed", exc_info=error)
    else:
        failed(error)
