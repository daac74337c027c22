"""The list of what was marked, and how to delete it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from desktop import words
from desktop.guarding import guarded
from desktop.marks import Marks, MarkView
from desktop.panels.listing import Listing, Shape
from desktop.panels.making import Line, button, column, row
from desktop.panels.question import QuestionPlace
from desktop.theme import GAP


class MarksPage(QWidget):
    """Shows ``Marks``, newest first."""

    reveal_wanted = Signal(object)  # Path

    def __init__(self, marks: Marks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks = marks
        t = words.translate
        shape = Shape[MarkView](
            heads=(t("Photo"), t("Mark"), t("Belongs with"), t("Folder"), t("When")),
            cells=words.mark_cells,
            key=lambda one: one.mark.feedback_id,
            tip=words.mark_tip,
        )
        self.view: Listing[MarkView] = Listing(t("Marks"), shape, (220, 130, 220, 240))
        self.view.activated.connect(lambda _: self._reveal())
        self._forget = self.view.offer(t("Delete"), "Del", self._forget_chosen)
        self._show_file = self.view.offer(t("Reveal in folder"), "", self._reveal)
        self.heading = Line("muted")
        self.forget_button = button(t("Delete"))
        self.forget_button.clicked.connect(self._forget_chosen)
        self.all_button = button(t("Delete all…"))
        self.all_button.clicked.connect(self._ask)
        head = row(self.heading)
        head.setStretch(0, 1)
        head.addWidget(self.forget_button)
        head.addWidget(self.all_button)
        head.setContentsMargins(GAP, 0, GAP, 0)
        self.asking = QuestionPlace(self.view)
        self.setLayout(column(head, self.asking, self.view, gap=GAP // 2))
        self.view.selectionModel().selectionChanged.connect(self._enable)
        marks.changed.connect(self._show)
        self._show()

    @guarded
    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._marks.refresh()

    def look_again(self) -> None:
        """A mark came or went."""
        if self.isVisible():
            self._marks.refresh()

    def _show(self) -> None:
        self.view.show_rows(self._marks.shown)
        self.heading.setText(words.marks_heading(len(self._marks.shown)))
        self.all_button.setEnabled(bool(self._marks.shown))
        self._enable()

    def _enable(self) -> None:
        chosen = bool(self.view.chosen())
        for part in (self._forget, self._show_file, self.forget_button):
            part.setEnabled(chosen)

    def _forget_chosen(self) -> None:
        chosen = self.view.chosen()
        if chosen:
            self._marks.forget(chosen)

    def _ask(self) -> None:
        text = words.forget_all_marks(len(self._marks.shown))
        self.asking.ask(text, self._marks.forget)

    def _reveal(self) -> None:
        for one in self.view.chosen()[:1]:
            if one.path is not None:
                self.reveal_wanted.emit(one.path)
