"""What training asks with: Q photos and edited views of photos, as a decoder reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Floats, Ints


@dataclass(frozen=True)
class Queries:
    """Row by row: ``embedding`` (Q, E), ``patches`` (Q, N', C), ``u`` (Q, D + P) as the tree score
    asks, the ``source`` (Q,) gallery row, ``is_view`` (Q,), ``hard`` (Q, HARD) leaves.
    """

    embedding: NDArray[np.float16]
    patches: NDArray[np.float16]
    u: Floats
    source: Ints
    is_view: NDArray[np.bool_]
    hard: Ints
    usable: Ints  # rows that may be asked: not held out, with a thumbnail
