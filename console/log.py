"""The library's log, ``logs/photoglyph.log``: warnings, and the traceback behind a short sentence.

It is written only where the library's folder of logs exists: a command that fails leaves no folder
behind.
"""

from __future__ import annotations

import logging
import sys
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

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        self.written = False  # a full or read-only disk: the sentence on standard error remains


def start(folder: Path, *, verbose: bool) -> LibraryLog:
    """Send the program's records to the library's log and, if ``verbose``, to standard error."""
    log = LibraryLog(folder)
    handlers: list[logging.Handler] = [log]
    if verbose:
        screen = logging.StreamHandler(sys.stderr)
        screen.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        handlers.append(screen)
    logging.basicConfig(handlers=handlers, level=logging.WARNING, force=True)
    for name in ("console", "desktop", "engine", "export"):
        logging.getLogger(name).setLevel(logging.INFO)
    return log


def stop() -> None:
    """Close what ``start`` opened."""
    for handler in logging.getLogger().handlers[:]:
        logging.getLogger().removeHandler(handler)
        handler.close()
