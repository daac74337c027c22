"""What is said of filters, and of the order of photos."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QDate, QLocale

from desktop.words import photo
from desktop.words.language import number, translate
from desktop.words.photo import name
from desktop.words.quantities import month
from engine.errors import printable


def filter_folder(folder: Path) -> str:
    return name(folder) or printable(folder)


def filter_camera(camera: str) -> str:
    return printable(camera)


def filter_dates(first: datetime | None, last: datetime | None) -> str:
    """Both ends count; a whole year is named by its number."""
    if first is not None and last is not None:
        if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
            years = (str(first.year), str(last.year))
            return years[0] if first.year == last.year else " \u2013 ".join(years)
        whole = (first.year, first.month) == (last.year, last.month) and first.day == 1
        if whole and last.day == monthrange(last.year, last.month)[1]:
            return month(first)
        if first.date() == last.date():
            return _day(first)
        return f"{_day(first)} \u2013 {_day(last)}"
    if first is not None:
        return translate("from {day}").format(day=_day(first))
    return translate("until {day}").format(day=_day(last)) if last is not None else ""


def _day(when: datetime) -> str:
    return QLocale().toString(
        QDate(when.year, when.month, when.day), QLocale.FormatType.ShortFormat
    )


def orientation(value: str) -> str:
    return {
        "landscape": translate("Landscape"),
        "portrait": translate("Portrait"),
        "square": translate("Square"),
    }[value]


def rating_from(stars: int) -> str:
    drawn = photo.stars(stars)
    return drawn if stars >= 5 else translate("{stars} and more").format(stars=drawn)


def with_count(value: str, count: int) -> str:
    """A value in a menu and how many photos have it; "&" is no key here."""
    return f"{printable(value).replace('&', '&&')}  ({number(count)})"


def remove_filter(value: str) -> str:
    return translate("Remove the filter {filter}").format(filter=value)


def nothing_passes() -> tuple[str, str]:
    """A title and a sentence."""
    return (
        translate("No photos pass these filters"),
        translate("Take one of them away, or all."),
    )


def filters_failed() -> str:
    return translate("These photos cannot be shown")


def sort_relevance() -> str:
    return translate("Relevance")


def sort_date() -> str:
    return translate("Date")


def sort_folder() -> str:
    return translate("Folder")
