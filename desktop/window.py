"""The main window: opens the library, takes drops, keeps what is remembered, closes cleanly."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMainWindow

from desktop import entry, incoming, recent, theme, words
from desktop.commands import Command, Commands, ShortcutSheet
from desktop.guarding import guarded
from desktop.incoming import ImageQuery, NewFolders, WebAddress
from desktop.jobs import Jobs
from desktop.panels.banner import Tone
from desktop.panels.message_page import Choice, MessagePage
from desktop.panels.overlay import DropOverlay
from desktop.remembered import Remembered
from desktop.settings import SettingsDialog
from desktop.theme import Theme
from desktop.workspace import Workspace

if TYPE_CHECKING:
    from engine.services.session import Session

QUIT_MS = 1000  # for the library to be left in order; a training's process ends by itself
AGAIN_MS = 10_000  # a training has to have ended before the next window can go on with it

log = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """Shows words until the session is open, then a ``Workspace``."""

    opened = Signal()  # the library; everything that stays is made

    def __init__(
        self,
        open_session: Callable[[], Session],
        first_query: Path | None = None,
    ) -> None:
        super().__init__()
        self.jobs = Jobs(self)
        self.workspace: Workspace | None = None
        self._session: Session | None = None
        self._first_query = first_query
        self.again = False  # closed in order to be opened once more
        self.left_behind = False  # closed while something was at work that did not end
        self.other_library: Path | None = None  # then with this one
        self._remembered = Remembered()
        self._sheet: QDialog | None = None
        self._settings: QDialog | None = None
        self.setWindowTitle("Photoglyph")
        self.setMinimumSize(760, 480)
        self.setAcceptDrops(True)
        self.resize(1280, 800)
        if not self._remembered.geometry.isEmpty():
            self.restoreGeometry(self._remembered.geometry)
        self.page = MessagePage()
        self.setCentralWidget(self.page)
        self.overlay = DropOverlay(self)
        self._open(open_session)

    # The library

    def _open(self, open_session: Callable[[], Session]) -> None:
        self.page.say("app", words.opening())
        self.jobs.ask(self.jobs.writing, open_session, self._opened, self._cannot_open)

    def _opened(self, session: Session) -> None:
        self._session = session
        workspace = Workspace(session, self.jobs, self._remembered)
        self.workspace = workspace
        self.setCentralWidget(workspace)
        self.commands = Commands(self, [*workspace.commands(), *self._commands(workspace)])
        for action in (self.commands["similar"], self.commands["view"], self.commands["reveal"]):
            action.setEnabled(True)
        workspace.title_changed.connect(self._show_title)
        workspace.grid.setFocus()
        self.overlay.raise_()
        if self._first_query is not None:
            workspace.taking.take(ImageQuery(self._first_query))
        self.opened.emit()

    def _cannot_open(self, error: Exception) -> None:
        log.info("The library cannot be opened", exc_info=error)
        choices = (
            Choice(words.translate("Choose another library…"), self.choose_library),
            Choice(words.translate("Quit"), self.close),
        )
        self.page.say("warning", words.cannot_start(), words.error(error), choices)

    def choose_library(self) -> None:
        """Ask for a folder and open the window on it."""
        name = QFileDialog.getExistingDirectory(
            self, words.translate("Choose a library folder"), str(Path.home())
        )
        if name:
            self._remembered.library = self.other_library = Path(name)
            self.begin_again()

    def begin_again(self) -> None:
        """Close and open once more, because words, models or the library are others now."""
        self.again = True
        self.close()

    def come_up(self, image: Path | None) -> None:
        """Photoglyph was started once more: this is its window, and ``image`` its question."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        if image is None:
            return
        if self.workspace is None:
            self._first_query = image
        else:
            self.workspace.taking.take(ImageQuery(image))

    # Commands of the window itself

    def _commands(self, workspace: Workspace) -> list[Command]:
        t = words.translate
        lately = partial(recent.fill, workspace.searches)
        view, file, help_menu = t("&View"), t("&File"), t("&Help")
        add = t("Add to the menu of applications")
        integrate = Command("entry", help_menu, add, self._add_entry, gap=True)
        quit_keys = QKeySequence(QKeySequence.StandardKey.Quit).toString() or "Ctrl+Q"
        return [
            Command("theme_system", view, t("System theme"), self._theme(Theme.SYSTEM), gap=True),
            Command("theme_light", view, t("Light theme"), self._theme(Theme.LIGHT)),
            Command("theme_dark", view, t("Dark theme"), self._theme(Theme.DARK)),
            Command("recent", file, t("Recent searches"), gap=True, fill=lately),
            Command("settings", file, t("Settings…"), self.show_settings, ("Ctrl+,",), gap=True),
            Command("quit", file, t("Quit"), self.close, (quit_keys,), gap=True),
            Command("keys", help_menu, t("Keyboard shortcuts"), self._show_sheet, ("F1",)),
            *([integrate] if entry.supported() else []),
        ]

    def _theme(self, chosen: Theme) -> Callable[[], None]:
        def take() -> None:
            self._remembered.theme = chosen
            _paint(chosen)

        return take

    def show_settings(self) -> None:
        """Made anew, so that it shows the figures of now."""
        workspace = self.workspace
        if workspace is None:
            return
        if self._settings is not None:
            self._settings.close()
            self._settings.deleteLater()
        dialog = SettingsDialog(self._remembered, workspace.library.status, self)
        dialog.library_wanted.connect(self.choose_library)
        dialog.again_wanted.connect(self.begin_again)
        dialog.theme_chosen.connect(_paint)
        dialog.rules_chosen.connect(workspace.background.set_rules)
        dialog.cache_chosen.connect(lambda mb: workspace.thumbnails.set_limit(mb * 2**20))
        self._settings = dialog
        dialog.show()

    def _show_sheet(self) -> None:
        if self._sheet is None:
            self._sheet = ShortcutSheet(self.commands, self)
        self._sheet.show()
        self._sheet.raise_()

    def _add_entry(self) -> None:
        workspace = self.workspace
        if workspace is not None:
            self.jobs.ask(
                self.jobs.reading,
                lambda: entry.install(entry.data_home()),
                lambda _: workspace.banner.say(words.entry_added()),
                lambda error: workspace.banner.say(words.error(error), Tone.ERROR),
            )

    def _show_title(self, query: str) -> None:
        self.setWindowTitle(f"{query} - Photoglyph" if query else "Photoglyph")

    def tell_bug(self, error: Exception) -> None:
        """An exception that nothing caught: said in place, the window goes on."""
        if self.workspace is not None:
            self.workspace.banner.say(words.error(error), Tone.ERROR)

    # Drops, anywhere

    @guarded
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        # A drag that began in the grid is on its way out.
        if self.workspace is None or event.source() is not None:
            return
        if self._announce(event):
            event.acceptProposedAction()

    @guarded
    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802
        if self.overlay.isVisible():
            self._announce(event)  # a key may have been pressed meanwhile
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        self.overlay.hide()

    @guarded
    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        self.overlay.hide()
        if self.workspace is not None and event.source() is None:
            event.acceptProposedAction()
            self.workspace.drop(event.mimeData(), beside=_beside(event))

    def _announce(self, event: QDropEvent) -> bool:
        match incoming.offers(event.mimeData()):
            case ImageQuery():
                searched = self.workspace is not None and self.workspace.search.step.is_search
                if searched and _beside(event):
                    self.overlay.announce(words.overlay_beside(), "add")
                else:
                    self.overlay.announce(words.overlay_search(beside=searched), "search")
            case NewFolders():
                self.overlay.announce(words.overlay_add(), "folder")
            case WebAddress():
                self.overlay.announce(words.overlay_refuse(), "warning", refusal=True)
            case None:
                return False
        return True

    # The end

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Jobs stop at their next committed point; a later run goes on from there."""
        self._remembered.geometry = self.saveGeometry()
        if self.workspace is not None:
            self.workspace.remember()
        self.hide()
        QGuiApplication.sync()  # out of sight before the wait
        wait_ms = AGAIN_MS if self.again else QUIT_MS
        ended = self.jobs.close(wait_ms, training=self.again)
        if self._session is not None and ended:
            self._session.close()
        elif not ended:
            log.warning("A job did not end within %d ms; leaving it behind", wait_ms)
        self.left_behind = not ended
        super().closeEvent(event)


def _beside(event: QDropEvent) -> bool:
    """With Shift or Ctrl, images come to those that are asked with already."""
    keys = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
    return bool(event.modifiers() & keys)


def _paint(chosen: Theme) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, chosen)
