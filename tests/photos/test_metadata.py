"""What a photo says of itself is read where it is sound, and never costs the photo."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from engine.photos.decode import decode
from engine.photos.metadata import read_metadata
from engine.types import Metadata
from tests.conftest import picture

TAGS = ExifTags.Base


def metadata(
    folder: Path,
    base: dict[int, Any] | None = None,
    exif: dict[int, Any] | None = None,
    gps: dict[int, Any] | None = None,
    xmp: bytes | None = None,
) -> Metadata:
    block = Image.Exif()
    block.update(base or {})
    block.get_ifd(ExifTags.IFD.Exif).update(exif or {})
    block.get_ifd(ExifTags.IFD.GPSInfo).update(gps or {})
    more = {} if xmp is None else {"xmp": xmp}
    picture().save(folder / "a.jpg", exif=block, **more)
    return decode(folder / "a.jpg", 64).metadata


def test_a_photo_without_metadata_has_none(tmp_path: Path) -> None:
    assert metadata(tmp_path) == Metadata()


@pytest.mark.parametrize(
    ("exif", "expected"),
    [
        (
            {TAGS.DateTimeOriginal: "2021:05:04 03:02:01"},
            datetime(2021, 5, 4, 3, 2, 1, tzinfo=UTC),
        ),
        (
            {
                TAGS.DateTimeOriginal: "2021:05:04 03:02:01",
                TAGS.OffsetTimeOriginal: "+02:00",
                TAGS.SubsecTimeOriginal: "25",
            },
            datetime(2021, 5, 4, 1, 2, 1, 250_000, tzinfo=UTC),
        ),
        (
            {
                TAGS.DateTimeOriginal: "0000:00:00 00:00:00",
                TAGS.DateTimeDigitized: "2020:01:01 00:00:00",
            },
            datetime(2020, 1, 1, tzinfo=UTC),
        ),
        ({TAGS.DateTimeOriginal: "yesterday"}, None),
        ({TAGS.DateTimeOriginal: "9999:12:31 23:59:59"}, None),
        (
            {
                TAGS.DateTimeOriginal: "2021:05:04 03:02:01",
                TAGS.OffsetTimeOriginal: "+99:99",
                TAGS.SubsecTimeOriginal: "x",
            },
            datetime(2021, 5, 4, 3, 2, 1, tzinfo=UTC),
        ),
    ],
)
def test_the_capture_time_has_its_offset_and_sub_seconds(
    tmp_path: Path, exif: dict[int, Any], expected: datetime | None
) -> None:
    assert metadata(tmp_path, exif=exif).taken_at == expected


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("Apple", "iPhone 12", "Apple iPhone 12"),
        ("Apple", None, "Apple"),
        ("  ", "X100\0junk", "X100"),
        ("A\nB\x07", "C", "A B C"),
        ("x" * 500, "y" * 500, "x" * 100),
    ],
)
def test_the_camera_names_its_maker_once(
    tmp_path: Path, make: str | None, model: str | None, camera: str
) -> None:
    base = {TAGS.Make: make, TAGS.Model: model}
    given_tags = {tag: value for tag, value in base.items() if value is not None}
    assert metadata(tmp_path, base=given_tags).camera == camera


def test_a_position_is_in_signed_degrees(tmp_path: Path) -> None:
    gps = {1: "S", 2: (33.0, 30.0, 36.0), 3: "W", 4: (70.0, 0.0, 0.0)}
    found = metadata(tmp_path, gps=gps)
    assert found.latitude == pytest.approx(-33.51)
    assert found.longitude == pytest.approx(-70)


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (99.0, 0.0, 0.0), 3: "E", 4: (1.0, 0.0, 0.0)},
        {1: "N", 2: (1.0, 0.0, 0.0)},
        {1: "N", 2: (1.0,), 3: "E", 4: (1.0, 0.0, 0.0)},
    ],
)
def test_an_absurd_position_is_none(tmp_path: Path, gps: dict[int, Any]) -> None:
    found = metadata(tmp_path, gps=gps)
    assert (found.latitude, found.longitude) == (None, None)


def packet(inside: str) -> bytes:
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"{inside}</rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    ).encode()


NAMESPACE = 'xmlns:xmp="http://ns.adobe.com/xap/1.0/"'


@pytest.mark.parametrize(
    ("xmp", "rating"),
    [
        (packet(f'<rdf:Description {NAMESPACE} xmp:Rating="4"/>'), 4),
        (packet(f"<rdf:Description {NAMESPACE}><xmp:Rating>2</xmp:Rating></rdf:Description>"), 2),
        (packet(f'<rdf:Description {NAMESPACE} xmp:Rating="-1"/>'), None),
        (packet(f'<rdf:Description {NAMESPACE} xmp:Rating="many"/>'), None),
        (packet("<rdf:Description"), None),
        (b"\xff\xfe not xml", None),
    ],
)
def test_the_rating_comes_from_xmp(tmp_path: Path, xmp: bytes, rating: int | None) -> None:
    assert metadata(tmp_path, xmp=xmp).rating == rating


def test_without_xmp_the_rating_comes_from_exif(tmp_path: Path) -> None:
    assert metadata(tmp_path, base={0x4746: 3}).rating == 3


def test_xmp_with_entities_is_not_expanded(tmp_path: Path) -> None:
    lol = '<!DOCTYPE l [<!ENTITY a "3">]>' + packet("").decode()
    body = packet(f"<rdf:Description {NAMESPACE}><xmp:Rating>&a;</xmp:Rating></rdf:Description>")
    assert metadata(tmp_path, xmp=lol.encode() + body).rating is None


@given(block=st.binary(max_size=400))
def test_junk_never_costs_the_photo(block: bytes) -> None:
    image = picture()
    image.info["exif"] = b"Exif\0\0" + block
    image.info["xmp"] = block
    assert isinstance(read_metadata(image), Metadata)
