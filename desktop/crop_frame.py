"""The frame of a crop: a rectangle in pixels of the upright picture that never leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto

from desktop.steps import Crop

LEAST = 16  # pixels; less is no picture


class Edge(Flag):
    """What is dragged: sides, a corner as two of them, or all four, which is the whole frame."""

    LEFT = auto()
    TOP = auto()
    RIGHT = auto()
    BOTTOM = auto()
    ALL = LEFT | TOP | RIGHT | BOTTOM


@dataclass(frozen=True, slots=True)
class CropFrame:
    """``left``, ``top``, ``right``, ``bottom`` in a picture of ``width`` x ``height``."""

    width: int
    height: int
    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, width: int, height: int, crop: Crop | None) -> CropFrame:
        """Around ``crop``; without one, around the middle."""
        if crop is None:
            return cls(width, height, width / 5, height / 5, width * 4 / 5, height * 4 / 5)
        x, y, w, h = crop
        return cls(width, height, x, y, x + w, y + h).spanned(x, y, x + w, y + h)

    @property
    def crop(self) -> Crop:
        """Whole pixels."""
        left, top = round(self.left), round(self.top)
        return left, top, round(self.right) - left, round(self.bottom) - top

    def too_small(self, x: float, y: float, other_x: float, other_y: float) -> bool:
        """Nothing is between two corners that could be asked with."""
        return abs(_within(x, self.width) - _within(other_x, self.width)) < min(
            LEAST, self.width
        ) or abs(_within(y, self.height) - _within(other_y, self.height)) < min(LEAST, self.height)

    def spanned(self, x: float, y: float, other_x: float, other_y: float) -> CropFrame:
        """Between two corners, as far as they lie in the picture."""
        left, right = _span(x, other_x, self.width)
        top, bottom = _span(y, other_y, self.height)
        return CropFrame(self.width, self.height, left, top, right, bottom)

    def moved(self, edge: Edge, dx: float, dy: float) -> CropFrame:
        """``edge`` dragged by ``dx`` and ``dy``; the frame keeps its size where all of it is."""
        left, top, right, bottom = self.left, self.top, self.right, self.bottom
        if edge is Edge.ALL:
            dx = min(max(dx, -left), self.width - right)
            dy = min(max(dy, -top), self.height - bottom)
            return CropFrame(self.width, self.height, left + dx, top + dy, right + dx, bottom + dy)
        least_x, least_y = min(LEAST, self.width), min(LEAST, self.height)
        if Edge.LEFT in edge:
            left = min(max(left + dx, 0), right - least_x)
        if Edge.RIGHT in edge:
            right = max(min(right + dx, self.width), left + least_x)
        if Edge.TOP in edge:
            top = min(max(top + dy, 0), bottom - least_y)
        if Edge.BOTTOM in edge:
            bottom = max(min(bottom + dy, self.height), top + least_y)
        return CropFrame(self.width, self.height, left, top, right, bottom)

    def edge_at(self, x: float, y: float, reach: float) -> Edge | None:
        """What is dragged from a point: sides within ``reach``, or the inside. None: outside."""
        if not (
            self.left - reach <= x <= self.right + reach
            and self.top - reach <= y <= self.bottom + reach
        ):
            return None
        edge = Edge(0)
        if abs(x - self.left) <= reach:
            edge |= Edge.LEFT
        elif abs(x - self.right) <= reach:
            edge |= Edge.RIGHT
        if abs(y - self.top) <= reach:
            edge |= Edge.TOP
        elif abs(y - self.bottom) <= reach:
            edge |= Edge.BOTTOM
        return edge or Edge.ALL


def _within(value: float, limit: int) -> float:
    return min(max(value, 0), limit)


def _span(one: float, other: float, limit: int) -> tuple[float, float]:
    """In order, inside 0..``limit``, and no shorter than ``LEAST`` where there is room."""
    low, high = sorted((_within(one, limit), _within(other, limit)))
    least = min(LEAST, limit)
    if high - low < least:
        low = min(low, limit - least)
        high = low + least
    return low, high
