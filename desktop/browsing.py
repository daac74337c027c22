"""The library's folders, and the months in which its photos were taken, as levels of tiles."""

from __future__ import annotations

from calendar import monthrange
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop import filtering, words
from desktop.arranging import Section
from desktop.jobs import Jobs
from desktop.levels import Crumb, Level, LevelModel, Place, Tile
from engine.types import BrowsedFolder, BrowsedMonth, Filters, FolderLevel, TimeLine

if TYPE_CHECKING:
    from engine.services.session import Session


class FolderLevels(LevelModel):
    """Places are folders."""

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(jobs, jobs.reading, parent)
        self._session = session

    def _read(self, place: Place) -> Level:
        found = self._session.browse_folders(place if isinstance(place, Path) else None)
        return _folders(found, begun_here=place is None)


class TimeLevels(LevelModel):
    """One level: all months, under the years as headings."""

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(jobs, jobs.reading, parent)
        self._session = session

    def _read(self, place: Place) -> Level:
        return _months(self._session.time_line())


def _folders(level: FolderLevel, *, begun_here: bool) -> Level:
    """``begun_here``: the only folder of the library was opened without being asked for."""
    tiles = [_folder(folder, root=level.path is None) for folder in level.folders]
    if level.own is not None and not tiles:
        tiles = [_folder(level.own)]
    crumbs = [Crumb(None, words.all_folders())]
    if level.path is not None and level.root is not None:
        inside = level.path.relative_to(level.root)
        above = [level.root / Path(*inside.parts[:n]) for n in range(len(inside.parts) + 1)]
        crumbs += [Crumb(folder, words.name(folder)) for folder in above]
        if begun_here:
            crumbs = [Crumb(None, words.place(level.root))]
    return Level(
        crumbs=tuple(crumbs),
        line=words.folders_line(len(level.folders)),
        filters=Filters() if level.path is None else Filters(folders=(level.path,)),
        tiles=tuple(tiles),
        sections=(Section("", 0, len(tiles)),),
        note=words.loose(level.own.count if level.own is not None and level.folders else 0),
    )


def _folder(folder: BrowsedFolder, *, root: bool = False) -> Tile:
    return Tile(
        place=folder.path,
        name=words.place(folder.path) if root else words.name(folder.path),
        count=folder.count,
        pictures=folder.some,
        filters=Filters(folders=(folder.path,)),
        deeper=folder.deeper,
    )


def _months(line: TimeLine) -> Level:
    tiles: list[Tile] = []
    sections: list[Section] = []
    for year, months in groupby(line.months, key=lambda month: month.first.year):
        of_year = [_month(month) for month in months]
        heading = words.year(year, sum(tile.count for tile in of_year))
        sections.append(Section(heading, len(tiles), len(of_year)))
        tiles += of_year
    return Level(
        crumbs=(Crumb(None, words.all_months()),),
        line=words.time_line(len(tiles)),
        filters=Filters(),
        tiles=tuple(tiles),
        sections=tuple(sections),
        note=words.undated(line.undated),
    )


def _month(month: BrowsedMonth) -> Tile:
    first = month.first
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return Tile(
        place=(first.year, first.month),
        name=words.month(first),
        count=month.count,
        pictures=month.some,
        filters=filtering.between(Filters(), first, last),
        deeper=False,
    )
