"""A folder is walked by names and stat; what looks like a photo and is none has a reason."""

from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.photos import scan as scan_module
from engine.photos.decode import open_photo
from engine.photos.scan import HASHED_BYTES, Candidate, Refusal, quick_hash, scan
from tests.conftest import MakePhoto


def touch(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def found(root: Path) -> list[Candidate | Refusal]:
    everything = [item for stretch in scan(root) for item in stretch]
    return [i if isinstance(i, Refusal) else Candidate._make(i) for i in everything]


def candidates(root: Path) -> list[str]:
    return [os.fsdecode(item.key) for item in found(root) if isinstance(item, Candidate)]


def refusals(root: Path) -> dict[str, str]:
    return {os.fsdecode(item.key): item.reason for item in found(root) if isinstance(item, Refusal)}


def test_extensions_count_whatever_their_case(tmp_path: Path) -> None:
    for name in ("a.JPG", "b.jpeg", "c.HeIc", "d.txt", "e.mp4", "f.tar.png", "g.jpg.bak"):
        touch(tmp_path / name)
    assert candidates(tmp_path) == ["a.JPG", "b.jpeg", "c.HeIc", "f.tar.png"]


def test_a_candidate_has_size_and_modification_time(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.jpg", b"123")
    os.utime(path, ns=(1, 1_500_000_000_123_456_789))
    assert found(tmp_path) == [Candidate(b"a.jpg", 3, 1_500_000_000_123_456_789, unsure=False)]


def test_hidden_photos_are_taken_and_hidden_folders_are_not(tmp_path: Path) -> None:
    for name in (
        ".hidden.jpg",
        "._a.jpg",
        ".thumbnails/b.jpg",
        "@eaDir/c.jpg",
        "$RECYCLE.BIN/d.jpg",
    ):
        touch(tmp_path / name)
    assert candidates(tmp_path) == [".hidden.jpg"]
    assert refusals(tmp_path) == {}


@given(
    names=st.sets(
        st.lists(st.sampled_from(["a", "b", "a-b", "a b", "a0", "A"]), min_size=1, max_size=3).map(
            "/".join
        ),
        max_size=12,
    )
)
def test_files_come_in_byte_order_of_their_paths(
    tmp_path_factory: pytest.TempPathFactory, names: set[str]
) -> None:
    root = tmp_path_factory.mktemp("order")
    for name in names:
        touch(root / f"{name}.jpg")
        touch(root / f"{name}-/x.jpg")
    keys = [os.fsencode(path) for path in candidates(root)]
    assert keys == sorted(keys)
    assert len(keys) == 2 * len(names)


def test_a_name_of_any_bytes_is_found(tmp_path: Path) -> None:
    name = os.fsdecode(b"latin1_\xe9\xff\nnew.jpg")
    touch(tmp_path / name)
    assert candidates(tmp_path) == [name]


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path / "inside/a.jpg")
    (tmp_path / "inside/self").symlink_to(tmp_path)
    (tmp_path / "2020.holiday").symlink_to(tmp_path / "inside")
    (tmp_path / "notes.txt").symlink_to("nothing")
    assert candidates(tmp_path) == ["inside/a.jpg"]
    reason = "a link to a folder: links to folders are not followed"
    assert refusals(tmp_path) == {"2020.holiday": reason, "inside/self": reason}


def test_a_link_to_a_file_counts_if_it_leads_into_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "root"
    inside, outside = touch(root / "a.jpg", b"1234"), touch(tmp_path / "outside.jpg")
    (root / "b.jpg").symlink_to(inside)
    (root / "c.jpg").symlink_to(outside)
    assert candidates(root) == ["a.jpg", "b.jpg"]
    assert "outside" in refusals(root)["c.jpg"]


def test_what_is_no_file_is_refused_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "folder.jpg").mkdir()
    touch(tmp_path / "folder.jpg/inside.jpg")
    (tmp_path / "dangling.jpg").symlink_to("nothing")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "device.jpg").symlink_to(os.devnull)
    os.mkfifo(tmp_path / "pipe.jpg")
    touch(tmp_path / "scan.jp2")
    assert candidates(tmp_path) == ["folder.jpg/inside.jpg"]
    assert refusals(tmp_path) == {
        "dangling.jpg": "a link to nothing",
        "device.jpg": "a link to something that is no regular file",
        "folder.jpg/": "this is a folder with a picture's name; its files are taken",
        "loop.jpg": "a link that leads back to itself",
        "pipe.jpg": "not a regular file (a pipe, socket or device)",
        "scan.jp2": "JP2 files are not among those that are read",
    }


def test_files_without_extension_are_unsure(tmp_path: Path) -> None:
    touch(tmp_path / "noextension")
    os.mkfifo(tmp_path / "pipe")
    assert found(tmp_path) == [Candidate(b"noextension", 1, ANY, unsure=True)]


def test_a_large_folder_comes_in_stretches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "AT_ONCE", 2)
    for number in range(5):
        touch(tmp_path / f"{number}.jpg")
    touch(tmp_path / "10/a.jpg")
    stretches = [[os.fsdecode(item[0]) for item in stretch] for stretch in scan(tmp_path)]
    assert stretches == [["0.jpg", "1.jpg"], ["10/a.jpg"], ["2.jpg", "3.jpg"], ["4.jpg"]]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_an_unreadable_folder_is_one_refusal(tmp_path: Path) -> None:
    touch(tmp_path / "locked/a.jpg")
    touch(tmp_path / "z.jpg")
    (tmp_path / "locked").chmod(0)
    try:
        assert candidates(tmp_path) == ["z.jpg"]
        assert "no permission" in refusals(tmp_path)["locked/"]
    finally:
        (tmp_path / "locked").chmod(0o755)


def test_a_tree_may_be_deeper_than_the_stack(
    tmp_path: Path,
) -> None:
    folder = tmp_path.joinpath(*["d"] * 400)
    folder.mkdir(parents=True)
    touch(folder / "a.jpg")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        paths = candidates(tmp_path)
    finally:
        sys.setrecursionlimit(limit)
    assert paths == ["d/" * 400 + "a.jpg"]


def test_a_missing_root_raises(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        list(scan(tmp_path / "nothing"))


def hashed(path: Path, data: bytes) -> bytes:
    path.write_bytes(data)
    with open_photo(path) as file:
        return quick_hash(file, len(data))


def test_the_quick_hash_sees_both_ends_and_the_size(tmp_path: Path) -> None:
    path, middle = tmp_path / "a.jpg", b"m" * (3 * HASHED_BYTES)
    plain = hashed(path, b"a" + middle + b"z")
    assert len(plain) == 16
    assert hashed(path, b"a" + middle + b"z") == plain
    assert hashed(path, b"b" + middle + b"z") != plain
    assert hashed(path, b"a" + middle + b"y") != plain
    assert hashed(path, b"a" + middle + b"mz") != plain


@pytest.mark.parametrize("beginning", [b"BM", b"II*\0", b"MM\0*"])
def test_files_that_may_be_uncompressed_are_hashed_whole(tmp_path: Path, beginning: bytes) -> None:
    ends = b"e" * (2 * HASHED_BYTES)
    one, two = (hashed(tmp_path / "a", beginning + ends + m + ends) for m in (b"1", b"2"))
    assert one != two


def test_a_photo_keeps_its_quick_hash_when_it_is_copied(
    tmp_path: Path, make_photo: MakePhoto
) -> None:
    data = make_photo(tmp_path / "a.jpg").read_bytes()
    assert hashed(tmp_path / "b.jpg", data) == hashed(tmp_path / "c.jpg", data)
