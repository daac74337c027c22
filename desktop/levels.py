"""The way through a library that lies in levels: its tree, its folders, its months.

A *level* is what one place shows: tiles, each with a level below it or with photos alone. Reading
one is the subclass's, on another thread. Neighbours: exploring and browsing (the three libraries
of levels), panels.level_page (shows one).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from desktop.arranging import Section
from desktop.jobs import Jobs, Lane, Turns
from engine.types import Filters

T = TypeVar("T")

Place = tuple[int, ...] | Path | None  # None: where a person begins


@dataclass(frozen=True, slots=True)
class Tile:
    """Photos that lie together. ``pictures``: content ids, the most telling first.

    ``filters`` shows exactly these photos; ``deeper``: ``place`` has a level of its own.
    """

    place: Place
    name: str
    count: int
    pictures: tuple[int, ...]
    filters: Filters
    deeper: bool


@dataclass(frozen=True, slots=True)
class Crumb:
    """A place on the way from the beginning to a level."""

    place: Place
    name: str


@dataclass(frozen=True, slots=True)
class Level:
    """``crumbs``: the way here, this place last. ``sections`` say how ``tiles`` lie.

    ``filters`` shows all photos of the level.
    """

    crumbs: tuple[Crumb, ...]
    line: str
    filters: Filters
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    note: str = ""


class LevelModel(QObject):
    """One level at a time, and the way back."""

    changed = Signal()  # another level, or a failure instead of one

    def __init__(self, jobs: Jobs, lane: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._lane = lane
        self._turns = Turns()
        self._places: list[Place] = [None]
        self._position = 0
        self._current = True  # what was read last is as the library is now
        self._asking = False
        self.level: Level | None = None
        self.failure: Exception | None = None
        self.chosen: Place = None  # the tile that a person came up from, or looks for

    def _read(self, place: Place) -> Level:
        """What ``place`` shows; called on the lane."""
        raise NotImplementedError

    @property
    def place(self) -> Place:
        return self._places[self._position]

    @property
    def can_go_back(self) -> bool:
        return self._position > 0

    @property
    def can_go_forward(self) -> bool:
        return self._position < len(self._places) - 1

    @property
    def above(self) -> Crumb | None:
        """The level that holds this one as a tile."""
        crumbs = self.level.crumbs if self.level is not None and self.failure is None else ()
        return crumbs[-2] if len(crumbs) > 1 else None

    def show(self) -> None:
        """It comes into sight: read what was never read, or has changed since."""
        unread = self.level is None and self.failure is None
        if not self._asking and (unread or not self._current):
            self._ask()

    def outdate(self) -> None:
        """The library has changed; the level is read again when it comes into sight."""
        self._current = False

    def open(self, place: Place, chosen: Place = None) -> None:
        """Go to a place, with the tile ``chosen`` in sight."""
        if place != self.place:
            self._places[self._position + 1 :] = [place]
            self._position += 1
        self.chosen = chosen
        self._ask()

    def up(self) -> None:
        if self.above is not None:
            self.open(self.above.place, self.place)

    def back(self) -> None:
        if self.can_go_back:
            self._step(-1)

    def forward(self) -> None:
        if self.can_go_forward:
            self._step(1)

    def begin_again(self) -> None:
        """At the beginning; the way here led through what is no longer there."""
        self._places, self._position = [None], 0
        self.chosen = None
        self._ask()

    def _step(self, by: int) -> None:
        self.chosen = self.place
        self._position += by
        self._ask()

    def _ask(self) -> None:
        place = self.place
        self._begin(lambda: self._read(place), self._arrived, self._failed)

    def _begin(
        self, call: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Ask on the lane; what was asked before is no longer wanted."""
        self._asking = True
        self._jobs.ask(self._lane, call, done, failed, ticket=self._turns.begin())

    def _arrived(self, level: Level) -> None:
        self._asking = False
        self.level, self.failure, self._current = level, None, True
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        self._asking = False
        self.failure, self._current = error, True
        self.changed.emit()
