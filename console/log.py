"""The library's log, ``logs/photoglyph.log``: warnings, and the traceback behind a short sentence.

It is written only where the library's folder of logs exists: a command that fails leaves no folder
behind.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

SIZE_BYTES = 1_000_000  # a file; one old file is kept beside it
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class LibraryLog(RotatingFileHandler):
    """``written`` tells whether the last record reached the file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "logs" / "photoglyph.log"
        super().__init__(
            self.file,
            maxBytes=SIZE_BYTES,
            backupCount=1,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
        self.setFormatter(logging.Formatter(FORMAT))
        self.written = False

    def emit(self, record: logging.LogRecord) -> None:
        self.written = self.file.parent.is_dir()
        if self.written:
            super().emit(record)

    def follow(self, folder: Path) -> None:
        """Write to another library's log from the next record on."""
        self.acquire()
        try:
            self.close()  # opened again by the next record
            self.file = folder / "logs" / "photoglyph.log"
            self.baseFilename = os.path.abspath(self.file)
        finally:
            self.release()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        self.written = False  # a full or read-only disk: the sentence on standard error remains


@contextmanager
def recording(folder: Path, *, verbose: bool) -> Iterator[LibraryLog]:
    """Send the program's records to the library's log and, if ``verbose``, to standard error."""
    library_log = LibraryLog(folder)
    handlers: list[logging.Handler] = [library_log]
    if verbose:
        screen = logging.StreamHandler(sys.stderr)
        screen.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        handlers.append(screen)
    root = logging.getLogger()
    for name in ("console", "desktop", "engine", "export"):
        logging.getLogger(name).setLevel(logging.INFO)
    for handler in handlers:
        root.addHandler(handler)
    try:
        yield library_log
    finally:
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()


def follow(folder: Path) -> None:
    """The window has opened another library: its log is written from now on."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, LibraryLog):
            handler.follow(folder)
