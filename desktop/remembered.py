"""What the window remembers between runs: a small ini file in the user's configuration folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from desktop.grid import USUAL
from desktop.theme import Theme
from desktop.translations import Language
from engine.settings import APP


class Remembered:
    """Typed access, so that a damaged file falls back to the defaults."""

    def __init__(self) -> None:
        self._kept = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, APP, APP)

    @property
    def geometry(self) -> QByteArray:
        value = self._kept.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._kept.setValue("window/geometry", value)

    @property
    def theme(self) -> Theme:
        value = self._kept.value("window/theme")
        return Theme(value) if value in set(Theme) else Theme.SYSTEM

    @theme.setter
    def theme(self, value: Theme) -> None:
        self._kept.setValue("window/theme", value.value)

    @property
    def language(self) -> Language:
        value = self._kept.value("window/language")
        return Language(value) if value in set(Language) else Language.SYSTEM

    @language.setter
    def language(self, value: Language) -> None:
        self._kept.setValue("window/language", value.value)

    @property
    def cell(self) -> int:
        """Width of the grid's cells, in pixels."""
        value = str(self._kept.value("grid/cell", USUAL))
        return int(value) if value.isdecimal() else USUAL

    @cell.setter
    def cell(self, value: int) -> None:
        self._kept.setValue("grid/cell", value)

    @property
    def folder(self) -> Path:
        """Where a file dialog starts."""
        value = self._kept.value("dialog/folder")
        return Path(value) if isinstance(value, str) else Path.home()

    @folder.setter
    def folder(self, value: Path) -> None:
        self._kept.setValue("dialog/folder", str(value))

    def shown(self, panel: str, default: bool) -> bool:
        return self._kept.value(f"panel/{panel}", str(default)) in (True, "true", "True")

    def set_shown(self, panel: str, value: bool) -> None:
        self._kept.setValue(f"panel/{panel}", value)
