"""A file system is told by what stays of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.photos import volumes
from engine.photos.volumes import Mount, Place, paths_of, place
from engine.types import VolumeKind

LINES = rb"""22 1 8:2 / / rw,relatime - ext4 /dev/sda2 rw
23 22 0:22 / /sys rw,relatime - sysfs sysfs rw
30 22 8:17 / /run/media/me/My\040Card rw,nosuid shared:9 - exfat /dev/sdb1 rw
31 22 8:33 / /mnt/plug rw - ext4 /dev/sdc1 rw
32 22 0:50 / /mnt/nas rw - nfs4 nas:/photos rw
33 22 0:51 / /mnt/share rw - cifs //nas/share rw
34 22 8:2 /home/me/Pictures /srv/pictures rw - ext4 /dev/sda2 rw
35 22 0:52 /@photos /pool rw - btrfs /dev/sdd1 rw
nonsense
"""
ODD = b"36 22 0:53 / /mnt/odd\\134\xc3\xa9\xff rw - tmpfs tmpfs rw\n"


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Linux computer with a card, a USB disk and a server."""
    (tmp_path / "mountinfo").write_bytes(LINES + ODD)
    uuids, devices = tmp_path / "by-uuid", tmp_path / "block"
    uuids.mkdir()
    for uuid, device in {"root-uuid": "sda2", "CARD-1": "sdb1", "plug-uuid": "sdc1"}.items():
        (uuids / uuid).symlink_to(f"/dev/{device}")
    plugged = tmp_path / "devices/pci0000:00/usb1/1-1/block/sdc/sdc1"
    plugged.mkdir(parents=True)
    inside = tmp_path / "devices/pci0000:00/ata1/block/sda/sda2"
    inside.mkdir(parents=True)
    (inside.parent / "removable").write_text("0\n")
    devices.mkdir()
    (devices / "8:33").symlink_to(plugged)
    (devices / "8:2").symlink_to(inside)
    monkeypatch.setattr(volumes, "MOUNT_INFO", tmp_path / "mountinfo")
    monkeypatch.setattr(volumes, "BY_UUID", uuids)
    monkeypatch.setattr(volumes, "BLOCK_DEVICES", devices)
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path


def test_every_mount_has_the_identity_of_its_file_system(system: Path) -> None:
    found = {os.fspath(mount.point): mount for mount in volumes.mounts()}
    assert found["/"] == Mount(Path("/"), "uuid:root-uuid", VolumeKind.LOCAL)
    card = Path("/run/media/me/My Card")
    assert found[str(card)] == Mount(card, "uuid:CARD-1", VolumeKind.REMOVABLE)
    assert found["/mnt/plug"].kind is VolumeKind.REMOVABLE
    assert (found["/mnt/nas"].volume, found["/mnt/nas"].kind) == (
        "nfs4:nas:/photos",
        VolumeKind.NETWORK,
    )
    assert found["/mnt/share"].kind is VolumeKind.NETWORK
    assert found["/pool"].volume == "btrfs:/dev/sdd1"  # without an identity: type and source


def test_names_of_mount_points_may_have_any_bytes(system: Path) -> None:
    assert b"/mnt/odd\\\xc3\xa9\xff" in [os.fsencode(m.point) for m in volumes.mounts()]


def test_a_part_that_is_mounted_elsewhere_is_the_same_place(system: Path) -> None:
    mounted = volumes.mounts()
    one = place(Path("/home/me/Pictures/2024"), mounted)
    other = place(Path("/srv/pictures/2024"), mounted)
    assert one == other == Place("uuid:root-uuid", Path("home/me/Pictures/2024"), VolumeKind.LOCAL)
    assert set(paths_of("uuid:root-uuid", Path("home/me/Pictures/2024"), mounted)) == {
        Path("/home/me/Pictures/2024"),
        Path("/srv/pictures/2024"),
    }
    assert place(Path("/pool/a"), mounted) == Place(
        "btrfs:/dev/sdd1", Path("@photos/a"), VolumeKind.LOCAL
    )


def test_a_place_is_reached_only_where_its_part_is_mounted() -> None:
    part = Mount(Path("/srv"), "uuid:a", VolumeKind.LOCAL, Path("data"))
    assert list(paths_of("uuid:a", Path("other"), [part])) == []
    assert list(paths_of("uuid:b", Path("data/x"), [part])) == []
    assert list(paths_of("uuid:a", Path("data"), [part])) == [Path("/srv")]


def test_the_deepest_and_latest_mount_counts(tmp_path: Path) -> None:
    mounted = [
        Mount(Path("/"), "uuid:root", VolumeKind.LOCAL),
        Mount(tmp_path, "uuid:hidden", VolumeKind.LOCAL),
        Mount(tmp_path, "uuid:above", VolumeKind.LOCAL),
    ]
    assert place(tmp_path / "x", mounted) == Place("uuid:above", Path("x"), VolumeKind.LOCAL)


def test_a_folder_behind_a_link_lies_where_the_link_leads(tmp_path: Path) -> None:
    (tmp_path / "drive/photos").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "drive/photos")
    drive = Mount(tmp_path / "drive", "uuid:a", VolumeKind.REMOVABLE)
    assert place(tmp_path / "link", [drive]) == Place(
        "uuid:a", Path("photos"), VolumeKind.REMOVABLE
    )


def test_where_the_system_tells_nothing_no_place_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volumes, "MOUNT_INFO", tmp_path / "none")
    monkeypatch.setattr(sys, "platform", "linux")
    assert volumes.mounts() == ()
    assert place(tmp_path, ()) is None


@pytest.mark.skipif(not volumes.MOUNT_INFO.exists(), reason="no mountinfo here")
def test_this_computers_own_folder_lies_somewhere(tmp_path: Path) -> None:
    mounted = volumes.mounts()
    here = place(tmp_path, mounted)
    assert here is not None
    assert Path(os.path.realpath(tmp_path)) in list(paths_of(here.volume, here.path, mounted))
