"""The one door to translations, and numbers as the language writes them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

CONTEXT = "Photoglyph"  # of every message in the catalogues
DOT = "  ·  "  # between the parts of a line


def number(value: int) -> str:
    return QLocale().toString(value)


def translate(text: str) -> str:
    """``text`` in the language of the window; placeholders in braces are filled by the caller."""
    return QCoreApplication.translate(CONTEXT, text)


def counted(value: int, one: str, many: str) -> str:
    """``one`` or ``many``, which hold ``{n}``, in the form that the language wants for ``value``.

    A catalogue knows ``many`` alone, with as many plural forms as its language has.
    """
    text = QCoreApplication.translate(CONTEXT, many, None, value)
    if text == many and value == 1:  # not translated: English has these two forms
        text = one
    return text.format(n=number(value))
