"""Takes what a person hands to the window: a drop, a paste, a chosen file or folder.

Neighbours: incoming (reads it into plain values), searching and library (what is done with it).
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop import incoming, words
from desktop.incoming import ImageQuery, Incoming, NewFolders, WebAddress
from desktop.library import LibraryModel
from desktop.panels.banner import Banner, Tone
from desktop.remembered import Remembered
from desktop.searching import SearchModel
from desktop.steps import Piece

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
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            words.translate("Search with an image"),
            str(self._remembered.folder),
            _kinds(),
        )
        if name:
            self._remembered.folder = Path(name).parent
            self.take(ImageQuery(Path(name)))

    def choose_further(self) -> None:
        """Images to ask with beside those of the query."""
        names, _ = QFileDialog.getOpenFileNames(
            self._window,
            words.translate("Add images to the query"),
            str(self._remembered.folder),
            _kinds(),
        )
        if names:
            first, *others = map(Path, names)
            self._remembered.folder = first.parent
            self.take(ImageQuery(first, tuple(others)), beside=True)

    def choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self._window, words.translate("Add a folder with photos"), str(self._remembered.folder)
        )
        if name:
            self._remembered.folder = Path(name).parent
            self.take(NewFolders((Path(name),)))

    def paste(self, *, beside: bool = False) -> None:
        found = incoming.read(QGuiApplication.clipboard().mimeData())
        if found is None:
            self._banner.say(words.nothing_to_paste(), Tone.WARNING)
        else:
            self.take(found, bitmap=words.pasted(), beside=beside)

    def drop(self, mime: QMimeData, *, beside: bool = False) -> None:
        found = incoming.read(mime)
        if found is None:
            self._banner.say(words.nothing_to_drop(), Tone.WARNING)
        else:
            self.take(found, bitmap=words.dropped(), beside=beside)

    def take(self, found: Incoming, *, bitmap: str = "", beside: bool = False) -> None:
        """Do what was dropped, pasted or chosen; ``bitmap`` names an image without a file.

        ``beside``: images, all of them, are asked with beside those of the query.
        """
        self._banner.hide()
        match found:
            case ImageQuery(image, others) if beside:
                pieces = [Piece(one, _label(one, bitmap)) for one in (image, *others)]
                step = self._search.step.with_pieces(pieces)
                if self._search.step.is_search:
                    self._search.refine(step)
                else:
                    self._search.begin(step)
            case ImageQuery(image, others):
                if others and isinstance(image, Path):
                    self._banner.say(words.first_of(1 + len(others), image))
                self._search.search(image, _label(image, bitmap))
            case NewFolders(folders):
                self._library.add_folders(folders)
            case WebAddress():
                self._banner.say(words.web_refused(), Tone.WARNING)


def _kinds() -> str:
    """The types of files that a dialog offers."""
    images = f"{words.translate('Images')} ({IMAGE_NAMES} {IMAGE_NAMES.upper()})"
    return f"{images};;{words.translate('All files')} (*)"


def _label(image: Path | QImage, bitmap: str) -> str:
    """What a chip calls an image: a file's name, or ``bitmap`` for one without."""
    return bitmap if isinstance(image, QImage) else words.name(image)
