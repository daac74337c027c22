"""What lies over the whole window for a moment: the quick look, the crop."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop.guarding import guarded
from desktop.theme import colours


class Cover(QWidget):
    """Covers its parent while it is open, and hands the keyboard back when it is dismissed.

    ``own_keys``: taken before the window's shortcuts are.
    """

    own_keys: frozenset[Qt.Key] = frozenset({Qt.Key.Key_Escape})

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self._before: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        parent.installEventFilter(self)
        self.hide()

    def uncover(self) -> None:
        """Open over the parent."""
        if self.isHidden():
            self._before = QApplication.focusWidget()
        self.setGeometry(self._covered.rect())
        self.raise_()
        self.show()
        self.setFocus()

    def dismiss(self) -> None:
        if self.isHidden():
            return
        self.hide()
        if self._before is not None:
            self._before.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._covered.rect())
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in self.own_keys
            and not event.modifiers() & Qt.KeyboardModifier.AltModifier
        ):
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802
        """Tab stays inside: what lies below cannot be seen."""
        stops = [
            child
            for child in self.findChildren(QWidget)
            if child.isVisible()
            and child.isEnabled()
            and child.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        now = QApplication.focusWidget()
        ring = [self, *stops]
        at = ring.index(now) if now in ring else 0
        ring[(at + (1 if forward else -1)) % len(ring)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        event.accept()  # not for what lies below

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        QPainter(self).fillRect(self.rect(), QColor(colours().window))
