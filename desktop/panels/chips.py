"""What is asked with, piece by piece: each image and each marked photo as a chip.

Neighbours: query_bar (shows the chips of a step and acts upon them), steps (what a piece is).
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QToolButton, QWidget

from desktop import icons, words
from desktop.guarding import guarded
from desktop.panels.flow import Flow
from desktop.panels.making import IconButton, label, plain, row
from desktop.signs import paint_sign, pill_size
from desktop.steps import Piece
from desktop.theme import GAP, colours

SIDE = 36  # pixels of a picture
CLOSE = 24
NAME, SHORT_NAME = 340, 130  # pixels of a name that stands alone, and of one in company
LINES = 2  # of chips that are seen at once; the others are scrolled to
WEIGHTS = (2.0, 1.0, 0.5)


class Chip(QFrame):
    """A piece: its picture with sign and weight, which opens a menu, its name, and a cross."""

    closed = Signal()
    changed = Signal(object)  # Piece, to be in the place of this one
    alone_wanted = Signal()  # ask with it and nothing else
    crop_wanted = Signal()

    def __init__(self, piece: Piece, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.piece = piece
        self._is_mark = False
        self._needed = True
        self.setProperty("look", "chip")
        self.face = Face()
        self.face.clicked.connect(self._open_menu)
        self.name = label()
        self.crop_button = IconButton("crop", words.translate("Search with a part of it (C)"))
        self.crop_button.setCheckable(True)  # checked: it is a part already
        self.crop_button.clicked.connect(self._crop)
        self.close_button = IconButton("close", "")
        self.close_button.setFixedSize(CLOSE, CLOSE)
        self.close_button.clicked.connect(self.closed)
        line = row(self.face, self.name, self.crop_button, self.close_button, gap=4)
        line.setContentsMargins(2, 2, 2, 2)
        self.setLayout(line)

    def show_piece(
        self, piece: Piece, *, is_mark: bool, named: bool, alone: bool, needed: bool
    ) -> None:
        """``alone``: it is the whole query. ``needed``: no other image says what to look for."""
        self.piece, self._is_mark, self._needed = piece, is_mark, needed
        said = words.piece(piece.label, piece.sign, piece.weight, part=piece.crop is not None)
        if alone:
            said = piece.said
        self.setAccessibleName(said)
        self.face.setAccessibleName(said)
        self.face.setToolTip(plain(said))
        self.face.show_sign("" if alone else words.sign(piece.sign, piece.weight), piece.sign)
        self.name.setVisible(named)
        width = NAME if alone else SHORT_NAME
        shown = said if alone else piece.label
        self.name.setText(
            self.name.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideMiddle, width)
        )
        self.name.setToolTip(plain(said))
        self.crop_button.setVisible(alone)
        self.crop_button.setChecked(piece.crop is not None)
        close = words.translate("Clear the query (Esc)") if alone else words.remove_piece(said)
        self.close_button.set_words("close", close)

    def menu(self) -> QMenu:
        t, piece = words.translate, self.piece
        menu = QMenu(self)
        for sign, text in ((1, t("More like this")), (-1, t("Not this"))):
            chosen = self._offer(menu, text, replace(piece, sign=sign), piece.sign == sign)
            chosen.setEnabled(piece.sign == sign or not self._needed)
        if not self._is_mark:
            menu.addSeparator()
            for weight in WEIGHTS:
                new = replace(piece, weight=weight)
                self._offer(menu, words.weight(weight), new, piece.weight == weight)
            menu.addSeparator()
            menu.addAction(t("Search with a part…")).triggered.connect(self.crop_wanted)
        menu.addSeparator()
        menu.addAction(t("Search with this alone")).triggered.connect(self.alone_wanted)
        menu.addAction(t("Remove from the query")).triggered.connect(self.closed)
        return menu

    def _offer(self, menu: QMenu, text: str, new: Piece, checked: bool) -> QAction:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(checked)
        if not checked:
            action.triggered.connect(lambda: self.changed.emit(new))
        return action

    def _open_menu(self) -> None:
        self.menu().popup(self.face.mapToGlobal(self.face.rect().bottomLeft()))

    def _crop(self) -> None:
        self.crop_button.setChecked(not self.crop_button.isChecked())  # the crop itself decides
        self.crop_wanted.emit()


class Face(QToolButton):
    """The picture of a piece, with its sign in a corner."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._said = ""
        self._sign = 1
        self.setFixedSize(SIDE + 4, SIDE)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_image(self, image: QImage) -> None:
        """Null: not yet, or never."""
        self._image = image
        self.update()

    @property
    def image(self) -> QImage:
        return self._image

    def show_sign(self, said: str, sign: int) -> None:
        """``said``: the sign and the weight in a few letters; empty for none."""
        self._said, self._sign = said, sign
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        now, painter = colours(), QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        inside = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        if self._image.isNull():
            icons.icon("image", now.muted).paint(painter, self.rect().adjusted(10, 8, -10, -8))
        else:
            size = self._image.size().scaled(
                inside.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio
            )
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(inside.center())
            painter.drawImage(target, self._image)
        if self._said:
            pill = QRectF(QPointF(), pill_size(painter.fontMetrics(), self._said))
            pill.moveBottomLeft(QRectF(self.rect()).bottomLeft())
            paint_sign(painter, pill, self._said, self._sign)


class ChipArea(QScrollArea):
    """As many lines of chips as there are, up to a few; more can be scrolled to."""

    def __init__(self, name: str) -> None:
        super().__init__()
        inside = QWidget()
        self._flow = Flow(inside, GAP // 2)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(name)

    def add(self, chip: QWidget) -> None:
        self._flow.addWidget(chip)

    def fit(self) -> None:
        """Take the height that the chips need."""
        self._flow.invalidate()
        height = self._flow.heightForWidth(self.viewport().width())
        line = SIDE + 6
        self.setFixedHeight(max(line, min(height, LINES * (line + GAP // 2))))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.fit()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(4 * SIDE, SIDE + 6)
