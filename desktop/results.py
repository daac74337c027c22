"""The grid's model: photos in order, with their pictures fetched as they come into sight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QPixmap

from desktop import words
from desktop.addresses import file_url
from desktop.arranging import Cell, Section, Sort, arranged, sections
from desktop.layout import SectionedModel
from desktop.panels.making import plain
from desktop.thumbnails import Thumbnails
from engine.types import Photo, SearchHit

CellRole = Qt.ItemDataRole.UserRole
PixmapRole = Qt.ItemDataRole.UserRole + 1
SignRole = Qt.ItemDataRole.UserRole + 2  # what was said of the photo: 1, -1, or 0

Index = QModelIndex | QPersistentModelIndex


class PhotoModel(SectionedModel):
    """Cells of an answer (by relevance, date or folder), or of the library itself."""

    more_wanted = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.thumbnails = thumbnails
        self.sorted_by = Sort.RELEVANCE
        self.stacks = True  # near-duplicates share a cell
        self._hits: tuple[SearchHit, ...] = ()
        self._spread: set[Path] = set()  # the stacks that lie open
        self._signs: dict[int, int] = {}
        self._cells: list[Cell] = []
        self._rows: dict[int, int] = {}  # content id -> row
        self._sections: list[Section] | None = None
        self._more = False
        self._fresh = True  # what comes next has nothing to do with what is here
        thumbnails.arrived.connect(self._picture_arrived)

    # What it is filled with

    def clear(self) -> None:
        self._hits = ()
        self._more = False
        self._replace([])

    def begin(self, sort: Sort) -> None:
        """The next photos answer another question: nothing of these keeps its place."""
        self._fresh = True
        self.sorted_by = sort
        self._spread.clear()

    def show_hits(self, hits: Sequence[SearchHit], *, more: bool) -> None:
        """A longer answer to the same question keeps the cells (and the scroll position)."""
        self._hits = tuple(hits)
        self._show(self._arranged(), more=more)

    def show_photos(self, photos: Sequence[Photo], *, more: bool) -> None:
        """The library from its first photo on. What is shown already keeps its place."""
        self._hits = ()
        self._show([Cell(photo) for photo in photos], more=more, partial=True)

    def append_photos(self, photos: Sequence[Photo], *, more: bool) -> None:
        """The next page; photos that moved down since the last one are not shown twice."""
        self._more = more
        self._append([Cell(p) for p in photos if p.content_id not in self._rows])

    # How it lies

    def set_sort(self, sort: Sort) -> None:
        """Of an answer; the library is sorted where it is read."""
        if sort is not self.sorted_by and self._hits:
            self.sorted_by = sort
            self._replace(self._arranged())

    def set_stacks(self, stacks: bool) -> None:
        self.stacks = stacks
        if self._hits:
            self._show(self._arranged(), more=self._more)

    def spread(self, index: Index, spread: bool) -> None:
        """Lay a stack's photos out after it, or put them back."""
        cell = self.cell(index)
        if cell is not None and cell.behind and cell.spread is not spread:
            self._spread ^= {cell.photo.path}
            self._show(self._arranged(), more=self._more)

    def _arranged(self) -> list[Cell]:
        wanted = {content_id for content_id, sign in self._signs.items() if sign > 0}
        return arranged(
            self._hits, self.sorted_by, stacks=self.stacks, spread=self._spread, wanted=wanted
        )

    def set_signs(self, signs: Mapping[int, int]) -> None:
        """What was said of photos, by content id; they find their places with the next answer."""
        changed = {c for c in {**signs, **self._signs} if signs.get(c) != self._signs.get(c)}
        self._signs = dict(signs)
        for row in sorted(self._rows[c] for c in changed & self._rows.keys()):
            self.dataChanged.emit(self.index(row), self.index(row), [SignRole])

    # What it tells

    def row_of(self, content_id: int) -> int | None:
        return self._rows.get(content_id)

    def cell(self, index: Index) -> Cell | None:
        return self._cells[index.row()] if 0 <= index.row() < len(self._cells) else None

    @property
    def hits(self) -> tuple[SearchHit, ...]:
        """Of the answer that is shown, in rank order."""
        return self._hits

    def sections(self) -> list[Section]:
        """See ``arranging.sections``."""
        if self._sections is None:
            self._sections = sections(self._cells, self.sorted_by)
        return self._sections

    # QAbstractListModel

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._cells)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        cell = self.cell(index)
        if cell is None:
            return None
        if role == CellRole:
            return cell
        if role == SignRole:
            return self._signs.get(cell.photo.content_id, 0)
        if role == PixmapRole:
            return self.thumbnails.get(cell.photo.content_id)
        if role == Qt.ItemDataRole.DisplayRole:
            return words.name(cell.photo.path)
        if role == Qt.ItemDataRole.ToolTipRole:
            sign = self._signs.get(cell.photo.content_id, 0)
            return plain(words.tooltip(cell.photo, cell.hit, len(cell.behind), sign))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = words.cell(cell.photo, cell.hit, len(cell.behind), spread=cell.spread)
            return words.with_mark(said, self._signs.get(cell.photo.content_id, 0))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def canFetchMore(self, parent: Index) -> bool:  # noqa: N802
        return self._more and not parent.isValid()

    def fetchMore(self, parent: Index) -> None:  # noqa: N802
        if self.canFetchMore(parent):
            self._more = False  # until the answer says that there is still more
            self.more_wanted.emit()

    def mimeTypes(self) -> list[str]:  # noqa: N802
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802
        mime = QMimeData()
        cells = [cell for index in indexes if (cell := self.cell(index)) is not None]
        mime.setUrls([file_url(cell.photo.path) for cell in cells])
        return mime

    # How it changes

    def _show(self, cells: list[Cell], *, more: bool, partial: bool = False) -> None:
        """``partial``: where there are ``more``, cells after the last of ``cells`` may stay."""
        self._more = more
        if self._fresh or not self._merge(cells, partial=partial and more):
            self._replace(cells)

    def _replace(self, cells: list[Cell]) -> None:
        self._fresh = False
        self.thumbnails.forget_requests()
        self.beginResetModel()
        self._cells = cells
        self._rows = {}
        self._number(0)
        self._sections = None
        self.endResetModel()

    def _append(self, cells: list[Cell]) -> None:
        if cells:
            known, first = self._sections, len(self._cells)
            self.beginInsertRows(QModelIndex(), first, first + len(cells) - 1)
            self._cells += cells
            self._number(first)
            if known:  # only what is new is looked at: the library may be long
                self._sections = [
                    *known[:-1],
                    *sections(self._cells, self.sorted_by, first=first, last=known[-1]),
                ]
            self.endInsertRows()

    def _merge(self, cells: list[Cell], *, partial: bool) -> bool:
        """Insert or take out what differs from ``cells``. False: the order differs too."""
        new, old = [cell.key for cell in cells], [cell.key for cell in self._cells]
        wanted, known = set(new), set(old)
        kept = [key for key in new if key in known]
        if not kept or kept != [key for key in old if key in wanted]:
            return False
        # In part of a list, what lies after the last common photo is none of our business.
        stay = self._rows[kept[-1][0]] + 1 if partial else len(old)
        gone = [row for row in range(stay) if old[row] not in wanted]
        for first, end in reversed(_runs(gone)):
            self.beginRemoveRows(QModelIndex(), first, end)
            del self._cells[first : end + 1]
            self._sections = None
            self.endRemoveRows()
        for first, end in _runs([row for row, key in enumerate(new) if key not in known]):
            self.beginInsertRows(QModelIndex(), first, end)
            self._cells[first:first] = cells[first : end + 1]
            self._sections = None
            self.endInsertRows()
        self._rows = {}
        self._number(0)
        if self._cells[: len(cells)] != cells:
            self._cells[: len(cells)] = cells
            self._sections = None
            self.dataChanged.emit(self.index(0), self.index(len(cells) - 1))
        return True

    def _number(self, first: int) -> None:
        for row in range(first, len(self._cells)):
            self._rows[self._cells[row].photo.content_id] = row

    def _picture_arrived(self, content_id: int) -> None:
        if content_id not in self._rows:
            return
        rows = [self._rows[content_id]]
        if self._hits:  # identical copies are found side by side
            rows = [row for row, c in enumerate(self._cells) if c.photo.content_id == content_id]
        for row in rows:
            index = self.index(row)
            self.dataChanged.emit(index, index, [PixmapRole])


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending rows as (first, last) of each gapless run."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def pixmap_of(index: Index) -> QPixmap | None:
    """None: on its way. Null: there is none."""
    pixmap = index.data(PixmapRole)
    return pixmap if isinstance(pixmap, QPixmap) else None
