"""Asks for two days, in a small window of its own that closes by itself."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import QDateEdit, QFormLayout, QFrame, QWidget

from desktop import words
from desktop.panels.making import button, label
from desktop.theme import GAP


class DateRange(QFrame):
    """Enter takes the days, Esc leaves everything as it is."""

    chosen = Signal(object, object)  # datetime.date, datetime.date

    def __init__(self, first: date, last: date, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("look", "card")
        self.setAccessibleName(words.translate("Dates"))
        self.first = _edit(first, words.translate("From"))
        self.last = _edit(last, words.translate("Until"))
        self.take_button = button(words.translate("Show these days"), "main")
        self.take_button.setDefault(True)
        self.take_button.clicked.connect(self._take)
        form = QFormLayout(self)
        form.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        form.setSpacing(GAP)
        for edit in (self.first, self.last):
            form.addRow(label(edit.accessibleName(), "muted"), edit)
        form.addRow(self.take_button)

    def keyPressEvent(self, event: object) -> None:  # noqa: N802
        key = event.key()  # type: ignore[attr-defined]
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]

    def _take(self) -> None:
        self.chosen.emit(self.first.date().toPython(), self.last.date().toPython())
        self.close()


def _edit(day: date, name: str) -> QDateEdit:
    made = QDateEdit(QDate(day.year, day.month, day.day))
    made.setCalendarPopup(True)
    made.setAccessibleName(name)
    return made
