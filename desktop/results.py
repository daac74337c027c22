"""The grid's model: photos in order, with their pictures fetched as they come into sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
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
from desktop.thumbnails import Thumbnails
from engine.types import Band, Photo, SearchHit

CellRole = Qt.ItemDataRole.UserRole
PixmapRole = Qt.ItemDataRole.UserRole + 1

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Cell:
    """One photo of the grid; ``hit`` is None where the library is shown without a query."""

    photo: Photo
    hit: SearchHit | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Rows ``first`` to ``first + count - 1`` share a heading ("" for none)."""

    heading: str
    first: int
    count: int


class PhotoModel(QAbstractListModel):
    """Cells in rank order (a search) or newest first (the library)."""

    more_wanted = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.thumbnails = thumbnails
        self._cells: list[Cell] = []
        self._rows: dict[int, int] = {}  # content id -> row
        self._more = False
        thumbnails.arrived.connect(self._picture_arrived)

    # What it is filled with

    def clear(self) -> None:
        self._replace([])

    def show_hits(self, hits: Sequence[SearchHit], *, more: bool) -> None:
        """A longer answer to the same question keeps the cells (and the scroll position)."""
        self._more = more
        cells = [Cell(hit.photo, hit) for hit in hits]
        if self._cells and self._cells == cells[: len(self._cells)]:
            self._append(cells[len(self._cells) :])
        else:
            self._replace(cells)

    def show_photos(self, photos: Sequence[Photo], *, more: bool) -> None:
        """The library from its newest photo on. What is shown already keeps its place."""
        self._more = more
        cells = [Cell(photo) for photo in photos]
        if not self._merge(cells):
            self._replace(cells)

    def append_photos(self, photos: Sequence[Photo], *, more: bool) -> None:
        """The next page; photos that moved down since the last one are not shown twice."""
        self._more = more
        self._append([Cell(p) for p in photos if p.content_id not in self._rows])

    # What it tells

    def cell(self, index: Index) -> Cell | None:
        return self._cells[index.row()] if 0 <= index.row() < len(self._cells) else None

    def sections(self) -> list[Section]:
        """One for each band, as long as ranks and bands agree; else one without a heading."""
        cells = self._cells
        if not cells:
            return []
        if cells[0].hit is None:  # the library itself: may be long, and has no bands
            return [Section("", 0, len(cells))]
        starts = [
            row
            for row in range(len(cells))
            if row == 0 or band_of(cells[row]) != band_of(cells[row - 1])
        ]
        bands = [band_of(cells[row]) for row in starts]
        if len(set(bands)) < len(bands):
            return [Section("", 0, len(cells))]
        ends = [*starts[1:], len(cells)]
        return [
            Section("" if band is None else words.band_heading(band), start, end - start)
            for band, start, end in zip(bands, starts, ends, strict=True)
        ]

    # QAbstractListModel

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._cells)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        cell = self.cell(index)
        if cell is None:
            return None
        if role == CellRole:
            return cell
        if role == PixmapRole:
            return self.thumbnails.get(cell.photo.content_id)
        if role == Qt.ItemDataRole.DisplayRole:
            return words.name(cell.photo.path)
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.tooltip(cell.photo, cell.hit)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words.cell(cell.photo, cell.hit)
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

    def _replace(self, cells: list[Cell]) -> None:
        self.thumbnails.forget_requests()
        self.beginResetModel()
        self._cells = cells
        self._rows = {}
        self._number(0)
        self.endResetModel()

    def _append(self, cells: list[Cell]) -> None:
        if cells:
            first = len(self._cells)
            self.beginInsertRows(QModelIndex(), first, first + len(cells) - 1)
            self._cells += cells
            self._number(first)
            self.endInsertRows()

    def _merge(self, cells: list[Cell]) -> bool:
        """Insert what is new among ``cells``. False: something else changed too."""
        new = [row for row, cell in enumerate(cells) if cell.photo.content_id not in self._rows]
        fresh = set(new)
        kept = [cell for row, cell in enumerate(cells) if row not in fresh]
        if not kept or kept != self._cells[: len(kept)]:
            return False
        if len(kept) < len(self._cells) and not self._more:
            return False  # the list is complete, so the old ones that it lacks were removed
        for first, last in _runs(new):
            self.beginInsertRows(QModelIndex(), first, last)
            self._cells[first:first] = cells[first : last + 1]
            self._number(first)
            self.endInsertRows()
        return True

    def _number(self, first: int) -> None:
        for row in range(first, len(self._cells)):
            self._rows[self._cells[row].photo.content_id] = row

    def _picture_arrived(self, content_id: int) -> None:
        row = self._rows.get(content_id)
        if row is not None:
            index = self.index(row)
            self.dataChanged.emit(index, index, [PixmapRole])


def band_of(cell: Cell) -> Band | None:
    return cell.hit.band if cell.hit else None


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
