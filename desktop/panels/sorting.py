"""The box that says, and changes, in which order the photos lie."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop import words
from desktop.arranging import Sort
from desktop.panels.drop_down import DropDown


class SortBox(DropDown):
    """Emits ``chosen`` when a person chooses. Relevance is for answers alone."""

    chosen = Signal(object)  # Sort

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(words.translate("Sort by"))
        self.setToolTip(words.translate("Sort by"))
        self.setSizeAdjustPolicy(DropDown.SizeAdjustPolicy.AdjustToContents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        # Qt gives the text of an enumeration back, not its member.
        self.activated.connect(lambda row: self.chosen.emit(Sort(self.itemData(row))))

    def show_sort(self, sort: Sort, offered: tuple[Sort, ...]) -> None:
        """``sort`` is in force, one of those ``offered``."""
        if [self.itemData(row) for row in range(self.count())] != list(offered):
            self.clear()
            for one in offered:
                self.addItem(_NAMES[one](), one)
        self.setCurrentIndex(offered.index(sort))


_NAMES = {
    Sort.RELEVANCE: words.sort_relevance,
    Sort.DATE: words.sort_date,
    Sort.FOLDER: words.sort_folder,
}
