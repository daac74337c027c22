"""Folders on drives that go, come back and come back elsewhere."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray

from engine.photos.volumes import Mount
from engine.search.ports import Encoded
from engine.services import reading
from engine.services.indexing import folders, index, look_for_folders
from engine.services.problems import problems
from engine.services.searching import SearchService
from engine.store import files, thumbnails
from engine.store.database import Library
from engine.store.schema import RootRow
from engine.types import Query, VolumeKind
from tests.conftest import FakeEncoder, MakePhoto
from tests.services.indexed import QuickModels, Run, finish, live

PHOTOS = 6


class Computer:
    """What is mounted. Drives are folders; each mount gives files other inode numbers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mounted = {Path("/"): "uuid:computer"}

    def __call__(self) -> list[Mount]:
        return [
            Mount(point, volume, VolumeKind.LOCAL if point == Path("/") else VolumeKind.REMOVABLE)
            for point, volume in self.mounted.items()
        ]

    def plug(self, drive: str, at: str) -> Path:
        """Mount what lies in ``drive``; returns the mount point."""
        point = self.folder / at
        shutil.rmtree(point, ignore_errors=True)
        shutil.copytree(self.folder / drive, point)
        self.mounted[point] = f"uuid:{drive}"
        return point

    def unplug(self, at: str, *, keep_point: bool = False) -> None:
        point = self.folder / at
        del self.mounted[point]
        shutil.rmtree(point)
        if keep_point:
            point.mkdir()


@pytest.fixture
def computer(tmp_path: Path, make_photo: MakePhoto) -> Computer:
    """With a drive "blue" that holds six photos below "album", and "red" with others."""
    for number in range(PHOTOS):
        make_photo(tmp_path / f"blue/album/{number % 2}/{number}.jpg", number)
        make_photo(tmp_path / f"red/album/{number % 2}/{number}.jpg", 100 + number, (120, 90))
    return Computer(tmp_path)


def only_root(library: Library) -> files.Root:
    with library.read() as connection:
        (root,) = files.roots(connection)
    return root


def test_a_folder_is_known_by_its_volume_and_the_path_on_it(
    library: Library, computer: Computer, run: Run
) -> None:
    run(computer.plug("blue", "mnt/a") / "album", mounts=computer)
    root = only_root(library)
    assert (root.volume, root.volume_path, root.kind) == (
        "uuid:blue",
        Path("album"),
        VolumeKind.REMOVABLE,
    )
    assert folders(library)[0].kind is VolumeKind.REMOVABLE


def test_a_drive_that_comes_back_under_another_path_costs_no_decoding(
    library: Library, computer: Computer, run: Run, decodes: list[None]
) -> None:
    run(computer.plug("blue", "mnt/a") / "album", mounts=computer)
    decodes.clear()
    computer.unplug("mnt/a")
    there = computer.plug("blue", "mnt/b") / "album"
    report = run(mounts=computer)
    assert (report.unchanged, report.offline, report.removed, report.indexed) == (PHOTOS, 0, 0, 0)
    assert decodes == []
    assert set(live(library)) == set(there.rglob("*.jpg"))
    assert all(photo.online for photo in live(library).values())


def test_adding_the_folder_where_its_drive_is_now_adds_no_second_one(
    library: Library, computer: Computer, run: Run, decodes: list[None]
) -> None:
    run(computer.plug("blue", "mnt/a") / "album", mounts=computer)
    decodes.clear()
    computer.unplug("mnt/a")
    report = run(computer.plug("blue", "mnt/b") / "album", mounts=computer)
    assert (report.unchanged, report.indexed) == (PHOTOS, 0)
    assert only_root(library).path == computer.folder / "mnt/b/album"
    assert decodes == []


