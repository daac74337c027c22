"""The right panel: one photo large beside the query, all that is known of it, why it was found."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QScrollArea, QWidget

from desktop import words
from desktop.arranging import Cell
from desktop.guarding import guarded
from desktop.jobs import Jobs, Turns
from desktop.panels.codes import Codes, shared
from desktop.panels.making import button, column, label, row, selectable
from desktop.panels.picture import Picture, outline_of
from desktop.query_pictures import QueryPictures
from desktop.searching import SearchModel
from desktop.theme import GAP, colours
from engine.types import Band

WIDTH = 320  # pixels
HEIGHT = 220  # of the pictures: fixed, so that nothing jumps
QUERY = 96  # pixels, the width of the query beside the photo
PREVIEW = 2 * (WIDTH - 4 * GAP)  # pixels asked for: sharp on a double-density screen


class DetailsPanel(QFrame):
    """Shows a cell; emits what is to be done with it."""

    similar_wanted = Signal()
    part_wanted = Signal()
    open_wanted = Signal()
    reveal_wanted = Signal()

    def __init__(
        self,
        search: SearchModel,
        pictures: QueryPictures,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._search = search
        self._jobs = jobs
        self._turns = Turns()
        self.cell: Cell | None = None
        self.setProperty("look", "right")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(words.translate("Details"))

        self.query = Picture()
        self.query.setFixedSize(QUERY, HEIGHT)
        self.query.setAccessibleName(words.translate("Query"))
        self.preview = Picture()
        self.preview.setFixedHeight(HEIGHT)
        self._name = selectable(look="heading")
        self._band = BandLine()
        self._known = Fields(
            {
                "folder": words.translate("Folder"),
                "size": words.translate("Size"),
                "format": words.translate("Type"),
                "taken": words.translate("Taken"),
                "camera": words.translate("Camera"),
                "lens": words.translate("Lens"),
                "place": words.translate("Place"),
                "rating": words.translate("Rating"),
                "raw": words.translate("Raw files"),
            }
        )
        self._why = Fields(
            {
                "where": words.translate("Where"),
                "similarity": words.translate("Similarity"),
                "logp": words.translate("Log-probability"),
            }
        )
        self._codes = Codes()
        self._asked = Codes()
        self._shared = label(look="muted", wrap=True)
        self._identifiers = QWidget()
        self._asked_name = label(words.translate("The query's identifier"), "muted")
        self._identifiers.setLayout(
            column(
                label(words.translate("Identifier"), "muted"),
                self._codes,
                self._asked_name,
                self._asked,
                self._shared,
                gap=4,
            )
        )
        self._why_heading = label(words.translate("Why this matched"), "heading")
        self._lay_out()
        pictures.changed.connect(lambda: self.query.show_image(pictures.first))
        self.show_cell(None)

    def _lay_out(self) -> None:
        pictures = row(self.query, self.preview, gap=GAP)
        pictures.setStretch(1, 1)
        similar = button(words.translate("Find similar"), "main")
        similar.clicked.connect(self.similar_wanted)
        part = button(words.translate("A part…"))
        part.setToolTip(words.translate("Find photos like a part of this one (Shift+F)"))
        part.clicked.connect(self.part_wanted)
        opener = button(words.translate("Open"))
        opener.clicked.connect(self.open_wanted)
        reveal = button(words.translate("Reveal"))
        reveal.clicked.connect(self.reveal_wanted)
        first, second = row(similar, part, gap=6), row(opener, reveal, gap=6)
        first.addStretch()
        second.addStretch()

        inside = column(
            pictures,
            self._name,
            self._band,
            column(first, second, gap=6),
            self._known,
            self._why_heading,
            self._identifiers,
            self._why,
            margin=2 * GAP,
            gap=GAP + 4,
        )
        inside.addStretch()
        content = QWidget()
        content.setLayout(inside)
        self._scroll = QScrollArea()
        self._scroll.setWidget(content)
        self._scroll.setAccessibleName(words.translate("Details"))
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._hint = QWidget()
        hint = label(words.translate("Select a photo to see its details."), "muted", wrap=True)
        self._hint.setLayout(row(hint, margin=2 * GAP))
        whole = column(self._hint, self._scroll, gap=0)
        whole.addStretch()
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def show_cell(self, cell: Cell | None) -> None:
        """None: nothing is selected."""
        self._turns.begin()
        self.cell = cell
        self._hint.setVisible(cell is None)
        self._scroll.setVisible(cell is not None)
        if cell is None:
            return
        photo, hit = cell.photo, cell.hit
        self.preview.show_image(QImage())
        match = None if hit is None else hit.match
        self.preview.show_outline(outline_of(match, photo.width, photo.height))
        self.preview.setAccessibleName(words.matched(photo, hit))
        self.query.setVisible(hit is not None)
        self._name.setText(words.name(photo.path))
        self._known.show_values(words.known(photo, cell.raws))
        self._show_why(cell)
        content_id = photo.content_id
        self._jobs.ask(
            self._jobs.reading,
            lambda: QImage.fromData(self._search.picture(content_id, None, PREVIEW).jpeg),
            self.preview.show_image,
            lambda _: None,  # neither file nor thumbnail: the ground stays empty
            ticket=self._turns.current(),
        )

    def _show_why(self, cell: Cell) -> None:
        hit, answer = cell.hit, self._search.answer
        for part in (self._band, self._why_heading, self._why):
            part.setVisible(hit is not None)
        self._identifiers.setVisible(hit is not None and hit.identifier is not None)
        if hit is None:
            return
        self._band.show_band(hit.band)
        logp = "" if hit.logp is None else f"{hit.logp:.2f}"
        self._why.show_values(
            {
                "where": "" if hit.position is None else words.position(hit.position),
                "similarity": words.similarity(hit.similarity),
                "logp": logp,
            }
        )
        asked = None if answer is None else answer.identifier
        common = shared(hit.identifier, asked)
        self._codes.show_codes(hit.identifier, common)
        self._asked.show_codes(asked, common)
        for line in (self._asked_name, self._asked, self._shared):
            line.setVisible(asked is not None)
        if hit.identifier is not None:
            self._shared.setText(words.shared_codes(common, len(hit.identifier)))

    def texts(self) -> dict[str, str]:
        """What is shown, by field."""
        return {
            **self._known.texts(),
            **self._why.texts(),
            "identifier": self._codes.accessibleName(),
            "asked": self._asked.accessibleName(),
            "shared": self._shared.text(),
        }


class Fields(QWidget):
    """Names with values beside them; a field without a value takes no room."""

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__()
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(GAP + 4)
        self._form.setVerticalSpacing(GAP)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._values = {key: selectable() for key in names}
        for key, name in names.items():
            self._form.addRow(label(name, "muted"), self._values[key])
            self._values[key].setAccessibleName(name)

    def show_values(self, values: dict[str, str]) -> None:
        for key, value in self._values.items():
            value.setText(values.get(key, ""))
            self._form.setRowVisible(value, bool(values.get(key)))

    def texts(self) -> dict[str, str]:
        return {key: value.text() for key, value in self._values.items()}


class BandLine(QLabel):
    """A coloured dot and the band's word."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._band = Band.GUESS
        self.setIndent(16)

    def show_band(self, band: Band) -> None:
        self._band = band
        self.setText(words.band(band))

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours().band(self._band)))
        painter.drawEllipse(QRectF(1, self.height() / 2 - 4, 8, 8))
