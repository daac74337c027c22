"""The selected photo large over the window, beside the query where there is one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop import words
from desktop.arranging import Cell
from desktop.grid import Grid
from desktop.guarding import guarded
from desktop.jobs import Jobs, Turns
from desktop.panels.cover import Cover
from desktop.panels.making import column, label, row
from desktop.panels.picture import Picture, outline_of
from desktop.results import PhotoModel
from desktop.searching import SearchModel
from desktop.steps import Step
from desktop.theme import GAP

SIDE = 1600  # pixels that are read of a photo

_CLOSING = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Escape})
_WALKING = frozenset(
    {
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
    }
)


class QuickLook(Cover):
    """Follows the grid's current photo; the arrow keys go on in the grid."""

    own_keys = _CLOSING | _WALKING

    def __init__(
        self,
        grid: Grid,
        photos: PhotoModel,
        search: SearchModel,
        jobs: Jobs,
        parent: QWidget,
        *,
        of_answers: bool = True,
    ) -> None:
        """``of_answers`` False: what the grid shows has nothing to do with the query."""
        super().__init__(parent)
        self._of_answers = of_answers
        self._grid = grid
        self._photos = photos
        self._search = search
        self._jobs = jobs
        self._turns = Turns()
        self._query_turns = Turns()
        self._queried: Step | None = None  # whose picture is beside the photo
        self.setAccessibleName(words.translate("Quick look"))
        self.query = Picture(ground=False)
        self.query.setAccessibleName(words.translate("Query"))
        self.photo = Picture(ground=False)
        self.caption = label(look="heading", wrap=True)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.detail = label(look="muted")
        self.detail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        both = row(self.query, self.photo, gap=2 * GAP)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        whole = column(both, self.caption, self.detail, margin=2 * GAP, gap=GAP)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        grid.look_wanted.connect(self.toggle)
        grid.selectionModel().currentChanged.connect(self._follow)
        photos.modelReset.connect(self.dismiss)
        search.step_changed.connect(self.dismiss)

    def toggle(self) -> None:
        """Look at the current photo (else at the first), or no longer."""
        if self.isVisible():
            self.dismiss()
            return
        if not self._grid.currentIndex().isValid():
            self._grid.setCurrentIndex(self._photos.index(0))
        if self._cell() is not None:
            self._show_query()
            self.uncover()
            self._follow()

    def _cell(self) -> Cell | None:
        return self._photos.cell(self._grid.currentIndex())

    def _follow(self, *_: object) -> None:
        cell = self._cell()
        if self.isHidden() or cell is None:
            return
        said = words.cell(cell.photo, cell.hit, len(cell.behind), spread=cell.spread)
        self.photo.setAccessibleName(said)
        match = None if cell.hit is None else cell.hit.match
        self.photo.show_outline(outline_of(match, cell.photo.width, cell.photo.height))
        self.caption.setText(words.name(cell.photo.path))
        self.detail.setText(
            words.quick_look(
                cell.photo,
                cell.hit,
                self._grid.currentIndex().row() + 1,
                self._photos.rowCount(),
            )
        )
        content_id = cell.photo.content_id
        small = self._photos.thumbnails.get(content_id)
        self.photo.show_image(QImage() if small is None else small.toImage())
        self._jobs.ask(
            self._jobs.reading,
            lambda: QImage.fromData(self._search.picture(content_id, None, SIDE).jpeg),
            self.photo.show_image,
            lambda _: None,  # the small picture stays
            ticket=self._turns.begin(),
        )

    def _show_query(self) -> None:
        step = self._search.step
        image, crop = step.image, step.crop
        beside = self._of_answers and image is not None
        self.query.setVisible(beside)
        if not beside or image is None or step is self._queried:
            return
        self._queried = step
        self.query.show_image(QImage())
        self._jobs.ask(
            self._jobs.reading,
            lambda: QImage.fromData(self._search.picture(image, crop, SIDE).jpeg),
            self.query.show_image,
            lambda _: None,
            ticket=self._query_turns.begin(),
        )

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _CLOSING:
            self.dismiss()
        elif event.key() in _WALKING:
            copy = QKeyEvent(QEvent.Type.KeyPress, event.key(), event.modifiers(), event.text())
            QApplication.sendEvent(self._grid, copy)
        else:
            super().keyPressEvent(event)
