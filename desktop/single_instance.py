"""One window for a library: a second start hands its image to the first, and ends.

A local socket (a named pipe on Windows) whose name stands for the user and the library's folder;
only the same user may connect. A socket that a crash left behind answers nobody and is replaced.
One message goes each way: the image's path as bytes, and the receipt.
"""

from __future__ import annotations

import getpass
import hashlib
import logging
import os
from pathlib import Path

from PySide6.QtCore import QByteArray, QDir, QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from engine.settings import APP

END = b"\0"  # of a message: the one byte that no path holds
RECEIPT = b"taken" + END
CONNECT_MS = 1_000
ANSWER_MS = 3_000  # a first window that is busy for longer is left alone
LONGEST = 64 * 1024  # bytes; a longer message is not one of ours

log = logging.getLogger(__name__)


def address(library: Path) -> str:
    """The socket's name; short, because Unix allows a hundred bytes with the folder."""
    whose = f"{getpass.getuser()}\0".encode() + os.fsencode(os.path.realpath(library))
    return f"{APP}-{hashlib.sha256(whose).hexdigest()[:24]}"


def hand_over(library: Path, image: Path | None) -> bool:
    """Ask the window that shows ``library`` to come up and look for ``image``.

    False: there is none, or it does not answer. Relative paths are this process's, so they are
    made absolute here.
    """
    socket = _connect(address(library))
    if socket is None:
        return False
    path = b"" if image is None else os.fsencode(os.path.abspath(image))
    socket.write(QByteArray(path + END))
    answer = b""
    while not answer.endswith(END):
        if not socket.waitForReadyRead(ANSWER_MS):
            return False
        answer += socket.readAll().data()
    return answer == RECEIPT


def _connect(name: str) -> QLocalSocket | None:
    socket = QLocalSocket()
    socket.connectToServer(name)
    return socket if socket.waitForConnected(CONNECT_MS) else None


class FirstWindow(QObject):
    """Listens for later starts, until it is closed."""

    called = Signal(object)  # Path of an image, or None: only come up

    def __init__(self, library: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        self._heard: dict[QLocalSocket, bytes] = {}
        name = address(library)
        # Two starts at once, one for each of two files, must not both find the place free.
        turn = QLockFile(QDir.temp().filePath(f"{name}.lock"))
        turn.tryLock(CONNECT_MS)
        if _connect(name) is None:
            QLocalServer.removeServer(name)  # a crash may have left it behind
            self._server.listen(name)
        turn.unlock()

    @property
    def listening(self) -> bool:
        return self._server.isListening()

    def close(self) -> None:
        for socket in list(self._heard):
            socket.abort()
        self._server.close()

    def _greet(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            self._heard[socket] = b""
            socket.readyRead.connect(lambda socket=socket: self._hear(socket))
            socket.disconnected.connect(lambda socket=socket: self._forget(socket))
            self._hear(socket)  # what came before anyone listened

    def _hear(self, socket: QLocalSocket) -> None:
        if socket not in self._heard:
            return
        message = self._heard[socket] + socket.readAll().data()
        self._heard[socket] = message
        if message.endswith(END):
            self._heard[socket] = b""
            socket.write(QByteArray(RECEIPT))
            socket.flush()
            path = message.removesuffix(END)
            self.called.emit(Path(os.fsdecode(path)) if path else None)
        elif len(message) > LONGEST:
            socket.abort()

    def _forget(self, socket: QLocalSocket) -> None:
        self._heard.pop(socket, None)
        socket.deleteLater()


def take_place(library: Path, image: Path | None) -> FirstWindow | None:
    """Become the window of ``library``; None where another is, which was called instead."""
    if hand_over(library, image):
        return None
    first = FirstWindow(library)
    if not first.listening:
        if hand_over(library, image):  # another start was a moment quicker
            return None
        log.warning("A second start will open a second window")
    return first
