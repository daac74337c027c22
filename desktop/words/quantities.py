"""Counts, times, sizes and dates as people write them."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import QDate, QDateTime, QLocale, QTime

from desktop.words.language import DOT, counted, translate


def photos(value: int) -> str:
    return counted(value, "{n} photo", "{n} photos")


def duration(seconds: float) -> str:
    """Two units at most, rounded to what a person cares for."""
    whole = round(seconds)
    if whole < 60:
        return translate("{s} s").format(s=max(1, whole))
    minutes = round(seconds / 60)
    if minutes < 60:
        return translate("{m} min").format(m=minutes)
    return translate("{h} h {m} min").format(h=minutes // 60, m=minutes % 60)


def with_time_left(said: str, seconds: float | None) -> str:
    """``seconds`` None: not known (yet)."""
    if seconds is None:
        return said
    return said + DOT + translate("{t} left").format(t=duration(seconds))


def size(size_bytes: int) -> str:
    written = QLocale().formattedDataSize(
        size_bytes, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat
    )
    return written.replace(" ", "\N{NO-BREAK SPACE}")


def day(when: datetime) -> str:
    local = QDateTime.fromSecsSinceEpoch(int(when.timestamp()))
    return QLocale().toString(local, QLocale.FormatType.ShortFormat)


def clock(when: datetime) -> str:
    """The date and time as they are, whatever the zone."""
    shown = QDateTime(
        QDate(when.year, when.month, when.day), QTime(when.hour, when.minute, when.second)
    )
    return QLocale().toString(shown, QLocale.FormatType.ShortFormat)


def month(when: date) -> str:
    """Of a camera's own clock, such as "May 2024"."""
    return QLocale().toString(QDate(when.year, when.month, 1), "MMMM yyyy")


def no_date() -> str:
    return translate("Without a date")


def share(ratio: float) -> str:
    """A measured ratio, as retrieval papers write it."""
    return f"{ratio:.3f}"
