"""The searches that were asked lately, as a menu, newest first."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QMenu

from desktop import words
from desktop.panels.making import plain
from desktop.searches import Searches

MOST = 12  # searches in the menu; the list beside the photos has all


def fill(searches: Searches, menu: QMenu) -> None:
    """Make the menu anew, each time that it opens."""
    menu.clear()
    menu.setToolTipsVisible(True)
    for search in searches.recent[:MOST]:
        entry = menu.addAction(searches.label(search.saved_id).replace("&", "&&"))
        entry.setToolTip(plain(words.kept_search(search, searches.label(search.saved_id))))
        entry.triggered.connect(partial(searches.open, search.saved_id))
    menu.addSeparator()
    clear = menu.addAction(words.translate("Clear the recent searches…"))
    clear.setEnabled(bool(searches.recent))
    clear.triggered.connect(searches.clear_wanted)
