"""The box that says, and changes, what a search goes by, with a word of explanation beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop import words
from desktop.panels.drop_down import DropDown
from desktop.panels.making import Line, row
from desktop.searching import SearchModel
from desktop.theme import GAP
from engine.types import Likeness


class LikenessBox(QWidget):
    """Shows and sets a ``SearchModel``'s likeness; hidden where nothing is searched for."""

    def __init__(self, search: SearchModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._search = search
        self.box = DropDown()
        self.box.setAccessibleName(words.translate("Search by"))
        self.box.setSizeAdjustPolicy(DropDown.SizeAdjustPolicy.AdjustToContents)
        self.box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        for number, likeness in enumerate(Likeness):
            self.box.addItem(words.likeness(likeness), likeness)
            tip = words.likeness_tip(likeness)
            self.box.setItemData(number, tip, Qt.ItemDataRole.ToolTipRole)
        # Qt gives the text of an enumeration back, not its member.
        self.box.activated.connect(
            lambda number: search.set_likeness(Likeness(self.box.itemData(number)))
        )
        self.caption = Line("muted")
        whole = row(self.caption, self.box, gap=GAP)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        search.likeness_changed.connect(self._show)
        search.step_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        likeness = self._search.likeness
        self.box.setCurrentIndex(self.box.findData(likeness))
        tip = words.likeness_tip(likeness)
        self.box.setToolTip(tip)
        self.caption.setText(tip)
        self.caption.setToolTip(tip)
        self.setVisible(self._search.step.is_search)
