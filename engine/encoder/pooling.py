"""How patch tokens become short: one definition for training and runtime."""

from __future__ import annotations

import numpy as np

from engine.search.ports import Floats

POOLING = "mean+gem"
CLASS_POOLING = "class+mean"  # of networks that have a class token, which sums up the photo
GEM_POWER = 3.0
GRID = 3  # patch tokens are averaged to GRID x GRID before the decoder sees them


def pool_patches(patches: Floats) -> Floats:
    """``patches`` (B, N, C), N = side * side, averaged to (B, GRID * GRID, C), unit length.

    Cells follow adaptive average pooling: cell i covers rows floor(i n / GRID) to
    ceil((i + 1) n / GRID), so that any side works.
    """
    batch, count, width = patches.shape
    side = round(count**0.5)
    grid = patches.reshape(batch, side, side, width)
    edges = [(i * side // GRID, -(-(i + 1) * side // GRID)) for i in range(GRID)]
    cells = [grid[:, a:b, c:d].mean((1, 2)) for a, b in edges for c, d in edges]
    pooled = np.stack(cells, axis=1)  # (B, GRID * GRID, C)
    length = np.linalg.norm(pooled, axis=-1, keepdims=True)
    scaled: Floats = (pooled / np.maximum(length, 1e-6)).astype(np.float32)
    return scaled
