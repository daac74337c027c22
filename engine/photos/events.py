"""What the system tells of changes below a folder, where it tells any.

Events are hints: they say that something happened below a folder, and a scan finds out what. Lost
ones are made up for by looking again now and then (``engine.services.watching``), so nothing here
tries to be complete.
"""

from __future__ import annotations

import errno
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from engine.photos.scan import EXTENSIONS, PASSED_OVER, REFUSED

# Never "opened" or "closed without writing": reading photos would be noticed as a change of them.
CHANGES: list[type[FileSystemEvent]] = [
    *(FileCreatedEvent, FileModifiedEvent, FileClosedEvent, FileMovedEvent, FileDeletedEvent),
    *(DirCreatedEvent, DirMovedEvent, DirDeletedEvent),
]
MOST_WATCHES = Path("/proc/sys/fs/inotify/max_user_watches")  # Linux: one for every folder
SHARE = 2  # leave half of them to other programs
FULL = (errno.ENOSPC, errno.EMFILE, errno.ENFILE)


class TooManyFoldersError(OSError):
    """The system cannot tell of changes in so many folders."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One folder whose changes are told."""

    observed: ObservedWatch
    folders: int  # below it and itself, where they are counted


class FolderEvents:
    """Tells of changes below any number of folders, on a thread of its own."""

    def __init__(self) -> None:
        self._observer = Observer()
        self._folders = 0

    def start(self) -> None:
        self._observer.start()

    def stop(self) -> None:
        """Ends all watches and waits for the thread."""
        self._observer.stop()
        self._observer.join()

    def watch(self, folder: Path, happened: Callable[[bool], None]) -> Watch:
        """Call ``happened(a folder came or moved)`` at every change that may concern photos.

        Raises ``TooManyFoldersError``, and ``OSError`` where ``folder`` cannot be looked at.
        """
        count = self._count(folder)
        try:
            observed = self._observer.schedule(
                _Handler(happened), os.fspath(folder), recursive=True, event_filter=CHANGES
            )
        except OSError as error:
            _release(error)
            if error.errno in FULL:
                raise TooManyFoldersError(error.errno, error.strerror) from error
            raise
        self._folders += count
        return Watch(observed, count)

    def alive(self, watch: Watch) -> bool:
        """False once the system has ended it: the folder was deleted, its drive pulled out."""
        return any(
            emitter.watch == watch.observed and emitter.is_alive()
            for emitter in list(self._observer.emitters)
        )

    def unwatch(self, watch: Watch) -> None:
        self._folders -= watch.folders
        self._observer.unschedule(watch.observed)

    def _count(self, folder: Path) -> int:
        """Folders below ``folder``; 0 where they cost nothing. Asks before it takes too many."""
        try:
            most = int(MOST_WATCHES.read_text("ascii")) // SHARE
        except (OSError, ValueError):
            return 0
        count = 0
        for _ in os.walk(folder):
            count += 1
            if self._folders + count > most:
                raise TooManyFoldersError(errno.ENOSPC, "too many folders")
        return count


class _Handler(FileSystemEventHandler):
    def __init__(self, happened: Callable[[bool], None]) -> None:
        self._happened = happened

    def on_any_event(self, event: FileSystemEvent) -> None:
        paths = (event.src_path, event.dest_path)  # the second one of moves alone
        names = [Path(os.fsdecode(path)).name for path in paths if path]
        if event.is_directory:
            if not all(name.startswith(".") or name in PASSED_OVER for name in names):
                self._happened(not isinstance(event, DirDeletedEvent))
        elif any(map(_may_be_photo, names)):
            self._happened(False)


def _may_be_photo(name: str) -> bool:
    """As far as the name tells; ``engine.photos.scan`` decides."""
    _, dot, extension = name.rpartition(".")
    return not name.startswith("._") and (not dot or extension.lower() in EXTENSIONS | REFUSED)


def _release(error: OSError) -> None:
    """Close what a watch that failed half-way holds: else it keeps all the watches it has got."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        half = frame.f_locals.get("self")
        if half is not None and type(half).__name__ == "Inotify":
            half._close_resources()
            return
