"""Edited copies: the same every time, unlike the photo, and possible for any picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageOps

from engine.evaluation.edits import EDITS, Edit, edited
from tests.conftest import picture

PHOTO = picture(5, (160, 120))
BY_NAME = {edit.name: edit for edit in EDITS}

every_edit = pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)


def make(name: str) -> Image.Image:
    return edited(PHOTO, BY_NAME[name], "a.jpg", 0)


def mean(photo: Image.Image) -> float:
    return float(np.asarray(photo.convert("L")).mean())


@every_edit
def test_an_edit_is_the_same_every_time_and_leaves_the_photo_alone(edit: Edit) -> None:
    before = PHOTO.tobytes()
    one, again = (edited(PHOTO, edit, "a.jpg", 0) for _ in range(2))
    assert one.mode == "RGB"
    assert (one.size, one.tobytes()) == (again.size, again.tobytes())
    assert PHOTO.tobytes() == before


@every_edit
def test_an_edit_makes_another_picture(edit: Edit) -> None:
    copy = edited(PHOTO, edit, "a.jpg", 0)
    assert copy.size != PHOTO.size or ImageChops.difference(copy, PHOTO).getbbox() is not None


@every_edit
@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (7, 5)])
def test_the_smallest_and_thinnest_pictures_can_be_edited(
    edit: Edit, size: tuple[int, int]
) -> None:
    copy = edited(Image.new("RGB", size, "red"), edit, "a.jpg", 0)
    assert copy.mode == "RGB" and min(copy.size) >= 1


@pytest.mark.parametrize("name", ["crop", "screenshot", "phone-screenshot", "photo-of-screen"])
def test_photos_and_seeds_get_edits_of_their_own(name: str) -> None:
    others = [("b.jpg", 0), ("c.jpg", 0), ("a.jpg", 1), ("a.jpg", 2)]
    copies = {edited(PHOTO, BY_NAME[name], *other).tobytes() for other in others}
    assert len(copies | {make(name).tobytes()}) > 2


def test_seven_edits_are_those_that_earlier_figures_are_of() -> None:
    seven = [edit.name for edit in EDITS if edit.seven]
    assert seven == [
        *("crop", "rotate", "screenshot", "dark", "tiny-text", "blur-mirror", "jpeg-30"),
    ]
    assert len(BY_NAME) == len(EDITS) > len(seven)


def test_the_crop_keeps_half_of_the_area_in_its_proportions() -> None:
    width, height = make("crop").size
    assert width * height == pytest.approx(0.5 * 160 * 120, rel=0.03)
    assert width / height == pytest.approx(160 / 120, rel=0.03)


def test_a_rotation_keeps_the_whole_photo_between_white_corners() -> None:
    turned = make("rotate")
    assert turned.width > PHOTO.width and turned.height > PHOTO.height
    assert turned.getpixel((0, 0)) == (255, 255, 255)


def test_a_screenshot_holds_the_photo_untouched() -> None:
    window = make("screenshot")
    unit = 120 // 20
    inside = window.crop((3 * unit, 6 * unit, 3 * unit + 160, 6 * unit + 120))
    assert inside.tobytes() == PHOTO.tobytes()


def test_a_phones_screen_is_upright_whatever_the_photo_is() -> None:
    upright = edited(picture(5, (120, 160)), BY_NAME["phone-screenshot"], "a.jpg", 0)
    for screen in (upright, make("phone-screenshot")):
        assert screen.height / screen.width == pytest.approx(19.5 / 9, rel=0.01)


def test_dark_tiny_mirrored_and_grey_copies_are_what_their_names_say() -> None:
    assert mean(make("dark")) < 0.5 * mean(PHOTO)
    assert max(make("tiny-text").size) == 48
    assert make("mirrored").tobytes() == ImageOps.mirror(PHOTO).tobytes()
    channels = np.asarray(make("look-noir"))
    assert (channels == channels[..., :1]).all()


def test_a_caption_leaves_the_middle_of_the_photo_alone() -> None:
    middle = (0, 45, 160, 75)
    assert make("meme-text").crop(middle).tobytes() == PHOTO.crop(middle).tobytes()
