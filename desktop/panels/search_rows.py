"""The rows of the list of searches: a picture, a name, and how many photos are new in it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop import icons, words
from desktop.arrivals import Arrivals
from desktop.guarding import guarded
from desktop.panels.making import plain
from desktop.searches import Searches
from desktop.theme import GAP, colours
from engine.types import SavedSearch

Index = QModelIndex | QPersistentModelIndex

PICTURE = 32  # pixels, side
SearchRole = Qt.ItemDataRole.UserRole
NewRole = Qt.ItemDataRole.UserRole + 1  # how many photos came since it was opened


class SearchRows(QAbstractListModel):
    """Searches, and the headings of both groups, which cannot be selected."""

    def __init__(
        self, searches: Searches, arrivals: Arrivals, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._searches = searches
        self._arrivals = arrivals
        self._rows: list[SavedSearch | str] = []
        searches.picture_arrived.connect(self._changed)
        arrivals.changed.connect(self._changed)

    def show_rows(self) -> None:
        rows: list[SavedSearch | str] = []
        for heading, searches in (
            (words.translate("Saved"), self._searches.named),
            (words.translate("Recent"), self._searches.recent),
        ):
            rows += [heading, *searches] if searches else []
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def row_of(self, saved_id: int) -> QModelIndex:
        """Not valid: it is not here (yet)."""
        for number, shown in enumerate(self._rows):
            if isinstance(shown, SavedSearch) and shown.saved_id == saved_id:
                return self.index(number)
        return QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self._rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        search = self._rows[index.row()]
        if isinstance(search, str):
            return self._heading(search, role)
        if role == SearchRole:
            return search
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._searches.label(search.saved_id)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(search.saved_id)
        new = self._arrivals.count(search.saved_id)
        if role == NewRole:
            return new
        told = words.kept_search(search, self._searches.label(search.saved_id), new)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(told)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return told
        return None

    def setData(  # noqa: N802
        self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        """A person has typed a name."""
        search = index.data(SearchRole)
        if role != Qt.ItemDataRole.EditRole or search is None or value == search.name:
            return False
        self._searches.rename(search.saved_id, str(value))
        return True

    def _heading(self, text: str, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(colours().muted)
        if role == Qt.ItemDataRole.FontRole:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def _picture(self, saved_id: int) -> QIcon:
        image = self._searches.picture(saved_id)
        if image.isNull():
            return icons.icon("search", colours().muted)
        side = min(image.width(), image.height())  # a square, so that the names are in line
        left, top = (image.width() - side) // 2, (image.height() - side) // 2
        pixmap = QPixmap.fromImage(image.copy(left, top, side, side))
        pixmap.setDevicePixelRatio(side / PICTURE)
        picture = QIcon(pixmap)
        picture.addPixmap(pixmap, QIcon.Mode.Selected)  # else Qt tints that of a chosen row
        return picture

    def _changed(self, saved_id: int) -> None:
        index = self.row_of(saved_id)
        if index.isValid():
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole, NewRole])


class SearchDelegate(QStyledItemDelegate):
    """A row with a pill at its end where photos are new.

    Leaves what is being typed alone when a picture arrives: Qt would read the old name again.
    """

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        count = index.data(NewRole)
        if not count:
            return
        now, text = colours(), words.new_photos_badge(count)
        pill = _pill(option, text)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.accent))
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.setPen(QColor(now.on_accent))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        """The name ends before the pill."""
        super().initStyleOption(option, index)
        count = index.data(NewRole)
        if count:
            metrics = option.fontMetrics
            room = _pill(option, words.new_photos_badge(count)).left() - option.rect.left()
            option.text = metrics.elidedText(
                option.text,
                Qt.TextElideMode.ElideMiddle,
                int(room) - PICTURE - 2 * GAP,
            )

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)


def _pill(option: QStyleOptionViewItem, text: str) -> QRectF:
    """At the end of the row."""
    metrics = option.fontMetrics
    row = QRectF(option.rect)
    height = metrics.height() + 2
    pill = QRectF(0, 0, metrics.horizontalAdvance(text) + 14, height)
    pill.moveCenter(row.center())
    pill.moveRight(row.right() - GAP // 2)
    return pill
