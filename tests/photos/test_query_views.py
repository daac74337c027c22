"""Query views: what a screenshot, a frame or a tilt holds, and nothing where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from engine.evaluation.edits import EDITS, edited
from engine.photos.query_views import encoded_views, hashed_views, relit, without_borders
from engine.photos.thumbnails import perceptual_hash
from tests.conftest import picture

SAMPLE = Path("groceries", "bananas", "banana-4.jpg")


@pytest.fixture(scope="module")
def photo(samples: Path) -> Image.Image:
    return Image.open(samples / SAMPLE).convert("RGB").resize((320, 240))


def _bits_apart(one: Image.Image, other: Image.Image) -> int:
    bits = (perceptual_hash(one) ^ perceptual_hash(other)) & (1 << 64) - 1
    return bits.bit_count()


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (200, 30, 90)])
def test_a_frame_of_one_colour_is_cut_off(photo: Image.Image, colour: tuple[int, int, int]) -> None:
    framed = Image.new("RGB", (400, 420), colour)
    framed.paste(photo, (30, 110))
    inner = without_borders(framed)
    assert inner is not None
    assert abs(inner.width - 320) <= 6 and abs(inner.height - 240) <= 6
    assert _bits_apart(inner, photo) <= 6


@pytest.mark.parametrize("degrees", [-35, -20, -7, 8, 20, 40])
def test_a_tilted_photo_is_turned_upright(photo: Image.Image, degrees: int) -> None:
    tilted = photo.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    upright = without_borders(tilted)
    assert upright is not None
    assert _bits_apart(upright, photo) <= 8 < _bits_apart(tilted, photo)


@pytest.mark.parametrize("name", ["rotate", "screenshot", "phone-screenshot", "blur-mirror"])
def test_an_edited_copy_has_a_view_with_nearly_the_hash_of_its_photo(
    photo: Image.Image, name: str
) -> None:
    edit = next(edit for edit in EDITS if edit.name == name)
    copy = edited(photo, edit, "photo", 0)
    assert min(_bits_apart(view, photo) for view in hashed_views(copy)) <= 8
    assert _bits_apart(copy, photo) > 8


def test_a_photo_without_a_border_has_itself_and_its_mirror_image_as_views(
    photo: Image.Image,
) -> None:
    assert without_borders(photo) is None
    assert encoded_views(photo) == []
    own, mirrored = hashed_views(photo)
    assert own is photo
    assert mirrored.tobytes() == ImageOps.mirror(photo).tobytes()


def test_a_dark_copy_is_relit(photo: Image.Image) -> None:
    dark = next(edit for edit in EDITS if edit.name == "dark").make(photo, np.random.default_rng(0))
    lit = relit(dark)
    assert lit is not None

    def distance(view: Image.Image) -> float:
        return float(np.abs(np.asarray(view, np.float32) - np.asarray(photo, np.float32)).mean())

    assert distance(lit) < distance(dark) / 2
    assert relit(photo) is None


@pytest.mark.parametrize("size", [(1, 1), (2, 500), (500, 2), (8, 8), (3000, 40)])
def test_any_size_and_any_content_is_taken(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    framed = picture(1, size)
    framed.paste("white", (0, 0, size[0] // 2, size[1]))
    for query in (Image.new("RGB", size, "white"), Image.fromarray(noise), framed):
        before = query.tobytes()
        for view in (*hashed_views(query), *encoded_views(query)):
            assert view.mode == "RGB" and min(view.size) >= 1
        assert query.tobytes() == before


def test_a_picture_of_one_colour_has_no_content_to_cut_to() -> None:
    assert without_borders(Image.new("RGB", (200, 100), (40, 80, 120))) is None
