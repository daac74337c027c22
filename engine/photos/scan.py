"""A folder -> its candidate files, by names and stat alone.

Files come in the byte order of their relative paths, the order in which the database keeps them:
one pass over both finds what is new, changed and gone. What is neither opened nor reported:
names that are no picture's, ``._*`` files (macOS keeps attributes there), and folders whose name
begins with a dot or stands in ``PASSED_OVER``. A single hidden photo (``.hidden.jpg``) is a photo.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from operator import itemgetter
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


class Candidate(NamedTuple):  # a hundred thousand are made in a scan: dataclasses take longer
    """A regular file that may be a photo. ``path`` is relative to the root.

    ``unsure``: the name has no extension; ``looks_like_picture`` knows more.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A name that looks like a photo and is none, or a folder that cannot be looked into.

    The path of a folder ends in a separator, as the order asks. ``closed``: what lies below could
    not be looked at, so it is unknown and not gone.
    """

    path: str
    reason: str
    closed: bool = False


def scan(root: Path) -> Iterator[Candidate | Refusal]:
    """Walk ``root`` in byte order of relative paths.

    Links to folders are not followed; links to files are, where they lead to a regular file
    inside ``root``. A folder that cannot be read is one ``Refusal`` and the walk goes on. Raises
    ``OSError`` only where ``root`` itself cannot be listed.
    """
    base = os.fspath(root)
    walk = [_entries(base)]
    names = [""]
    while walk:
        for is_folder, entry in walk[-1]:
            path = names[-1] + entry.name
            if not is_folder:
                found = _candidate(entry, path, base)
                if found is not None:
                    yield found
                continue
            path += os.sep
            try:
                inside = _entries(entry.path)
            except FileNotFoundError:
                continue  # gone since its parent was listed
            except OSError as error:
                yield Refusal(path, f"the folder was left out: {open_reason(error)}", closed=True)
                continue
            if _extension(entry.name) in EXTENSIONS:
                yield Refusal(path, "this is a folder with a picture's name; its files are taken")
            walk.append(inside)
            names.append(path)
            break
        else:
            walk.pop()
            names.pop()


def _entries(folder: str) -> Iterator[tuple[bool, os.DirEntry[str]]]:
    """What ``folder`` holds, in byte order of the paths below it: a folder sorts as "name/"."""
    entries: list[tuple[str, bool, os.DirEntry[str]]] = []
    with os.scandir(folder) as listing:
        for entry in listing:
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
            except OSError:
                is_folder = False
            if is_folder and (entry.name.startswith(".") or entry.name in PASSED_OVER):
                continue
            key = entry.name + os.sep if is_folder else entry.name
            entries.append((key if key.isascii() else _byte_order(key), is_folder, entry))
    entries.sort(key=itemgetter(0))
    return iter([(is_folder, entry) for _, is_folder, entry in entries])


def _byte_order(name: str) -> str:
    """A string that sorts among others as the bytes of ``name`` do."""
    return os.fsencode(name).decode("latin-1")


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name[1:] else ""


def _candidate(entry: os.DirEntry[str], path: str, base: str) -> Candidate | Refusal | None:
    """``entry`` as what it is for the library; None where it is nothing."""
    name = entry.name
    extension = _extension(name)
    try:
        if entry.is_symlink():
            return _link(entry, path, base, extension)
        if not _interesting(extension) or name.startswith("._"):
            return None
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Refusal(path, open_reason(error))
    if not stat.S_ISREG(status.st_mode):
        return Refusal(path, "not a regular file (a pipe, socket or device)") if extension else None
    if extension in REFUSED:
        return Refusal(path, _refused(extension))
    return Candidate(path, status.st_size, status.st_mtime_ns, not extension)


def _interesting(extension: str) -> bool:
    return extension in EXTENSIONS or not extension or extension in REFUSED


def _refused(extension: str) -> str:
    if extension in raw.EXTENSIONS:
        return raw.NOT_INSTALLED
    return f"{extension.upper()} files are not among those that are read"


def _link(
    entry: os.DirEntry[str], path: str, base: str, extension: str
) -> Candidate | Refusal | None:
    named = bool(extension) and _interesting(extension)
    try:
        status = entry.stat(follow_symlinks=True)
    except FileNotFoundError:
        return Refusal(path, "a link to nothing") if named else None
    except OSError as error:
        return Refusal(path, open_reason(error)) if named else None
    if stat.S_ISDIR(status.st_mode) and not entry.name.startswith("."):
        return Refusal(path, "a link to a folder: links to folders are not followed")
    if not named:
        return None
    if not stat.S_ISREG(status.st_mode):
        return Refusal(path, "a link to something that is no regular file")
    target = os.path.realpath(entry.path)
    if not target.startswith(os.path.join(os.path.realpath(base), "")):
        return Refusal(path, "a link to a file outside the folder")
    if extension in REFUSED:
        return Refusal(path, _refused(extension))
    return Candidate(path, status.st_size, status.st_mtime_ns)


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
