"""What a photo says of itself is read where it is sound, and never costs the photo."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

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
    more: dict[str, Any] = {} if xmp is None else {"xmp": xmp}
    picture().save(folder / "a.jpg", exif=block, **more)
    return decode(folder / "a.jpg", 64).metadata


def test_a_photo_without_metadata_has_none(tmp_path: Path) -> None:
    assert metadata(tmp_path) == Metadata(format="JPEG")


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


def test_the_offset_of_the_clock_is_kept_apart(tmp_path: Path) -> None:
    noted: dict[int, Any] = {
        TAGS.DateTimeOriginal: "2021:05:04 03:02:01",
        TAGS.OffsetTimeOriginal: "-03:30",
    }
    found = metadata(tmp_path, exif=noted)
    assert found.taken_at == datetime(2021, 5, 4, 6, 32, 1, tzinfo=UTC)
    assert found.taken_offset == -210
    del noted[TAGS.OffsetTimeOriginal]
    assert metadata(tmp_path, exif=noted).taken_offset is None


@pytest.mark.parametrize(
    ("exif", "lens"),
    [
        ({TAGS.LensModel: "EF 50mm", TAGS.LensSpecification: (1.0, 2.0, 3.0, 4.0)}, "EF 50mm"),
        ({TAGS.LensSpecification: (24.0, 70.0, 2.8, 2.8)}, "24-70 mm f/2.8"),
        ({TAGS.LensSpecification: (18.0, 55.0, 3.5, 5.6)}, "18-55 mm f/3.5-5.6"),
        ({TAGS.LensSpecification: (50.0, 50.0, 0.0, 0.0)}, "50 mm"),
        ({TAGS.LensSpecification: (0.0, 0.0, 0.0, 0.0)}, None),
        ({TAGS.LensSpecification: (24.0, 70.0)}, None),
    ],
)
def test_a_lens_without_a_name_tells_its_range(
    tmp_path: Path, exif: dict[int, Any], lens: str | None
) -> None:
    assert metadata(tmp_path, exif=exif).lens == lens


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
    given_tags: dict[int, Any] = {tag: value for tag, value in base.items() if value is not None}
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


def test_one_odd_tag_costs_none_of_the_others(tmp_path: Path) -> None:
    block = Image.Exif()
    block.update({TAGS.Make: "Maker", TAGS.YResolution: 300.0})
    packed = bytearray(block.tobytes())
    at = packed.index(bytes((1, 0x1B, 0, 5)))  # the entry of the resolution: one rational
    packed[at + 4 : at + 8] = (3).to_bytes(4, "big")  # now three, and Pillow warns
    picture().save(tmp_path / "a.jpg", exif=bytes(packed) + bytes(16))
    assert decode(tmp_path / "a.jpg", 64).metadata.camera == "Maker"


DATES = (
    'xmlns:exif="http://ns.adobe.com/exif/1.0/" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" ' + NAMESPACE
)


@pytest.mark.parametrize(
    ("properties", "taken", "offset"),
    [
        ('exif:DateTimeOriginal="2021-05-04T03:02:01.25+02:00"', (1, 2, 1, 250_000), 120),
        ('xmp:CreateDate="2020-01-01T00:00:00Z" photoshop:DateCreated="2021-05-04"', (12,), None),
        ('xmp:CreateDate="2021-05-04T03:02:01Z"', (3, 2, 1), 0),
    ],
)
def test_without_exif_the_capture_time_comes_from_xmp(
    tmp_path: Path, properties: str, taken: tuple[int, ...], offset: int | None
) -> None:
    found = metadata(tmp_path, xmp=packet(f"<rdf:Description {DATES} {properties}/>"))
    assert found.taken_at == datetime(2021, 5, 4, *taken, tzinfo=UTC)  # type: ignore[misc,arg-type]
    assert found.taken_offset == offset


def test_when_it_was_taken_comes_before_when_it_was_written(tmp_path: Path) -> None:
    written: dict[int, Any] = {TAGS.DateTime: "2024:01:01 00:00:00"}
    description = f'<rdf:Description {DATES} photoshop:DateCreated="2021-05-04T00:00:00Z"/>'
    found = metadata(tmp_path, base=written, xmp=packet(description))
    assert found.taken_at == datetime(2021, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["Tue, 04 May 2021 03:02:01 +0200", "2021-05-04T03:02:01+02:00", "2021:05:04 01:02:01"]
)
def test_a_png_tells_its_time_in_words(tmp_path: Path, text: str) -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Creation Time", text)
    picture().save(tmp_path / "a.png", pnginfo=words)
    found = decode(tmp_path / "a.png", 64).metadata
    assert found.taken_at == datetime(2021, 5, 4, 1, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("IMG_20240131_235958.jpg", (2024, 1, 31, 23, 59, 58)),
        ("PXL_20240131_235958123.MP.jpg", (2024, 1, 31, 23, 59, 58)),
        ("20240131_235958(0).jpg", (2024, 1, 31, 23, 59, 58)),
        ("Screenshot_20240131-235958_Chrome.jpg", (2024, 1, 31, 23, 59, 58)),
        ("Screenshot 2024-01-31 at 12.34.56.png", (2024, 1, 31, 12, 34, 56)),
        ("Screenshot 2024-01-31 at 9.34.56\u202fPM.png", (2024, 1, 31, 21, 34, 56)),
        ("Screen Shot 2024-01-31 at 12.34.56 AM.png", (2024, 1, 31, 0, 34, 56)),
        ("WhatsApp Image 2024-01-31 at 12.34.56.jpeg", (2024, 1, 31, 12, 34, 56)),
        ("signal-2024-01-31-123456.jpg", (2024, 1, 31, 12, 34, 56)),
        ("2024-01-31 12.34.56.jpg", (2024, 1, 31, 12, 34, 56)),
        ("IMG-20240131-WA0001.jpg", (2024, 1, 31, 12)),
        ("2024-01-31 wedding.jpg", (2024, 1, 31, 12)),
        ("20240131.jpg", None),
        ("20231011_1234567890_n.jpg", None),
        ("IMG_20249931_235958.jpg", None),
        ("2024-13-31.jpg", None),
        ("DSC_0001.jpg", None),
        ("\udce9\udcff.jpg", None),
    ],
)
def test_without_any_of_it_the_name_of_the_file_tells(
    name: str, taken: tuple[int, ...] | None
) -> None:
    expected = None if taken is None else datetime(*taken, tzinfo=UTC)  # type: ignore[misc,arg-type]
    assert read_metadata(picture(), name).taken_at == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.tif", "TIFF"), ("a.webp", "WEBP")],
)
def test_the_format_is_the_content_s(tmp_path: Path, name: str, expected: str) -> None:
    picture().save(tmp_path / name)
    (tmp_path / name).rename(tmp_path / "b.gif")
    assert decode(tmp_path / "b.gif", 64).metadata.format == expected


@given(name=st.text(alphabet="0123456789-_ .:TtAPMWasd", max_size=40))
def test_no_name_is_too_strange_to_be_read(name: str) -> None:
    assert isinstance(read_metadata(picture(), name), Metadata)


@given(block=st.binary(max_size=400))
def test_junk_never_costs_the_photo(block: bytes) -> None:
    image = picture()
    image.info["exif"] = b"Exif\0\0" + block
    image.info["xmp"] = block
    assert isinstance(read_metadata(image), Metadata)
