"""The way of a search: what is asked with at each step, what was said of its answers, and back.

Plain values and the list of them. Neighbours: searching (asks the current step), query_bar (shows
it as chips), marking and taking (refine it).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace

from PySide6.QtGui import QImage

from desktop import words
from desktop.incoming import ImageSource
from desktop.pictures import Bitmaps
from engine.types import Mark, Part, Query, SavedSearch

KEPT_STEPS = 30  # of the way; a pasted bitmap in it can weigh 100 MB
KEPT_VERSIONS = 100  # of one step, that can be undone

Crop = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """One image that is asked with, or a photo that was marked: like it (1), or not (-1).

    ``crop``: the part that counts, in pixels of the upright image. ``weight``: above 0.
    """

    image: ImageSource
    label: str = ""
    crop: Crop | None = None
    sign: int = 1
    weight: float = 1.0

    @property
    def said(self) -> str:
        """What is asked with, in words."""
        return self.label if self.crop is None else words.part_of(self.label)

    @property
    def key(self) -> Hashable:
        """The same for the same picture, whatever is said of it."""
        image = self.image.cacheKey() if isinstance(self.image, QImage) else self.image
        return type(self.image), image, self.crop


@dataclass(frozen=True, slots=True)
class Step:
    """One place on the way. Without ``pieces`` it is the library itself.

    ``marks``: photos that answers showed, said of last at the end. ``saved``: the kept search that
    this step is, until it is refined. ``by_part``: the images are looked for within photos.
    """

    pieces: tuple[Piece, ...] = ()
    marks: tuple[Piece, ...] = ()
    saved: SavedSearch | None = None
    by_part: bool = False

    @property
    def is_search(self) -> bool:
        return bool(self.pieces)

    @property
    def image(self) -> ImageSource | None:
        """The first, which stands for the whole query where there is room for one."""
        return self.pieces[0].image if self.pieces else None

    @property
    def crop(self) -> Crop | None:
        return self.pieces[0].crop if self.pieces else None

    @property
    def label(self) -> str:
        if self.saved is not None and self.saved.name is not None:
            return self.saved.name
        if not self.pieces:
            return ""
        return words.query_label(self.pieces[0].said, len(self.pieces) - 1)

    @property
    def names_part(self) -> bool:
        """``label`` names a part of an image."""
        return self.crop is not None and (self.saved is None or self.saved.name is None)

    @property
    def wanted(self) -> tuple[Piece, ...]:
        """The images that say what to look for."""
        return tuple(piece for piece in self.pieces if piece.sign > 0)

    @property
    def signs(self) -> dict[int, int]:
        """What was said of photos, by content id."""
        return {mark.image: mark.sign for mark in self.marks if isinstance(mark.image, int)}

    def query(self, bitmaps: Bitmaps) -> Query:
        """What the engine is asked; converts bitmaps, so call it on a worker thread."""
        first = self.wanted[0]
        also = tuple(
            Part(bitmaps.of(piece.image), piece.crop, piece.sign, piece.weight)
            for piece in self.pieces
            if piece is not first
        )
        marks = tuple(Mark(content_id, sign) for content_id, sign in self.signs.items())
        return Query(
            bitmaps.of(first.image),
            first.crop,
            also=also,
            marks=marks,
            weight=first.weight,
            by_part=self.by_part,
        )

    # The next version of it

    def with_pieces(self, pieces: Iterable[Piece]) -> Step:
        return replace(self, pieces=(*self.pieces, *pieces), saved=None)

    def without(self, piece: Piece) -> Step:
        """Without an image or a mark. Without the last image that is wanted, it is the library."""
        pieces = tuple(one for one in self.pieces if one is not piece)
        marks = tuple(one for one in self.marks if one is not piece)
        if not any(one.sign > 0 for one in pieces):
            return Step()
        return replace(self, pieces=pieces, marks=marks, saved=None)

    def changed(self, piece: Piece, new: Piece) -> Step:
        """``new`` in the place of ``piece``."""
        return replace(
            self,
            pieces=tuple(new if one is piece else one for one in self.pieces),
            marks=tuple(new if one is piece else one for one in self.marks),
            saved=None,
        )

    def marked(self, photos: Iterable[Piece]) -> Step:
        """Each of ``photos`` said of as its sign has it, instead of what was said before."""
        new = {photo.image: photo for photo in photos}
        others = tuple(mark for mark in self.marks if mark.image not in new)
        said = tuple(photo for photo in new.values() if photo.sign)
        return replace(self, marks=(*others, *said), saved=None)


@dataclass(eq=False)
class Place:
    """A step with the versions before it, and the number under which the history knows it."""

    versions: list[Step]
    saved_id: int | None = field(default=None)


class Trail:
    """Places one after another: back and forward between them, undo within one."""

    def __init__(self) -> None:
        self._places = [Place([Step()])]
        self._position = 0

    @property
    def place(self) -> Place:
        return self._places[self._position]

    @property
    def step(self) -> Step:
        return self.place.versions[-1]

    @property
    def can_go_back(self) -> bool:
        return self._position > 0

    @property
    def can_go_forward(self) -> bool:
        return self._position < len(self._places) - 1

    @property
    def can_undo(self) -> bool:
        return len(self.place.versions) > 1

    def add(self, step: Step) -> None:
        """A new place; those that lay ahead are forgotten."""
        self._places[self._position + 1 :] = [Place([step])]
        del self._places[:-KEPT_STEPS]
        self._position = len(self._places) - 1

    def go(self, places: int) -> None:
        """Forward, or back where ``places`` is below 0."""
        self._position += places

    def refine(self, step: Step) -> None:
        """Another version of the same place."""
        self.place.versions.append(step)
        del self.place.versions[:-KEPT_VERSIONS]

    def undo(self) -> None:
        self.place.versions.pop()
