"""The space of a generation: where tokenizer, decoder and rescoring measure likeness.

Centred, PCA, whitened by a part of the full power, unit length. Without labels this is worth 2 to
5 points at rank 1 over plain cosine where there is one right answer, and a tenth of the width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Floats

WIDTH = 256  # D; smaller for libraries with fewer photos
WHITENING = 0.25  # power of the eigenvalues; 0 is plain PCA, 0.5 full whitening


@dataclass(frozen=True)
class Space:
    """A linear projection to unit length. ``mean`` (E,), ``projection`` (E, D)."""

    mean: Floats
    projection: Floats

    @property
    def width(self) -> int:
        return int(self.projection.shape[1])

    def project(self, embeddings: NDArray[np.floating]) -> Floats:
        """(B, E) -> (B, D) float32, unit length."""
        z = (embeddings.astype(np.float32) - self.mean) @ self.projection
        return unit(z.astype(np.float32, copy=False))


def unit(vectors: Floats) -> Floats:
    """Rows of unit length; a zero row stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Floats = (vectors / np.maximum(length, 1e-12)).astype(np.float32)
    return scaled


def fit_space(
    embeddings: NDArray[np.floating], width: int = WIDTH, power: float = WHITENING
) -> Space:
    """Fit on ``embeddings`` (G, E), G >= 2. D is at most G - 1.

    Directions are divided by their eigenvalue to the ``power``.
    """
    x = embeddings.astype(np.float32)
    mean = x.mean(0)
    centred = x - mean
    count, full = centred.shape
    width = min(width, count - 1, full)
    if count < full:  # the Gram matrix is the smaller one
        values, left = np.linalg.eigh(centred.astype(np.float64) @ centred.T.astype(np.float64))
        values, left = values[::-1][:width], left[:, ::-1][:, :width]
        directions = centred.T @ (left / np.sqrt(np.maximum(values, 1e-12))).astype(np.float32)
    else:
        values, directions = np.linalg.eigh((centred.T @ centred).astype(np.float64))
        values, directions = values[::-1][:width], directions[:, ::-1][:, :width]
    variance = np.maximum(values, 0) / count
    scale = np.maximum(variance, 1e-12) ** -power
    projection = directions * (scale / scale[0])
    return Space(mean.astype(np.float32), np.ascontiguousarray(projection, np.float32))
