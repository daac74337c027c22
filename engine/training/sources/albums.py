"""Albums: folders, where a person named them after what is in them."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np

from engine.search.ports import Ints
from engine.store import whereabouts
from engine.store.database import Library
from engine.training.sources.folder_names import says_something
from engine.training.sources.source import NONE, SMALLEST, Source, group, largest_of

# What lies right below these was named after a person or a disk, not after photos.
HOMES = ("home", "users", "media", "mnt", "volumes")


def read(library: Library, content_ids: Ints) -> Source:
    """The nearest folder of every photo whose name says something.

    Copies of a photo may lie in several: the smallest counts, being the most particular. A folder
    with most of the library is none.
    """
    with library.read() as connection:
        found = whereabouts.present_paths(connection)
    wanted = set(content_ids.tolist())
    known: dict[tuple[Path, Path], str | None] = {}
    candidates: dict[int, set[str]] = {}
    for content_id, root, path in found:
        if content_id in wanted:
            place = (root, path.parent)
            if place not in known:
                known[place] = _album(*place)
            album = known[place]
            if album is not None:
                candidates.setdefault(content_id, set()).add(album)
    sizes = Counter(album for albums in candidates.values() for album in albums)
    largest = largest_of(content_ids)
    usable = sorted(
        (album for album, size in sizes.items() if SMALLEST <= size <= largest),
        key=lambda album: (sizes[album], album),
    )
    numbers = {album: number for number, album in enumerate(usable)}
    keys = [
        min((numbers[a] for a in candidates.get(c, ()) if a in numbers), default=NONE)
        for c in content_ids.tolist()
    ]
    return Source("albums", group(np.array(keys, np.int64)))


def _album(root: Path, folder: Path) -> str | None:
    """The folder, or the nearest one around it within ``root``, whose name says something."""
    for inner in (folder, *folder.parents):
        if inner.name and says_something(inner.name):
            return os.fspath(root / inner)
    return os.fspath(root) if _is_album(root) else None


def _is_album(root: Path) -> bool:
    """Whether a folder of the library is an album itself, not a disk or somebody's home."""
    above = [parent.name.lower() for parent in root.parents]
    in_home = above[:1] and above[0] in HOMES
    on_medium = above[1:2] and above[1] == "media"  # /media/USER/DISK
    return bool(root.name) and not in_home and not on_medium and says_something(root.name)
