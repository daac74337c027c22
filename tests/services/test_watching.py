"""Changes below the library's folders are noticed: real files, real events, no waiting in vain."""

from __future__ import annotations

import ctypes
import errno
import os
import queue
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from engine.photos import events
from engine.photos.events import FolderEvents, TooManyFoldersError
from engine.photos.volumes import Mount
from engine.services import watching
from engine.services.indexing import folders, index
from engine.services.watching import SECONDS_BETWEEN_POLLS, Settling, Watcher
from engine.store.database import Library
from engine.store.files import Root
from engine.types import VolumeKind
from tests.conftest import FakeEncoder, MakePhoto

SECONDS = 20.0  # nothing takes so long; without an end a failure would hang


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


# Gathering


def test_a_change_is_told_once_it_has_been_quiet() -> None:
    settling = Settling(quiet=2, at_most=30)
    settling.happened(1, 0.0)
    settling.happened(1, 1.5)
    assert settling.take(3.4, frozenset()) == ()
    assert settling.next_at(frozenset()) == 3.5
    assert settling.take(3.5, frozenset()) == (1,)
    assert settling.take(99.0, frozenset()) == ()


def test_a_change_that_never_ends_is_told_after_half_a_minute() -> None:
    settling = Settling(quiet=2, at_most=30)
    told = []
    for tenth in range(600):
        settling.happened(1, tenth / 10)
        told += [tenth / 10 for _ in settling.take(tenth / 10, frozenset())]
    assert told == [30.0]


def test_folders_settle_each_for_itself() -> None:
    settling = Settling(quiet=2, at_most=30)
    settling.happened(2, 0.0)
    settling.happened(1, 1.0)
    assert settling.take(2.0, frozenset()) == (2,)
    assert settling.take(3.0, frozenset()) == (1,)


def test_what_happens_to_a_paused_folder_waits_until_it_is_resumed() -> None:
    settling = Settling(quiet=2, at_most=30)
    settling.happened(1, 0.0)
    held = frozenset([1])
    assert settling.take(60.0, held) == ()
    assert settling.next_at(held) == float("inf")
    assert settling.take(60.0, frozenset()) == (1,)


# Looking, with a clock of the test's


class Turns:
    """A watcher that is turned by hand; ``told`` are the folders that it named."""

    def __init__(self, *folders: Root) -> None:
        self.folders = list(folders)
        self.mounted: list[Mount] = []
        self.told: list[tuple[int, ...]] = []
        self.clock = Clock()
        self.watcher = Watcher(
            lambda: self.folders, self.told.append, mounts=lambda: self.mounted, clock=self.clock
        )

    def after(self, seconds: float) -> list[tuple[int, ...]]:
        """What is named in a turn that comes ``seconds`` later."""
        self.clock.now += seconds
        self.told.clear()
        self.watcher.turn()
        return self.told


def network(root_id: int, path: Path) -> Root:
    """A folder whose file system tells of nothing."""
    return Root(root_id, path, "nas", online=True, kind=VolumeKind.NETWORK)


def test_a_network_folder_is_looked_at_every_few_minutes(tmp_path: Path) -> None:
    turns = Turns(network(7, tmp_path))
    assert turns.after(0) == []  # a start is no change
    assert turns.after(SECONDS_BETWEEN_POLLS - 10) == []
    assert turns.after(10) == [(7,)]
    assert turns.after(10) == []
    assert turns.after(SECONDS_BETWEEN_POLLS) == [(7,)]


def test_a_paused_folder_is_not_named_until_it_is_resumed(tmp_path: Path) -> None:
    turns = Turns(replace(network(7, tmp_path), paused=True))
    turns.after(0)
    assert turns.after(SECONDS_BETWEEN_POLLS) == []
    turns.folders = [network(7, tmp_path)]
    assert turns.after(10) == [(7,)]


