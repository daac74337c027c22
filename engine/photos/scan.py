"""A folder -> its candidate files, by names and stat alone.

Files come in the byte order of their relative paths, the order in which the database keeps them:
one pass over both finds what is new, changed and gone. They come as bytes and in lists, because a
hundred thousand of them are walked before anything else happens. What is neither opened nor
reported: names that are no picture's, ``._*`` files (macOS keeps attributes there), and folders
whose name begins with a dot or stands in ``PASSED_OVER``. A single hidden photo (``.hidden.jpg``)
is a photo.
"""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple

from engine.photos import raw
from engine.photos.decode import open_reason

EXTENSIONS = frozenset(
    [
        *("jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "tif", "tiff", "bmp", "dib"),
        *("heic", "heif", "hif", "avif"),
        *(raw.EXTENSIONS if raw.installed() else ()),
    ]
)
# Known by name and refused in words. Each decoder is one more door for strangers' bytes, and few
# people have such files.
REFUSED = frozenset(
    [
        *("jp2", "j2k", "jpf", "jpx", "j2c", "jxl", "psd", "tga", "ppm", "pgm", "pbm", "pnm"),
        *("ico", "icns", "sgi", "pcx", "dds", "blp", "fli", "flc"),
        *(raw.EXTENSIONS - EXTENSIONS),
    ]
)
PASSED_OVER = frozenset(
    ["@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found"]
)

HASHED_BYTES = 128 << 10  # at each end


class Candidate(NamedTuple):
    """A regular file that may be a photo; ``Candidate._make`` names the fields of a ``Seen``.

    ``key``: bytes of its path relative to the root. ``unsure``: the name has no extension;
    ``looks_like_picture`` knows more.
    """

    key: bytes
    size_bytes: int
    mtime_ns: int
    unsure: bool


class Refusal(NamedTuple):
    """A name that looks like a photo and is none, or a folder that cannot be looked into.

    The key of a folder ends in a separator, as the order asks. ``closed``: what lies below could
    not be looked at, so it is unknown and not gone.
    """

    key: bytes
    reason: str
    closed: bool = False


Seen = tuple[bytes, int, int, bool]  # naming a hundred thousand of them takes a while
Found = Seen | Refusal

AT_ONCE = 256  # files asked for their size in one go: on a slow drive each may take a millisecond
_by_name = attrgetter("name")
_SEPARATOR = os.fsencode(os.sep)
# Endings that are looked up as they are; a mixture of cases takes the longer way.
_PLAIN = frozenset(os.fsencode(e) for name in EXTENSIONS for e in (name, name.upper()))


def scan(root: Path) -> Iterator[list[Found]]:
    """Walk ``root`` in byte order of relative paths, up to ``AT_ONCE`` files at a time.

    Links to folders are not followed; links to files are, where they lead to a regular file
    inside ``root``. A folder that cannot be read is one ``Refusal`` and the walk goes on. Raises
    ``OSError`` only where ``root`` itself cannot be listed.
    """
    base = os.fsencode(root)
    walk = [_Listing(base, b"")]
    while walk:
        name, prefix = walk[-1].next_folder(), walk[-1].prefix
        yield from _found(walk[-1].files_before(name), prefix, base)
        if name is None:
            walk.pop()
            continue
        key = prefix + name
        try:
            inside = _Listing(os.path.join(base, key[:-1]), key)
        except FileNotFoundError:
            continue  # gone since its parent was listed
        except OSError as error:
            reason = f"the folder was left out: {open_reason(error)}"
            yield [Refusal(key, reason, closed=True)]
            continue
        if _extension(name[:-1]) in EXTENSIONS:
            yield [Refusal(key, "this is a folder with a picture's name; its files are taken")]
        walk.append(inside)


class _Listing:
    """What a folder holds, in byte order of the paths below it: a folder sorts as "name/"."""

    def __init__(self, path: bytes, prefix: bytes) -> None:
        self.prefix = prefix  # of the keys
        self._files: list[os.DirEntry[bytes]] = []  # that were not given yet
        self._folders: list[bytes] = []  # the last one first
        with os.scandir(path) as entries:
            for entry in entries:
                if not _is_folder(entry):
                    self._files.append(entry)
                elif not entry.name.startswith(b".") and os.fsdecode(entry.name) not in PASSED_OVER:
                    self._folders.append(entry.name + _SEPARATOR)
        self._files.sort(key=_by_name)
        self._folders.sort(reverse=True)

    def next_folder(self) -> bytes | None:
        """The first folder that was not given yet; None after the last."""
        return self._folders.pop() if self._folders else None

    def files_before(self, name: bytes | None) -> list[os.DirEntry[bytes]]:
        """The files that were not given yet and come before ``name``; all for None."""
        cut = len(self._files) if name is None else bisect_left(self._files, name, key=_by_name)
        before, self._files = self._files[:cut], self._files[cut:]
        return before


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _found(
    entries: Sequence[os.DirEntry[bytes]], prefix: bytes, base: bytes
) -> Iterator[list[Found]]:
    """What ``entries`` are, a stretch at a time."""
    for first in range(0, len(entries), AT_ONCE):
        found: list[Found] = []
        for entry in entries[first : first + AT_ONCE]:
            name = entry.name
            try:
                plain = name.rpartition(b".")[2] in _PLAIN and not name.startswith(b".")
                if plain and entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    found.append((prefix + name, status.st_size, status.st_mtime_ns, False))
                elif (other := _examined(entry, prefix + name, base)) is not None:
                    found.append(other)
            except FileNotFoundError:
                continue  # gone since the folder was listed
            except OSError as error:
                found.append(Refusal(prefix + name, open_reason(error)))
        if found:
            yield found


def _extension(name: bytes) -> str:
    return os.fsdecode(name.rpartition(b".")[2]).lower() if b"." in name[1:] else ""


def _interesting(extension: str) -> bool:
    return extension in EXTENSIONS or not extension or extension in REFUSED


def _examined(entry: os.DirEntry[bytes], key: bytes, base: bytes) -> Found | None:
    """``entry``, no folder, as what it is for the library; None where it is nothing."""
    extension = _extension(entry.name)
    if entry.is_symlink():
        return _link(entry, key, base, extension)
    if not _interesting(extension) or entry.name.startswith(b"._"):
        return None
    status = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        return Refusal(key, "not a regular file (a pipe, socket or device)") if extension else None
    if extension in REFUSED:
        return _not_read(key, extension)
    return key, status.st_size, status.st_mtime_ns, not extension


def _not_read(key: bytes, extension: str) -> Refusal:
    return Refusal(key, _refused(extension))


def _refused(extension: str) -> str:
    if extension in raw.EXTENSIONS:
        return raw.NOT_INSTALLED
    return f"{extension.upper()} files are not among those that are read"


def _link(entry: os.DirEntry[bytes], key: bytes, base: bytes, extension: str) -> Found | None:
    named = bool(extension) and _interesting(extension)
    try:
        status = entry.stat(follow_symlinks=True)
    except FileNotFoundError:
        return Refusal(key, "a link to nothing") if named else None
    except OSError as error:
        return Refusal(key, open_reason(error)) if named else None
    if stat.S_ISDIR(status.st_mode) and not entry.name.startswith(b"."):
        return Refusal(key, "a link to a folder: links to folders are not followed")
    if not named:
        return None
    if not stat.S_ISREG(status.st_mode):
        return Refusal(key, "a link to something that is no regular file")
    target = os.path.realpath(entry.path)
    if not target.startswith(os.path.join(os.path.realpath(base), b"")):
        return Refusal(key, "a link to a file outside the folder")
    if extension in REFUSED:
        return _not_read(key, extension)
    return key, status.st_size, status.st_mtime_ns, False


_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\0", b"MM\0*")


def looks_like_picture(path: Path) -> bool:
    """Whether a file without an extension begins as a picture does. Never raises."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return False
    return (
        head.startswith(_BEGINNINGS)
        or (head[:4] == b"RIFF" and head[8:] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:] in (b"heic", b"heix", b"mif1", b"avif"))
    )


def quick_hash(file: BinaryIO, size_bytes: int) -> bytes:
    """16 bytes that identical files share: BLAKE2b of the first and last 128 KB and the size.

    Compressed pictures that differ anywhere differ there too. BMP and TIFF may be uncompressed,
    so that two scans with equal margins would look the same: of these everything is hashed.
    """
    digest = blake2b(size_bytes.to_bytes(8, "little"), digest_size=16)
    file.seek(0)
    head = file.read(HASHED_BYTES)
    digest.update(head)
    if head.startswith((b"BM", b"II*\0", b"MM\0*")):
        while block := file.read(1 << 20):
            digest.update(block)
    elif size_bytes > HASHED_BYTES:
        file.seek(max(HASHED_BYTES, size_bytes - HASHED_BYTES))
        digest.update(file.read(HASHED_BYTES))
    return digest.digest()
