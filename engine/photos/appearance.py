"""How a picture looks beside what it shows: its colours, and how light and edges are laid out.

Two short descriptors of a thumbnail, a millisecond each. Colours: a histogram in CIE Lab, whose
square roots make a unit vector (the inner product of two is the Bhattacharyya coefficient).
Composition: brightness on a grid without its mean, beside the energy of gradients in four
directions on a coarser one (Oliva and Torralba's gist in its plainest form); colours do not count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.search.ports import Floats

SIDE = 32  # pixels; what is finer is no composition, and no colour to speak of
BINS = (4, 6, 6)  # of L, a and b
COLOUR_WIDTH = BINS[0] * BINS[1] * BINS[2]
GRID, COARSE, DIRECTIONS = 8, 4, 4
COMPOSITION_WIDTH = GRID * GRID + COARSE * COARSE * DIRECTIONS
AB_REACH = 60.0  # of a and b to either side of grey: few photos have stronger colours
FLAT = 1.0  # of 255; below, brightness or edges are noise

Bytes = NDArray[np.int8]


def describe(picture: Image.Image) -> tuple[Bytes, Bytes]:
    """Colour (COLOUR_WIDTH,) and composition (COMPOSITION_WIDTH,): unit vectors times 127."""
    small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32)
    return _stored(_colour(pixels)), _stored(_composition(pixels))


def _stored(unit_vector: Floats) -> Bytes:
    return np.round(unit_vector * 127).astype(np.int8)


def _colour(pixels: Floats) -> Floats:
    """(S, S, 3) RGB 0..255 -> (COLOUR_WIDTH,). A pixel is shared by the bins around it."""
    lab = _lab(pixels.reshape(-1, 3) / np.float32(255))
    spread = np.array([100, 2 * AB_REACH, 2 * AB_REACH], np.float32)
    lowest = np.array([0, -AB_REACH, -AB_REACH], np.float32)
    last = np.array(BINS) - 1
    place = np.clip((lab - lowest) / spread, 0, 1) * last
    low = np.minimum(place.astype(np.int64), last - 1)
    share = place - low  # (n, 3): of the upper bin
    counts = np.zeros(COLOUR_WIDTH)
    for corner in np.ndindex(2, 2, 2):
        up = np.array(corner)
        weight = np.where(up == 1, share, 1 - share).prod(1)
        at = np.ravel_multi_index(tuple((low + up).T), BINS)
        counts += np.bincount(at, weight, COLOUR_WIDTH)
    histogram: Floats = np.sqrt(counts / counts.sum()).astype(np.float32)
    return histogram


def _lab(rgb: Floats) -> Floats:
    """sRGB (n, 3) 0..1 -> CIE Lab under D65 (IEC 61966-2-1, CIE 15)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32
    )
    white = to_xyz.sum(1)
    t = linear @ to_xyz.T / white
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f.T
    lab: Floats = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1).astype(np.float32)
    return lab


def _composition(pixels: Floats) -> Floats:
    """(S, S, 3) RGB 0..255 -> (COMPOSITION_WIDTH,): two halves of the same weight."""
    grey = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    cell = SIDE // GRID
    layout = grey.reshape(GRID, cell, GRID, cell).mean(axis=(1, 3))
    layout = layout - layout.mean()
    down, right = np.gradient(grey)
    energy = np.hypot(down, right)
    direction = (np.arctan2(down, right) % np.pi * DIRECTIONS / np.pi).astype(np.int64) % DIRECTIONS
    wide = SIDE // COARSE
    of_direction = [np.where(direction == d, energy, 0) for d in range(DIRECTIONS)]
    # (4, S, S) -> (4, 4, S / 4, 4, S / 4) -> (4, 4, 4)
    cells = np.stack(of_direction).reshape(DIRECTIONS, COARSE, wide, COARSE, wide)
    edges = cells.mean(axis=(2, 4))
    halves = [part.ravel() / max(np.linalg.norm(part), FLAT) for part in (layout, edges)]
    both: Floats = (np.concatenate(halves) / np.sqrt(2)).astype(np.float32)
    return both
