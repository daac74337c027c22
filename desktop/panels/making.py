"""Small constructors, so that every button, label and margin of the window looks alike."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtGui import Qt as Text
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop import icons
from desktop.guarding import guarded
from desktop.theme import GAP


def label(text: str = "", look: str = "", *, wrap: bool = False) -> QLabel:
    made = QLabel(text)
    made.setProperty("look", look)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)  # names of files are not markup
    return made


def selectable(text: str = "", look: str = "") -> QLabel:
    """A wrapping label whose text can be copied."""
    made = label(text, look, wrap=True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def plain(text: str) -> str:
    """A tooltip that shows ``text`` as it is: Qt takes what looks like markup for markup."""
    return Text.convertFromPlainText(text) if Text.mightBeRichText(text) else text


class Line(QLabel):
    """One line of text that ends in an ellipsis where there is no room for it."""

    def __init__(
        self, look: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight
    ) -> None:
        super().__init__()
        self._mode = mode
        self.setProperty("look", look)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, super().minimumSizeHint().height())

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)


class LineButton(QPushButton):
    """A line of text that can be pressed; it ends in an ellipsis where there is no room for it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "line")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, super().minimumSizeHint().height())

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = (
            self.style()
            .subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self)
            .width()
        )
        option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)


def button(text: str, look: str = "", *, big: bool = False) -> QPushButton:
    made = QPushButton(text)
    made.setProperty("look", look)
    made.setProperty("big", big)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return made


def look(widget: QWidget, name: str) -> None:
    """Change what the style sheet takes ``widget`` for."""
    if widget.property("look") != name:
        widget.setProperty("look", name)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def keep_focus(panel: QWidget) -> None:
    """Before buttons of ``panel`` vanish: else the focus goes to the next button of the window."""
    focused = QApplication.focusWidget()
    if focused is not None and panel.isAncestorOf(focused):
        panel.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        panel.setFocus()


class IconButton(QToolButton):
    """A tool button whose icon follows the theme and whose words are a tooltip."""

    def __init__(self, shape: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shape = shape
        self.setToolTip(plain(words))
        self.setAccessibleName(words)
        self.setIconSize(QSize(20, 20))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._colour = ""
        self._take_colour()

    def set_words(self, shape: str, words: str) -> None:
        """Make another button of it: what it does has changed."""
        if shape != self._shape or words != self.accessibleName():
            self._shape, self._colour = shape, ""
            self.setToolTip(plain(words))
            self.setAccessibleName(words)
            self._take_colour()

    def changeEvent(self, event: object) -> None:  # noqa: N802
        super().changeEvent(event)  # type: ignore[arg-type]
        self._take_colour()

    def _take_colour(self) -> None:
        role = QPalette.ColorRole.ButtonText
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        colour = self.palette().color(group, role)
        if colour.name(QColor.NameFormat.HexArgb) != self._colour:
            self._colour = colour.name(QColor.NameFormat.HexArgb)
            # An SVG takes no #aarrggbb: colour and opacity apart.
            paint = f'{colour.name()}" stroke-opacity="{colour.alphaF():.2f}'
            self.setIcon(icons.icon(self._shape, paint))


L = TypeVar("L", bound=QBoxLayout)


def column(*parts: QWidget | QLayout, margin: int = 0, gap: int = GAP) -> QVBoxLayout:
    return _fill(QVBoxLayout(), parts, margin, gap)


def row(*parts: QWidget | QLayout, margin: int = 0, gap: int = GAP) -> QHBoxLayout:
    return _fill(QHBoxLayout(), parts, margin, gap)


def _fill(layout: L, parts: tuple[QWidget | QLayout, ...], margin: int, gap: int) -> L:
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(gap)
    for part in parts:
        if isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)
    return layout


def clear(layout: QLayout) -> None:
    """Take everything out; the widgets vanish at once and are deleted later."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
