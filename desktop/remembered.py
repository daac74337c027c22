"""What the window remembers between runs: a small ini file in the user's configuration folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar, overload

from PySide6.QtCore import QByteArray, QSettings

from desktop import filtering
from desktop.arranging import Sort
from desktop.background import Rules
from desktop.sectioned import USUAL
from desktop.theme import Theme
from desktop.thumbnails import CACHE_BYTES
from desktop.translations import Language
from engine.settings import APP, DEFAULT_ENCODER, ENCODERS, default_library
from engine.types import Filters, Order

T = TypeVar("T")

CACHE_MB = CACHE_BYTES // 2**20


class Kept(Generic[T]):
    """One line of the file as an attribute; what cannot be read is the usual value."""

    def __init__(
        self,
        key: str,
        usual: T | Callable[[], T],
        read: Callable[[str], T],
        write: Callable[[T], str] = str,
    ) -> None:
        self._key = key
        self._usual = usual
        self._read = read
        self._write = write

    @overload
    def __get__(self, owner: None, kind: type) -> Kept[T]: ...
    @overload
    def __get__(self, owner: Remembered, kind: type) -> T: ...
    def __get__(self, owner: Remembered | None, kind: type) -> T | Kept[T]:
        if owner is None:
            return self
        try:
            return self._read(str(owner.file.value(self._key)))
        except (ValueError, KeyError, TypeError):  # never set, or damaged
            return self._usual() if callable(self._usual) else self._usual

    def __set__(self, owner: Remembered, value: T) -> None:
        owner.file.setValue(self._key, self._write(value))


# JSON, because a name need not be UTF-8 and an ini file must be.


def _path(text: str) -> Path:
    return Path(json.loads(text))


def _write_path(path: Path) -> str:
    return json.dumps(str(path))


def _path_or_none(text: str) -> Path | None:
    return _path(text) if text else None


def _write_path_or_none(path: Path | None) -> str:
    return "" if path is None else _write_path(path)


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


class Remembered:
    """Typed access, so that a damaged file falls back to the usual values."""

    # What a person chose
    language = Kept("choice/language", Language.SYSTEM, Language)
    theme = Kept("choice/theme", Theme.SYSTEM, Theme)
    library: Kept[Path] = Kept("choice/library", default_library, _path, _write_path)
    device = Kept("choice/device", "auto", {"auto": "auto", "cpu": "cpu"}.__getitem__)
    encoder = Kept("choice/encoder", DEFAULT_ENCODER, {e: e for e in ENCODERS}.__getitem__)
    rules = Kept("choice/background", Rules(), Rules.read)
    cache_mb = Kept("choice/cache_mb", CACHE_MB, int)

    # How the window was left
    cut_off: Kept[Path | None] = Kept(
        "training/cut_off", lambda: None, _path_or_none, _write_path_or_none
    )  # the library whose training the end of the program has stopped
    cell = Kept("grid/cell", USUAL, int)  # width of the grid's cells, in pixels
    # Where a file dialog starts.
    folder: Kept[Path] = Kept("dialog/folder", Path.home, _path, _write_path)
    filters: Kept[Filters] = Kept("search/filters", Filters(), filtering.read, filtering.written)
    answer_sort = Kept("search/sort", Sort.RELEVANCE, Sort)
    stacks = Kept("search/stacks", True, _flag)
    order = Kept("library/order", Order.DATE, Order)

    def __init__(self) -> None:
        self.file = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, APP, APP)

    @property
    def geometry(self) -> QByteArray:
        value = self.file.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self.file.setValue("window/geometry", value)

    def shown(self, panel: str, default: bool) -> bool:
        try:
            return _flag(str(self.file.value(f"panel/{panel}")))
        except KeyError:
            return default

    def set_shown(self, panel: str, value: bool) -> None:
        self.file.setValue(f"panel/{panel}", value)
