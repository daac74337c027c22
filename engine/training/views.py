"""Edited copies of a photo: crops, mirrored, turned, filtered, blurred, framed, recompressed.

A view asks training "which photos are like the one I was made from?". The edits are those that
people's queries show: screenshots, re-saved copies, parts, other light.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps


def random_view(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """One edited copy of ``photo`` (RGB). Never changes ``photo``; size may differ."""
    view = _crop(photo, rng)
    if rng.random() < 0.5:
        view = ImageOps.mirror(view)
    if rng.random() < 0.25:
        view = _turn(view, rng)
    if rng.random() < 0.7:
        view = _filter(view, rng)
    if rng.random() < 0.2:
        view = view.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 2.0)))
    if rng.random() < 0.15:
        view = _shrink(view, rng)
    if rng.random() < 0.15:
        view = _frame(view, rng)
    if rng.random() < 0.3:
        view = _recompress(view, rng)
    return view


def _crop(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A part of 30 to 100 % of the area, sides between 3:4 and 4:3 of the photo's own."""
    width, height = photo.size
    share = rng.uniform(0.3, 1.0)
    stretch = np.exp(rng.uniform(np.log(3 / 4), np.log(4 / 3)))
    w = min(width, max(8, round(width * np.sqrt(share * stretch))))
    h = min(height, max(8, round(height * np.sqrt(share / stretch))))
    x, y = rng.integers(0, width - w + 1), rng.integers(0, height - h + 1)
    return photo.crop((int(x), int(y), int(x + w), int(y + h)))


def _turn(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    angle = float(rng.uniform(-25, 25))
    return view.rotate(angle, Image.Resampling.BILINEAR, fillcolor=_grey(rng))


def _filter(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        view = enhance(view).enhance(float(rng.uniform(0.5, 1.5)))
    return view


def _shrink(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    side = int(rng.integers(40, 120))
    small = view.copy()
    small.thumbnail((side, side))
    return small


def _frame(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Bars around the picture, as in a screenshot."""
    width, height = view.size
    top, bottom = (int(height * rng.uniform(0.05, 0.4)) for _ in range(2))
    side = int(width * rng.uniform(0.0, 0.1))
    framed = Image.new("RGB", (width + 2 * side, height + top + bottom), _grey(rng))
    framed.paste(view, (side, top))
    draw = ImageDraw.Draw(framed)
    for _ in range(int(rng.integers(0, 5))):  # something like lines of text and buttons
        above = rng.random() < 0.5
        y = int(rng.uniform(0, top) if above else height + top + rng.uniform(0, bottom))
        x = int(rng.uniform(0, width / 2))
        draw.rectangle((x, y, x + width // 4, y + max(1, height // 40)), fill=_grey(rng))
    return framed


def _recompress(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    buffer = io.BytesIO()
    view.save(buffer, "JPEG", quality=int(rng.integers(15, 60)))
    return Image.open(buffer).convert("RGB")


def _grey(rng: np.random.Generator) -> tuple[int, int, int]:
    value = (0, 255, int(rng.integers(0, 256)))[int(rng.integers(0, 3))]
    return (value, value, value)
