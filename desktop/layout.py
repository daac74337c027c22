"""Where the cells of the grid lie: computed from the row, never kept for each photo."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QPoint, QRect

from desktop.arranging import Section
from desktop.theme import GAP

MARGIN = 2 * GAP
HEADING = 36  # pixels


class SectionedModel(QAbstractListModel):
    """Rows that lie under headings."""

    def sections(self) -> list[Section]:
        """In order; together they hold every row once."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Block:
    """A section with its place: ``top`` is that of its heading, ``cells`` that of its first row."""

    section: Section
    top: int
    cells: int
    bottom: int


class Layout:
    """Where each row lies, in pixels from the top of the whole list.

    A cell is a square over ``caption`` pixels of text.
    """

    def __init__(self, sections: list[Section], width: int, wanted: int, caption: int) -> None:
        inner = max(wanted, width - 2 * MARGIN)
        self.columns = max(1, round((inner + GAP) / (wanted + GAP)))
        # Stretched or squeezed a little, so that the last column ends at the margin.
        self.cell = (inner - (self.columns - 1) * GAP) // self.columns
        self.cell_height = self.cell + caption
        self.row_height = self.cell_height + GAP
        self.width = width
        self.blocks: list[Block] = []
        top = 0 if sections and sections[0].heading else GAP
        for section in sections:
            cells = top + (HEADING if section.heading else 0)
            lines = -(-section.count // self.columns)
            bottom = cells + lines * self.row_height
            self.blocks.append(Block(section, top, cells, bottom))
            top = bottom
        self.height = top + GAP if self.blocks else 0
        self._firsts = [block.section.first for block in self.blocks]
        self._bottoms = [block.bottom for block in self.blocks]

    def block_of(self, row: int) -> int | None:
        """The number of the block in which ``row`` lies."""
        number = bisect_right(self._firsts, row) - 1
        if number < 0 or row - self._firsts[number] >= self.blocks[number].section.count:
            return None
        return number

    def rect(self, row: int) -> QRect:
        number = self.block_of(row)
        if number is None:
            return QRect()
        block = self.blocks[number]
        line, column = divmod(row - block.section.first, self.columns)
        return QRect(
            MARGIN + column * (self.cell + GAP),
            block.cells + line * self.row_height,
            self.cell,
            self.cell_height,
        )

    def row_at(self, point: QPoint) -> int | None:
        for row in self.rows_between(point.y(), point.y()):
            if self.rect(row).contains(point):
                return row
        return None

    def rows_between(self, top: int, bottom: int) -> Iterator[int]:
        """Rows whose line crosses the band from ``top`` to ``bottom``, in order."""
        for number in range(max(0, bisect_right(self._bottoms, top) - 1), len(self.blocks)):
            block = self.blocks[number]
            if block.top > bottom:
                return
            if block.bottom < top or block.cells > bottom:
                continue
            first = max(0, (top - block.cells) // self.row_height) * self.columns
            last = ((bottom - block.cells) // self.row_height + 1) * self.columns
            start = block.section.first
            yield from range(start + first, start + min(last, block.section.count))
