"""Groups of duplicates under a line of what can be done, or a page of words instead of them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QWidget

from desktop import words
from desktop.duplicates import DuplicatePhotos, DuplicateSearch, of_kind
from desktop.grid import Grid
from desktop.panels.drop_down import DropDown
from desktop.panels.making import Line, button, column, label, row
from desktop.panels.message_page import Choice, MessagePage
from desktop.theme import GAP
from desktop.thumbnails import Thumbnails
from engine.types import DuplicateGroup, DuplicateKind, Photo

KINDS: tuple[DuplicateKind | None, ...] = (None, *DuplicateKind)


class DuplicatesPage(QWidget):
    """Shows a ``DuplicateSearch``; what is done to photos is the workspace's."""

    export_wanted = Signal()
    nothing_chosen = Signal()
    only_copies = Signal()  # of one file: no verdict tells them apart

    def __init__(
        self, found: DuplicateSearch, thumbnails: Thumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.found = found
        self.kind: DuplicateKind | None = None
        self._shown: tuple[DuplicateGroup, ...] = ()
        self.photos = DuplicatePhotos(thumbnails, self)
        self.grid = Grid(self.photos)
        self.grid.setAccessibleName(words.translate("Duplicates"))
        self.grid.side_changed.connect(thumbnails.set_side)
        self.page = MessagePage()
        self.heading = Line("heading")
        self.heading.setText(words.duplicates_title())
        self.line = Line("muted")
        self.note = label(look="muted", wrap=True)
        self.kinds = DropDown()
        self.kinds.setAccessibleName(words.translate("Kind of duplicates"))
        self.kinds.setSizeAdjustPolicy(DropDown.SizeAdjustPolicy.AdjustToContents)
        self.kinds.activated.connect(lambda number: self.choose_kind(KINDS[number]))
        self.again_button = button(words.translate("Search again"))
        self.again_button.clicked.connect(found.start)
        self.export_button = button(words.translate("Export list…"))
        self.export_button.clicked.connect(self.export_wanted)
        first = row(self.heading, self.line, gap=GAP + 4)
        first.addStretch(1)
        for part in (self.kinds, self.export_button, self.again_button):
            first.addWidget(part)
        head = column(first, self.note, gap=2)
        head.setContentsMargins(2 * GAP + 4, GAP, 2 * GAP, GAP)
        groups = QWidget()
        groups.setLayout(column(head, self.grid, gap=0))

        self.progress = QWidget()
        self.compared = Line("muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.bar.setAccessibleName(words.translate("Photos compared so far"))
        self.cancel_button = button(words.translate("Cancel"))
        self.cancel_button.clicked.connect(self._cancel)
        going_on = row(self.compared, self.bar, self.cancel_button, gap=GAP)
        going_on.setStretch(0, 1)
        going_on.setContentsMargins(2 * GAP + 4, GAP, 2 * GAP, 0)
        self.progress.setLayout(going_on)
        self._parts = QStackedWidget()
        self._parts.addWidget(self.page)
        self._parts.addWidget(groups)
        self.setLayout(column(self.progress, self._parts, gap=0))
        found.changed.connect(self.show_state)
        self.show_state()

    # What can be done

    def choose_kind(self, kind: DuplicateKind | None) -> None:
        self.kind = kind
        self.grid.scrollToTop()
        self.show_state()

    def group(self) -> DuplicateGroup | None:
        """Of the current photo."""
        return self.photos.group(self.grid.currentIndex())

    def photo(self) -> Photo | None:
        cell = self.photos.cell(self.grid.currentIndex())
        return None if cell is None else cell.photo

    def not_the_same(self) -> None:
        """Say it of the whole group."""
        group = self.group()
        if group is None:
            self.nothing_chosen.emit()
        elif group.kind is DuplicateKind.FILE:
            self.only_copies.emit()
        else:
            self.found.not_the_same(group)

    def photo_is_another(self) -> None:
        """Say of the current photo that it is no duplicate of the others."""
        group, photo = self.group(), self.photo()
        if group is None or photo is None:
            self.nothing_chosen.emit()
        elif all(other.content_id == photo.content_id for other in group.photos):
            self.only_copies.emit()
        else:
            self.found.not_the_same(group, photo)

    def take_focus(self) -> None:
        if self._parts.currentWidget() is self.page:
            (self.page.buttons[0] if self.page.buttons else self.page).setFocus()
        else:
            self.grid.setFocus()

    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self.found.cancel()

    # What is seen

    def show_state(self) -> None:
        found = self.found
        focus = self.page.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        self.progress.setVisible(found.running)
        if found.running:
            self._show_progress()
        else:
            self.cancel_button.setEnabled(True)
        report = found.report
        if report is not None and report.groups and found.failure is None:
            self._show_groups(report.groups)
            self.line.setText(words.duplicates_line(report))
            self.note.setText(words.duplicates_outdated() if found.outdated else "")
            self.note.setVisible(found.outdated)
            self.again_button.setEnabled(not found.running)
            self._parts.setCurrentIndex(1)
        else:
            self._shown = ()
            self._say()
            self._parts.setCurrentIndex(0)
        if focus:
            self.take_focus()

    def _say(self) -> None:
        found = self.found
        search = Choice(words.translate("Search for duplicates"), found.start)
        if found.running:
            self.page.say("search", *words.looking_for_duplicates())
        elif found.failure is not None:
            title = words.duplicates_failed()
            self.page.say("warning", title, words.error(found.failure), (search,))
        elif found.report is not None:
            again = Choice(words.translate("Search again"), found.start)
            self.page.say("image", *words.no_duplicates(), (again,))
        else:
            self.page.say("image", *words.look_for_duplicates(), (search,))

    def _show_progress(self) -> None:
        progress = self.found.progress
        self.compared.setText(words.comparing(progress))
        self.bar.setRange(0, 0 if progress is None else progress.total or 0)
        self.bar.setValue(0 if progress is None else progress.done)

    def _show_groups(self, groups: tuple[DuplicateGroup, ...]) -> None:
        shown = of_kind(groups, self.kind)
        self._show_kinds(groups)
        if shown == self._shown:
            return
        index, bar = self.grid.currentIndex(), self.grid.verticalScrollBar()
        place, scrolled = self.photos.place(index), bar.value()
        self._shown = shown
        self.photos.show_groups(shown)
        if shown:  # what stood below a group that is gone is the next to judge
            self.grid.doItemsLayout()
            self.grid.setCurrentIndex(self.photos.index(self.photos.first_row(place)))
            bar.setValue(scrolled)

    def _show_kinds(self, groups: tuple[DuplicateGroup, ...]) -> None:
        texts = [words.kind_choice(kind, len(of_kind(groups, kind))) for kind in KINDS]
        if [self.kinds.itemText(number) for number in range(self.kinds.count())] != texts:
            self.kinds.clear()
            self.kinds.addItems(texts)
        self.kinds.setCurrentIndex(KINDS.index(self.kind))
