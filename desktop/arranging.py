"""In which order and under which headings found photos lie, and which of them lie in a stack.

Plain functions from hits to cells and sections. Neighbours: results (the model that shows them),
``engine.search.stacking`` (says which photos are near-duplicates).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from desktop import words
from engine.types import Band, Photo, SearchHit

NEVER = datetime.min.replace(tzinfo=UTC)


class Sort(StrEnum):
    RELEVANCE = "relevance"
    DATE = "date"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Cell:
    """One photo of the grid; ``hit`` is None where the library is shown without a query.

    ``behind``: near-duplicates that this one stands for, best first. They have cells of their own,
    ``below`` this one, while the stack is ``spread``.
    """

    photo: Photo
    hit: SearchHit | None = None
    behind: tuple[SearchHit, ...] = ()
    spread: bool = False
    below: bool = False
    best: bool = False  # of a group of duplicates
    wanted: bool = False  # a person asked for more like it

    @property
    def key(self) -> tuple[int, Path]:
        """The same photo in an older list has the same key."""
        return self.photo.content_id, self.photo.path

    @property
    def raws(self) -> tuple[Path, ...]:
        """The camera raw files behind the photo."""
        return () if self.hit is None else self.hit.stack

    @property
    def stacked(self) -> int:
        """How many other files this cell stands for."""
        return len(self.behind) + len(self.raws) + sum(len(hit.stack) for hit in self.behind)


@dataclass(frozen=True, slots=True)
class Section:
    """Rows ``first`` to ``first + count - 1`` share a heading ("" for none).

    ``mixed``: it does not tell how sure the matches are.
    """

    heading: str
    first: int
    count: int
    mixed: bool = False


def arranged(
    hits: Sequence[SearchHit],
    sort: Sort,
    *,
    stacks: bool,
    spread: Collection[Path],
    wanted: Collection[int] = (),
) -> list[Cell]:
    """Cells of ``hits`` (in rank order). ``spread``: paths of the stacks that lie open.

    ``wanted``: content ids of the photos of which a person asked for more.
    """
    behind: dict[int, list[SearchHit]] = {}
    leading: list[SearchHit] = []
    for hit in hits:
        if stacks and hit.near is not None:
            behind.setdefault(hit.near, []).append(hit)
        else:
            leading.append(hit)
    if sort is Sort.DATE:
        leading.sort(key=lambda hit: clock(hit.photo) or NEVER, reverse=True)
    elif sort is Sort.FOLDER:
        leading.sort(key=lambda hit: (hit.photo.path.parent, hit.photo.path.name))
    cells: list[Cell] = []
    for hit in leading:
        others = tuple(behind.get(hit.rank, ()))
        is_spread = bool(others) and hit.photo.path in spread
        liked = hit.photo.content_id in wanted
        cells.append(Cell(hit.photo, hit, others, spread=is_spread, wanted=liked))
        if is_spread:
            cells += [Cell(other.photo, other, below=True) for other in others]
    return cells


def sections(
    cells: Sequence[Cell], sort: Sort, *, first: int = 0, last: Section | None = None
) -> list[Section]:
    """Of cells from row ``first`` on; ``last``: the section before them, which may go on.

    By relevance one for each band, as long as ranks and bands agree; else one without a heading.
    Photos that a person asked for more of have their own.
    """
    found = [] if last is None else [last]
    above: Cell | None = cells[first - 1] if last is not None else None
    of = _KEYS[sort]
    key: Hashable = None if above is None else of(above)
    for row in range(first, len(cells)):
        cell = cells[row]
        here = key if cell.below and found else of(cell)
        if found and here == key:
            continue
        if found:
            found[-1] = replace(found[-1], count=row - found[-1].first)
        key = here
        found.append(Section(_heading(cell, sort, begins=not found), row, 0))
    if found:
        found[-1] = replace(found[-1], count=len(cells) - found[-1].first)
    headings = [section.heading for section in found]
    if sort is Sort.RELEVANCE and len(set(headings)) < len(headings):
        if not cells[0].wanted:
            return [Section("", 0, len(cells), mixed=True)]
        first = found[0].count
        others = Section(words.others_heading(), first, len(cells) - first, mixed=True)
        return [found[0], others]
    return found


def clock(photo: Photo) -> datetime | None:
    """When the photo was taken, by the camera's own clock; else the time of its file."""
    taken, offset = photo.metadata.taken_at, photo.metadata.taken_offset
    if taken is None:
        return photo.modified_at
    return taken + timedelta(minutes=offset) if offset else taken


def band_of(cell: Cell) -> Band | None:
    return cell.hit.band if cell.hit else None


def _relevance_of(cell: Cell) -> Hashable:
    return "wanted" if cell.wanted else band_of(cell)


def _month_of(cell: Cell) -> tuple[int, int] | None:
    when = clock(cell.photo)
    return None if when is None else (when.year, when.month)


def _folder_of(cell: Cell) -> Path:
    return cell.photo.path.parent


_KEYS: dict[Sort, Callable[[Cell], Hashable]] = {
    Sort.RELEVANCE: _relevance_of,
    Sort.DATE: _month_of,
    Sort.FOLDER: _folder_of,
}


def _heading(cell: Cell, sort: Sort, *, begins: bool) -> str:
    if sort is Sort.FOLDER:
        return words.place(cell.photo.path.parent)
    if sort is Sort.DATE:
        when = clock(cell.photo)
        return words.no_date() if when is None else words.month(when)
    band = band_of(cell)
    if band is None:
        return ""
    if cell.wanted:
        return words.wanted_heading()
    return words.no_confident_match() if begins and band is Band.GUESS else words.band_heading(band)
