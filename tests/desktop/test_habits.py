"""What any good desktop program does: a name for every control, either writing direction, no box
in the way, and a GUI thread that never waits."""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFrame,
    QLabel,
    QMenu,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.window import MainWindow
from engine.types import Problem
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession

Show = Callable[..., MainWindow]
DESKTOP = Path(__file__).resolve().parent.parent.parent / "desktop"


def everything(show: Show, qtbot: QtBot) -> MainWindow:
    """A window with every panel open, and the windows beside it."""
    session = FakeSession(60)
    session.known_problems = (
        Problem(1, Path("/photos/broken.jpg"), "this file is damaged", 2, datetime.now(UTC)),
    )
    window = show(session)
    inside = inside_of(window)
    inside.search.search(3, "photo-00003.jpg")
    qtbot.waitUntil(lambda: inside.search.answer is not None and not inside.search.asking)
    inside.details_button.setChecked(True)
    inside.grid.setCurrentIndex(inside.photos.index(0))
    inside.toggle_problems()
    inside.banner.say("A sentence.")
    window.commands["keys"].trigger()
    window.show_settings()
    return window


def tree(widget: QWidget) -> Iterator[QWidget]:
    """``widget`` and what it holds, without the parts that Qt builds its own controls of."""
    yield widget
    if isinstance(widget, QComboBox | QAbstractSpinBox | QMenu):
        return
    for child in widget.children():
        if isinstance(child, QWidget) and not child.objectName().startswith("qt_"):
            yield from tree(child)


def interface(widget: QWidget) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(widget)
    assert found is not None
    return found


def qt_class(widget: QWidget) -> type:
    """The class of Qt's that ``widget`` is one of."""
    return next(k for k in type(widget).__mro__ if k.__module__ == QWidget.__module__)


def test_every_control_says_its_name_and_role_to_a_screen_reader(show: Show, qtbot: QtBot) -> None:
    silent, without_role = [], []
    for widget in tree(everything(show, qtbot)):
        takes_focus = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if not (takes_focus or isinstance(widget, QAbstractButton)):
            continue
        spoken = interface(widget)
        if not spoken.text(QAccessible.Text.Name).strip():
            silent.append(widget)
        plain = spoken.role() in (QAccessible.Role.NoRole, QAccessible.Role.Client)
        if plain and qt_class(widget) not in (QWidget, QFrame, QScrollArea):  # panes have no other
            without_role.append(widget)
    assert silent == [], [(w, w.parent(), w.children()) for w in silent]
    assert without_role == []


def test_a_cell_says_its_place_its_name_and_how_sure_the_match_is(show: Show, qtbot: QtBot) -> None:
    grid = inside_of(everything(show, qtbot)).grid
    said = grid.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "1, photo-00001.jpg, Same shot"


def test_words_are_never_taken_for_markup(show: Show, qtbot: QtBot) -> None:
    rich = [
        label
        for label in everything(show, qtbot).findChildren(QLabel)
        if label.text() and label.textFormat() is not Qt.TextFormat.PlainText
    ]
    assert rich == [], [(w.text(), w.parent()) for w in rich]


def test_tab_goes_through_the_window_and_comes_back(show: Show, qtbot: QtBot) -> None:
    window = everything(show, qtbot)
    start = inside_of(window).grid
    start.setFocus()
    seen: list[QWidget] = []
    widget: QWidget = start
    while widget not in seen:
        seen.append(widget)
        following = widget.nextInFocusChain()
        assert following is not None
        widget = following
    reached = {w for w in seen if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()}
    assert {start, inside_of(window).back_button, inside_of(window).status.size_slider} <= reached


def test_every_action_of_the_window_stands_in_a_menu(show: Show, qtbot: QtBot) -> None:
    window = everything(show, qtbot)
    listed = set()
    for title in window.menuBar().actions():
        menu = title.menu()
        assert isinstance(menu, QMenu)
        listed |= set(menu.actions())
    assert set(window.commands.actions.values()) <= listed


def test_no_two_actions_have_the_same_key(show: Show) -> None:
    window = show(FakeSession(3))
    keys = [key.toString() for a in window.commands.actions.values() for key in a.shortcuts()]
    assert sorted(keys) == sorted(set(keys))


def test_the_sheet_shows_every_key(show: Show) -> None:
    window = show(FakeSession(3))
    window.commands["keys"].trigger()
    sheet = next(w for w in window.findChildren(QWidget) if w.windowTitle() == "Keyboard shortcuts")
    shown = {label.text() for label in sheet.findChildren(QLabel)}
    for command in window.commands.table:
        assert not window.commands.keys(command) or window.commands.keys(command) in shown