def test_a_folder_that_goes_and_comes_back_is_named_both_times(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    turns = Turns(network(7, folder))
    turns.after(0)
    folder.rename(tmp_path / "elsewhere")
    assert turns.after(10) == [(7,)]
    assert turns.after(10) == []
    (tmp_path / "elsewhere").rename(folder)
    assert turns.after(10) == [(7,)]


def test_another_folder_in_the_place_of_one_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    turns = Turns(network(7, folder))
    turns.after(0)
    folder.rename(tmp_path / "elsewhere")
    folder.mkdir()
    assert turns.after(10) == [(7,)]


def test_a_drive_that_comes_has_offline_folders_looked_for(tmp_path: Path) -> None:
    """It may have come under any path, so the folder's own is still empty."""
    away = replace(network(7, tmp_path / "gone"), online=False)
    turns = Turns(away, network(8, tmp_path))
    turns.after(0)
    assert turns.after(10) == []
    turns.mounted = [Mount(Path("/media/stick"), "uuid:1", VolumeKind.REMOVABLE)]
    assert turns.after(10) == [(7,)]
    assert turns.after(10) == []


def test_a_folder_that_leaves_the_library_is_forgotten(tmp_path: Path) -> None:
    turns = Turns(network(7, tmp_path))
    turns.after(0)
    turns.folders = []
    assert turns.after(SECONDS_BETWEEN_POLLS) == []


def test_a_folder_that_is_added_while_watching_is_named_once(tmp_path: Path) -> None:
    """What came into it between its indexing and its watching would be missed."""
    turns = Turns()
    turns.after(0)
    turns.folders = [network(7, tmp_path)]
    assert turns.after(10) == [(7,)]
    assert turns.after(10) == []


# Real events

linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify")


class Heard:
    """The folders that a running watcher names."""

    def __init__(self) -> None:
        self._named: queue.Queue[tuple[int, ...]] = queue.Queue()
        self.sentences: list[str] = []

    def __call__(self, root_ids: tuple[int, ...]) -> None:
        self._named.put(root_ids)

    def next(self) -> tuple[int, ...]:
        return self._named.get(timeout=SECONDS)

    def drained(self) -> list[tuple[int, ...]]:
        found = []
        while not self._named.empty():
            found.append(self._named.get())
        return found


Watch = Callable[[Callable[[], Sequence[Root]]], Watcher]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def start(heard: Heard) -> Iterator[Watch]:
    """Starts a watcher that is quick; returns it once it watches."""
    watchers = []

    def begin(folders: Callable[[], Sequence[Root]]) -> Watcher:
        watcher = Watcher(
            folders,
            heard,
            heard.sentences.append,
            mounts=lambda: (),
            settling=Settling(quiet=0.1, at_most=5.0),
            seconds_between_looks=0.1,
        )
        watchers.append(watcher)
        watcher.start()
        assert watcher.ready.wait(SECONDS)
        return watcher

    yield begin
    for watcher in watchers:
        watcher.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photos" / "2024").mkdir(parents=True)
    return tmp_path / "photos"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A second folder: what is named for it comes after what the first one was named for."""
    (tmp_path / "other").mkdir()
    return tmp_path / "other"


def root(root_id: int, path: Path) -> Root:
    return Root(root_id, path, "disk", online=True)


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a new photo": lambda f: shutil.copy(f / "old.jpg", f / "new.jpg"),
    "a photo in a folder below": lambda f: shutil.copy(f / "old.jpg", f / "2024" / "new.jpg"),
    "a photo in a new folder": lambda f: shutil.copytree(f.parent / "outside", f / "a" / "b"),
    "an edited photo": lambda f: append(f / "old.jpg"),
    "a deleted photo": lambda f: (f / "old.jpg").unlink(),
    "a renamed photo": lambda f: (f / "old.jpg").rename(f / "other.jpg"),
    "a download that is finished": lambda f: (f / "x.jpg.part").rename(f / "x.jpg"),
    "a folder that moves in": lambda f: (f.parent / "outside").rename(f / "inside"),
    "a folder that moves out": lambda f: (f / "2024").rename(f.parent / "away"),
    "a touched photo": lambda f: os.utime(f / "old.jpg", (1, 1)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_kind_of_change_is_noticed(
    change: Callable[[Path], object],
    folder: Path,
    start: Watch,
    heard: Heard,
    make_photo: MakePhoto,
) -> None:
    make_photo(folder / "old.jpg")
    make_photo(folder.parent / "outside" / "deep" / "1.jpg")
    (folder / "x.jpg.part").write_bytes(b"a download")
    start(lambda: [root(1, folder)])
    change(folder)
    assert heard.next() == (1,)


def test_photos_in_a_folder_that_moved_in_are_noticed_later(
    folder: Path, start: Watch, heard: Heard, make_photo: MakePhoto
) -> None:
    make_photo(folder.parent / "outside" / "deep" / "1.jpg")
    start(lambda: [root(1, folder)])
    (folder.parent / "outside").rename(folder / "inside")
    assert heard.next() == (1,)
    make_photo(folder / "inside" / "deep" / "2.jpg")
    assert heard.next() == (1,)


@linux
@pytest.mark.parametrize("what", ["reading", "a text", "a hidden folder", "another's attributes"])
def test_what_concerns_no_photo_is_passed_over(
    what: str, folder: Path, other: Path, start: Watch, heard: Heard, make_photo: MakePhoto
) -> None:
    """Reading above all: indexing would go on for ever."""
    make_photo(folder / "old.jpg")
    start(lambda: [root(1, folder), root(2, other)])
    if what == "reading":
        (folder / "old.jpg").read_bytes()
    elif what == "a text":
        (folder / "notes.txt").write_text("about photos")
    elif what == "a hidden folder":
        (folder / ".cache").mkdir()
    else:
        (folder / "._old.jpg").write_bytes(b"attributes")
    make_photo(other / "new.jpg")
    assert heard.next() == (2,)
    assert heard.drained() == []


def test_folders_come_and_go_while_watching(
    folder: Path, other: Path, start: Watch, heard: Heard, make_photo: MakePhoto
) -> None:
    known = [root(1, folder)]
    watcher = start(lambda: list(known))
    known.append(root(2, other))
    watcher.look_now()
    assert heard.next() == (2,)
    make_photo(other / "1.jpg")
    assert heard.next() == (2,)
    del known[0]
    watcher.look_now()
    make_photo(other / "2.jpg")
    assert heard.next() == (2,)


def test_a_watched_folder_may_be_deleted_and_made_again(
    folder: Path, start: Watch, heard: Heard, make_photo: MakePhoto
) -> None:
    start(lambda: [root(1, folder)])
    shutil.rmtree(folder)
    assert heard.next() == (1,)
    make_photo(folder / "1.jpg")
    assert heard.next() == (1,)
    heard.drained()
    make_photo(folder / "2.jpg")
    assert heard.next() == (1,)


def test_a_stopped_watcher_leaves_no_thread_and_says_no_more(
    folder: Path, start: Watch, heard: Heard, make_photo: MakePhoto
) -> None:
    before = set(threading.enumerate())
    watcher = start(lambda: [root(1, folder)])
    watcher.stop()
    assert set(threading.enumerate()) <= before
    make_photo(folder / "1.jpg")
    assert heard.drained() == []


def test_a_library_is_brought_up_to_date_by_what_its_watcher_names(
    library: Library, folder: Path, make_photo: MakePhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "Settling", lambda: Settling(quiet=0.1, at_most=5.0))
    monkeypatch.setattr(watching, "SECONDS_BETWEEN_LOOKS", 0.1)
    make_photo(folder / "1.jpg", seed=1)
    list(index(library, FakeEncoder(), [folder], device="cpu"))
    heard = Heard()
    watcher = watching.watch(library, heard)
    try:
        assert watcher.ready.wait(SECONDS)
        make_photo(folder / "2.jpg", seed=2)
        (root_id,) = heard.next()
        list(index(library, FakeEncoder(), device="cpu"))
        (found,) = folders(library)
        assert (found.root_id, found.photos) == (root_id, 2)
    finally:
        watcher.stop()


# Where the system cannot


@linux
def test_more_folders_than_can_be_watched_are_polled_and_it_is_said_once(
    folder: Path, start: Watch, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = tmp_path / "max_user_watches"
    limit.write_text("2\n")
    monkeypatch.setattr(events, "MOST_WATCHES", limit)
    monkeypatch.setattr(watching, "SECONDS_BETWEEN_POLLS", 0.2)
    start(lambda: [root(1, folder)])
    assert heard.next() == (1,)  # nothing happened: this is a poll
    (sentence,) = heard.sentences
    assert "more folders than this computer can watch" in sentence and "\n" not in sentence


@linux
def test_watches_that_run_out_half_way_are_given_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other programs need them too, and each try would keep some."""
    from watchdog.observers import inotify_c

    real = inotify_c.inotify_add_watch
    left = [1]

    def add(*arguments: object) -> int:
        if not left:
            ctypes.set_errno(errno.ENOSPC)
            return -1
        left.pop()
        return int(real(*arguments))

    told = FolderEvents()
    told.start()
    before = list(Path("/proc/self/fd").iterdir())
    try:
        with monkeypatch.context() as patch:
            patch.setattr(inotify_c, "inotify_add_watch", add)
            with pytest.raises(TooManyFoldersError):
                told.watch(folder, lambda _: None)
        assert len(list(Path("/proc/self/fd").iterdir())) == len(before)
        happened = threading.Event()
        told.watch(folder, lambda _: happened.set())  # there are some again
        (folder / "1.jpg").write_bytes(b"new")
        assert happened.wait(SECONDS)
    finally:
        told.stop()
