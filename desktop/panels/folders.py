"""The left panel: the library's folders, and below them the training card."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QScrollArea, QVBoxLayout, QWidget

from desktop import words
from desktop.guarding import guarded
from desktop.library import LibraryModel
from desktop.panels.making import IconButton, Line, button, clear, column, keep_focus, label, row
from desktop.theme import GAP, colours
from engine.types import Folder

WIDTH = 264  # pixels


class FoldersPanel(QFrame):
    """Shows a ``LibraryModel``'s folders; emits what is asked for."""

    add_wanted = Signal()
    rescan_wanted = Signal()
    remove_wanted = Signal(int)  # root id, after the person confirmed
    reveal_wanted = Signal(object)  # Path

    def __init__(self, library: LibraryModel, card: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._asking: int | None = None  # root id whose removal has to be confirmed
        self._shown: tuple[object, ...] = ()
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
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

        whole = column(head, scroll, gap=4)
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

    def _refresh(self) -> None:
        status = self._library.status
        if status is not None and status.folders != self._shown:
            self._rebuild()

    def _rebuild(self) -> None:
        status = self._library.status
        folders = status.folders if status else ()
        self._shown = folders
        keep_focus(self)
        clear(self._list)
        self._rows = []
        for folder in folders:
            made: QWidget
            if folder.root_id == self._asking:
                made = RemoveQuestion(folder)
                made.remove_wanted.connect(self._remove)
                made.keep_wanted.connect(lambda: self.ask_to_remove(None))
            else:
                made = FolderRow(folder)
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


class FolderRow(QFrame):
    """A dot (connected or not), the name, the count, and a menu."""

    remove_wanted = Signal(int)
    reveal_wanted = Signal(object)

    def __init__(self, folder: Folder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self.setToolTip(words.folder_tooltip(folder))
        self.setAccessibleName(words.folder_tooltip(folder))
        name = Line(mode=Qt.TextElideMode.ElideMiddle)
        name.setText(words.folder(folder))
        detail = label(words.folder_detail(folder), "muted")
        self.menu_button = IconButton("more", words.translate("What to do with this folder"))
        self.menu_button.clicked.connect(self._open_menu)
        line = row(Dot(online=folder.online), name, detail, self.menu_button, gap=GAP)
        line.setContentsMargins(GAP, 0, 0, 0)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda _: self._open_menu())

    def menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction(words.translate("Show in file manager")).triggered.connect(
            lambda: self.reveal_wanted.emit(self._folder.path)
        )
        menu.addAction(words.translate("Remove from library…")).triggered.connect(
            lambda: self.remove_wanted.emit(self._folder.root_id)
        )
        return menu

    def _open_menu(self) -> None:
        below = self.menu_button.rect().bottomLeft() + QPoint(0, 2)
        self.menu().popup(self.menu_button.mapToGlobal(below))


class RemoveQuestion(QFrame):
    """Asked in the folder's own place: no dialog, and the careful answer has the focus."""

    remove_wanted = Signal(int)
    keep_wanted = Signal()

    def __init__(self, folder: Folder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.remove_button = button(words.translate("Remove"))
        self.remove_button.clicked.connect(lambda: self.remove_wanted.emit(folder.root_id))
        self.keep_button = button(words.translate("Keep"))
        self.keep_button.clicked.connect(self.keep_wanted)
        answers = row(self.remove_button, self.keep_button)
        answers.addStretch()
        self.setLayout(
            column(label(words.remove_question(folder), wrap=True), answers, margin=GAP + 2)
        )


class Dot(QLabel):
    """Filled: connected. A ring: not connected (shape tells it, not only colour)."""

    def __init__(self, *, online: bool) -> None:
        super().__init__()
        self._online = online
        self.setFixedSize(12, 12)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours().good if self._online else colours().muted))
        if self._online:
            painter.setBrush(QColor(colours().good))
        painter.drawEllipse(2, 2, 7, 7)
