"""The list of files that could not be used, each with its reason, and what to do about them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from desktop import words
from desktop.library import LibraryModel
from desktop.panels.listing import Listing, Shape
from desktop.panels.making import Line, button, column, row
from desktop.theme import GAP
from engine.types import Problem


class ProblemsPage(QWidget):
    """Tries files again, all or those that are selected, or has them ignored until they change."""

    reveal_wanted = Signal(object)  # Path

    def __init__(self, library: LibraryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        t = words.translate
        shape = Shape[Problem](
            heads=(t("File"), t("Reason"), t("Folder"), t("Last tried"), t("Tries")),
            cells=words.problem_cells,
            key=lambda problem: problem.file_id,
            tip=words.problem_tip,
        )
        name = t("Files that could not be used")
        self.view: Listing[Problem] = Listing(name, shape, (190, 310, 190, 150))
        self.table = self.view.table
        self.view.activated.connect(lambda _: self._reveal())
        self._retry = self.view.offer(t("Try again"), "R", self._retry_chosen)
        self._ignore = self.view.offer(t("Ignore until it changes"), "Del", self._ignore_chosen)
        self._mind = self.view.offer(t("Ignore no longer"), "Shift+Del", self._mind_chosen)
        self._show_file = self.view.offer(t("Reveal in folder"), "", self._reveal)

        self.heading = Line("muted")
        self.ignored_box = QCheckBox(t("Show ignored"))
        self.ignored_box.toggled.connect(self._show)
        self.ignore_button = button(t("Ignore"))
        self.ignore_button.clicked.connect(self._ignore_chosen)
        self.one_button = button(t("Try again"))
        self.one_button.clicked.connect(self._retry_chosen)
        self.retry_button = button(t("Try all again"))
        self.retry_button.clicked.connect(lambda: library.retry_problems())
        head = row(self.heading)
        head.setStretch(0, 1)
        for part in (self.ignored_box, self.ignore_button, self.one_button, self.retry_button):
            head.addWidget(part)
        head.setContentsMargins(GAP, 0, GAP, 0)
        self.setLayout(column(head, self.view, gap=GAP // 2))
        self.view.selectionModel().selectionChanged.connect(self._enable)
        library.refreshed.connect(self._show)
        self._show()

    def _show(self) -> None:
        problems = self._library.problems
        ignored = sum(problem.ignored for problem in problems)
        shown = self.ignored_box.isChecked()
        self.view.show_rows([p for p in problems if shown or not p.ignored])
        self.heading.setText(words.problems_heading(len(problems) - ignored, ignored))
        self.ignored_box.setVisible(ignored > 0)
        self.retry_button.setEnabled(len(problems) > ignored)
        self._enable()

    def _enable(self) -> None:
        chosen = self.view.chosen()
        for part in (self._retry, self.one_button, self._show_file):
            part.setEnabled(bool(chosen))
        can_ignore = any(not problem.ignored for problem in chosen)
        self._ignore.setEnabled(can_ignore)
        self.ignore_button.setEnabled(can_ignore)
        self._mind.setVisible(any(problem.ignored for problem in chosen))

    def _retry_chosen(self) -> None:
        self._library.retry_problems(self.view.chosen())

    def _ignore_chosen(self) -> None:
        self._library.ignore_problems([p for p in self.view.chosen() if not p.ignored])

    def _mind_chosen(self) -> None:
        self._library.ignore_problems([p for p in self.view.chosen() if p.ignored], False)

    def _reveal(self) -> None:
        for problem in self.view.chosen()[:1]:
            self.reveal_wanted.emit(problem.path)
