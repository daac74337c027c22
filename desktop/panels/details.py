"""The right panel: one photo large, with all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QScrollArea, QSizePolicy, QWidget

from desktop import pictures, words
from desktop.arranging import Cell
from desktop.guarding import guarded
from desktop.jobs import Jobs, Turns
from desktop.panels.making import button, column, label, row, selectable
from desktop.theme import GAP, RADIUS, colours
from engine.types import Band, Query

if TYPE_CHECKING:
    from engine.services.session import Session

WIDTH = 300  # pixels
PREVIEW = 2 * (WIDTH - 4 * GAP)  # pixels asked for: sharp on a double-density screen


class DetailsPanel(QFrame):
    """Shows a cell; emits what is to be done with it."""

    similar_wanted = Signal()
    open_wanted = Signal()
    reveal_wanted = Signal()

    def __init__(self, session: Session, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._turns = Turns()
        self.cell: Cell | None = None
        self.setProperty("look", "right")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(words.translate("Details"))

        self._empty = label(
            words.translate("Select a photo to see its details."), "muted", wrap=True
        )
        self._preview = Preview()
        self._name = selectable(look="heading")
        self._band = BandLine()
        self._values = {
            key: selectable() for key in ("folder", "size", "taken", "camera", "logp", "similarity")
        }
        self._codes = Codes()
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(GAP + 4)
        form.setVerticalSpacing(GAP)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for key, text in (
            ("folder", words.translate("Folder")),
            ("size", words.translate("Size")),
            ("taken", words.translate("Taken")),
            ("camera", words.translate("Camera")),
        ):
            form.addRow(label(text, "muted"), self._values[key])
        self._why = QFormLayout()
        self._why.setContentsMargins(0, 0, 0, 0)
        self._why.setHorizontalSpacing(GAP + 4)
        self._why.setVerticalSpacing(GAP)
        self._why.addRow(label(words.translate("Identifier"), "muted"), self._codes)
        self._why.addRow(label(words.translate("Log-probability"), "muted"), self._values["logp"])
        self._why.addRow(label(words.translate("Similarity"), "muted"), self._values["similarity"])

        similar = button(words.translate("Find similar"), "main")
        similar.clicked.connect(self.similar_wanted)
        opener = button(words.translate("Open"))
        opener.clicked.connect(self.open_wanted)
        reveal = button(words.translate("Reveal"))
        reveal.clicked.connect(self.reveal_wanted)
        acts = row(similar, opener, reveal, gap=6)
        acts.addStretch()

        self._why_heading = label(words.translate("Why this matched"), "heading")
        self._inside = QWidget()
        inside = column(
            self._preview,
            self._name,
            self._band,
            acts,
            form,
            self._why_heading,
            self._why,
            margin=2 * GAP,
            gap=GAP + 4,
        )
        inside.addStretch()
        self._inside.setLayout(inside)
        scroll = QScrollArea()
        scroll.setWidget(self._inside)
        scroll.setAccessibleName(words.translate("Details"))
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        empty = row(self._empty, margin=2 * GAP)
        self._hint = QWidget()
        self._hint.setLayout(empty)
        self._scroll = scroll
        whole = column(self._hint, scroll, gap=0)
        whole.addStretch()
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.show_cell(None)

    def show_cell(self, cell: Cell | None) -> None:
        """None: nothing is selected."""
        self._turns.begin()
        self.cell = cell
        self._hint.setVisible(cell is None)
        self._scroll.setVisible(cell is not None)
        if cell is None:
            return
        photo, hit = cell.photo, cell.hit
        self._preview.show_image(QImage())
        self._name.setText(words.name(photo.path))
        self._values["folder"].setText(words.place(photo.path.parent))
        self._values["size"].setText(words.dimensions(photo))
        self._values["taken"].setText(words.taken(photo))
        self._values["camera"].setText(words.camera(photo))
        self._band.setVisible(hit is not None)
        self._why_heading.setVisible(hit is not None)
        for index in range(self._why.rowCount()):
            self._why.setRowVisible(index, hit is not None)
        if hit is not None:
            self._band.show_band(hit.band)
            self._codes.show_codes(hit.identifier)
            self._why.setRowVisible(0, hit.identifier is not None)
            self._why.setRowVisible(1, hit.logp is not None)
            self._values["logp"].setText("" if hit.logp is None else f"{hit.logp:.2f}")
            self._values["similarity"].setText(words.similarity(hit.similarity))
        content_id = photo.content_id
        self._jobs.ask(
            self._jobs.reading,
            lambda: pictures.from_jpeg(
                self._session.query_thumbnail(Query(content_id), PREVIEW), PREVIEW
            ),
            self._preview.show_image,
            lambda _: self._fall_back(content_id),
            ticket=self._turns.current(),
        )

    def texts(self) -> dict[str, str]:
        """What is shown, by field."""
        return {
            **{key: value.text() for key, value in self._values.items()},
            "identifier": self._codes.accessibleName(),
        }

    def _fall_back(self, content_id: int) -> None:
        """The file itself cannot be read now (a drive that is away): the kept thumbnail."""
        self._jobs.ask(
            self._jobs.reading,
            lambda: pictures.from_jpeg(self._session.thumbnail(content_id), PREVIEW),
            self._preview.show_image,
            ticket=self._turns.current(),
        )


class Preview(QLabel):
    """A picture that fits the panel's width, with a fixed height so that nothing jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(220)
        self._image = QImage()

    def show_image(self, image: QImage) -> None:
        self._image = image
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours().card))
        painter.drawRoundedRect(self.rect(), RADIUS, RADIUS)
        if not self._image.isNull():
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(QRectF(self.rect()).center())
            painter.drawImage(target, self._image)


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


class Codes(QWidget):
    """An identifier, one coloured cell a code, coarse to fine. Equal codes have equal colours."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: tuple[int, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(26)

    def show_codes(self, codes: tuple[int, ...] | None) -> None:
        self._codes = codes or ()
        text = " ".join(str(code) for code in self._codes)
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dark = QColor(colours().window).lightness() < 128
        width = min(44, (self.width() + 4) // max(1, len(self._codes)) - 4)
        for position, code in enumerate(self._codes):
            # The golden angle sets neighbouring codes far apart on the colour wheel.
            hue = code * 137.508 % 360 / 360
            ground = QColor.fromHslF(hue, 0.45, 0.28 if dark else 0.85)
            box = QRectF(position * (width + 4), 2, width, 22)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, 5, 5)
            painter.setPen(QColor(colours().text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(code))
