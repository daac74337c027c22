"""The one exception family for people: what happened, to which file, what to do.

Everything that is not a ``UserError`` is a bug. ``main.py`` prints a ``UserError`` as one
sentence and exits with 1; the window shows it in place. Words for people are made here or where
the error is raised, never where it is shown.
"""

from __future__ import annotations

import os
from pathlib import Path


class UserError(Exception):
    """A problem told in one sentence. ``str(error)`` is that sentence."""


class SearchCancelledError(Exception):
    """Nobody waits for the answer any more. Never shown."""


class PhotoError(UserError):
    """One photo cannot be used; ``reason`` is the sentence without the photo's name."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{printable(path)}: {reason}")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type[PhotoError], tuple[Path, str]]:
        return (type(self), (self.path, self.reason))  # crosses process boundaries


class LibraryError(UserError):
    """The library folder or its database cannot be used."""


class BundleError(UserError):
    """A model bundle is incomplete, damaged, or from a newer version."""


class TrainingError(UserError):
    """Training cannot start or go on; the old generation still answers."""


def printable(path: Path | str) -> str:
    """A path as text for people: undecodable bytes and control characters are escaped.

    Never raises, and never returns a newline, so that a sentence stays one line.
    """
    text = os.fspath(path)
    shown = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
