"""The panel below the photos: jobs, problems, models and marks, opened by keys or from below."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from PySide6.QtWidgets import QFrame, QStackedWidget, QTabBar, QWidget

from desktop import words
from desktop.library import LibraryModel
from desktop.marks import Marks
from desktop.panels.jobs_page import JobsPage
from desktop.panels.listing import Listing
from desktop.panels.making import IconButton, column, keep_focus, row
from desktop.panels.marks_page import MarksPage
from desktop.panels.models_page import ModelsPage
from desktop.panels.problems import ProblemsPage
from desktop.theme import GAP
from desktop.training import TrainingModel

HEIGHT = 240  # pixels


class Page(IntEnum):
    """In the order of the tabs."""

    JOBS = 0
    PROBLEMS = 1
    MODELS = 2
    MARKS = 3


class WorkPanel(QFrame):
    """Hidden until it is asked for."""

    def __init__(
        self,
        library: LibraryModel,
        training: TrainingModel,
        marks: Marks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self.setProperty("look", "foot")
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(words.translate("Jobs and problems"))
        self.jobs = JobsPage(library, training)
        self.problems = ProblemsPage(library)
        self.models = ModelsPage(training)
        self.marks = MarksPage(marks)
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(words.translate("Jobs and problems"))
        pages = QStackedWidget()
        for title, page in (
            (words.translate("Jobs"), self.jobs),
            (words.translate("Problems"), self.problems),
            (words.translate("Models"), self.models),
            (words.translate("Marks"), self.marks),
        ):
            self.tabs.addTab(title)
            pages.addWidget(page)
        self.tabs.currentChanged.connect(pages.setCurrentIndex)
        self.close_button = IconButton("close", words.translate("Close"))
        self.close_button.clicked.connect(self.hide)
        head = row(self.tabs)
        head.addStretch()
        head.addWidget(self.close_button)
        head.setContentsMargins(GAP, GAP // 2, GAP, 0)
        body = column(pages)
        body.setContentsMargins(GAP, 0, GAP, GAP)
        self.setLayout(column(head, body, gap=GAP // 2))
        self.hide()
        library.refreshed.connect(self._show)

    def toggle(self, page: Page) -> None:
        """Open on ``page``, with the focus in its list; away with it where it is open there."""
        if self.isVisible() and self.tabs.currentIndex() == page:
            keep_focus(self)
            self.hide()
            return
        self.tabs.setCurrentIndex(page)
        self.show()
        pages = (self.jobs, self.problems, self.models, self.marks)
        view: Listing[Any] = pages[page].view
        view.setFocus()
        if not view.chosen() and view.table.rows:
            view.setCurrentIndex(view.table.index(0, 0))

    def _show(self) -> None:
        count = sum(not problem.ignored for problem in self._library.problems)
        self.tabs.setTabText(Page.PROBLEMS, words.problems_tab(count))
