"""What a person says of a query and of its answers: marks, parts of images, and taking it back.

The search model asks anew with what was said; here it is also kept for the next training.
Neighbours: steps (what can be said), query_bar (shows it), actions (which photos are selected).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop import words
from desktop.actions import PhotoActions
from desktop.cropping import Cropping
from desktop.incoming import ImageSource
from desktop.jobs import Jobs
from desktop.panels.banner import Banner, Tone
from desktop.searching import SearchModel
from desktop.steps import Crop, Piece, Step

if TYPE_CHECKING:
    from engine.services.session import Session


class Refining(QObject):
    """Acts on a ``SearchModel``'s step."""

    kept = Signal()  # the library's marks have changed
    crop_begun = Signal()  # a part of a picture is being chosen

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        search: SearchModel,
        acts: PhotoActions,
        cropping: Cropping,
        banner: Banner,
        answers: QWidget,
    ) -> None:
        """``answers``: where they are shown; photos elsewhere are not what a query found."""
        super().__init__(answers)
        self._answers = answers
        self._session = session
        self._jobs = jobs
        self._search = search
        self._acts = acts
        self._cropping = cropping
        self._banner = banner
        self._cropped: Piece | None = None  # the piece whose part is being chosen
        search.refined.connect(self._keep)
        search.refused.connect(lambda error: banner.say(words.error(error), Tone.WARNING))
        cropping.chosen.connect(self._take_part)
        acts.more_wanted.connect(self.more)
        acts.less_wanted.connect(self.less)

    # Marks

    def more(self) -> None:
        """More like the selected photos; again takes it back. In the library: photos like them."""
        self._mark(1)

    def less(self) -> None:
        """Nothing like the selected photos; again takes it back."""
        self._mark(-1)

    def undo(self) -> None:
        if self._search.can_undo:
            self._banner.hide()
            self._search.undo()
        else:
            self._banner.say(words.nothing_to_undo())

    def _mark(self, sign: int) -> None:
        step = self._search.step
        found = step.is_search and self._answers.isVisible()
        selected = self._acts.selected()
        if not selected:
            self._banner.say(words.nothing_to_mark(), Tone.WARNING)
        elif not found and sign < 0:
            self._banner.say(words.search_first(), Tone.WARNING)
        else:
            self._banner.hide()
            photos = {
                cell.photo.content_id: Piece(
                    cell.photo.content_id, words.name(cell.photo.path), sign=sign
                )
                for cell in selected
            }
            if not found:
                self._search.begin(Step(tuple(photos.values())))
            elif all(step.signs.get(content_id) == sign for content_id in photos):
                self._search.refine(step.marked(replace(p, sign=0) for p in photos.values()))
            else:
                self._search.refine(step.marked(photos.values()))

    def _keep(self, before: Step, after: Step) -> None:
        """Marks are written down one by one, each beside what was asked with then."""
        old, new = before.signs, after.signs
        said = [(c, new.get(c, 0)) for c in {**old, **new} if old.get(c, 0) != new.get(c, 0)]
        if not said:
            return

        def keep() -> None:
            query = before.query(self._search.bitmaps)
            for content_id, sign in said:
                query = self._session.mark(query, content_id, sign)

        self._jobs.ask(
            self._jobs.steering,
            keep,
            lambda _: self.kept.emit(),
            lambda error: self._banner.say(words.error(error), Tone.WARNING),
        )

    # Parts

    def crop(self) -> None:
        """Search with a part of the query; where there is none, of the current photo."""
        step = self._search.step
        if step.is_search:
            self.crop_piece(step.pieces[0])
        else:
            self.crop_photo()

    def crop_piece(self, piece: Piece) -> None:
        """Choose the part of a query's image that counts."""
        self._cropped = piece
        self.crop_begun.emit()
        self._cropping.open_on(piece.image, piece.label, piece.crop)

    def crop_photo(self) -> None:
        """Choose a part of the current photo to search with."""
        cell = self._acts.current()
        if cell is None:
            self._banner.say(words.nothing_to_crop(), Tone.WARNING)
            return
        self._cropped = None
        self.crop_begun.emit()
        self._cropping.open_on(cell.photo.content_id, words.name(cell.photo.path))

    def look_within(self) -> None:
        """Look for the query's images within photos, or compare them with whole ones again."""
        step = self._search.step
        if step.is_search:
            self._search.look_within(not step.by_part)
        else:
            self._banner.say(words.nothing_to_crop(), Tone.WARNING)

    def _take_part(self, image: ImageSource, name: str, crop: Crop | None, within: bool) -> None:
        """One image among others keeps its place; any other is a search of its own."""
        step, piece = self._search.step, self._cropped
        in_company = len(step.pieces) + len(step.marks) > 1
        if piece is not None and in_company and any(one is piece for one in step.pieces):
            changed = step.changed(piece, replace(piece, crop=crop))
            self._search.refine(replace(changed, by_part=within))
        else:
            self._search.begin(Step((Piece(image, name, crop),), by_part=within))
