"""What a photo says of itself: EXIF, XMP and the text of a PNG, as ``Metadata``.

All of it comes from strangers: whatever is missing, absurd or broken is left out, and never costs
the photo. Text is capped and printable. Neighbours: ``xmp``, ``capture_time``.
"""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from xml.parsers import expat

from PIL import ExifTags, Image

from engine.photos import xmp
from engine.photos.capture_time import capture_time
from engine.types import Metadata

T = TypeVar("T")

LONGEST_TEXT = 100  # characters of a camera's or lens's name
RATING_TAG = 0x4746  # "Rating", written by Windows beside XMP

_Tags = Mapping[int, Any]


def read_metadata(image: Image.Image, name: str = "") -> Metadata:
    """Metadata of an opened image (of a PNG: a loaded one), whose file has that name. Never raises.

    ``format`` is left to the caller.
    """
    return from_exif(_try(image.getexif, Image.Exif()), image.info, name)


def from_exif(block: Image.Exif, info: Mapping[Any, Any], name: str = "") -> Metadata:
    """Metadata of an EXIF block, wherever it was found; ``info``: what else Pillow found."""
    nothing: _Tags = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a tag that is not read: the others may be sound
        base: _Tags = _try(lambda: dict(block), nothing)
        exif: _Tags = _try(lambda: dict(block.get_ifd(ExifTags.IFD.Exif)), nothing)
        gps: _Tags = _try(lambda: dict(block.get_ifd(ExifTags.IFD.GPSInfo)), nothing)
    no_properties: dict[str, str] = {}
    packet = info.get("xmp") or base.get(ExifTags.Base.XMLPacket)
    properties = _try(lambda: xmp.properties(packet), no_properties)
    latitude, longitude = _try(lambda: _position(gps), None) or (None, None)
    time = capture_time(base, exif, properties, info, name)
    return Metadata(
        taken_at=None if time is None else time.taken_at,
        taken_offset=None if time is None else time.offset,
        camera=_camera(base),
        lens=_lens(exif),
        latitude=latitude,
        longitude=longitude,
        rating=_rating(properties, base),
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


def _lens(exif: _Tags) -> str | None:
    """The lens's name, else its range: "24-70 mm f/2.8-4"."""
    name = _text(exif.get(ExifTags.Base.LensModel))
    return name or _try(lambda: _lens_range(exif[ExifTags.Base.LensSpecification]), None)


def _lens_range(specification: Any) -> str | None:
    """Shortest and longest focal length, and the f-number at each; 0/0 where not known."""
    numbers = [float(number) for number in specification]
    if len(numbers) != 4 or not all(0 < number < 10_000 for number in numbers[:2]):
        return None
    words = _range(numbers[0], numbers[1]) + " mm"
    if all(0 < number < 100 for number in numbers[2:]):
        words += " f/" + _range(numbers[2], numbers[3])
    return words


def _range(low: float, high: float) -> str:
    return f"{low:.4g}" if low == high else f"{low:.4g}-{high:.4g}"


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


def _rating(properties: Mapping[str, str], base: _Tags) -> int | None:
    """Stars, 0..5: from XMP, which programs write first, else from EXIF."""
    stars = _stars(properties.get(xmp.RATING))
    return _stars(base.get(RATING_TAG)) if stars is None else stars


def _stars(value: object) -> int | None:
    if not isinstance(value, int | float | str):
        return None
    number = _try(lambda: float(value), math.nan)
    return int(number) if 0 <= number <= 5 else None  # -1 means rejected: no rating
