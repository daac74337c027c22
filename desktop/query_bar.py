"""The bar on top: history, the query as a chip, and the ways to give one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from desktop import icons, words
from desktop.panels.making import IconButton, button, label, row
from desktop.searching import SearchModel
from desktop.theme import GAP, colours

CHIP = 36  # pixels, side of the query's picture


class QueryBar(QFrame):
    """Shows a ``SearchModel``'s step; asks for an image through ``open_wanted``."""

    open_wanted = Signal()
    crop_wanted = Signal()

    def __init__(self, search: SearchModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._search = search
        self.setProperty("look", "field")
        self.setFixedHeight(CHIP + 2 * GAP)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(words.translate("Query"))

        self.hint = label(words.query_hint(), "muted")
        self.chip = Chip()
        self.chip.closed.connect(search.clear)
        self.chip.crop_wanted.connect(self.crop_wanted)
        self.busy = label("", "muted")
        self.open_button = button(words.translate("Open image…"))
        self.open_button.setToolTip(words.translate("Choose an image to search with (Ctrl+O)"))
        self.open_button.clicked.connect(self.open_wanted)

        self.glass = QLabel()
        self.glass.setFixedSize(QSize(20, 20))
        line = row(self.glass, self.hint, self.chip, self.busy, gap=GAP)
        line.setContentsMargins(GAP, 5, GAP, 5)
        line.addStretch()
        line.addWidget(self.open_button)
        self.setLayout(line)

        search.step_changed.connect(self._show_step)
        search.picture_arrived.connect(self.chip.show_picture)
        search.busy_changed.connect(self._show_busy)
        self._take_colours()
        self._show_step()

    def _show_step(self) -> None:
        step = self._search.step
        self.chip.setVisible(step.is_search)
        self.hint.setVisible(not step.is_search)
        self.glass.setVisible(not step.is_search)
        self.chip.show_name(step.label if step.crop is None else words.part_of(step.label))
        self.chip.crop_button.setChecked(step.crop is not None)

    def _show_busy(self) -> None:
        shown = self._search.busy and self._search.step.is_search
        self.busy.setText(words.searching() if shown else "")

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._take_colours()

    def _take_colours(self) -> None:
        self.glass.setPixmap(icons.icon("search", colours().muted).pixmap(QSize(20, 20)))


class Chip(QFrame):
    """The query: its picture, its name, a button to search with a part of it, and a cross."""

    closed = Signal()
    crop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "chip")
        self.picture = QLabel()
        self.picture.setFixedSize(CHIP, CHIP)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name = label()
        self.name.setMaximumWidth(360)
        close = IconButton("close", words.translate("Clear the query (Esc)"))
        close.clicked.connect(self.closed)
        self.crop_button = IconButton("crop", words.translate("Search with a part of it (C)"))
        self.crop_button.setCheckable(True)  # checked: it is a part already
        self.crop_button.clicked.connect(self._crop)
        line = row(self.picture, self.name, self.crop_button, close, gap=GAP)
        line.setContentsMargins(3, 2, 3, 2)
        self.setLayout(line)
        self.close_button = close

    def _crop(self) -> None:
        self.crop_button.setChecked(not self.crop_button.isChecked())  # the crop itself decides
        self.crop_wanted.emit()

    def show_name(self, name: str) -> None:
        self.picture.setPixmap(icons.icon("image", colours().muted).pixmap(QSize(20, 20)))
        metrics = self.name.fontMetrics()
        self.name.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, 340))
        self.name.setToolTip(name)
        self.setAccessibleName(name)

    def show_picture(self, image: QImage) -> None:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap.fromImage(image).scaled(
            QSize(CHIP, CHIP) * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        pixmap.setDevicePixelRatio(ratio)
        self.picture.setPixmap(pixmap)
