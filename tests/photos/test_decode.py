"""Any file becomes an upright RGB picture, or one reason why not."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import PhotoError
from engine.photos import decode as module
from engine.photos.decode import decode, open_photo
from tests.conftest import MakePhoto, picture


def reason(path: Path) -> str:
    with pytest.raises(PhotoError) as caught:
        decode(path, 64)
    assert "\n" not in str(caught.value)
    return caught.value.reason


def difference(image: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of two pictures of one aspect, 0..255."""
    small = [np.asarray(i.convert("RGB").resize((40, 30)), dtype=float) for i in (image, other)]
    return float(np.abs(small[0] - small[1]).mean())


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "gif", "tif", "bmp", "heic", "avif"])
def test_every_common_format_is_read(tmp_path: Path, make_photo: MakePhoto, extension: str) -> None:
    decoded = decode(make_photo(tmp_path / f"a.{extension}", seed=3, size=(160, 120)), 64)
    assert decoded.image.mode == "RGB"
    assert (decoded.width, decoded.height) == (160, 120)
    assert difference(decoded.image, picture(3, (160, 120))) < 8


def test_the_content_decides_and_not_the_name(tmp_path: Path, make_photo: MakePhoto) -> None:
    make_photo(tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert decode(tmp_path / "a.jpg", 64).image.size == (96, 72)


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "tif", "avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_are_the_same_picture(
    tmp_path: Path, extension: str, orientation: int
) -> None:
    upright = picture(1, (120, 90))
    turn = TURNS.get(orientation)
    stored = upright if turn is None else upright.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / f"a.{extension}", exif=exif)
    decoded = decode(tmp_path / f"a.{extension}", 64)
    assert (decoded.width, decoded.height) == (120, 90)
    assert decoded.image.size == (120, 90)
    assert difference(decoded.image, upright) < 8


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB", "I;16", "F", "RGBA", "LA"])
def test_every_colour_mode_keeps_the_picture(tmp_path: Path, mode: str) -> None:
    original = picture(5)
    path = tmp_path / "a.tif"
    expected = original.convert("L")
    if mode == "I;16":
        Image.fromarray(np.asarray(expected).astype(np.uint16) * 257).save(path)
    elif mode == "F":
        Image.fromarray(np.asarray(expected).astype(np.float32) / 255).save(path)
    elif mode == "LAB":
        from PIL import ImageCms

        lab = ImageCms.createProfile("LAB")
        ImageCms.profileToProfile(
            original, ImageCms.createProfile("sRGB"), lab, outputMode="LAB"
        ).save(path)
    else:
        expected = original.convert(mode)
        expected.save(path)
    tolerance = 6 if mode in ("I;16", "F", "L", "LA", "P", "1", "RGBA") else 12
    assert difference(decode(path, 64).image, expected if mode != "LAB" else original) < tolerance


def test_a_float_picture_with_values_that_are_no_numbers_is_read(tmp_path: Path) -> None:
    values = np.linspace(-3, 7, 64 * 64, dtype=np.float32).reshape(64, 64)
    values[0, :3] = np.nan, np.inf, -np.inf
    Image.fromarray(values).save(tmp_path / "a.tif")
    pixels = np.asarray(decode(tmp_path / "a.tif", 64).image)
    assert pixels.min() < 20 and pixels.max() == 255


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "P"])
def test_transparency_lies_on_white(tmp_path: Path, mode: str) -> None:
    if mode == "P":
        image = Image.new("P", (64, 64), 0)
        image.putpalette([0, 0, 0])
        image.save(tmp_path / "a.png", transparency=0)
    else:
        Image.new("RGBA", (64, 64), (0, 0, 0, 0)).convert(mode).save(tmp_path / "a.tif")
    path = next(tmp_path.iterdir())
    assert np.asarray(decode(path, 64).image).min() == 255


@pytest.mark.parametrize("extension", ["gif", "webp", "png", "tif"])
def test_of_an_animation_the_first_picture_is_taken(tmp_path: Path, extension: str) -> None:
    first, *rest = (picture(seed) for seed in range(3))
    first.save(tmp_path / f"a.{extension}", save_all=True, append_images=rest)
    assert difference(decode(tmp_path / f"a.{extension}", 64).image, first) < 8


