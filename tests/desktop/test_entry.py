"""The desktop file and the icon: what a desktop reads of Photoglyph."""

from __future__ import annotations

import configparser
import shlex
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeDatabase
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop import entry, icons
from desktop.panels.banner import Tone
from desktop.taking import IMAGE_NAMES
from desktop.window import MainWindow
from engine.errors import UserError
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def read(file: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(file, encoding="utf-8")
    return parser["Desktop Entry"]


def test_the_entry_opens_an_image_with_a_search(qapp: QApplication) -> None:
    found = read(entry.SHARE / entry.ENTRY)
    assert found["Type"] == "Application"
    assert found["Exec"] == "photoglyph %f"
    assert found["Icon"] == found["StartupWMClass"] == "photoglyph"
    assert all(found[f"{key}[de]"] for key in ("GenericName", "Comment", "Keywords"))


def test_the_entry_offers_what_the_open_dialog_offers(qapp: QApplication) -> None:
    known = QMimeDatabase()
    listed = set(read(entry.SHARE / entry.ENTRY)["MimeType"].rstrip(";").split(";"))
    usual = ("jpg", "png", "webp", "gif", "tif", "bmp", "heif", "avif")
    assert all(f"*.{suffix}" in IMAGE_NAMES for suffix in usual)
    assert listed == {known.mimeTypeForFile(f"photo.{suffix}").name() for suffix in usual}


def test_the_icon_is_one_drawing_in_two_formats(qapp: QApplication) -> None:
    assert QSvgRenderer(str(icons.APP_SVG)).isValid()
    png = QImage(str(entry.SHARE / "photoglyph.png"))
    assert (png.width(), png.height()) == (256, 256)
    assert png == icons.app_icon().pixmap(256, 256).toImage().convertToFormat(png.format())


def test_an_installation_brings_them_along() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    setuptools = project["tool"]["setuptools"]
    placed = setuptools["data-files"]
    assert placed["share/applications"] == ["desktop/share/photoglyph.desktop"]
    assert all((REPOSITORY / file).is_file() for files in placed.values() for file in files)
    patterns = setuptools["package-data"]["*"]
    for file in entry.SHARE.iterdir():
        assert any(file.match(pattern) for pattern in patterns), file


def test_an_entry_for_the_user_starts_the_program_that_runs(tmp_path: Path) -> None:
    made = entry.install(tmp_path)
    assert made == tmp_path / "applications" / "photoglyph.desktop"
    words = shlex.split(read(made)["Exec"])
    assert words[-1] == "%f"
    assert Path(words[0]).parent == Path(sys.executable).parent
    assert (tmp_path / "icons/hicolor/scalable/apps/photoglyph.svg").is_file()
    assert entry.install(tmp_path) == made  # a second time does no harm


def test_a_path_with_signs_of_its_own_is_quoted_for_the_entry() -> None:
    assert entry.quoted('/opt/a "b"/50%/$x') == '"/opt/a \\\\"b\\\\"/50%%/\\\\$x"'


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "applications").write_text("a file in the way")
    with pytest.raises(UserError, match=r"photoglyph\.desktop cannot be written"):
        entry.install(tmp_path)


@pytest.mark.skipif(not entry.supported(), reason="desktops that read desktop files")
def test_the_help_menu_adds_photoglyph_to_the_applications(
    qtbot: QtBot,
    show: Callable[..., MainWindow],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entry, "data_home", lambda: tmp_path)
    window = show(FakeSession(3))
    banner = inside_of(window).banner
    window.commands["entry"].trigger()
    qtbot.waitUntil(lambda: bool(banner.text))
    assert banner.text == "Photoglyph is in the menu of applications and under “Open with” now."
    assert (tmp_path / "applications" / "photoglyph.desktop").exists()
    (tmp_path / "applications" / "photoglyph.desktop").unlink()
    (tmp_path / "applications").rmdir()
    (tmp_path / "applications").write_text("")
    window.commands["entry"].trigger()
    qtbot.waitUntil(lambda: banner.tone is Tone.ERROR)
