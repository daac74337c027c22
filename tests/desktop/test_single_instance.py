"""A second start: real processes, real sockets."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from pytestqt.qtbot import QtBot

from desktop.single_instance import END, LONGEST, FirstWindow, address, hand_over, take_place

REPOSITORY = Path(__file__).resolve().parent.parent.parent

SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from desktop.single_instance import hand_over
app = QCoreApplication([])
image = Path(sys.argv[2]) if len(sys.argv) > 2 else None
sys.exit(0 if hand_over(Path(sys.argv[1]), image) else 1)
"""

CRASH = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from desktop.single_instance import FirstWindow
app = QCoreApplication([])
first = FirstWindow(Path(sys.argv[1]))
assert first.listening
os._exit(9)
"""


def start(code: str, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=cwd, env=environment)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def first(library: Path, qtbot: QtBot) -> Iterator[FirstWindow]:
    taken = take_place(library, None)
    assert taken is not None and taken.listening
    yield taken
    taken.close()


@pytest.fixture
def calls(first: FirstWindow) -> list[Path | None]:
    heard: list[Path | None] = []
    first.called.connect(heard.append)
    return heard


Ended = Callable[[subprocess.Popen[bytes]], int]


@pytest.fixture
def ended(qtbot: QtBot) -> Ended:
    """Waits for a process while this one answers."""

    def wait(process: subprocess.Popen[bytes]) -> int:
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=30_000)
        return process.returncode

    return wait


def test_the_first_start_finds_nobody(library: Path) -> None:
    assert not hand_over(library, None)


def test_a_second_start_hands_over_its_image_and_ends(
    library: Path, calls: list[Path | None], ended: Ended, tmp_path: Path
) -> None:
    odd = os.fsdecode(b"dress \xff\n.jpg")  # a name that is no UTF-8, in two lines
    assert ended(start(SECOND, str(library), odd, cwd=tmp_path)) == 0
    assert calls == [tmp_path / odd]  # relative to the folder where it was started


def test_a_second_start_without_an_image_only_calls(
    library: Path, calls: list[Path | None], ended: Ended
) -> None:
    assert ended(start(SECOND, str(library))) == 0
    assert calls == [None]


def test_another_library_has_a_window_of_its_own(first: FirstWindow, tmp_path: Path) -> None:
    assert not hand_over(tmp_path / "other", None)


def test_a_library_has_one_address_however_it_is_written(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.mkdir()
    (tmp_path / "link").symlink_to(library)
    monkeypatch.chdir(tmp_path)
    assert address(Path("library")) == address(tmp_path / "link") == address(library)


def test_what_a_crash_left_behind_is_replaced(library: Path, qtbot: QtBot, ended: Ended) -> None:
    assert ended(start(CRASH, str(library))) == 9
    taken = take_place(library, None)
    assert taken is not None and taken.listening
    taken.close()


def test_only_the_same_user_may_connect(first: FirstWindow) -> None:
    server = first.findChild(QLocalServer)
    assert server is not None
    if os.name == "posix":
        assert stat.S_IMODE(Path(server.fullServerName()).stat().st_mode) & 0o077 == 0
    assert server.socketOptions() == QLocalServer.SocketOption.UserAccessOption


def test_noise_on_the_socket_is_hung_up_on(
    library: Path, first: FirstWindow, calls: list[Path | None], qtbot: QtBot
) -> None:
    stranger = QLocalSocket()
    stranger.connectToServer(address(library))
    qtbot.waitUntil(lambda: stranger.state() == QLocalSocket.LocalSocketState.ConnectedState)
    stranger.write(QByteArray(b"x" * (LONGEST + 1)))
    qtbot.waitUntil(lambda: stranger.state() == QLocalSocket.LocalSocketState.UnconnectedState)
    assert calls == []


def test_a_message_may_arrive_in_parts(
    library: Path, first: FirstWindow, calls: list[Path | None], qtbot: QtBot
) -> None:
    sender = QLocalSocket()
    sender.connectToServer(address(library))
    for part in (b"/photos/dr", b"ess.jpg", END):
        sender.write(QByteArray(part))
        sender.flush()
        qtbot.waitUntil(lambda: sender.bytesToWrite() == 0)
    qtbot.waitUntil(lambda: calls == [Path("/photos/dress.jpg")])


def test_a_window_that_is_only_busy_keeps_its_place(
    library: Path, first: FirstWindow, calls: list[Path | None], ended: Ended
) -> None:
    impatient = FirstWindow(library)  # as a start that got no answer in time
    assert not impatient.listening
    assert ended(start(SECOND, str(library))) == 0
    assert calls == [None]


def test_the_place_is_free_again_when_the_window_closes(library: Path, qtbot: QtBot) -> None:
    before = take_place(library, None)
    assert before is not None
    before.close()
    after = take_place(library, None)
    assert after is not None and after.listening
    after.close()