@pytest.mark.parametrize("extension", ["jpg", "png"])
def test_a_large_photo_is_reduced_while_it_is_decoded(
    tmp_path: Path, make_photo: MakePhoto, extension: str
) -> None:
    decoded = decode(make_photo(tmp_path / f"a.{extension}", size=(1600, 1200)), 100)
    assert (decoded.width, decoded.height) == (1600, 1200)
    assert 100 <= min(decoded.image.size) < 200


def test_a_broken_second_picture_does_not_cost_the_first(
    tmp_path: Path, make_photo: MakePhoto
) -> None:
    jpeg = make_photo(tmp_path / "a.jpg").read_bytes()
    second = b"MPF\0" + b"II*\0" + bytes([8, 0, 0, 0, 1, 0, 1, 0xB0, 4, 0]) + bytes(4)
    segment = b"\xff\xe2" + (len(second) + 2).to_bytes(2, "big") + second
    (tmp_path / "a.jpg").write_bytes(jpeg[:2] + segment + jpeg[2:])
    assert decode(tmp_path / "a.jpg", 64).metadata.format == "JPEG"


def test_a_warning_of_the_decoder_s_is_a_reason(
    tmp_path: Path, make_photo: MakePhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(_: Image.Image) -> None:
        warnings.warn_explicit("odd", UserWarning, "Image.py", 1, module="PIL.Image")

    photo = make_photo(tmp_path / "a.png")
    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", load)
    with pytest.raises(PhotoError, match="damaged"):
        decode(photo, 64)


def test_a_photo_smaller_than_asked_keeps_its_size(tmp_path: Path, make_photo: MakePhoto) -> None:
    assert decode(make_photo(tmp_path / "a.jpg"), 500).image.size == (96, 72)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "tif", "gif", "bmp", "heic", "avif"])
def test_a_cut_file_is_refused(
    tmp_path: Path, make_photo: MakePhoto, extension: str, share: float
) -> None:
    path = make_photo(tmp_path / f"a.{extension}", size=(320, 240))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert reason(path) in (module.DAMAGED, "not an image that Photoglyph can read")


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checked = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + checked + struct.pack(">I", 0) + b"IDAT"


@pytest.mark.parametrize(
    ("width", "height", "words"),
    [
        (60_000, 60_000, "60000 x 60000 pixels"),
        (40_000, 10, "40000 x 10 pixels"),
        (25_000, 25_000, "625 megapixels"),
    ],
)
def test_a_bomb_is_refused_by_its_header_with_figures(
    tmp_path: Path, width: int, height: int, words: str
) -> None:
    (tmp_path / "bomb.png").write_bytes(png_header(width, height))
    assert words in reason(tmp_path / "bomb.png")


def test_a_jpeg_may_have_more_pixels_since_it_is_decoded_reduced(tmp_path: Path) -> None:
    Image.new("L", (13_000, 10_000)).save(tmp_path / "a.jpg")
    assert decode(tmp_path / "a.jpg", 64).width == 13_000


def test_what_is_no_picture_is_told_apart(tmp_path: Path) -> None:
    def written(data: bytes) -> Path:
        (tmp_path / "a.jpg").write_bytes(data)
        return tmp_path / "a.jpg"

    assert reason(written(b"")) == "the file is empty"
    assert reason(written(b"hello, I am text")) == "not an image that Photoglyph can read"
    assert reason(tmp_path) == "this is a folder, not a picture"
    assert reason(tmp_path / "nothing.jpg") == "there is no such file"


def test_formats_beyond_the_list_are_never_decoded(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.ppm")
    assert reason(tmp_path / "a.ppm") == "not an image that Photoglyph can read"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_without_hanging(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    assert "pipe" in reason(tmp_path / "a.jpg")


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").symlink_to("a.jpg")
    assert reason(tmp_path / "a.jpg") == "a link that leads back to itself"


def test_an_open_file_is_decoded_in_place(tmp_path: Path, make_photo: MakePhoto) -> None:
    path = make_photo(tmp_path / "a.jpg")
    with open_photo(path) as file:
        file.read(100)
        assert decode(path, 64, file=file).image.size == (96, 72)
        assert not file.closed


def test_decoding_leaves_the_process_as_it_was(tmp_path: Path, make_photo: MakePhoto) -> None:
    import warnings

    before = list(warnings.filters)
    decode(make_photo(tmp_path / "a.jpg"), 64)
    assert list(warnings.filters) == before
