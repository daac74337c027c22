"""What a query may be an edited copy of: the picture that a screenshot, a frame or a tilt holds.

Borders are found where one colour surrounds the picture: title bars and captions stand on the
border's paper, a tilted photo leaves corners of it. Neighbours: ``thumbnails.perceptual_hash``
compares these views at next to no cost, ``preprocess`` makes them model input.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

SIDE = 192  # pixels that borders are looked for at
SAME = 12  # levels of a colour that noise of re-encoding changes
RING = 0.5  # of the outermost pixels that a border holds
CONTENT = 0.5  # of a line that the border's colour leaves to the picture
GAP = 2  # lines of a picture that may look like the border
LEAST, MOST = 0.05, 0.97  # of the area: less is an icon, more is no border
UPRIGHT = 4.0  # degrees: less is a photo's own horizon
TILTED = 0.85  # of the upright box's area that a tilted one may have
FULL = 0.6  # of the tilted box that differs from the border
DULL = 150  # levels between the darkest and the lightest, of 255
GAIN = 8.0  # most that light is stretched; beyond is noise
COLOUR = 22.0  # mean distance from grey, in levels, of photos with ordinary colours
MOST_COLOUR = 4.0
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601

Box = tuple[int, int, int, int]


def hashed_views(picture: Image.Image) -> list[Image.Image]:
    """``picture`` (RGB) itself first, what its borders hold, and the mirror images of both."""
    inner = without_borders(picture)
    views = [picture] if inner is None else [picture, inner]
    return views + [ImageOps.mirror(view) for view in views]


def encoded_views(picture: Image.Image) -> list[Image.Image]:
    """Views of ``picture`` (RGB) that are worth an encoding: none, one or two."""
    views = (without_borders(picture), relit(picture))
    return [view for view in views if view is not None]


def without_borders(picture: Image.Image) -> Image.Image | None:
    """The upright picture within borders of one colour; None where there are none."""
    border = _border(picture)
    if border is None:
        return None
    turned = _straightened(picture, border)
    if turned is not None:
        return turned
    box = _inner_box(border)
    if box is None:
        return None
    height, width = border.shape
    sx, sy = picture.width / width, picture.height / height
    left, upper, right, lower = box
    return picture.crop((round(left * sx), round(upper * sy), round(right * sx), round(lower * sy)))


def relit(picture: Image.Image) -> Image.Image | None:
    """A dull picture with the full range of light and ordinary colours; None where it is not."""
    light = np.asarray(picture, dtype=np.float32)
    luma = light @ LUMA  # (H, W)
    low, high = np.percentile(luma, (0.5, 99.5))
    if high - low >= DULL:
        return None
    gain = min(255 / max(high - low, 1), GAIN)
    luma = (luma - low) * gain
    colour = (light - low) * gain - luma[..., None]
    colour *= np.clip(COLOUR / max(float(np.abs(colour).mean()), 1e-3), 1, MOST_COLOUR)
    stretched = luma[..., None] + colour + 0.5
    return Image.fromarray(stretched.clip(0, 255).astype(np.uint8))


def _border(picture: Image.Image) -> NDArray[np.bool_] | None:
    """(h, w), at most ``SIDE``: pixels of the border's colour; None where no colour surrounds."""
    small = picture.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.BILINEAR)
    light = np.asarray(small, dtype=np.int16)
    ring = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    colour = np.median(ring, axis=0)
    if (np.abs(ring - colour).max(axis=1) <= SAME).mean() < RING:
        return None
    alike: NDArray[np.bool_] = np.abs(light - colour).max(axis=2) <= SAME
    return alike


def _inner_box(border: NDArray[np.bool_]) -> Box | None:
    """The longest run of rows, and of columns in them, that are mostly picture."""
    upper, lower = _longest_run(border.mean(axis=1) < CONTENT)
    if upper == lower:
        return None
    left, right = _longest_run(border[upper:lower].mean(axis=0) < CONTENT)
    share = (lower - upper) * (right - left) / border.size
    return (left, upper, right, lower) if LEAST < share < MOST else None


def _longest_run(picture: NDArray[np.bool_]) -> tuple[int, int]:
    """First and end of the longest run of True, gaps of ``GAP`` lines forgiven; (0, 0) if none."""
    lines = np.flatnonzero(picture)
    if not len(lines):
        return 0, 0
    breaks = np.flatnonzero(np.diff(lines) > GAP)
    firsts = lines[np.concatenate([[0], breaks + 1])]
    ends = lines[np.concatenate([breaks, [len(lines) - 1]])] + 1
    best = int((ends - firsts).argmax())
    return int(firsts[best]), int(ends[best])


def _straightened(picture: Image.Image, border: NDArray[np.bool_]) -> Image.Image | None:
    """The picture in the smallest box of any tilt, turned upright; None where none is smaller."""
    height, width = border.shape
    rows = np.flatnonzero(~border.all(axis=1))
    if not len(rows):
        return None
    first = (~border[rows]).argmax(axis=1)
    last = width - 1 - (~border[rows, ::-1]).argmax(axis=1)
    x = np.concatenate([first, last])[:, None] - (width - 1) / 2
    y = np.concatenate([rows, rows])[:, None] - (height - 1) / 2
    degrees = np.arange(-44, 45)
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    across, down = x * cos + y * sin, y * cos - x * sin  # (points, angles)
    area = (np.ptp(across, axis=0) + 1) * (np.ptp(down, axis=0) + 1)
    best = int(area.argmin())
    upright = area[degrees == 0][0]
    if abs(degrees[best]) < UPRIGHT or area[best] > TILTED * upright:
        return None
    if (~border).sum() < FULL * area[best]:
        return None
    scale = picture.width / width
    turned = picture.rotate(float(degrees[best]), Image.Resampling.BICUBIC, expand=True)
    left, right = across[:, best].min() * scale + 1, across[:, best].max() * scale - 1
    upper, lower = down[:, best].min() * scale + 1, down[:, best].max() * scale - 1
    middle_x, middle_y = turned.width / 2, turned.height / 2
    box = (
        max(0, round(middle_x + left)),
        max(0, round(middle_y + upper)),
        min(turned.width, round(middle_x + right)),
        min(turned.height, round(middle_y + lower)),
    )
    return turned.crop(box) if box[0] < box[2] and box[1] < box[3] else None
