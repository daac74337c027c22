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
    """Shows and sets a ``SearchModel``'s likeness, or that it looks within photos; hidden where
    nothing is searched for.
    """

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
        self.box.insertSeparator(len(Likeness))
        self.box.addItem(words.within_photos())
        self._within = self.box.count() - 1
        tip = words.within_photos_tip()
        self.box.setItemData(self._within, tip, Qt.ItemDataRole.ToolTipRole)
        self.box.activated.connect(self._chosen)
        self.caption = Line("muted")
        whole = row(self.caption, self.box, gap=GAP)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        search.likeness_changed.connect(self._show)
        search.step_changed.connect(self._show)
        self._show()

    def _chosen(self, number: int) -> None:
        if number == self._within:
            self._search.look_within(True)
        else:  # Qt gives the text of an enumeration back, not its member.
            self._search.set_likeness(Likeness(self.box.itemData(number)))

    def _show(self) -> None:
        likeness, within = self._search.likeness, self._search.step.by_part
        self.box.setCurrentIndex(self._within if within else self.box.findData(likeness))
        tip = words.within_photos_tip() if within else words.likeness_tip(likeness)
        self.box.setToolTip(tip)
        self.caption.setText(tip)
        self.caption.setToolTip(tip)
        self.setVisible(self._search.step.is_search)
