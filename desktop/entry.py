"""Photoglyph in the menu of applications and under "Open with", for a freedesktop.org desktop.

An installation into the system or the user's folder brings ``share/`` along. One into a virtual
environment is seen by no desktop: then the window writes the same files for the user, with the
path of the program that runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from engine.errors import UserError, printable
from engine.settings import APP

SHARE = Path(__file__).parent / "share"
ENTRY = f"{APP}.desktop"
REFRESH = "update-desktop-database"  # what makes "Open with" know; not every desktop has it


def supported() -> bool:
    return sys.platform.startswith(("linux", "freebsd"))


def data_home() -> Path:
    where = QStandardPaths.StandardLocation.GenericDataLocation
    return Path(QStandardPaths.writableLocation(where))


def install(folder: Path) -> Path:
    """Write entry and icon below ``folder`` (``~/.local/share``); returns the entry.

    Raises ``UserError`` where that cannot be written.
    """
    entry = folder / "applications" / ENTRY
    icon = folder / "icons" / "hicolor" / "scalable" / "apps" / f"{APP}.svg"
    text = (SHARE / ENTRY).read_text(encoding="utf-8")
    try:
        for file in (entry, icon):
            file.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text(text.replace(f"Exec={APP} ", f"Exec={command()} "), encoding="utf-8")
        shutil.copyfile(SHARE / icon.name, icon)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(
            f"{printable(entry)} cannot be written ({reason}): see that its folder may be written."
        ) from error
    if shutil.which(REFRESH):
        subprocess.run([REFRESH, entry.parent], check=False, capture_output=True)
    return entry


def command() -> str:
    """The program that runs, as the Exec key writes it."""
    beside = Path(sys.executable).with_name(APP)
    if os.access(beside, os.X_OK):
        return quoted(str(beside))
    return f"{quoted(sys.executable)} -m main"


def quoted(argument: str) -> str:
    """In double quotes, as the Desktop Entry Specification wants it."""
    for character in '\\"`$':
        argument = argument.replace(character, "\\" + character)
    # The key's own escaping of backslashes comes on top; a percent sign would be a field code.
    return '"' + argument.replace("\\", "\\\\").replace("%", "%%") + '"'
