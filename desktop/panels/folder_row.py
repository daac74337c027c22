"""One folder of the library: whether it is there, its count, how far its indexing is, its menu."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QProgressBar, QWidget

from desktop import words
from desktop.guarding import guarded
from desktop.panels.making import IconButton, Line, column, label, plain, row
from desktop.theme import GAP, colours
from engine.types import Folder, JobState, JobView


class FolderRow(QFrame):
    """A dot (connected or not), the name, the count, a menu; below it a line while there is work.

    It is kept and shown anew, so that its menu and the focus stay while photos arrive.
    """

    pause_wanted = Signal(int)  # root id
    resume_wanted = Signal(int)
    rescan_wanted = Signal(object)  # Path
    remove_wanted = Signal(int)
    reveal_wanted = Signal(object)  # Path

    def __init__(self, folder: Folder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self._dot = Dot()
        self._name = Line(mode=Qt.TextElideMode.ElideMiddle)
        self._detail = label(look="muted")
        self.menu_button = IconButton("more", words.translate("What to do with this folder"))
        self.menu_button.clicked.connect(self._open_menu)
        line = row(self._dot, self._name, self._detail, self.menu_button, gap=GAP)
        line.setStretch(1, 1)
        self.note = label(look="muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        below = column(self.bar, self.note, gap=4)
        below.setContentsMargins(12 + GAP, 0, GAP, GAP // 2)
        whole = column(line, below, gap=0)
        whole.setContentsMargins(GAP, 0, 0, 0)
        self.setLayout(whole)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda _: self._open_menu())
        self.show_folder(folder, None)

    def show_folder(self, folder: Folder, job: JobView | None) -> None:
        """``job``: the work on it, if any is known."""
        self.folder = folder
        told = words.folder_tooltip(folder)
        self.setToolTip(plain(told))
        self.setAccessibleName(told)
        self._dot.show_online(folder.online)
        self._name.setText(words.folder(folder))
        self._detail.setText(words.folder_detail(folder))
        self.menu_button.setAccessibleName(words.folder_menu(folder))
        note = words.folder_note(folder, job)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        at_work = job is not None and job.state is JobState.RUNNING and folder.online
        begun = job is not None and job.state is JobState.PAUSED and job.total is not None
        self.bar.setVisible(at_work or begun)
        if job is not None:
            self.bar.setRange(0, job.total or 0)  # 0: it moves without an end
            self.bar.setValue(job.done)
            self.bar.setAccessibleName(words.indexing_of(folder))

    def menu(self) -> QMenu:
        folder, menu = self.folder, QMenu(self)
        if folder.paused:
            menu.addAction(words.translate("Resume")).triggered.connect(
                lambda: self.resume_wanted.emit(folder.root_id)
            )
        else:
            menu.addAction(words.translate("Pause")).triggered.connect(
                lambda: self.pause_wanted.emit(folder.root_id)
            )
        rescan = menu.addAction(words.translate("Scan this folder again"))
        rescan.setEnabled(folder.online)
        rescan.triggered.connect(lambda: self.rescan_wanted.emit(folder.path))
        reveal = menu.addAction(words.translate("Show in file manager"))
        reveal.setEnabled(folder.online)
        reveal.triggered.connect(lambda: self.reveal_wanted.emit(folder.path))
        menu.addSeparator()
        menu.addAction(words.translate("Remove from library…")).triggered.connect(
            lambda: self.remove_wanted.emit(folder.root_id)
        )
        return menu

    def _open_menu(self) -> None:
        below = self.menu_button.rect().bottomLeft() + QPoint(0, 2)
        self.menu().popup(self.menu_button.mapToGlobal(below))


class Dot(QLabel):
    """Filled: connected. A ring: not connected (shape tells it, not only colour)."""

    def __init__(self) -> None:
        super().__init__()
        self._online = True
        self.setFixedSize(12, 12)

    def show_online(self, online: bool) -> None:
        self._online = online
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours().good if self._online else colours().muted))
        if self._online:
            painter.setBrush(QColor(colours().good))
        painter.drawEllipse(2, 2, 7, 7)
