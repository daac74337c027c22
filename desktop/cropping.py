"""Searching with a part of a picture: a frame over it, drawn with the mouse or moved with keys.

What is in the frame is compared with whole photos, or looked for within them.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop import words
from desktop.crop_frame import CropFrame, Edge
from desktop.guarding import guarded
from desktop.incoming import ImageSource
from desktop.jobs import Jobs, Turns
from desktop.panels.cover import Cover
from desktop.panels.making import button, column, label, look, row
from desktop.searching import SearchModel
from desktop.steps import Crop
from desktop.theme import GAP, colours
from engine.types import Preview

SIDE = 1600  # pixels of the picture that is read; the crop itself is in the original's
REACH = 10  # pixels on the screen within which an edge is taken hold of
STEP = 0.02  # of the picture's sides, for one press of an arrow key
FINE = 0.002  # with Ctrl

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Cropping(Cover):
    """Reads a picture and asks for a part of it. Enter takes the part, Ctrl+Enter looks for it
    within photos, Esc leaves all as it is.
    """

    # The image, its name, Crop or None (the whole picture), and whether to look within photos.
    chosen = Signal(object, str, object, bool)
    own_keys = frozenset({Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, *_ARROWS})

    def __init__(self, search: SearchModel, jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent)
        self._search = search
        self._jobs = jobs
        self._turns = Turns()
        self._image: ImageSource = 0
        self._name = ""
        self._crop: Crop | None = None
        self.setAccessibleName(words.translate("Search with a part of the picture"))
        self.sentence = label(look="muted", wrap=True)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.canvas = Canvas()
        self.canvas.drawn.connect(self._drawn)
        self.take_button = button(words.translate("Search with this part"), "main")
        self.take_button.setToolTip(words.translate("Compare it with whole photos (Enter)"))
        self.take_button.clicked.connect(self.take)
        self.within_button = button(words.translate("Find this part"))
        self.within_button.setToolTip(
            words.translate("Look for this part within photos, and see where it is (Ctrl+Enter)")
        )
        self.within_button.clicked.connect(self.take_within)
        self.whole_button = button(words.translate("Whole picture"))
        self.whole_button.clicked.connect(self.take_whole)
        self.cancel_button = button(words.translate("Cancel"))
        self.cancel_button.setToolTip(words.translate("Leave the query as it is (Esc)"))
        self.cancel_button.clicked.connect(self.dismiss)
        acts = row(self.sentence, gap=GAP)
        acts.setStretch(0, 1)
        for act in (
            self.cancel_button,
            self.whole_button,
            self.within_button,
            self.take_button,
        ):
            acts.addWidget(act)
        whole = column(self.canvas, acts, margin=2 * GAP, gap=2 * GAP)
        whole.setStretch(0, 1)
        self.setLayout(whole)

    def open_on(self, image: ImageSource, name: str, crop: Crop | None = None) -> None:
        """``crop``: the part that is searched with already."""
        self._image, self._name, self._crop = image, name, crop
        self.canvas.clear()
        look(self.sentence, "muted")
        self.sentence.setText(words.reading_picture())
        self.take_button.setEnabled(False)
        self.within_button.setEnabled(False)
        self.whole_button.setVisible(crop is not None)
        self.uncover()
        self._jobs.ask(
            self._jobs.reading,
            lambda: _decoded(self._search.picture(image, None, SIDE)),
            self._arrived,
            lambda error: self.sentence.setText(words.error(error)),
            ticket=self._turns.begin(),
        )

    def take(self) -> None:
        """Compare the part with whole photos."""
        self._take(within=False)

    def take_within(self) -> None:
        """Look for the part within photos."""
        self._take(within=True)

    def take_whole(self) -> None:
        self.dismiss()
        self.chosen.emit(self._image, self._name, None, False)

    def _drawn(self, large_enough: bool) -> None:
        look(self.sentence, "muted" if large_enough else "trouble")
        self.sentence.setText(words.crop_keys() if large_enough else words.frame_too_small())

    def _take(self, *, within: bool) -> None:
        if self.canvas.frame is not None:
            self.dismiss()
            self.chosen.emit(self._image, self._name, self.canvas.frame.crop, within)

    def _arrived(self, found: tuple[QImage, Preview]) -> None:
        image, preview = found
        self.canvas.show_picture(
            image,
            CropFrame.of(preview.width, preview.height, self._crop),
            suggested=self._crop is None,
        )
        self._drawn(True)
        self.take_button.setEnabled(True)
        self.within_button.setEnabled(True)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if key == Qt.Key.Key_Escape:
            self.dismiss()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(within=bool(modifiers & Qt.KeyboardModifier.ControlModifier))
        elif key in _ARROWS:
            step = FINE if modifiers & Qt.KeyboardModifier.ControlModifier else STEP
            grow = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
            x, y = _ARROWS[key]
            self.canvas.nudge(Edge.RIGHT | Edge.BOTTOM if grow else Edge.ALL, x * step, y * step)
        else:
            super().keyPressEvent(event)


def _decoded(preview: Preview) -> tuple[QImage, Preview]:
    """Decoded here, on the worker thread."""
    return QImage.fromData(preview.jpeg), preview


class Canvas(QWidget):
    """The picture with the frame over it. A frame that was only suggested is not in the way: a
    drag inside it draws another.
    """

    drawn = Signal(bool)  # a frame with the mouse; False: too small, so the one before stays

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self._picture = QImage()
        self.frame: CropFrame | None = None
        self._dragged: Edge | None = None
        self._from = QPointF()  # where the drag began, in pixels of the original
        self._to = QPointF()  # and where it is now
        self._at_begin: CropFrame | None = None
        self._suggested = False

    def clear(self) -> None:
        self._picture, self.frame, self._dragged = QImage(), None, None
        self.update()

    def show_picture(self, picture: QImage, frame: CropFrame, *, suggested: bool) -> None:
        self._picture, self.frame, self._suggested = picture, frame, suggested
        self.update()

    def nudge(self, edge: Edge, x: float, y: float) -> None:
        """Move by shares of the picture's sides."""
        if self.frame is not None:
            self.frame = self.frame.moved(edge, x * self.frame.width, y * self.frame.height)
            self._suggested = False
            self.update()

    def place(self) -> QRectF:
        """Where the picture lies."""
        size = QSizeF(self._picture.size()).scaled(
            QSizeF(self.size()), Qt.AspectRatioMode.KeepAspectRatio
        )
        rect = QRectF(QPointF(), size)
        rect.moveCenter(QRectF(self.rect()).center())
        return rect

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self.frame is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._from = self._to = self._original(event.position())
        self._at_begin = self.frame
        self._dragged = self._edge_at(self._from)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self.frame is None:
            return
        to = self._original(event.position())
        if not event.buttons() & Qt.MouseButton.LeftButton or self._at_begin is None:
            edge = self._edge_at(to)
            self.setCursor(Qt.CursorShape.CrossCursor if edge is None else _CURSORS[edge])
            return
        self._to = to
        start, first = self._from, self._at_begin
        if self._dragged is None:  # a new frame
            self.frame = first.spanned(start.x(), start.y(), to.x(), to.y())
        else:
            self.frame = first.moved(self._dragged, to.x() - start.x(), to.y() - start.y())
        self.update()

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._at_begin is None:
            return
        first, self._at_begin = self._at_begin, None
        ends = (self._from.x(), self._from.y(), self._to.x(), self._to.y())
        drawn = self._dragged is not None or not first.too_small(*ends)
        if drawn:
            self._suggested = False
        else:
            self.frame = first
        self.update()
        self.drawn.emit(drawn)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self.frame is None or self._picture.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        place, inside = self.place(), self._on_screen(self.frame)
        painter.drawImage(place, self._picture)
        veil = QColor(Qt.GlobalColor.black)
        veil.setAlpha(140)
        painter.setClipRegion(
            _region(place).subtracted(_region(inside)), Qt.ClipOperation.ReplaceClip
        )
        painter.fillRect(place, veil)
        painter.setClipping(False)
        painter.setPen(QPen(QColor(Qt.GlobalColor.white), 2))
        painter.drawRect(inside)
        painter.setPen(QPen(QColor(colours().on_accent), 1))
        painter.setBrush(QColor(colours().accent))
        middle = inside.center()
        for x in (inside.left(), middle.x(), inside.right()):
            for y in (inside.top(), middle.y(), inside.bottom()):
                if (x, y) != (middle.x(), middle.y()):
                    painter.drawEllipse(QPointF(x, y), 5, 5)

    def _edge_at(self, point: QPointF) -> Edge | None:
        assert self.frame is not None
        edge = self.frame.edge_at(point.x(), point.y(), REACH / self._scale())
        return None if edge is Edge.ALL and self._suggested else edge

    def _scale(self) -> float:
        """Pixels on the screen for one of the original."""
        assert self.frame is not None
        return max(self.place().width() / self.frame.width, 1e-6)

    def _original(self, point: QPointF) -> QPointF:
        return (point - self.place().topLeft()) / self._scale()

    def _on_screen(self, frame: CropFrame) -> QRectF:
        scale, corner = self._scale(), self.place().topLeft()
        return QRectF(
            QPointF(frame.left, frame.top) * scale + corner,
            QPointF(frame.right, frame.bottom) * scale + corner,
        )


def _region(rect: QRectF) -> QRegion:
    return QRegion(rect.toAlignedRect())


_CURSORS = {
    Edge.ALL: Qt.CursorShape.SizeAllCursor,
    Edge.LEFT: Qt.CursorShape.SizeHorCursor,
    Edge.RIGHT: Qt.CursorShape.SizeHorCursor,
    Edge.TOP: Qt.CursorShape.SizeVerCursor,
    Edge.BOTTOM: Qt.CursorShape.SizeVerCursor,
    Edge.LEFT | Edge.TOP: Qt.CursorShape.SizeFDiagCursor,
    Edge.RIGHT | Edge.BOTTOM: Qt.CursorShape.SizeFDiagCursor,
    Edge.RIGHT | Edge.TOP: Qt.CursorShape.SizeBDiagCursor,
    Edge.LEFT | Edge.BOTTOM: Qt.CursorShape.SizeBDiagCursor,
}
