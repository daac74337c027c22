"""Near-duplicates among ranked photos, by their perceptual hashes: one stands for the others.

Neighbours: ``fingerprints`` (the same bits, in the ranking), ``engine.services.searching``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Ints

ALMOST = 6  # bits: 1,500 photos of the train split have two such pairs, both of one thing


def leaders(hashes: Ints, known: NDArray[np.bool_], limit: int = ALMOST) -> Ints:
    """For each of ``hashes`` (n,), best first, the place (n,) of the photo it is stacked below.

    That is the best one within ``limit`` bits which is below no other; its own place where there
    is none, or where it has no hash (``known`` (n,) False).
    """
    above = np.arange(len(hashes))
    free = known.copy()
    for place in range(len(hashes)):
        if free[place]:
            apart = np.bitwise_count((hashes[place:] ^ hashes[place]).view(np.uint64))
            alike = place + np.flatnonzero((apart <= limit) & free[place:])
            above[alike] = place
            free[alike] = False
    return above
