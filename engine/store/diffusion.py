"""The second look's lists on disk: ``vectors/generation-N.*.npy``, memory-mapped.

Made by training; a library whose files are gone searches without a second look until the next
training.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from engine.search.second_look import DiffusionLists
from engine.store.database import Library

PARTS = ("contents", "members", "weights")


def save_lists(
    library: Library,
    generation_id: int,
    content_ids: NDArray[np.int64],
    members: NDArray[np.int32],
    weights: NDArray[np.float16],
) -> None:
    """``content_ids`` (L,) of the lists; ``members`` (L, T) and ``weights`` (L, T)."""
    arrays: tuple[NDArray[np.generic], ...] = (content_ids, members, weights)
    for part, array in zip(PARTS, arrays, strict=True):
        unfinished = library.folder / "vectors" / f"generation-{generation_id}.{part}.part"
        with unfinished.open("wb") as out:
            np.save(out, array)
        unfinished.replace(unfinished.with_suffix(".npy"))


def remove_lists(library: Library, generation_id: int) -> None:
    """Delete the lists of a generation that is given up."""
    for part in PARTS:
        with suppress(OSError):  # mapped by a running search (Windows)
            (library.folder / "vectors" / f"generation-{generation_id}.{part}.npy").unlink()


def open_lists(
    library: Library, generation_id: int, content_ids: NDArray[np.int64]
) -> DiffusionLists | None:
    """The lists of a generation for the gallery rows of ``content_ids`` (G,); None without."""
    base = library.folder / "vectors" / f"generation-{generation_id}"
    try:
        listed, members, weights = (
            np.load(f"{base}.{part}.npy", mmap_mode="r", allow_pickle=False) for part in PARTS
        )
    except (OSError, EOFError, ValueError):
        return None
    if not len(listed) or not len(content_ids) or members.shape != weights.shape:
        return None
    return DiffusionLists(
        members, weights, _positions(content_ids, listed), _positions(listed, content_ids)
    )


def listed_contents(library: Library, generation_id: int) -> NDArray[np.int64]:
    """Contents that have a list, so that the training knew: (L,); none where the files are gone."""
    file = library.folder / "vectors" / f"generation-{generation_id}.contents.npy"
    try:
        listed: NDArray[np.int64] = np.load(file, allow_pickle=False)
    except (OSError, EOFError, ValueError):
        return np.zeros(0, np.int64)
    return listed


def _positions(among: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int32]:
    """Where each of ``wanted`` stands in ``among``; -1 where it does not."""
    order = np.argsort(among, kind="stable")
    at = order[np.minimum(np.searchsorted(among, wanted, sorter=order), len(among) - 1)]
    return np.where(among[at] == wanted, at, -1).astype(np.int32)
