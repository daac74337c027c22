"""Files as cameras write them, made from small real photos: size, format and entropy are real.

A picture is a mosaic of enlarged photos, so that its JPEG has about as many bytes as a camera's
(2 to 3 bits a pixel); the same for PNG and HEIC.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

import engine.photos.decode  # noqa: F401  (registers HEIC)

TILE = 250  # pixels


@dataclass(frozen=True)
class Kind:
    """A share of the photos. ``width`` x ``height`` pixels."""

    name: str
    share: float
    width: int
    height: int
    suffix: str


MIX = (
    Kind("JPEG, 12 megapixels", 0.60, 4000, 3000, ".jpg"),
    Kind("JPEG, 24 megapixels", 0.25, 6000, 4000, ".jpg"),
    Kind("PNG, 12 megapixels", 0.10, 4000, 3000, ".png"),
    Kind("HEIC, 12 megapixels", 0.05, 4000, 3000, ".heic"),
)


def write_photos(source: Path, folder: Path, count: int, seed: int = 0) -> list[Path]:
    """``count`` files of ``MIX`` in ``folder``, from the JPEGs right below ``source``."""
    originals = sorted(source.glob("*.jpg"))
    kinds = [kind for kind in MIX for _ in range(round(kind.share * count))][:count]
    kinds += [MIX[0]] * (count - len(kinds))
    order = np.random.default_rng(seed).permutation(len(kinds))
    tasks = [
        (kinds[place], folder / f"IMG_{number:05d}{kinds[place].suffix}", seed + number)
        for number, place in enumerate(order)
    ]
    with ProcessPoolExecutor() as pool:
        return list(pool.map(partial(_write, originals), tasks, chunksize=4))


def _write(originals: Sequence[Path], task: tuple[Kind, Path, int]) -> Path:
    kind, path, seed = task
    picture = _mosaic(originals, kind.width, kind.height, np.random.default_rng(seed))
    match kind.suffix:
        case ".jpg":
            picture.save(path, quality=90)
        case ".png":
            picture.save(path, compress_level=3)
        case _:
            picture.save(path, quality=60, enc_params={"preset": "ultrafast"})
    return path


def _mosaic(
    originals: Sequence[Path], width: int, height: int, rng: np.random.Generator
) -> Image.Image:
    canvas = Image.new("RGB", (width, height))
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            with Image.open(originals[int(rng.integers(len(originals)))]) as photo:
                tile = photo.convert("RGB").resize((TILE, TILE), Image.Resampling.BICUBIC)
            canvas.paste(tile, (left, top))
    return canvas


def described(paths: Sequence[Path]) -> str:
    """The mix and its bytes, in words."""
    shares = ", ".join(f"{kind.share:.0%} {kind.name}" for kind in MIX)
    return f"{shares}; {sum(map(os.path.getsize, paths)) / len(paths) / 1e6:.1f} MB a file"
