"""Which file system a folder lies on, whatever path or device number it has today.

A drive may come back under another path, and its device number changes with every start of the
computer: what stays is the identity of the file system and the folder's path below its root.
Neighbour: ``engine.services.scanning`` finds folders again by them.
"""

from __future__ import annotations

import os
import plistlib
import re
import string
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engine.types import VolumeKind

MOUNT_INFO = Path("/proc/self/mountinfo")
BY_UUID = Path("/dev/disk/by-uuid")
BLOCK_DEVICES = Path("/sys/dev/block")
# File systems that lie on another computer, or behind a program that fetches what is read.
NETWORK = frozenset(
    [
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "9p", "davfs"),
        *("fuse.sshfs", "fuse.rclone", "fuse.davfs2", "fuse.glusterfs", "fuse.s3fs"),
        *("fuse.gvfsd-fuse", "fuse.kio-fuse", "virtiofs", "vboxsf", "fuse.vmhgfs-fuse"),
    ]
)
REMOVABLE_POINTS = ("/media/", "/run/media/", "/Volumes/")
SECONDS_FOR_DISKUTIL = 5.0


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system that is there now. ``root``: what of it, relative to its own root."""

    point: Path
    volume: str  # identity of the file system
    kind: VolumeKind
    root: Path = Path()


Mounts = Callable[[], Sequence[Mount]]
"""Lists what is mounted now; tests hand over their own."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a folder lies: ``path`` is relative to the root of the file system ``volume``."""

    volume: str
    path: Path
    kind: VolumeKind


def place(folder: Path, mounted: Sequence[Mount]) -> Place | None:
    """Where ``folder`` lies among ``mounted``; None where none of them holds it."""
    real = Path(os.path.realpath(folder))
    holding = [mount for mount in mounted if real.is_relative_to(mount.point)]
    if not holding:
        return None
    # A mount hides what was mounted at or above its point before.
    deepest = max(len(mount.point.parts) for mount in holding)
    mount = [mount for mount in holding if len(mount.point.parts) == deepest][-1]
    return Place(mount.volume, mount.root / real.relative_to(mount.point), mount.kind)


def paths_of(volume: str, path: Path, mounted: Sequence[Mount]) -> Iterator[Path]:
    """Where ``path`` of ``volume`` can be reached now; it need not be there."""
    for mount in mounted:
        if mount.volume == volume and path.is_relative_to(mount.root):
            yield mount.point / path.relative_to(mount.root)


def mounts() -> tuple[Mount, ...]:
    """What is mounted now. Empty where the system does not tell."""
    if sys.platform == "win32":
        return _of_windows()
    if sys.platform == "darwin":
        return _of_macos()
    return _of_linux()


def _of_linux() -> tuple[Mount, ...]:
    try:
        lines = os.fsdecode(MOUNT_INFO.read_bytes()).splitlines()
    except OSError:
        return ()
    uuids = _uuids()
    return tuple(mount for line in lines if (mount := _mount(line, uuids)) is not None)


def _uuids() -> dict[str, str]:
    """Device -> identity of the file system on it."""
    try:
        return {os.path.realpath(link): link.name for link in BY_UUID.iterdir()}
    except OSError:
        return {}


def _mount(line: str, uuids: dict[str, str]) -> Mount | None:
    """A line of proc_pid_mountinfo(5): id parent dev root point options fields - type source."""
    before, _, after = line.partition(" - ")
    fields, origin = before.split(" "), after.split(" ")
    if len(fields) < 6 or len(origin) < 2:
        return None
    root, point, source = _unescaped(fields[3]), _unescaped(fields[4]), _unescaped(origin[1])
    uuid = uuids.get(os.path.realpath(source)) if source.startswith("/dev/") else None
    volume = f"{origin[0]}:{source}" if uuid is None else f"uuid:{uuid}"
    if origin[0] in NETWORK or source.startswith("//"):
        kind = VolumeKind.NETWORK
    elif point.startswith(REMOVABLE_POINTS) or _on_a_plug(fields[2]):
        kind = VolumeKind.REMOVABLE
    else:
        kind = VolumeKind.LOCAL
    return Mount(Path(point), volume, kind, Path(root.lstrip("/")))


def _unescaped(field: str) -> str:
    """Space, tab, newline and backslash are octal there; other bytes are as they are."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _on_a_plug(device: str) -> bool:
    """Whether a block device "major:minor" is a card, or hangs on USB or Thunderbolt."""
    path = Path(os.path.realpath(BLOCK_DEVICES / device))
    if any(part.startswith(("usb", "mmc", "thunderbolt")) for part in path.parts):
        return True
    for holder in (path, path.parent):  # a partition's disk says it
        with suppress(OSError, ValueError):
            if (holder / "removable").read_text("ascii").strip() == "1":
                return True
    return False


def _of_macos() -> tuple[Mount, ...]:
    points = [Path("/")]
    with suppress(OSError):
        points += [point for point in Path("/Volumes").iterdir() if os.path.ismount(point)]
    found = []
    for point in points:
        try:
            device = point.stat().st_dev
        except OSError:
            continue
        identity, network = _diskutil(os.fspath(point), device)
        if network:
            kind = VolumeKind.NETWORK
        else:
            kind = VolumeKind.LOCAL if point == Path("/") else VolumeKind.REMOVABLE
        found.append(Mount(point, identity, kind))
    return tuple(found)


@lru_cache(maxsize=64)
def _diskutil(point: str, device: int) -> tuple[str, bool]:
    """(identity, on the network) of what is mounted; asked once for each ``device`` there."""
    try:
        answer = subprocess.run(
            ["/usr/sbin/diskutil", "info", "-plist", point],
            capture_output=True,
            timeout=SECONDS_FOR_DISKUTIL,
            check=True,
        )
        told = plistlib.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError, plistlib.InvalidFileException):
        return f"mount:{point}", True  # diskutil knows local disks alone
    uuid = told.get("VolumeUUID")
    return (f"uuid:{uuid}" if uuid else f"device:{device:x}"), False


def _of_windows() -> tuple[Mount, ...]:
    found = []
    for letter in string.ascii_uppercase:
        point = Path(f"{letter}:\\")
        try:
            serial = point.stat().st_dev  # there it is the volume's serial number
        except OSError:
            continue
        found.append(Mount(point, f"serial:{serial:x}", _drive_kind(point)))
    return tuple(found)


def _drive_kind(point: Path) -> VolumeKind:
    kinds = {2: VolumeKind.REMOVABLE, 4: VolumeKind.NETWORK}  # DRIVE_REMOVABLE, DRIVE_REMOTE
    if sys.platform == "win32":
        import ctypes

        return kinds.get(ctypes.windll.kernel32.GetDriveTypeW(str(point)), VolumeKind.LOCAL)
    return VolumeKind.LOCAL
