"""What was dropped or pasted, read once into plain values.

File managers hand over ``file://`` addresses, browsers a bitmap beside an ``http`` address, other
programs a bitmap alone, terminals a path as text.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

from desktop.addresses import local_path
from engine.types import Kept

ImageSource = Path | QImage | int | Kept
"""What can be searched with: a file, a bitmap, a photo of the library (content id), or what was
kept of an image that is gone."""


@dataclass(frozen=True, slots=True)
class ImageQuery:
    """Search with ``image``; ``others`` are files that came together with it."""

    image: Path | QImage
    others: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class NewFolders:
    """Add these to the library."""

    folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Refused: the app is offline."""

    address: str


Incoming = ImageQuery | NewFolders | WebAddress


def read(mime: QMimeData) -> Incoming | None:
    """None: there is nothing here that the window can take."""
    files = [path for url in mime.urls() if (path := local_path(url)) is not None]
    if files:
        return _from_files(files)
    if mime.hasImage():
        image = mime.imageData()
        if isinstance(image, QImage) and not image.isNull():
            return ImageQuery(image)
    for url in mime.urls():
        if url.scheme() in ("http", "https", "ftp"):
            return WebAddress(url.toDisplayString())
    return _from_text(mime.text()) if mime.hasText() else None


def offers(mime: QMimeData) -> Incoming | None:
    """Like :func:`read`, but never decodes a bitmap: asked while a drag hovers."""
    if mime.hasImage() and not any(url.isLocalFile() for url in mime.urls()):
        return ImageQuery(QImage())
    return read(mime)


def _from_files(files: list[Path]) -> Incoming:
    folders = tuple(path for path in files if path.is_dir())
    if folders and files[0] in folders:
        return NewFolders(folders)
    pictures = [path for path in files if path not in folders]
    return ImageQuery(pictures[0], tuple(pictures[1:]))


def _from_text(text: str) -> Incoming | None:
    line = text.strip().strip("\"'")
    if not line or "\n" in line or "\0" in line:
        return None
    if line.startswith(("http://", "https://", "ftp://")):
        return WebAddress(line)
    path = local_path(QUrl(line)) if line.startswith("file://") else Path(line).expanduser()
    if path is None or not path.is_absolute():
        return None
    # A path that is gone but looks like a file is searched with too: the answer says what is wrong.
    return _from_files([path]) if os.path.lexists(path) or path.suffix else None
