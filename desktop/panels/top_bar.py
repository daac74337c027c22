"""The bar over everything: panels to show, back and forward, and the query between them."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from desktop import words
from desktop.panels.making import IconButton, row
from desktop.theme import GAP


class TopBar(QFrame):
    """Its buttons are the workspace's to connect."""

    def __init__(self, query_bar: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "bar")
        self.sidebar_button = IconButton("sidebar", words.translate("Folders (Ctrl+B)"))
        self.back_button = IconButton("back", words.translate("Back (Alt+Left)"))
        self.forward_button = IconButton("forward", words.translate("Forward (Alt+Right)"))
        self.details_button = IconButton("details", words.translate("Details (I)"))
        for toggle in (self.sidebar_button, self.details_button):
            toggle.setCheckable(True)
        bar = row(
            self.sidebar_button,
            self.back_button,
            self.forward_button,
            query_bar,
            self.details_button,
            gap=4,
        )
        bar.setContentsMargins(GAP + 4, GAP, GAP + 4, GAP)
        bar.insertSpacing(3, 4)
        bar.insertSpacing(5, 4)
        self.setLayout(bar)
