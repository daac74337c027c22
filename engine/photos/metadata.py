"""What a photo says of itself: EXIF and XMP from an opened image, as ``Metadata``.

All of it comes from strangers: whatever is missing, absurd or broken is left out, and never costs
the photo. Text is capped and printable.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar
from xml.parsers import expat

from PIL import ExifTags, Image

from engine.types import Metadata

T = TypeVar("T")

LONGEST_TEXT = 100  # characters of a camera's or lens's name
LONGEST_XMP = 1 << 20  # bytes; a rating stands near the beginning
RATING_TAG = 0x4746  # "Rating", written by Windows beside XMP
XMP_RATING = "http://ns.adobe.com/xap/1.0/ Rating"

_Tags = Mapping[int, Any]


def read_metadata(image: Image.Image) -> Metadata:
    """Metadata of an opened, not yet loaded image. Never raises."""
    nothing: _Tags = {}
    base: _Tags = _try(lambda: dict(image.getexif()), nothing)
    exif: _Tags = _try(lambda: dict(image.getexif().get_ifd(ExifTags.IFD.Exif)), nothing)
    gps: _Tags = _try(lambda: dict(image.getexif().get_ifd(ExifTags.IFD.GPSInfo)), nothing)
    latitude, longitude = _try(lambda: _position(gps), None) or (None, None)
    return Metadata(
        taken_at=_taken_at(base, exif),
        camera=_camera(base),
        lens=_text(exif.get(ExifTags.Base.LensModel)),
        latitude=latitude,
        longitude=longitude,
        rating=_rating(base, image),
        orientation=_orientation(base),
    )


# What Pillow and its plugins raise on data that is not what its header says.
BROKEN = (
    ValueError,
    TypeError,
    SyntaxError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    struct.error,
    Warning,
)


def _try(read: Callable[[], T], default: T) -> T:
    """``read()``, or ``default`` where the block is broken."""
    try:
        return read()
    except (*BROKEN, OSError, expat.ExpatError):
        return default


def read_orientation(image: Image.Image) -> int:
    """How the image, as it is now, has to be turned: EXIF 1..8. Never raises."""
    nothing: _Tags = {}
    return _orientation(_try(lambda: dict(image.getexif()), nothing))


def _orientation(base: _Tags) -> int:
    value = base.get(ExifTags.Base.Orientation)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _text(value: object) -> str | None:
    """``value`` as one short printable line; None where nothing is left."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    value = value.split("\0", 1)[0][: 4 * LONGEST_TEXT]
    line = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return line[:LONGEST_TEXT].rstrip() or None


def _camera(base: _Tags) -> str | None:
    """Make and model, the make once: "Canon" + "Canon EOS 5D" is "Canon EOS 5D"."""
    make, model = _text(base.get(ExifTags.Base.Make)), _text(base.get(ExifTags.Base.Model))
    if make is None or model is None:
        return model or make
    if model.split()[0].casefold() == make.split()[0].casefold():
        return model
    return f"{make} {model}"[:LONGEST_TEXT].rstrip()


def _taken_at(base: _Tags, exif: _Tags) -> datetime | None:
    """When the photo was taken, else digitised, else written.

    Cameras mostly note wall-clock time without its offset. Such a time is taken as UTC: the
    machine's own zone says nothing of where the photo was taken, and would make one file mean
    different times on different machines.
    """
    tags = ExifTags.Base
    for source, time, offset, fraction in (
        (exif, tags.DateTimeOriginal, tags.OffsetTimeOriginal, tags.SubsecTimeOriginal),
        (exif, tags.DateTimeDigitized, tags.OffsetTimeDigitized, tags.SubsecTimeDigitized),
        (base, tags.DateTime, tags.OffsetTime, tags.SubsecTime),
    ):
        found = _time(source.get(time), exif.get(offset), exif.get(fraction))
        if found is not None:
            return found
    return None


def _time(time: object, offset: object, fraction: object) -> datetime | None:
    text = _text(time)
    if text is None:
        return None
    parsed = _try(lambda: datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S"), None)
    if parsed is None or not 1826 <= parsed.year <= 2200:  # the first photograph; a broken clock
        return None
    digits = (_text(fraction) or "")[:6]
    if digits.isascii() and digits.isdigit():
        parsed = parsed.replace(microsecond=int(digits.ljust(6, "0")))
    zone = _try(lambda: _zone(_text(offset) or ""), None) or UTC
    return _try(lambda: parsed.replace(tzinfo=zone).astimezone(UTC), None)


def _zone(text: str) -> timezone | None:
    """ "+02:00" as a time zone."""
    if len(text) < 6 or text[0] not in "+-" or text[3] != ":":
        return None
    shift = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(shift if text[0] == "+" else -shift)


def _position(gps: _Tags) -> tuple[float, float] | None:
    """Latitude and longitude in degrees; None for absurd ones and for the empty (0, 0)."""
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef))
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef))
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return latitude, longitude


def _degrees(value: Any, reference: object) -> float | None:
    if value is None:
        return None
    parts = [float(part) for part in value]
    if len(parts) != 3 or not all(math.isfinite(part) for part in parts):
        return None
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    return -degrees if (_text(reference) or "")[:1].upper() in ("S", "W") else degrees


def _rating(base: _Tags, image: Image.Image) -> int | None:
    """Stars, 0..5: from XMP, which programs write first, else from EXIF."""
    packet = image.info.get("xmp")
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    if isinstance(packet, bytes) and len(packet) <= LONGEST_XMP:
        stars = _stars(_try(lambda: _xmp_rating(packet), None))
        if stars is not None:
            return stars
    return _stars(base.get(RATING_TAG))


def _stars(value: object) -> int | None:
    if not isinstance(value, int | float | str):
        return None
    number = _try(lambda: float(value), math.nan)
    return int(number) if 0 <= number <= 5 else None  # -1 means rejected: no rating


def _xmp_rating(packet: bytes) -> str | None:
    """``xmp:Rating`` of an XMP packet, as an attribute or as an element.

    Raises ``ExpatError`` for broken XML, ``ValueError`` for a document type: entities are how a
    kilobyte becomes gigabytes, and XMP has no use for them.
    """
    found: list[str] = []
    inside = False

    def refuse(*_: object) -> None:
        raise ValueError("XMP with a document type")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        inside = name == XMP_RATING
        if XMP_RATING in attributes:
            found.append(attributes[XMP_RATING])

    def text(data: str) -> None:
        if inside:
            found.append(data)

    def end(_: str) -> None:
        nonlocal inside
        inside = False

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    parser.Parse(packet.strip(b"\0 \r\n\t"), True)
    return found[0] if found else None
