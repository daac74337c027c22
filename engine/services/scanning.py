"""Which folders to look at, and whether they are there: offline is a state, not a deletion.

Neighbours: ``comparing`` walks a folder that is there, ``indexing`` reads what it found.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.errors import UserError, printable
from engine.photos.decode import open_reason
from engine.services.comparing import Comparison, Tally
from engine.store import files
from engine.store.database import Library
from engine.types import Progress


def choose_roots(library: Library, folders: Sequence[Path]) -> list[files.Root]:
    """The roots to scan, what was added last first. New ``folders`` are added; none means all.

    Raises ``UserError``, before anything is added: a folder that is missing, no folder,
    unreadable, or nested with another one; a library without folders.
    """
    with library.read() as connection:
        known = list(files.roots(connection))
    if not folders:
        if not known:
            raise UserError(
                "The library has no folders yet: add one with 'photoglyph index FOLDER'."
            )
        return sorted(known, key=lambda root: -root.root_id)
    taken = {Path(os.path.realpath(root.path)): root.path for root in known}
    paths = [_checked(folder, taken) for folder in folders]
    with library.write(visible=False) as connection:
        chosen = {files.add_root(connection, path) for path in paths}
        known = [root for root in files.roots(connection) if root.root_id in chosen]
    return sorted(known, key=lambda root: -root.root_id)


def _checked(folder: Path, taken: dict[Path, Path]) -> Path:
    """``folder`` as the library calls it; ``taken`` (real path -> name) grows by it."""
    path = Path(os.path.abspath(folder))
    name = printable(path)
    if not os.path.lexists(path):
        raise UserError(f"There is no folder {name}: check the path, or plug its drive in.")
    if not path.is_dir():
        raise UserError(f"{name} is not a folder: give the folder that holds the photos.")
    try:
        with os.scandir(path):
            pass
    except OSError as error:
        raise UserError(
            f"The folder {name} cannot be read ({open_reason(error)}): check its permissions."
        ) from error
    real = Path(os.path.realpath(path))
    for other, called in taken.items():
        if real == other:
            return called
        if real.is_relative_to(other):
            raise UserError(
                f"{name} lies inside {printable(called)}, which is in the library with all it "
                "holds: there is nothing to add."
            )
        if other.is_relative_to(real):
            raise UserError(
                f"{name} contains {printable(called)}, which is in the library: remove that "
                "folder from the library first, or add the others one by one."
            )
    taken[real] = path
    return path


def scan_root(library: Library, root: files.Root, tally: Tally) -> Iterator[Progress]:
    """Bring the file rows of ``root`` up to date with the disk.

    A root that is not there is offline: its files stay as they are. So is one that is empty and
    not the folder that was scanned before, as a mount point is while its drive is away. A file
    that is gone from a root that was walked to the end becomes missing.
    """
    volume = _volume(root.path)
    if volume is None or (volume != root.volume and _emptied(library, root)):
        _set_offline(library, root, tally)
        return
    comparison = Comparison(library, root, tally)
    try:
        yield from comparison.run()
    except OSError:  # the root itself could not be listed
        volume = None
    if volume is None or volume != _volume(root.path):  # unplugged meanwhile: nothing is proved
        _set_offline(library, root, tally)
        return
    comparison.settle(volume)
    yield Progress("scanning", tally.found)


def _volume(path: Path) -> str | None:
    """What tells this folder from another one mounted at the same path; None: unreachable."""
    try:
        status = path.stat()
        with os.scandir(path):
            return f"{status.st_dev:x}:{status.st_ino:x}"
    except OSError:
        return None


def _emptied(library: Library, root: files.Root) -> bool:
    """Whether nothing at all lies where the library knows files."""
    with os.scandir(root.path) as listing:
        if next(listing, None) is not None:
            return False
    with library.read() as connection:
        return files.present_files(connection, root.root_id) > 0


def _set_offline(library: Library, root: files.Root, tally: Tally) -> None:
    with library.write(visible=root.online) as connection:
        files.set_online(connection, root.root_id, False, root.volume)
        tally.offline += files.present_files(connection, root.root_id)
