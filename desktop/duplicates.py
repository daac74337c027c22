"""Near-duplicates in the window: the search for them, verdicts on what it found, and their cells.

Nothing is deleted here. Neighbours: panels.duplicates_page (what is seen of it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QObject, Qt, QTimer, Signal

from desktop import words
from desktop.arranging import Cell, Section
from desktop.jobs import Jobs, Running
from desktop.results import Index, PhotoModel, PixmapRole
from desktop.thumbnails import Thumbnails
from engine.types import DuplicateGroup, DuplicateKind, DuplicatesReport, Photo, Progress

if TYPE_CHECKING:
    from engine.services.session import Session

PAGE = 200  # groups that come into the grid at once


@dataclass(frozen=True, slots=True)
class Verdict:
    """That ``photos`` are no duplicates: of ``others``, or (none) of each other."""

    group: DuplicateGroup
    left: DuplicateGroup | None  # of the group, after the verdict
    photos: tuple[int, ...]  # content ids
    others: tuple[int, ...] = ()


class DuplicateSearch(QObject):
    """One search at a time; what it found stays until the next."""

    changed = Signal()  # groups, progress or a failure
    told = Signal(object)  # Verdict that is remembered now
    taken_back = Signal(object)  # Verdict
    refused = Signal(object)  # Exception: the verdict could not be kept

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._running: Running[DuplicatesReport] | None = None
        self._verdicts: list[Verdict] = []  # of this window, the last one last
        self.report: DuplicatesReport | None = None
        self.failure: Exception | None = None
        self.progress: Progress | None = None
        self.outdated = False  # photos came or went since

    @property
    def running(self) -> bool:
        return self._running is not None

    @property
    def can_take_back(self) -> bool:
        return bool(self._verdicts)

    def start(self) -> None:
        if self._running is not None:
            return
        self.failure, self.progress = None, None
        running = self._jobs.run(self._jobs.comparing, self._session.duplicates)
        running.progressed.connect(self._progressed)
        running.finished.connect(self._finished)
        running.cancelled.connect(self._ended)
        running.failed.connect(self._failed)
        self._running = running
        self.changed.emit()

    def cancel(self) -> None:
        if self._running is not None:
            self._running.cancel()

    def outdate(self) -> None:
        if self.report is not None:
            self.outdated = True
            self.changed.emit()

    # Verdicts

    def not_the_same(self, group: DuplicateGroup, photo: Photo | None = None) -> None:
        """No photos of the group are duplicates; with ``photo``: that one is none of the others."""
        ids = tuple(dict.fromkeys(member.content_id for member in group.photos))
        if photo is None:
            self._keep(Verdict(group, None, ids))
            return
        rest = tuple(p for p in group.photos if p.content_id != photo.content_id)
        left = replace(group, photos=rest) if len(rest) > 1 else None
        others = tuple(content_id for content_id in ids if content_id != photo.content_id)
        self._keep(Verdict(group, left, (photo.content_id,), others))

    def take_back(self) -> None:
        """The last verdict."""
        if not self._verdicts:
            return
        verdict = self._verdicts.pop()
        self._jobs.ask(
            self._jobs.steering,
            lambda: self._session.same_after_all(verdict.photos, verdict.others),
            lambda _: self._taken_back(verdict),
            self.refused.emit,
        )

    def _keep(self, verdict: Verdict) -> None:
        self._jobs.ask(
            self._jobs.steering,
            lambda: self._session.not_the_same(verdict.photos, verdict.others),
            lambda _: self._kept(verdict),
            self.refused.emit,
        )

    def _kept(self, verdict: Verdict) -> None:
        self._verdicts.append(verdict)
        self._exchange(verdict.group, verdict.left)
        self.told.emit(verdict)

    def _taken_back(self, verdict: Verdict) -> None:
        if verdict.left is not None:
            self._exchange(verdict.left, verdict.group)
        elif self.report is not None:
            self._show((verdict.group, *self.report.groups))
        self.taken_back.emit(verdict)

    def _exchange(self, old: DuplicateGroup, new: DuplicateGroup | None) -> None:
        if self.report is not None:
            swapped = (new if group is old else group for group in self.report.groups)
            self._show(tuple(group for group in swapped if group is not None))

    def _show(self, groups: tuple[DuplicateGroup, ...]) -> None:
        assert self.report is not None
        photos = sum(len(group.photos) for group in groups)
        self.report = replace(self.report, groups=groups, photos=photos)
        self.changed.emit()

    # How the search goes on

    def _progressed(self, progress: Progress) -> None:
        self.progress = progress
        self.changed.emit()

    def _finished(self, report: DuplicatesReport) -> None:
        self.report, self.outdated = report, False
        self._verdicts.clear()
        self._ended()

    def _failed(self, error: Exception) -> None:
        self.failure = error
        self._ended()

    def _ended(self) -> None:
        self._running, self.progress = None, None
        self.changed.emit()


class DuplicatePhotos(PhotoModel):
    """The photos of groups, every group under a heading that says why, the best photo first."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(thumbnails, parent)
        self._groups: tuple[DuplicateGroup, ...] = ()
        self._in_sight = 0  # groups that are in the grid
        self._places: list[int] = []  # row -> place of its group
        self._copies: dict[int, list[int]] = {}  # content id -> rows
        self._headed: list[Section] = []

    def show_groups(self, groups: Sequence[DuplicateGroup]) -> None:
        """As many as were shown before stay in the grid."""
        self._groups = tuple(groups)
        end = max(PAGE, self._in_sight)
        self._in_sight, self._places, self._copies, self._headed = 0, [], {}, []
        self._more = True
        self._replace(self._next_cells(end))

    def group(self, index: Index) -> DuplicateGroup | None:
        if not 0 <= index.row() < len(self._places):
            return None
        return self._groups[self._places[index.row()]]

    def first_row(self, group: int) -> int:
        """Of a group in the grid, else of the last there is."""
        return self._headed[min(group, len(self._headed) - 1)].first if self._headed else 0

    def place(self, index: Index) -> int:
        """The place of a photo's group."""
        return self._places[index.row()] if 0 <= index.row() < len(self._places) else 0

    def sections(self) -> list[Section]:
        return self._headed

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        said = super().data(index, role)
        cell = self.cell(index) if role == Qt.ItemDataRole.AccessibleTextRole else None
        return words.best_cell(said) if cell is not None and cell.best else said

    def canFetchMore(self, parent: Index) -> bool:  # noqa: N802
        more = self._more and self._in_sight < len(self._groups)
        return more and not parent.isValid()

    def fetchMore(self, parent: Index) -> None:  # noqa: N802
        if self.canFetchMore(parent):
            self._more = False  # until these are laid out
            QTimer.singleShot(0, self, self._want_more)
            first = self.rowCount()
            begun = self._in_sight
            count = sum(len(g.photos) for g in self._groups[begun : begun + PAGE])
            self.beginInsertRows(QModelIndex(), first, first + count - 1)
            self._cells += self._next_cells(begun + PAGE)
            self.endInsertRows()

    def _want_more(self) -> None:
        self._more = True

    def _next_cells(self, end: int) -> list[Cell]:
        """The cells of groups up to ``end`` that are not in the grid yet."""
        cells: list[Cell] = []
        first = len(self._places)
        for place in range(self._in_sight, min(end, len(self._groups))):
            group = self._groups[place]
            self._headed.append(Section(words.duplicates_heading(group), first, len(group.photos)))
            for number, photo in enumerate(group.photos):
                self._copies.setdefault(photo.content_id, []).append(first + number)
                cells.append(Cell(photo, best=number == 0))
            self._places += [place] * len(group.photos)
            first += len(group.photos)
        self._in_sight = min(end, len(self._groups))
        return cells

    def _picture_arrived(self, content_id: int) -> None:
        for row in self._copies.get(content_id, ()):
            self.dataChanged.emit(self.index(row), self.index(row), [PixmapRole])


def of_kind(
    groups: Sequence[DuplicateGroup], kind: DuplicateKind | None
) -> tuple[DuplicateGroup, ...]:
    """None: all."""
    return tuple(group for group in groups if kind is None or group.kind is kind)
