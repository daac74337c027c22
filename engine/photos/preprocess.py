"""Photo -> model input: one function in Pillow and numpy, for indexing, queries and training.

Photos are squashed to a square: it keeps the borders, which a centre crop loses and which places
need (RETRIEVAL.md measures both). Normalisation is inside the exported encoder, so that it cannot
be forgotten.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def model_input(image: Image.Image, side: int) -> NDArray[np.uint8]:
    """``image`` (RGB, upright) as (side, side, 3) uint8, range 0..255."""
    squashed = image.resize((side, side), Image.Resampling.BICUBIC, reducing_gap=3.0)
    return np.asarray(squashed, dtype=np.uint8)
