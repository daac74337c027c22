"""Every command of the window: its words, its keys, its place in the menus.

One table makes the menu bar, the shortcuts and the sheet of shortcuts, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QMainWindow, QMenu, QWidget

from desktop import words
from desktop.panels.making import label, row
from desktop.theme import GAP

COLUMNS = 3  # of the sheet of shortcuts


@dataclass(frozen=True, slots=True)
class Command:
    """``key``: how the window finds its action. ``menu``: the title it stands under."""

    key: str
    menu: str
    text: str
    act: Callable[[], object] = lambda: None
    shortcuts: tuple[str, ...] = ()
    ticked: Callable[[], bool] | None = None  # whether what it turns on is on
    gap: bool = False  # a line above it in the menu
    fill: Callable[[QMenu], object] | None = None  # a menu of its own, filled when it opens


class Commands:
    """The actions of a window, by key."""

    def __init__(self, window: QMainWindow, table: list[Command]) -> None:
        self.table = table
        self.actions: dict[str, QAction] = {}
        menus = {}
        for command in table:
            if command.menu not in menus:
                menus[command.menu] = window.menuBar().addMenu(command.menu)
            menu = menus[command.menu]
            if command.gap:
                menu.addSeparator()
            if command.fill is not None:
                self.actions[command.key] = _submenu(menu, command.text, command.fill)
                continue
            action = QAction(command.text, window)
            action.setShortcuts([QKeySequence(keys) for keys in command.shortcuts])
            if command.ticked is not None:
                action.setCheckable(True)
                action.setChecked(command.ticked())
            act = command.act
            action.triggered.connect(lambda _=False, act=act: act())
            menu.addAction(action)
            self.actions[command.key] = action

    def keys(self, command: Command) -> str:
        """Its shortcuts as text; a key that a widget takes itself stands after a tab."""
        native = QKeySequence.SequenceFormat.NativeText
        shortcuts = [keys.toString(native) for keys in self.actions[command.key].shortcuts()]
        return ", ".join(shortcuts) or command.text.partition("\t")[2]

    def __getitem__(self, key: str) -> QAction:
        return self.actions[key]


def _submenu(menu: QMenu, text: str, fill: Callable[[QMenu], object]) -> QAction:
    made = menu.addMenu(text)
    made.aboutToShow.connect(lambda: fill(made))
    fill(made)  # an empty menu would not open
    return made.menuAction()


class ShortcutSheet(QDialog):
    """All commands that have keys, by menu. Not modal: it can stay open while one learns."""

    def __init__(self, commands: Commands, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(words.translate("Keyboard shortcuts"))
        by_menu: dict[str, list[tuple[str, str]]] = {}
        for command in commands.table:
            keys = commands.keys(command)
            if keys:
                text = command.text.partition("\t")[0].replace("&", "").rstrip("…")
                by_menu.setdefault(command.menu, []).append((text, keys))
        # Columns of about the same length: a small screen is no higher.
        columns: tuple[list[str], ...] = tuple([] for _ in range(COLUMNS))
        total, before = sum(map(len, by_menu.values())), 0
        for menu, lines in by_menu.items():
            columns[COLUMNS * before // total].append(menu)
            before += len(lines)
        parts = [_column({menu: by_menu[menu] for menu in menus}) for menus in columns]
        self.setLayout(row(*parts, margin=3 * GAP, gap=6 * GAP))


def _column(by_menu: dict[str, list[tuple[str, str]]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(4 * GAP)
    grid.setVerticalSpacing(GAP // 2)
    for menu, lines in by_menu.items():
        heading = grid.rowCount()
        grid.addWidget(label(menu.replace("&", ""), "heading"), heading, 0, 1, 2)
        for number, (text, keys) in enumerate(lines, heading + 1):
            grid.addWidget(label(text), number, 0)
            grid.addWidget(label(keys, "muted"), number, 1)
        grid.setRowMinimumHeight(grid.rowCount(), 2 * GAP)
    grid.setRowStretch(grid.rowCount(), 1)
    return grid
