"""Thumbnails fit their side; perceptual hashes survive re-encoding."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from engine.photos.thumbnails import perceptual_hash, thumbnail
from engine.settings import THUMBNAIL_SIDE
from tests.conftest import picture


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1600, 1200), (320, 240)),
        ((300, 1200), (80, 320)),
        ((9000, 3), (320, 1)),
        ((40, 30), (40, 30)),
        ((1, 1), (1, 1)),
    ],
)
def test_a_thumbnail_fits_and_is_never_enlarged(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert THUMBNAIL_SIDE == 320
    small = Image.open(io.BytesIO(thumbnail(picture(0, size))))
    assert (small.format, small.mode, small.size) == ("JPEG", "RGB", expected)


def bits(one: Image.Image, other: Image.Image) -> int:
    """How many of the 64 bits differ."""
    return ((perceptual_hash(one) ^ perceptual_hash(other)) & (2**64 - 1)).bit_count()


def test_the_perceptual_hash_survives_resizing_and_compression() -> None:
    original = picture(1, (640, 480))
    buffer = io.BytesIO()
    original.resize((200, 150)).save(buffer, "JPEG", quality=40)
    assert bits(original, Image.open(buffer)) <= 6


def test_unrelated_pictures_differ_in_many_bits() -> None:
    assert all(bits(picture(0), picture(seed)) > 12 for seed in range(1, 20))


def test_the_perceptual_hash_fits_a_signed_64_bit_integer() -> None:
    hashes = [perceptual_hash(picture(seed)) for seed in range(20)]
    assert all(-(2**63) <= value < 2**63 for value in hashes)
    assert any(value < 0 for value in hashes)
    assert perceptual_hash(Image.new("RGB", (9, 9), "red")) is not None
