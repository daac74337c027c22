"""The bottom line: what is searchable, what is going on, and how to pause or stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QSlider, QWidget

from desktop import words
from desktop.background import Background
from desktop.library import LibraryModel
from desktop.panels.making import IconButton, LineButton, button, label, row
from desktop.sectioned import LARGEST, SMALLEST, USUAL
from desktop.theme import GAP


class StatusLine(QFrame):
    """Shows a ``LibraryModel``; a job shows itself only when it lasts."""

    jobs_wanted = Signal()
    problems_wanted = Signal()

    def __init__(
        self, library: LibraryModel, background: Background, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._background = background
        self.setProperty("look", "foot")
        self.sentence = LineButton()
        self.sentence.setToolTip(words.translate("Show what is being done (Ctrl+J)"))
        self.sentence.clicked.connect(self.jobs_wanted)
        self.pause_button = IconButton("pause", words.translate("Pause indexing"))
        self.pause_button.clicked.connect(library.toggle_pause)
        self.bar = QProgressBar()
        self.bar.setFixedWidth(160)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(words.translate("Indexing progress"))
        self.cancel_button = button(words.translate("Cancel"), "link")
        self.cancel_button.clicked.connect(library.cancel_indexing)
        self.problems_button = button("", "link")
        self.problems_button.clicked.connect(self.problems_wanted)
        self.device = label(look="muted")
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self.size_slider.setRange(SMALLEST, LARGEST)
        self.size_slider.setValue(USUAL)
        self.size_slider.setPageStep(24)
        self.size_slider.setFixedWidth(120)
        self.size_slider.setToolTip(
            words.translate("Size of the thumbnails (Ctrl+Plus, Ctrl+Minus)")
        )
        self.size_slider.setAccessibleName(words.translate("Size of the thumbnails"))
        line = row(self.sentence, self.bar, self.pause_button, self.cancel_button, gap=GAP)
        line.setContentsMargins(GAP + 2, 3, 2 * GAP, 3)
        line.addStretch()
        line.addWidget(self.problems_button)
        line.addWidget(self.device)
        line.addWidget(self.size_slider)
        self.setLayout(line)
        self.setMinimumHeight(36)
        library.refreshed.connect(self._show)
        library.indexing_changed.connect(self._show)
        background.allowed_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        library = self._library
        working = library.indexing and library.lasting
        held_up = library.paused and (library.indexing or self._waiting())
        self.sentence.setText(
            words.cancelling()
            if library.cancelling
            else words.status(
                library.status,
                library.progress if working else None,
                library.speed,
                None if library.indexing else library.report,
                paused=library.paused,
                wait=None if library.indexing else self._background.wait,
            )
        )
        self.bar.setVisible(working)
        if library.paused:
            self.pause_button.set_words("resume", words.translate("Resume indexing"))
        else:
            self.pause_button.set_words("pause", words.translate("Pause indexing"))
        self.pause_button.setVisible((working or bool(held_up)) and not library.cancelling)
        self.cancel_button.setVisible(working and not library.cancelling)
        progress = library.progress
        if working and progress is not None:
            self.bar.setRange(0, progress.total or 0)  # 0: it moves without an end
            self.bar.setValue(progress.done)
        count = sum(not problem.ignored for problem in library.problems)
        self.problems_button.setVisible(count > 0)
        self.problems_button.setText(words.problems(count))
        self.device.setText(words.device(library.status))
        self.device.setToolTip(words.device_tooltip(library.status))

    def _waiting(self) -> int:
        status = self._library.status
        return status.waiting if status else 0
