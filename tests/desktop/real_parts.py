"""Finding a part, in the real window: from a frame that is drawn to where photos matched.

Part of ``tests.desktop.real_window``, which has searched with ``query`` already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tests.desktop.real_screen import key, mouse

if TYPE_CHECKING:
    from tests.desktop.real_window import Walk

Steps = Iterator[tuple[str, Callable[[], bool], float]]
Corners = tuple[float, float, float, float]  # left, top, right, bottom: shares of a picture's sides


def find_part(walk: Walk) -> Steps:
    """Of the query, then of a result; ends at the search as it began."""
    inside = walk.window.workspace
    search, cropping = inside.search, inside.cropping

    def answered() -> bool:
        return search.answer is not None and not search.asking

    key("c")
    yield "the picture", lambda: cropping.canvas.frame is not None, 20
    yield from walk.rest()
    walk.shoot("part-suggested")
    yield from drawn(walk, (0.5, 0.5, 0.5, 0.5))
    walk.shoot("part-of-no-size")
    yield from drawn(walk, (0.2, 0.1, 0.8, 0.55))
    walk.shoot("part-drawn")
    yield from walk.dark("part-drawn")
    key("ctrl+Return")
    line = inside.beside.parts
    yield "the parts to be looked at", line.isVisible, 60
    yield "the first answer", answered, 60
    yield from walk.rest()
    walk.shoot("part-describing")
    line.stop_button.click()
    yield "the stop", line.again_button.isVisible, 60
    yield "the answer by some", answered, 60
    yield from walk.rest()
    walk.shoot("part-stopped")
    line.again_button.click()
    yield "the parts again", line.bar.isVisible, 60
    yield "all parts", line.isHidden, 600
    yield "the answer by all", answered, 60
    yield from walk.rest()
    walk.shoot("part-found")
    yield from walk.dark("part-found")
    key("i")
    inside.grid.setCurrentIndex(inside.photos.index(1))
    inside.grid.setFocus()
    yield from walk.rest(0.6)
    walk.shoot("part-details")
    key("i")
    key("space")
    yield from walk.rest(0.8)
    walk.shoot("part-large")
    yield from walk.dark("part-large")
    key("space")
    key("shift+f")
    yield "the result's picture", lambda: cropping.canvas.frame is not None, 20
    yield from walk.rest()
    yield from drawn(walk, (0.3, 0.5, 0.7, 0.9))
    walk.shoot("part-of-a-result")
    key("ctrl+Return")
    yield "its answer", answered, 60
    yield from walk.rest()
    walk.shoot("part-of-a-result-found")
    while search.step.by_part:
        search.back()
        yield "the answer before", answered, 60
    inside.grid.setFocus()
    yield from walk.rest()
    walk.phase("finding a part")


def drawn(walk: Walk, corners: Corners) -> Steps:
    """Drag a frame over the picture with the mouse."""
    canvas = walk.window.workspace.cropping.canvas
    place = canvas.place()
    left, top, right, bottom = corners

    def at(x: float, y: float) -> tuple[str, str]:
        corner = canvas.mapToGlobal(place.topLeft())
        return (
            str(round(corner.x() + x * place.width())),
            str(round(corner.y() + y * place.height())),
        )

    mouse("mousemove", *at(left, top), "mousedown", "1")
    for share in (0.3, 0.6, 1.0):
        yield from walk.rest(0.05)
        mouse("mousemove", *at(left + share * (right - left), top + share * (bottom - top)))
    yield from walk.rest(0.1)
    mouse("mouseup", "1")
    yield from walk.rest()
