"""The library by its folders and by its months: the two ways to browse that need no training."""

from __future__ import annotations

from pathlib import Path

from engine.errors import LibraryError, UserError, printable
from engine.store import browsing, files, overview
from engine.store.database import Library
from engine.types import FolderLevel, TimeLine

NOTHING = "The library has no photos to browse yet: index a folder first."


def folders(library: Library, path: Path | None = None) -> FolderLevel:
    """What lies in a folder of the library; None: its own folders, or what is in the only one.

    Raises ``UserError`` for a folder without photos, ``LibraryError`` where there are none at all.
    """
    with library.read() as connection:
        known = files.roots(connection)
        if path is None:
            found = browsing.roots(connection, known)
            if not found:
                raise LibraryError(NOTHING)
            if len(found) > 1:
                return FolderLevel(None, found)
            path = found[0].path
        for root in known:
            if path.is_relative_to(root.path):
                own, inside = browsing.folders(connection, root, path.relative_to(root.path))
                if own is not None or inside:
                    return FolderLevel(path, inside, own, root.path)
    raise UserError(
        f"{printable(path)} holds no photos of this library: begin again at its folders."
    )


def time_line(library: Library) -> TimeLine:
    """All months in which photos were taken. Raises ``LibraryError`` where there are no photos."""
    with library.read() as connection:
        months = browsing.months(connection)
        photos = overview.counts(connection, None).photos
    if not photos:
        raise LibraryError(NOTHING)
    return TimeLine(months, photos - sum(month.count for month in months))
