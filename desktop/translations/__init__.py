"""The languages of the window: Qt catalogues beside this file, one for each but English.

A ``.ts`` is what a translator edits (Qt Linguist opens it), the ``.qm`` of the same name is what is
loaded. ``python -m tests.desktop.catalogue`` keeps both in step with the sentences in the source.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

FOLDER = Path(__file__).parent


class Language(StrEnum):
    """What a person chose; the value of a language is its ISO 639 code."""

    SYSTEM = "system"
    ENGLISH = "en"
    GERMAN = "de"


def catalogue(language: Language) -> Path:
    return FOLDER / f"photoglyph_{language}.qm"


def spoken(chosen: Language, wanted: list[str] | None = None) -> Language:
    """What ``chosen`` means here: the first of the ``wanted`` languages that there is.

    ``wanted``: such as "de-AT", the most wanted first; the system's own by default.
    """
    if chosen is not Language.SYSTEM:
        return chosen
    for name in QLocale.system().uiLanguages() if wanted is None else wanted:
        code = name.partition("-")[0].partition("_")[0]
        if code != Language.SYSTEM and code in set(Language):
            return Language(code)
    return Language.ENGLISH


def speak(app: QApplication, chosen: Language) -> Language:
    """Load the catalogues of a language and write numbers and dates as it does.

    Words that are on the screen already stay: call it before windows are made. Returns the
    language that is spoken from now on.
    """
    for translator in app.findChildren(QTranslator):
        app.removeTranslator(translator)
        translator.deleteLater()
    language = spoken(chosen)
    own = QLocale.system()  # a German in Austria keeps Austria's numbers
    locale = own if own.name().partition("_")[0] == language else QLocale(language.value)
    QLocale.setDefault(locale)
    app.setLayoutDirection(locale.textDirection())
    if language is not Language.ENGLISH:
        standard = QTranslator(app)  # the words of Qt's own dialogs
        if standard.load(locale, "qtbase", "_", QLibraryInfo.path(_QT_CATALOGUES)):
            app.installTranslator(standard)
        ours = QTranslator(app)
        if ours.load(str(catalogue(language))):
            app.installTranslator(ours)
    return language


_QT_CATALOGUES = QLibraryInfo.LibraryPath.TranslationsPath