@pytest.mark.parametrize("keep_point", [True, False])
def test_a_drive_that_is_away_is_offline_and_loses_nothing(
    library: Library, computer: Computer, run: Run, decodes: list[None], keep_point: bool
) -> None:
    run(computer.plug("blue", "mnt/a"), mounts=computer)
    decodes.clear()
    computer.unplug("mnt/a", keep_point=keep_point)
    report = run(mounts=computer)
    assert (report.offline, report.removed, report.found) == (PHOTOS, 0, 0)
    shown = live(library)
    assert [photo.online for photo in shown.values()] == [False] * PHOTOS
    ids = {photo.content_id for photo in shown.values()}
    assert set(thumbnails.by_content(library, ids)) == ids
    computer.plug("blue", "mnt/a")
    assert run(mounts=computer).unchanged == PHOTOS
    assert all(photo.online for photo in live(library).values())
    assert decodes == []


def test_another_drive_in_its_place_does_not_make_photos_missing(
    library: Library, computer: Computer, run: Run
) -> None:
    run(computer.plug("blue", "mnt/a") / "album", mounts=computer)
    computer.unplug("mnt/a")
    computer.plug("red", "mnt/a")
    report = run(mounts=computer)
    assert (report.offline, report.removed, report.indexed) == (PHOTOS, 0, 0)
    computer.plug("blue", "mnt/b")  # both are plugged in now
    assert run(mounts=computer).unchanged == PHOTOS
    assert only_root(library).path == computer.folder / "mnt/b/album"


def test_photos_copied_to_a_new_drive_are_the_same_photos(
    library: Library, computer: Computer, run: Run, decodes: list[None]
) -> None:
    run(computer.plug("blue", "mnt/a") / "album", mounts=computer)
    decodes.clear()
    computer.mounted[computer.folder / "mnt/a"] = "uuid:new"
    assert run(mounts=computer).unchanged == PHOTOS
    assert only_root(library).volume == "uuid:new"
    assert decodes == []


def test_a_renamed_folder_of_the_library_costs_no_decoding(
    library: Library, computer: Computer, run: Run, decodes: list[None]
) -> None:
    album = computer.folder / "blue/album"
    run(album, mounts=computer)
    decodes.clear()
    album.rename(album.with_name("holidays"))
    report = run(mounts=computer)
    assert (report.unchanged, report.offline, report.indexed) == (PHOTOS, 0, 0)
    assert only_root(library).path == album.with_name("holidays")
    assert decodes == []


def test_a_folder_that_was_moved_far_is_recognised_when_it_is_added(
    library: Library, computer: Computer, run: Run, decodes: list[None]
) -> None:
    album = computer.folder / "blue/album"
    run(album, mounts=computer)
    decodes.clear()
    album.rename(computer.folder / "red/moved")
    assert run(mounts=computer).offline == PHOTOS
    assert run(computer.folder / "red/moved", mounts=computer).unchanged == PHOTOS
    assert only_root(library).path == computer.folder / "red/moved"
    assert decodes == []


def test_a_neighbour_with_other_photos_is_not_taken_for_it(
    library: Library, computer: Computer, run: Run
) -> None:
    run(computer.folder / "blue/album", mounts=computer)
    shutil.rmtree(computer.folder / "blue/album")
    other = shutil.copytree(computer.folder / "red/album", computer.folder / "blue/other")
    with library.write() as connection:  # numbers of deleted folders are given again
        inode = f"{other.stat().st_ino:x}"
        files.place_root(connection, replace(only_root(library), inode=inode))
    assert run(mounts=computer).offline == PHOTOS


def test_a_folder_that_was_also_added_elsewhere_stays_as_it_is(
    library: Library, computer: Computer, run: Run
) -> None:
    run(computer.plug("blue", "mnt/a") / "album", mounts=computer)
    computer.unplug("mnt/a")
    with library.write() as connection:
        files.add_root(connection, computer.plug("blue", "mnt/b") / "album")
    report = run(mounts=computer)
    assert (report.offline, report.indexed + report.moved) == (PHOTOS, PHOTOS)
    assert [folder.online for folder in folders(library)] == [False, True]