@pytest.fixture
def right_to_left(qapp: QApplication) -> Iterator[None]:
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_where_text_runs_from_right_to_left_the_window_is_mirrored(
    show: Show, qtbot: QtBot, qapp: QApplication, right_to_left: None
) -> None:
    window = show(FakeSession(30))
    inside = inside_of(window)

    def left_of(widget: QWidget) -> int:
        return widget.mapTo(window, QPoint(0, 0)).x()

    assert left_of(inside.folders) < left_of(inside.grid)
    assert left_of(inside.back_button) < left_of(inside.forward_button)

    def step() -> int:
        """Pixels from a cell to the one after it in its line."""
        cells = [inside.grid.visualRect(inside.photos.index(row)) for row in range(5)]
        pairs = pairwise(cells)
        return next((b.x() - a.x() for a, b in pairs if a.y() == b.y() and a.x() != b.x()), 0)

    qtbot.waitUntil(lambda: step() > 0)
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    window.resize(window.width() + 1, window.height())
    qtbot.waitUntil(lambda: left_of(inside.folders) > left_of(inside.grid))
    assert left_of(inside.back_button) > left_of(inside.forward_button)
    qtbot.waitUntil(lambda: step() < 0)


def names(file: Path) -> set[str]:
    tree = ast.parse(file.read_bytes(), file)
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_no_box_stands_in_the_way_and_dialogs_are_the_systems() -> None:
    forbidden = {"QMessageBox", "QErrorMessage", "QInputDialog", "DontUseNativeDialog"}
    used = {f.name: names(f) & forbidden for f in DESKTOP.rglob("*.py") if names(f) & forbidden}
    assert used == {}
    modal = [f.name for f in DESKTOP.rglob("*.py") if names(f) & {"setModal", "ApplicationModal"}]
    assert modal == []


def test_the_gui_thread_never_waits_for_the_engine(show: Show, qtbot: QtBot) -> None:
    """Every call of the session, in a tour through the window, is made on another thread."""
    gui = threading.get_ident()
    called: dict[str, set[int]] = {}

    class Watched(FakeSession):
        def _enter(self, method: str) -> None:
            called.setdefault(method, set()).add(threading.get_ident())
            super()._enter(method)

    session = Watched(60)
    window = show(session)
    inside = inside_of(window)
    inside.search.search(3, "photo-00003.jpg")
    qtbot.waitUntil(lambda: inside.search.answer is not None and not inside.search.asking)
    window.show_settings()
    inside.library.rescan()
    qtbot.waitUntil(lambda: not inside.library.indexing)
    inside.training.start()
    qtbot.waitUntil(lambda: inside.training.report is not None)
    assert {"status", "search", "thumbnail", "index", "train", "warm"} <= called.keys()
    assert all(gui not in threads for threads in called.values())


LOADED = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from desktop import app
app.QApplication = QApplication
from itertools import pairwise
from pathlib import Path
import desktop.window
import main
desktop.window.QUIT_MS = 60_000
def end():
    windows = [w for w in QApplication.topLevelWidgets() if w.inherits("QMainWindow")]
    if windows and windows[0].workspace is not None and windows[0].workspace.library.status:
        windows[0].close()
    else:
        QTimer.singleShot(50, end)
QTimer.singleShot(0, end)
code = main.main(["--library", sys.argv[1]])
print(code, *sorted({m.split(".")[0] for m in sys.modules}))
"""


LEFT = """
import atexit, os, sys, threading
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from desktop import app
app.QApplication = QApplication
import desktop.window
desktop.window.QUIT_MS = 0
opening = threading.Event()
def open_session(*_):
    opening.set()
    threading.Event().wait()
def end():
    windows = [w for w in QApplication.topLevelWidgets() if w.inherits("QMainWindow")]
    if windows and opening.is_set():
        windows[0].close()
    else:
        QTimer.singleShot(50, end)
atexit.register(print, "the usual end")
QTimer.singleShot(0, end)
from pathlib import Path
app.run(open_session, Path(sys.argv[1]))
print("came back")
"""


def test_a_window_that_is_closed_while_it_opens_does_not_wait_for_what_loads(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEFT, str(tmp_path / "library")],
        cwd=DESKTOP.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_window_on_a_real_library_never_loads_torch(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(tmp_path / "library")],
        cwd=DESKTOP.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    code, *loaded = done.stdout.split()
    assert code == "0"
    assert "PySide6" in loaded
    assert not set(loaded) & {"torch", "timm", "torchvision", "matplotlib", "faiss"}
