"""A screen of its own for the real window, and a hand on its mouse and keyboard.

Needs Xvfb, openbox and xdotool. Neighbours: ``real_window`` (walks through the app on it).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SCREEN = (1280, 800)


def on_own_screen(out: Path) -> int:
    """Start a screen with a window manager, and this script again on it."""
    out.mkdir(parents=True, exist_ok=True)
    reader, writer = os.pipe()
    size = f"{SCREEN[0]}x{SCREEN[1]}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", size], pass_fds=[writer]
    )
    os.close(writer)
    # Exported encoders of the real home are used again.
    from engine.settings import cache_folder

    with os.fdopen(reader) as number, tempfile.TemporaryDirectory() as home:
        display = f":{number.readline().strip()}"
        environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "HOME": home,  # paths are shown as ~/Pictures/...
            "PHOTOGLYPH_CACHE": str(cache_folder()),
            "PHOTOGLYPH_SCREEN": "1",
        }
        manager = subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL)
        try:
            arguments = [sys.executable, "-m", "tests.desktop.real_window", *sys.argv[1:]]
            return subprocess.run(
                arguments, env=environment, cwd=REPOSITORY, check=False
            ).returncode
        finally:
            manager.terminate()
            server.terminate()
            manager.wait()
            server.wait()


def show_source(image: Path, stands: Path) -> int:
    """A small window from which ``image`` can be dragged, standing in for a file manager.

    ``stands`` is written once it can be clicked.
    """
    from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
    from PySide6.QtGui import QDrag, QMouseEvent, QPixmap
    from PySide6.QtWidgets import QApplication, QLabel

    class Source(QLabel):
        def mousePressEvent(self, event: QMouseEvent) -> None:
            drag, mime = QDrag(self), QMimeData()
            mime.setUrls([QUrl.fromLocalFile(str(image))])
            drag.setMimeData(mime)
            drag.setPixmap(self.pixmap())
            drag.exec(Qt.DropAction.CopyAction)

    app = QApplication(sys.argv[:1])
    window = Source()
    window.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
    window.setPixmap(QPixmap(str(image)).scaledToWidth(96))
    window.move(SCREEN[0] - 110, SCREEN[1] - 180)
    window.show()
    QTimer.singleShot(300, stands.touch)
    return app.exec()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def key(keys: str) -> None:
    subprocess.run(["xdotool", "key", keys], check=True)


def mouse(*arguments: str) -> None:
    subprocess.run(["xdotool", *arguments], check=True)