def test_folders_of_old_libraries_are_taken_as_they_are(
    library: Library, computer: Computer, run: Run, decodes: list[None]
) -> None:
    album = computer.plug("blue", "mnt/a") / "album"
    run(album, mounts=computer)
    with library.write() as connection:
        connection.execute(sa.update(RootRow).values(volume=None, volume_path=None, inode=None))
    decodes.clear()
    assert run(mounts=computer).unchanged == PHOTOS
    assert (only_root(library).volume, decodes) == ("uuid:blue", [])


def test_an_old_librarys_folder_that_is_away_is_offline(
    library: Library, computer: Computer, run: Run
) -> None:
    run(computer.plug("blue", "mnt/a"), mounts=computer)
    with library.write() as connection:
        connection.execute(sa.update(RootRow).values(volume=None, volume_path=None, inode=None))
    computer.unplug("mnt/a", keep_point=True)
    assert run(mounts=computer).offline == PHOTOS


def test_looking_for_folders_marks_them_without_looking_at_files(
    library: Library, computer: Computer, run: Run
) -> None:
    album = computer.plug("blue", "mnt/a") / "album"
    run(album, mounts=computer)
    before = library.revision()
    look_for_folders(library, mounts=computer)
    assert library.revision() == before  # nothing that searching has to notice
    computer.unplug("mnt/a")
    look_for_folders(library, mounts=computer)
    assert not folders(library)[0].online
    computer.plug("blue", "mnt/b")
    look_for_folders(library, mounts=computer)
    (folder,) = folders(library)
    assert (folder.online, folder.path) == (True, computer.folder / "mnt/b/album")
    assert library.revision() > before


def test_a_drive_that_cannot_be_read_is_offline(
    library: Library, computer: Computer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    album = computer.plug("blue", "mnt/a") / "album"
    run(album, mounts=computer)
    real = os.scandir

    def failing(path: str | bytes | Path) -> object:
        if os.fsencode(path) == os.fsencode(album):
            raise OSError(5, "Input/output error")
        return real(path)

    monkeypatch.setattr(os, "scandir", failing)
    assert run(mounts=computer).offline == PHOTOS


class Unplugging(FakeEncoder):
    """The first photo that is encoded sees the drive go."""

    def __init__(self, computer: Computer) -> None:
        super().__init__()
        self._computer = computer

    def encode(self, pixels: NDArray[np.uint8]) -> Encoded:
        if not self.calls:
            self._computer.unplug("mnt/a", keep_point=True)
        return super().encode(pixels)


def test_a_drive_unplugged_while_its_photos_are_read_refuses_none_of_them(
    library: Library,
    computer: Computer,
    run: Run,
    make_photo: MakePhoto,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "BATCH", 1)
    monkeypatch.setattr(reading, "WINDOW", 1)
    for number in range(10, 30):
        make_photo(computer.folder / f"blue/album/{number}.jpg", number)
    album = computer.plug("blue", "mnt/a") / "album"
    report = finish(index(library, Unplugging(computer), [album], device="cpu", mounts=computer))
    assert report.skipped == ()
    assert problems(library) == ()
    assert report.offline == PHOTOS + 20
    computer.plug("blue", "mnt/b")
    report = run(mounts=computer)
    assert report.indexed + report.unchanged == PHOTOS + 20
    assert len(live(library)) == PHOTOS + 20


def test_photos_of_a_drive_that_is_away_are_found_and_marked(
    library: Library, computer: Computer, run: Run
) -> None:
    run(computer.plug("blue", "mnt/a"), mounts=computer)
    computer.unplug("mnt/a")
    run(mounts=computer)
    models = QuickModels()
    search = SearchService(library, models, models)  # type: ignore[arg-type]
    answer = search.search(Query(computer.folder / "blue/album/0/0.jpg"))
    assert answer.hits[0].photo.path == computer.folder / "mnt/a/album/0/0.jpg"
    assert len(answer.hits) == PHOTOS
    assert not any(hit.photo.online for hit in answer.hits)
