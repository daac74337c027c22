"""Watching: changes in the library's folders are noticed while the app runs.

Events where the system sends them, a look every few minutes where it does not (network drives,
more folders than the system can watch), and a rare look everywhere, because events get lost. What
happens is gathered until it is quiet; then the folder is named to the caller, who indexes it. That
compares names, sizes and times only: a second for a hundred thousand files.

A watcher knows nothing of windows: it calls back on its own thread, one folder list at a time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import LibraryError, printable
from engine.photos import volumes
from engine.photos.events import FolderEvents, TooManyFoldersError, Watch
from engine.photos.volumes import Mounts
from engine.store import files
from engine.store.database import Library
from engine.store.files import Root
from engine.types import VolumeKind

SECONDS_QUIET = 2.0  # a copy of many files is one change
SECONDS_AT_MOST = 30.0  # while events go on
SECONDS_BETWEEN_LOOKS = 5.0  # at folders, drives and their being there
SECONDS_BETWEEN_POLLS = 300.0  # where no events come
SECONDS_BETWEEN_CHECKS = 1800.0  # where they do: some get lost

log = logging.getLogger(__name__)


class Settling:
    """Changes that wait until nothing has happened to their folder for a while."""

    def __init__(self, quiet: float = SECONDS_QUIET, at_most: float = SECONDS_AT_MOST) -> None:
        self._quiet = quiet
        self._at_most = at_most
        self._times: dict[int, tuple[float, float]] = {}  # root id -> first and last event

    def happened(self, root_id: int, now: float) -> None:
        first, _ = self._times.get(root_id, (now, now))
        self._times[root_id] = first, now

    def at_once(self, root_id: int, now: float) -> None:
        """A change that nothing more will belong to."""
        self._times[root_id] = now - self._at_most, now

    def forget(self, root_id: int) -> None:
        self._times.pop(root_id, None)

    def take(self, now: float, held: frozenset[int]) -> tuple[int, ...]:
        """What has settled, in order of ids; ``held`` ones go on waiting."""
        due = [r for r in self._times if r not in held and self._due_at(r) <= now]
        for root_id in due:
            del self._times[root_id]
        return tuple(sorted(due))

    def next_at(self, held: frozenset[int]) -> float:
        """When :meth:`take` next has something to give."""
        return min((self._due_at(r) for r in self._times if r not in held), default=float("inf"))

    def _due_at(self, root_id: int) -> float:
        first, last = self._times[root_id]
        return min(last + self._quiet, first + self._at_most)


@dataclass(slots=True)
class _Place:
    """A folder that is being watched, as it was when that began."""

    path: Path
    identity: tuple[int, int]
    watch: Watch | None  # None: it is polled
    poll_at: float
    grown: bool = False  # a folder came: the system may not tell of what is in it


class Watcher:
    """``start``, then ``changed(root_ids)`` is called whenever folders should be indexed.

    ``told`` gets a sentence where something keeps changes from being noticed at once. From
    ``ready`` on nothing is missed; what changed before is found by indexing everything once.
    ``turn`` is what the thread does over and over; tests call it with a clock of their own.
    """

    def __init__(
        self,
        folders: Callable[[], Sequence[Root]],
        changed: Callable[[tuple[int, ...]], None],
        told: Callable[[str], None] = log.warning,
        *,
        mounts: Mounts = volumes.mounts,
        clock: Callable[[], float] = time.monotonic,
        settling: Settling | None = None,
        seconds_between_looks: float = SECONDS_BETWEEN_LOOKS,
    ) -> None:
        self._folders = folders
        self._changed = changed
        self._told = told
        self._mounts = mounts
        self._clock = clock
        self._settling = settling or Settling()
        self._between_looks = seconds_between_looks
        self.ready = threading.Event()
        self._wake = threading.Condition()
        self._open = True
        self._look_at = float("-inf")
        self._first = True
        self._mounted: object = None
        self._paused: frozenset[int] = frozenset()
        self._places: dict[int, _Place] = {}
        self._events = FolderEvents()
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)

    def start(self) -> None:
        self._events.start()
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Watch no more. A thread that hangs in a dead drive is left to itself."""
        with self._wake:
            self._open = False
            self._wake.notify_all()
        self._thread.join(seconds)
        if not self._thread.is_alive():
            self._events.stop()

    def look_now(self) -> None:
        """Folders were added, removed, paused or resumed: do not wait for the next look."""
        with self._wake:
            self._look_at = float("-inf")
            self._wake.notify_all()

    def _run(self) -> None:
        while True:
            with self._wake:
                if not self._open:
                    return
                now = self._clock()
                wait = min(self._look_at, self._settling.next_at(self._paused)) - now
                if wait > 0:
                    self._wake.wait(wait)
                    continue
            try:
                self.turn()
            except LibraryError as error:  # locked, or its disk is gone: perhaps not for long
                log.warning("Watching: %s", error)

    def turn(self) -> None:
        """Look around where it is time to, and tell what has settled."""
        now = self._clock()
        with self._wake:
            looking = now >= self._look_at
            if looking:
                self._look_at = now + self._between_looks
        if looking:
            self._look(now)
        with self._wake:
            due = self._settling.take(now, self._paused)
        for root_id in due:
            self._renew(root_id)
        if due:
            self._changed(due)

    def _look(self, now: float) -> None:
        """Bring the watches up to date with folders and drives."""
        folders = {folder.root_id: folder for folder in self._folders()}
        mounted = self._mounts()
        other_drives, self._mounted = mounted != self._mounted and not self._first, mounted
        self._paused = frozenset(f.root_id for f in folders.values() if f.paused)
        for root_id in set(self._places) - set(folders):
            self._leave(root_id)
            with self._wake:
                self._settling.forget(root_id)
        for root_id, folder in folders.items():
            place, identity = self._places.get(root_id), _identity(folder.path)
            ended = place is not None and (
                (place.path, place.identity) != (folder.path, identity)
                or (place.watch is not None and not self._events.alive(place.watch))
            )
            if ended:
                self._leave(root_id)
            if identity is not None and (ended or place is None):
                self._enter(folder, identity, now)
            came = place is None and identity is not None
            back = other_drives and not folder.online  # perhaps, under whatever path
            if ended or (came and not self._first) or back:
                self._at_once(root_id, now)
            place = self._places.get(root_id)
            if place is not None and now >= place.poll_at:
                place.poll_at = now + _seconds_between_polls(place)
                self._at_once(root_id, now)
        self._first = False
        self.ready.set()

    def _enter(self, folder: Root, identity: tuple[int, int], now: float) -> None:
        watch = None
        if folder.kind != VolumeKind.NETWORK:
            watch = self._watch(folder.root_id, folder.path)
        place = _Place(folder.path, identity, watch, now)
        place.poll_at += _seconds_between_polls(place)
        self._places[folder.root_id] = place

    def _watch(self, root_id: int, path: Path) -> Watch | None:
        try:
            return self._events.watch(path, lambda grown: self._happened(root_id, grown))
        except TooManyFoldersError:
            self._told(
                f"{printable(path)} holds more folders than this computer can watch: changes in it "
                f"are looked for every {SECONDS_BETWEEN_POLLS / 60:.0f} minutes."
            )
        except OSError as error:  # not readable, or gone again
            log.info("%s cannot be watched: %s", printable(path), error)
        return None

    def _leave(self, root_id: int) -> None:
        place = self._places.pop(root_id)
        if place.watch is not None:
            self._events.unwatch(place.watch)

    def _renew(self, root_id: int) -> None:
        """Watch a folder anew that others were moved into: nothing tells of what is in those.

        Before it is indexed, so that nothing falls between.
        """
        place = self._places.get(root_id)
        if place is not None and place.grown and place.watch is not None:
            self._events.unwatch(place.watch)
            place.grown = False
            place.watch = self._watch(root_id, place.path)

    def _happened(self, root_id: int, grown: bool) -> None:
        """On the thread of the events."""
        with self._wake:
            self._settling.happened(root_id, self._clock())
            place = self._places.get(root_id)
            if place is not None:
                place.grown = place.grown or grown
            self._wake.notify_all()

    def _at_once(self, root_id: int, now: float) -> None:
        with self._wake:
            self._settling.at_once(root_id, now)


def watch(
    library: Library,
    changed: Callable[[tuple[int, ...]], None],
    told: Callable[[str], None] = log.warning,
) -> Watcher:
    """A watcher of all the library's folders, started. ``changed`` is called on its thread."""

    def folders() -> Sequence[Root]:
        with library.read() as connection:
            return files.roots(connection)

    watcher = Watcher(folders, changed, told)
    watcher.start()
    return watcher


def _seconds_between_polls(place: _Place) -> float:
    return SECONDS_BETWEEN_POLLS if place.watch is None else SECONDS_BETWEEN_CHECKS


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a folder from another one at the same path; None: it is not there."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
