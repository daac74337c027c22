"""The bar on top: the query as chips, and the ways to give one."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from desktop import icons, words
from desktop.panels.chips import SIDE, Chip, ChipArea
from desktop.panels.making import button, keep_focus, label, row
from desktop.query_pictures import QueryPictures
from desktop.searching import SearchModel
from desktop.steps import Piece, Step
from desktop.theme import GAP, colours


class QueryBar(QFrame):
    """Shows a ``SearchModel``'s step; asks for an image through ``open_wanted``."""

    open_wanted = Signal()
    crop_wanted = Signal(object)  # Piece, to be asked with in part

    def __init__(
        self, search: SearchModel, pictures: QueryPictures, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._search = search
        self._pictures = pictures
        self.chips: list[Chip] = []
        self.setProperty("look", "field")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(words.translate("Query"))

        self.hint = label(words.query_hint(), "muted")
        self.area = ChipArea(words.translate("Query"))
        self.busy = label("", "muted")
        self.open_button = button(words.translate("Open image…"))
        self.open_button.setToolTip(words.translate("Choose an image to search with (Ctrl+O)"))
        self.open_button.clicked.connect(self.open_wanted)

        self.glass = QLabel()
        self.glass.setFixedSize(QSize(20, 20))
        line = row(self.glass, self.hint, self.area, self.busy, gap=GAP)
        line.setContentsMargins(GAP, 4, GAP, 4)
        line.addStrut(SIDE + GAP)  # as high without a query as with one
        line.setStretch(2, 1)
        line.addStretch()
        line.addWidget(self.open_button)
        self.setLayout(line)

        search.step_changed.connect(self._show_step)
        search.busy_changed.connect(self._show_busy)
        pictures.changed.connect(self._show_pictures)
        self._take_colours()
        self._show_step()

    @property
    def chip(self) -> Chip:
        """Of the first image."""
        return self.chips[0]

    def _show_step(self) -> None:
        step = self._search.step
        pieces = (*step.pieces, *step.marks)
        if len(pieces) < len(self.chips):
            keep_focus(self)
        for chip in self.chips[len(pieces) :]:
            chip.hide()
            chip.deleteLater()
        del self.chips[len(pieces) :]
        for piece in pieces[len(self.chips) :]:
            chip = self._chip(piece)
            self.area.add(chip)
            self.chips.append(chip)
        for number, (chip, piece) in enumerate(zip(self.chips, pieces, strict=True)):
            chip.show_piece(
                piece,
                is_mark=number >= len(step.pieces),
                named=number == 0,
                alone=len(pieces) == 1,
                needed=len(step.wanted) == 1 and step.wanted[0] is piece,
            )
            chip.show()
        self.area.setVisible(step.is_search)
        self.hint.setVisible(not step.is_search)
        self.glass.setVisible(not step.is_search)
        self.area.fit()

    def _show_pictures(self) -> None:
        for chip in self.chips:
            chip.face.show_image(self._pictures.of(chip.piece))

    def _chip(self, piece: Piece) -> Chip:
        chip = Chip(piece)
        search = self._search
        chip.closed.connect(lambda: search.refine(search.step.without(chip.piece)))
        chip.changed.connect(lambda new: search.refine(search.step.changed(chip.piece, new)))
        chip.alone_wanted.connect(lambda: search.begin(Step((_alone(chip.piece),))))
        chip.crop_wanted.connect(lambda: self.crop_wanted.emit(chip.piece))
        return chip

    def _show_busy(self) -> None:
        shown = self._search.busy and self._search.step.is_search
        self.busy.setText(words.searching() if shown else "")

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._take_colours()

    def _take_colours(self) -> None:
        self.glass.setPixmap(icons.icon("search", colours().muted).pixmap(QSize(20, 20)))


def _alone(piece: Piece) -> Piece:
    """What is looked for, and nothing beside it."""
    return replace(piece, sign=1, weight=1.0)
