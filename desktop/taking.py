"""Takes what a person hands to the window: a drop, a paste, a chosen file or folder.

Neighbours: incoming (reads it into plain values), searching and library (what is done with it).
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop import incoming, words
from desktop.incoming import ImageQuery, Incoming, NewFolders, WebAddress
from desktop.library import LibraryModel
from desktop.panels.banner import Banner, Tone
from desktop.remembered import Remembered
from desktop.searching import SearchModel, label_of

IMAGE_NAMES = "*.jpg *.jpeg *.png *.webp *.gif *.tif *.tiff *.bmp *.heic *.heif *.avif"


class Taking(QObject):
    """Searches with images, adds folders, and says why anything else is refused."""

    def __init__(
        self,
        search: SearchModel,
        library: LibraryModel,
        remembered: Remembered,
        banner: Banner,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._search = search
        self._library = library
        self._remembered = remembered
        self._banner = banner
        self._window = window

    def choose_image(self) -> None:
        kinds = f"{words.translate('Images')} ({IMAGE_NAMES} {IMAGE_NAMES.upper()})"
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            words.translate("Search with an image"),
            str(self._remembered.folder),
            f"{kinds};;{words.translate('All files')} (*)",
        )
        if name:
            self._remembered.folder = Path(name).parent
            self.take(ImageQuery(Path(name)))

    def choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self._window, words.translate("Add a folder with photos"), str(self._remembered.folder)
        )
        if name:
            self._remembered.folder = Path(name).parent
            self.take(NewFolders((Path(name),)))

    def paste(self) -> None:
        found = incoming.read(QGuiApplication.clipboard().mimeData())
        if found is None:
            self._banner.say(words.nothing_to_paste(), Tone.WARNING)
        else:
            self.take(found, bitmap=words.pasted())

    def drop(self, mime: QMimeData) -> None:
        found = incoming.read(mime)
        if found is None:
            self._banner.say(words.nothing_to_drop(), Tone.WARNING)
        else:
            self.take(found, bitmap=words.dropped())

    def take(self, found: Incoming, *, bitmap: str = "") -> None:
        """Do what was dropped, pasted or chosen; ``bitmap`` names an image without a file."""
        self._banner.hide()
        match found:
            case ImageQuery(image, files):
                if files > 1 and isinstance(image, Path):
                    self._banner.say(words.first_of(files, image))
                self._search.search(image, label_of(image, bitmap))
            case NewFolders(folders):
                self._library.add_folders(folders)
            case WebAddress():
                self._banner.say(words.web_refused(), Tone.WARNING)
