"""File addresses (``file://``) and paths: names of any bytes survive the way there and back."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from PySide6.QtCore import QUrl


def file_url(path: Path) -> QUrl:
    if sys.platform == "win32":
        return QUrl.fromLocalFile(str(path))
    return QUrl.fromEncoded(b"file://" + quote(os.fsencode(path)).encode())


def local_path(url: QUrl) -> Path | None:
    """None: the address is not that of a file on this computer."""
    if not url.isLocalFile():
        return None
    if sys.platform == "win32":
        return Path(url.toLocalFile())
    encoded = url.path(QUrl.ComponentFormattingOption.FullyEncoded)
    return Path(os.fsdecode(unquote_to_bytes(encoded)))
