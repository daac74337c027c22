"""The settings: a window beside the main one. What is chosen holds at once and is remembered.

Four things reach everywhere (library, language, model, device): those take effect when the window
opens again, which a button does. Neighbours: remembered (where choices are kept), window (which
acts).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QLayout,
    QSpinBox,
    QWidget,
)

from desktop import words
from desktop.background import Rules
from desktop.guarding import guarded
from desktop.panels.drop_down import DropDown
from desktop.panels.making import Line, button, column, label, look, row
from desktop.remembered import Remembered
from desktop.theme import GAP, Theme
from desktop.translations import Language
from engine.settings import ENCODERS
from engine.types import LibraryStatus

SMALLEST_CACHE_MB, LARGEST_CACHE_MB, CACHE_STEP_MB = 32, 2048, 32
WIDTH = 560  # pixels


class Device(StrEnum):
    """Where models run; the value is what is remembered."""

    AUTO = "auto"
    CPU = "cpu"


class Power(StrEnum):
    ANY = "any"
    MAINS = "mains"


class Time(StrEnum):
    ANY = "any"
    NIGHT = "night"


class Choose(DropDown):
    """One of a few choices, each with its words."""

    def __init__(self, name: str, choices: Sequence[tuple[str, str]], now: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        for value, text in choices:
            self.addItem(text, str(value))
        self.setCurrentIndex(self.findData(str(now)))


class SettingsDialog(QDialog):
    """Emits what has to be acted upon; everything is remembered already."""

    library_wanted = Signal()  # choose another folder
    again_wanted = Signal()  # open the window again
    theme_chosen = Signal(object)  # Theme
    rules_chosen = Signal(object)  # Rules
    cache_chosen = Signal(int)  # MiB

    def __init__(
        self, remembered: Remembered, status: LibraryStatus | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._remembered = remembered
        self._status = status
        self._before = self._far_reaching()
        t = words.translate
        self.setWindowTitle(t("Settings"))
        self.setMinimumWidth(WIDTH)
        self._page = QGridLayout()
        self._page.setHorizontalSpacing(2 * GAP)
        self._page.setVerticalSpacing(GAP)
        self._page.setColumnStretch(1, 1)
        self._add_library()
        self._add_models()
        self._add_background()
        self._add_window()

        self.notice = QFrame()
        look(self.notice, "notice")
        self.again_button = button(t("Open the window again"), "main")
        self.again_button.clicked.connect(self.again_wanted)
        told = row(label(words.opens_again(), wrap=True), self.again_button)
        told.setContentsMargins(3 * GAP, GAP, 3 * GAP, GAP)
        self.notice.setLayout(told)
        self.notice.hide()
        self.close_button = button(t("Close"))
        self.close_button.clicked.connect(self.close)
        end = row()
        end.addStretch(1)
        end.addWidget(self.close_button)
        inside = column(self._page, end, margin=3 * GAP, gap=2 * GAP)
        inside.insertStretch(1)
        self.setLayout(column(inside, self.notice, gap=0))
        self.close_button.setDefault(True)

    def _far_reaching(self) -> tuple[str, ...]:
        kept = self._remembered
        return kept.language, kept.device, kept.encoder

    # Groups

    def _add_library(self) -> None:
        t = words.translate
        self._group(t("Library"))
        where = Line(mode=Qt.TextElideMode.ElideMiddle)
        where.setText("" if self._status is None else words.place(self._status.library))
        self.library_button = button(t("Choose another…"))
        self.library_button.setAccessibleName(t("Choose another library…"))
        self.library_button.clicked.connect(self.library_wanted)
        folder = row(where, self.library_button)
        folder.setStretch(0, 1)
        self._add(t("Folder"), folder)
        self._add(t("On disk"), label(words.disk(self._status), "muted", wrap=True))

    def _add_models(self) -> None:
        t = words.translate
        self._group(t("Models"))
        self.encoder = Choose(t("Model"), self._encoders(), self._remembered.encoder)
        self.encoder.activated.connect(self._take_encoder)
        own = None if self._status is None else self._status.encoder
        if own is not None:  # what read the photos has to read the queries too
            self.encoder.setCurrentIndex(self.encoder.findData(own))
            self.encoder.setEnabled(False)
        self._add(t("Photos are read by"), self.encoder)
        if own is not None:
            self._add("", label(words.encoder_stays(), "muted", wrap=True))
        choices = (
            (Device.AUTO, t("The graphics card where there is one")),
            (Device.CPU, t("The processor only")),
        )
        now = Device(self._remembered.device)
        self.device = Choose(t("Device"), choices, now)
        self.device.activated.connect(self._take_device)
        self._add(t("Run on"), self.device)
        text = words.running_on(self._status)
        if now is Device.AUTO and self._status is not None and self._status.device == "cpu":
            text = words.no_gpu()
        self.device_note = label(text, "muted", wrap=True)
        self._add("", self.device_note)

    def _add_background(self) -> None:
        t = words.translate
        rules = self._remembered.rules
        self._group(t("Work in the background"))
        power = ((Power.ANY, t("Always")), (Power.MAINS, t("Only when plugged in")))
        now = Power.ANY if rules.on_battery else Power.MAINS
        self.power = Choose(t("Power"), power, now)
        self._add(t("Look for new photos"), self.power)
        times = ((Time.ANY, t("At any time")), (Time.NIGHT, t("Only at night")))
        self.time = Choose(t("Time of day"), times, Time.NIGHT if rules.night else Time.ANY)
        self.begin = self._hour(rules.begin, t("Begin of the night"))
        self.end = self._hour(rules.end, t("End of the night"))
        self._hours = (label(t("from")), self.begin, label(t("to")), self.end)
        self._show_hours()
        hours = row(self.time, *self._hours)
        hours.setStretch(0, 1)
        self._add("", hours)
        self._add("", label(t("What you start yourself always runs at once."), "muted", wrap=True))
        for choice in (self.power, self.time):
            choice.activated.connect(self._take_rules)
        for hour in (self.begin, self.end):
            hour.valueChanged.connect(self._take_rules)

    def _add_window(self) -> None:
        t = words.translate
        self._group(t("Window"))
        # A language is called by its own name in every language.
        names = ((Language.ENGLISH, "English"), (Language.GERMAN, "Deutsch"))
        languages = ((Language.SYSTEM, t("As the system")), *names)
        self.language = Choose(t("Language"), languages, self._remembered.language)
        self.language.activated.connect(self._take_language)
        self._add(t("Language"), self.language)
        themes = (
            (Theme.SYSTEM, t("As the system")),
            (Theme.LIGHT, t("Light")),
            (Theme.DARK, t("Dark")),
        )
        self.theme = Choose(t("Theme"), themes, self._remembered.theme)
        self.theme.activated.connect(self._take_theme)
        self._add(t("Theme"), self.theme)
        self.cache = QSpinBox()
        self.cache.setAccessibleName(t("Memory for thumbnails"))
        self.cache.setRange(SMALLEST_CACHE_MB, LARGEST_CACHE_MB)
        self.cache.setSingleStep(CACHE_STEP_MB)
        self.cache.setSuffix(" MB")
        self.cache.setValue(self._remembered.cache_mb)
        self.cache.valueChanged.connect(self._take_cache)
        self._add(t("Memory for thumbnails"), self.cache)

    def _group(self, title: str) -> None:
        line = self._page.rowCount()
        self._page.setRowMinimumHeight(line, GAP if line > 1 else 0)
        self._page.addWidget(label(title, "heading"), line + 1, 0, 1, 2)

    def _add(self, name: str, part: QWidget | QLayout) -> None:
        """One line of a group: what it is called, and the control."""
        line = self._page.rowCount()
        self._page.addWidget(label(name), line, 0)
        if isinstance(part, QWidget):
            self._page.addWidget(part, line, 1)
        else:
            self._page.addLayout(part, line, 1)

    def _hour(self, value: int, name: str) -> QSpinBox:
        hour = QSpinBox()
        hour.setAccessibleName(name)
        hour.setRange(0, 23)
        hour.setWrapping(True)
        hour.setSuffix(":00")
        hour.setValue(value)
        return hour

    def _encoders(self) -> list[tuple[str, str]]:
        """Those to choose from, and the library's own if it is another."""
        known = [(name, words.encoder(name)) for name in ENCODERS]
        own = None if self._status is None else self._status.encoder
        return known if own is None or own in ENCODERS else [*known, (own, own)]

    # What is chosen

    def _take_encoder(self) -> None:
        self._remembered.encoder = self.encoder.currentData()
        self._show_notice()

    def _take_device(self) -> None:
        self._remembered.device = self.device.currentData()
        self._show_notice()

    def _take_language(self) -> None:
        self._remembered.language = Language(self.language.currentData())
        self._show_notice()

    def _take_theme(self) -> None:
        self._remembered.theme = Theme(self.theme.currentData())
        self.theme_chosen.emit(self._remembered.theme)

    def _take_cache(self, megabytes: int) -> None:
        self._remembered.cache_mb = megabytes
        self.cache_chosen.emit(megabytes)

    def _take_rules(self) -> None:
        self._show_hours()
        self._remembered.rules = Rules(
            on_battery=self.power.currentData() == Power.ANY,
            night=self.time.currentData() == Time.NIGHT,
            begin=self.begin.value(),
            end=self.end.value(),
        )
        self.rules_chosen.emit(self._remembered.rules)

    def _show_hours(self) -> None:
        for part in self._hours:
            part.setVisible(self.time.currentData() == Time.NIGHT)

    def _show_notice(self) -> None:
        self.notice.setVisible(self._far_reaching() != self._before)
        self._fit()

    # Size

    @guarded
    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Sentences that wrap need more height than their size hints say."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        width = max(WIDTH, layout.sizeHint().width())
        self.resize(width, layout.totalHeightForWidth(width))
