"""Which folders to look at, and where they are today: offline is a state, not a deletion.

A folder is found again where its drive is mounted now, or under its new name. Neighbours:
``comparing`` walks a folder that is there, ``indexing`` reads what it found.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from engine.errors import UserError, printable
from engine.photos.decode import open_reason
from engine.photos.volumes import Mount, Mounts, paths_of, place
from engine.services.comparing import Comparison, Tally
from engine.store import files
from engine.store.database import Library
from engine.types import Job, Progress

KNOWN_FILES = 16  # looked for to tell a folder from another one in its place


def choose_roots(library: Library, folders: Sequence[Path], mounts: Mounts) -> list[int]:
    """The roots to index, by id. New ``folders`` are added; none means all.

    Raises ``UserError``, before anything is added: a folder that is missing, no folder,
    unreadable, or nested with another one; a library without folders.
    """
    known = look_for_roots(library, mounts, folders)
    if not folders:
        if not known:
            raise UserError(
                "The library has no folders yet: add one with 'photoglyph index FOLDER'."
            )
        return [root.root_id for root in known]
    taken = {Path(os.path.realpath(root.path)): root.path for root in known}
    paths = [_checked(folder, taken) for folder in folders]
    with library.write(visible=False) as connection:
        return list(dict.fromkeys(files.add_root(connection, path) for path in paths))


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


def look_for_roots(
    library: Library, mounts: Mounts, folders: Sequence[Path] = ()
) -> tuple[files.Root, ...]:
    """Bring what is known of the roots' places up to date, without looking at their files.

    ``folders`` may be where a root was moved to.
    """
    with library.read() as connection:
        known = files.roots(connection)
    mounted = mounts() if known else ()
    taken = {root.path for root in known}
    now = []
    for root in known:
        found = _find(library, root, mounted, [f for f in folders if f not in taken])
        if found.path != root.path:
            if found.path in taken:  # added under that path as well
                found = replace(root, online=False)
            taken = (taken - {root.path}) | {found.path}
        now.append(found)
    changed = [root for root, before in zip(now, known, strict=True) if root != before]
    if changed:
        shown = {(root.root_id, root.path, root.online) for root in known}
        visible = any((root.root_id, root.path, root.online) not in shown for root in changed)
        with library.write(visible=visible) as connection:
            for root in changed:
                files.place_root(connection, root)
    return tuple(now)


def scan_root(library: Library, root: files.Root, tally: Tally, mounts: Mounts) -> Job[bool]:
    """Bring the file rows of ``root`` up to date with the disk. Returns whether it is there.

    A root that is not there is offline: its files stay as they are. A file that is gone from a
    root that was walked to the end becomes missing.
    """
    if not root.online or root.volume is None:
        set_offline(library, root, tally)
        return False
    comparison = Comparison(library, root, tally)
    there = True
    try:
        yield from comparison.run()
    except OSError:  # the root itself could not be listed
        there = False
    if not (there and still_there(root, mounts)):  # unplugged meanwhile: nothing is proved
        set_offline(library, root, tally)
        return False
    comparison.settle(root.volume)
    yield Progress("scanning", tally.found)
    return True


def still_there(root: files.Root, mounts: Mounts) -> bool:
    """Whether the folder at ``root.path`` is the one that was found before."""
    here = _at(root, root.path, mounts())
    return here is not None and (here.volume, here.inode) == (root.volume, root.inode)


def set_offline(library: Library, root: files.Root, tally: Tally) -> None:
    with library.write(visible=root.online) as connection:
        files.place_root(connection, replace(root, online=False))
        tally.offline += files.present_files(connection, root.root_id)


def _find(
    library: Library, root: files.Root, mounted: Sequence[Mount], folders: Sequence[Path]
) -> files.Root:
    """``root`` where it lies now, or offline."""
    here = _at(root, root.path, mounted)
    if here is not None and _is_that(library, root, here):
        return here
    for path in _elsewhere(root, mounted, folders):
        there = _at(root, path, mounted)
        if there is not None and there.volume == root.volume and _holds_known(library, there):
            return there
    return replace(root, online=False)


def _at(root: files.Root, path: Path, mounted: Sequence[Mount]) -> files.Root | None:
    """``root`` as it would be if it were the folder at ``path``; None: no folder, unreachable."""
    try:
        status = path.stat()
        with os.scandir(path):
            pass
    except (OSError, ValueError):
        return None
    lies = place(path, mounted)
    return replace(
        root,
        path=path,
        volume=f"device:{status.st_dev:x}" if lies is None else lies.volume,
        volume_path=None if lies is None else lies.path,
        kind=root.kind if lies is None else lies.kind,
        inode=f"{status.st_ino:x}",
        online=True,
    )


def _is_that(library: Library, root: files.Root, here: files.Root) -> bool:
    """Whether what lies at the root's path is the root, and not what its drive left or hid.

    Nothing at all in another folder than before is a mount point while its drive is away. On
    another file system there must be something that is known: photos that were copied to a new
    drive are the same photos, those of another person's drive are not.
    """
    if here.volume == root.volume and here.inode == root.inode:
        return True
    if root.volume in (None, here.volume):
        return not _emptied(library, here)
    return _holds_known(library, here)


def _elsewhere(
    root: files.Root, mounted: Sequence[Mount], folders: Sequence[Path]
) -> Iterator[Path]:
    """Where the root may be: under another mount, renamed, or what the person has just named."""
    if root.volume is None or root.volume_path is None:
        return
    for path in paths_of(root.volume, root.volume_path, mounted):
        if path != root.path:
            yield path
    try:
        with os.scandir(root.path.parent) as siblings:
            # An entry's own number, without opening it: a slow drive beside it is not touched.
            renamed = [Path(s.path) for s in siblings if f"{s.inode():x}" == root.inode]
    except OSError:
        renamed = []
    yield from renamed
    for folder in folders:
        path = Path(os.path.abspath(folder))
        with suppress(OSError, ValueError):
            if f"{path.stat().st_ino:x}" == root.inode:
                yield path


def _emptied(library: Library, here: files.Root) -> bool:
    """Whether nothing at all lies where the library knows files."""
    try:
        with os.scandir(here.path) as listing:
            if next(listing, None) is not None:
                return False
    except OSError:
        return True
    with library.read() as connection:
        return files.present_files(connection, here.root_id) > 0


def _holds_known(library: Library, here: files.Root) -> bool:
    """Whether any of some known files is there; True where none is known."""
    with library.read() as connection:
        known = files.some_present(connection, here.root_id, KNOWN_FILES)
    for path, size_bytes in known.items():
        with suppress(OSError, ValueError):
            if (here.path / path).stat().st_size == size_bytes:
                return True
    return not known
