"""Handing photos to the rest of the desktop: viewer, file manager, clipboard."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QProcess, QUrl
from PySide6.QtDBus import QDBusConnection, QDBusMessage
from PySide6.QtGui import QDesktopServices, QGuiApplication

from desktop.addresses import file_url


def open_file(path: Path) -> bool:
    """In the program that the system has for it. False: there is none."""
    return QDesktopServices.openUrl(file_url(path))


def reveal(path: Path) -> None:
    """Show the file in its folder, selected where the system's file manager can do that."""
    if sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", str(path)])
    elif sys.platform == "win32":
        QProcess.startDetached("explorer", ["/select,", str(path)])
    elif not _reveal_over_dbus(path):
        open_file(path.parent)


def copy_paths(paths: Sequence[Path]) -> None:
    QGuiApplication.clipboard().setText("\n".join(str(path) for path in paths))


def copy_files(paths: Sequence[Path]) -> None:
    """As files: a file manager pastes copies, an editor their paths."""
    urls = [file_url(path) for path in paths]
    mime = QMimeData()
    mime.setUrls(urls)
    addresses = "\n".join(url.toString(QUrl.ComponentFormattingOption.FullyEncoded) for url in urls)
    mime.setData("x-special/gnome-copied-files", f"copy\n{addresses}".encode())
    QGuiApplication.clipboard().setMimeData(mime)


def _reveal_over_dbus(path: Path) -> bool:
    bus = QDBusConnection.sessionBus()
    name = "org.freedesktop.FileManager1"
    if not bus.isConnected():
        return False
    message = QDBusMessage.createMethodCall(
        name, "/org/freedesktop/FileManager1", name, "ShowItems"
    )
    message.setArguments([[str(file_url(path).toEncoded().data(), "ascii")], ""])
    return bus.send(message)  # does not wait for the file manager
