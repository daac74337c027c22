"""When a photo was taken: from EXIF, XMP, the text of a PNG, or the name of its file.

What was noted when the picture was taken comes before what was noted when it was written.
Neighbour: ``metadata``, which reads the tags.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, NamedTuple

from PIL import ExifTags

from engine.photos import xmp

TAGS = ExifTags.Base
EARLIEST, LATEST = 1826, 2200  # the first photograph; a broken clock
NOON = 12  # of a day alone: the same day in nearly every zone


class CaptureTime(NamedTuple):
    """An aware UTC time, and the minutes that the camera's clock was ahead of UTC, if it said.

    Mostly a clock's time is noted without its offset. It is then taken as UTC: this machine's own
    zone says nothing of where the photo was taken, and would make one file mean different times on
    different machines.
    """

    taken_at: datetime
    offset: int | None = None


def capture_time(
    base: Mapping[int, Any],
    exif: Mapping[int, Any],
    properties: Mapping[str, str],
    text: Mapping[str, object],
    name: str,
) -> CaptureTime | None:
    """The first sound time that is found.

    ``base`` and ``exif``: the tags of both EXIF blocks; ``properties``: ``xmp.properties``;
    ``text``: what a PNG says in words; ``name``: the file's, without its folder.
    """
    for candidate in _candidates(base, exif, properties, text, name):
        try:
            found = candidate()
            if found is not None and EARLIEST <= found.taken_at.year <= LATEST:
                return found
        except (ValueError, TypeError, LookupError, ArithmeticError):
            continue  # no time, whatever else it is
    return None


def _candidates(
    base: Mapping[int, Any],
    exif: Mapping[int, Any],
    properties: Mapping[str, str],
    text: Mapping[str, object],
    name: str,
) -> Iterator[Callable[[], CaptureTime | None]]:
    for time, offset, fraction in (
        (TAGS.DateTimeOriginal, TAGS.OffsetTimeOriginal, TAGS.SubsecTimeOriginal),
        (TAGS.DateTimeDigitized, TAGS.OffsetTimeDigitized, TAGS.SubsecTimeDigitized),
    ):
        yield partial(_exif_time, exif.get(time), exif.get(offset), exif.get(fraction))
    for property_ in (xmp.TAKEN, xmp.CREATED, xmp.WRITTEN):
        yield partial(_iso_time, properties.get(property_))
    yield partial(
        _exif_time, base.get(TAGS.DateTime), exif.get(TAGS.OffsetTime), exif.get(TAGS.SubsecTime)
    )
    creation = text.get("Creation Time")  # a keyword of the PNG standard, which asks for RFC 1123
    yield partial(_mail_time, creation)
    yield partial(_iso_time, creation)
    yield partial(_exif_time, creation, None, None)
    yield partial(named_time, name)


def _exif_time(time: object, offset: object, fraction: object) -> CaptureTime | None:
    text = _line(time)
    if not text:
        return None
    parsed = datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S")
    digits = _line(fraction)[:6]
    if digits.isascii() and digits.isdigit():
        parsed = parsed.replace(microsecond=int(digits.ljust(6, "0")))
    try:
        zone = _zone(_line(offset))
    except ValueError:
        zone = None
    return _aware(parsed.replace(tzinfo=zone))


def _zone(text: str) -> timezone | None:
    """ "+02:00" as a time zone."""
    if len(text) < 6 or text[0] not in "+-" or text[3] != ":":
        return None
    shift = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(shift if text[0] == "+" else -shift)


def _iso_time(value: object) -> CaptureTime | None:
    text = _line(value)
    if not text:
        return None
    time = datetime.fromisoformat(text)
    return _aware(time if ":" in text else time.replace(hour=NOON))


def _mail_time(value: object) -> CaptureTime | None:
    text = _line(value)
    return _aware(parsedate_to_datetime(text)) if text else None


def _aware(time: datetime) -> CaptureTime:
    shift = time.utcoffset()
    if shift is None:
        return CaptureTime(time.replace(tzinfo=UTC))
    return CaptureTime(time.astimezone(UTC), round(shift.total_seconds() / 60))


def _line(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.split("\0", 1)[0].strip()[:40] if isinstance(value, str) else ""


# IMG_20240131_235959, PXL_20240131_235959123, 2024-01-31 12.34.56, Screenshot 2024-01-31 at
# 9.34.56 PM, signal-2024-01-31-123456; then IMG-20240131-WA0001 and 2024-01-31, days alone. Eight
# digits alone are as often a number as a day.
_DAY = r"(?<!\d)((?:19|20)\d\d){0}(\d\d){0}(\d\d)"
_CLOCK = r"(\d\d?)[-_.:h]?(\d\d)[-_.:m]?(\d\d)(?:\d{3})?(?!\d)[ \u202f]?([AP]M)?"
_NAMED = tuple(
    re.compile(pattern, re.ASCII | re.IGNORECASE)
    for pattern in (
        _DAY.format("[-_.]") + r"(?:[-_. tT,]| at | um )" + _CLOCK,
        _DAY.format("") + r"[-_. tT]?" + _CLOCK,
        _DAY.format("") + r"-WA\d{4}(?!\d)",
        _DAY.format("[-_.]") + r"(?!\d)",
    )
)


def named_time(name: str) -> CaptureTime | None:
    """What a file's name tells, as cameras, phones and messengers name theirs.

    Raises ``ValueError`` for digits that are no time.
    """
    for pattern in _NAMED:
        match = pattern.search(name[:255])
        if match is None:
            continue
        year, month, day = (int(part) for part in match.groups()[:3])
        if len(match.groups()) == 3:
            return CaptureTime(datetime(year, month, day, NOON, tzinfo=UTC))
        hour, minute, second = (int(part) for part in match.groups()[3:6])
        half = match.group(7)
        if half is not None:  # a clock of twelve hours
            hour = hour % 12 + (12 if half.upper() == "PM" else 0)
        return CaptureTime(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    return None
