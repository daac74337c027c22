"""The left panel: the library's folders, and below them searches and the training card."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop import words
from desktop.library import LibraryModel
from desktop.panels.folder_row import FolderRow
from desktop.panels.making import IconButton, clear, column, keep_focus, label, row
from desktop.panels.question import RemoveQuestion
from desktop.theme import GAP

WIDTH = 264  # pixels
LEAST = 40  # pixels of the list, in a small window


class FoldersPanel(QFrame):
    """Shows a ``LibraryModel``'s folders, and has it pause, resume and scan one of them.

    What needs more than the library (a dialog, the file manager) is emitted.
    """

    add_wanted = Signal()
    rescan_wanted = Signal()
    remove_wanted = Signal(int)  # root id, after the person confirmed
    reveal_wanted = Signal(object)  # Path

    def __init__(
        self,
        library: LibraryModel,
        searches: QWidget,
        card: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._asking: int | None = None  # root id whose removal has to be confirmed
        self._shown: list[int] = []  # root ids
        self.setProperty("look", "left")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(words.translate("Folders"))

        self.add_button = IconButton("add", words.translate("Add a folder (Ctrl+Shift+O)"))
        self.add_button.clicked.connect(self.add_wanted)
        self.rescan_button = IconButton("rescan", words.translate("Scan all folders again (F5)"))
        self.rescan_button.clicked.connect(self.rescan_wanted)
        head = row(label(words.translate("Folders"), "heading"), gap=2)
        head.addStretch()
        head.addWidget(self.rescan_button)
        head.addWidget(self.add_button)
        head.setContentsMargins(2 * GAP, GAP, GAP, 0)

        inside = QWidget()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(GAP, 0, GAP, GAP)
        self._list.setSpacing(2)
        self._rows: list[QWidget] = []
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setAccessibleName(words.translate("Folders"))
        scroll.setWidgetResizable(True)
        scroll.setMinimumHeight(LEAST)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

        whole = column(head, scroll, searches, gap=4)
        whole.setStretch(1, 1)
        whole.setStretch(2, 1)
        foot = column(card)
        foot.setContentsMargins(GAP + 4, 0, GAP + 4, GAP + 4)
        whole.addLayout(foot)
        self.setLayout(whole)
        library.refreshed.connect(self._refresh)

    def rows(self) -> list[QWidget]:
        """The widgets of the list, for tests and tab order."""
        return list(self._rows)

    def ask_to_remove(self, root_id: int | None) -> None:
        """Put the question in the folder's place; None takes it away."""
        self._asking = root_id
        self._rebuild()
        self._refresh()

    def _refresh(self) -> None:
        status = self._library.status
        if status is None:
            return
        if [folder.root_id for folder in status.folders] != self._shown:
            self._rebuild()
        jobs = {job.root_id: job for job in self._library.work}
        folders = {folder.root_id: folder for folder in status.folders}
        for made in self._rows:
            if isinstance(made, FolderRow):
                root_id = made.folder.root_id
                made.show_folder(folders[root_id], jobs.get(root_id))

    def _rebuild(self) -> None:
        status = self._library.status
        folders = status.folders if status else ()
        self._shown = [folder.root_id for folder in folders]
        keep_focus(self)
        clear(self._list)
        self._rows = []
        for folder in folders:
            made: QWidget
            if folder.root_id == self._asking:
                text = words.remove_question(folder)
                made = RemoveQuestion(text, words.translate("Remove"))
                made.remove_wanted.connect(partial(self._remove, folder.root_id))
                made.keep_wanted.connect(lambda: self.ask_to_remove(None))
            else:
                made = FolderRow(folder)
                made.pause_wanted.connect(self._library.pause)
                made.resume_wanted.connect(self._library.resume)
                made.rescan_wanted.connect(lambda path: self._library.add_folders([path]))
                made.remove_wanted.connect(self.ask_to_remove)
                made.reveal_wanted.connect(self.reveal_wanted)
            self._list.addWidget(made)
            self._rows.append(made)
            if isinstance(made, RemoveQuestion):
                made.keep_button.setFocus()
        self._list.addStretch()

    def _remove(self, root_id: int) -> None:
        self._asking = None
        self._rebuild()
        self.remove_wanted.emit(root_id)
