"""What leaves the window as files: the list of an answer, and copies of photos.

Neighbours: ``engine.services.exporting`` and ``copying`` write, panels.copying shows how far it is.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop import words
from desktop.actions import PhotoActions
from desktop.jobs import Jobs, Running
from desktop.panels.banner import Banner, Tone
from desktop.remembered import Remembered
from desktop.searching import SearchModel
from engine.services import copying, exporting
from engine.types import CopyReport, DuplicatesReport

SUFFIXES = (".csv", ".json")


class Outgoing(QObject):
    """Asks where to, writes on another thread, and says what came of it."""

    copying_changed = Signal(object)  # Running[CopyReport], or None when it has ended

    def __init__(
        self,
        acts: PhotoActions,
        search: SearchModel,
        jobs: Jobs,
        remembered: Remembered,
        banner: Banner,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._acts = acts
        self._search = search
        self._jobs = jobs
        self._remembered = remembered
        self._banner = banner
        self._window = window
        self._copying: Running[CopyReport] | None = None

    def export(self) -> None:
        """The answer that is shown, as far as it is loaded."""
        answer = self._search.answer
        if answer is None or not answer.hits:
            self._banner.say(words.nothing_to_export(), Tone.WARNING)
            return
        file = self._ask_for_file(words.translate("Export the results"), "photoglyph.csv")
        if file is not None:
            self._jobs.ask(
                self._jobs.reading,
                lambda: exporting.export(answer, file),
                lambda _: self._banner.say(words.exported(len(answer.hits), file)),
                self._tell,
            )

    def export_duplicates(self, report: DuplicatesReport | None) -> None:
        """The groups that were found, less those that were judged."""
        if report is None or not report.groups:
            self._banner.say(words.no_groups_to_export(), Tone.WARNING)
            return
        file = self._ask_for_file(words.translate("Export the duplicates"), "duplicates.csv")
        if file is not None:
            self._jobs.ask(
                self._jobs.reading,
                lambda: exporting.export_duplicates(report, file),
                lambda _: self._banner.say(words.groups_exported(len(report.groups), file)),
                self._tell,
            )

    def _ask_for_file(self, title: str, name: str) -> Path | None:
        """Where to write a list to, as a table or as JSON; None where a person does not want to."""
        kinds = (words.translate("Table (*.csv)"), words.translate("JSON (*.json)"))
        chosen, kind = QFileDialog.getSaveFileName(
            self._window, title, str(self._remembered.folder / name), ";;".join(kinds)
        )
        if not chosen:
            return None
        file = Path(chosen)
        if file.suffix.lower() not in SUFFIXES:
            file = file.with_name(file.name + SUFFIXES[kinds.index(kind) if kind in kinds else 0])
        self._remembered.folder = file.parent
        return file

    def copy(self) -> None:
        """The selected photos to a folder."""
        paths = [cell.photo.path for cell in self._acts.selected()]
        if not paths:
            self._banner.say(words.nothing_to_copy(), Tone.WARNING)
            return
        if self._copying is not None:
            self._banner.say(words.still_copying(), Tone.WARNING)
            return
        name = QFileDialog.getExistingDirectory(
            self._window, words.copy_title(len(paths)), str(self._remembered.folder)
        )
        if name:
            self._remembered.folder = Path(name)
            self._copy(paths, Path(name))

    def _copy(self, paths: list[Path], folder: Path) -> None:
        running = self._jobs.run(self._jobs.copying, lambda: copying.copy_photos(paths, folder))
        self._copying = running
        running.finished.connect(self._copied)
        running.failed.connect(self._tell)
        for end in (running.finished, running.cancelled, running.failed):
            end.connect(self._ended)
        self.copying_changed.emit(running)

    def _copied(self, report: CopyReport) -> None:
        tone = Tone.WARNING if report.skipped else Tone.NOTICE
        self._banner.say(words.copied(report), tone)

    def _ended(self, *_: object) -> None:
        self._copying = None
        self.copying_changed.emit(None)

    def _tell(self, error: Exception) -> None:
        self._banner.say(words.error(error), Tone.ERROR)
