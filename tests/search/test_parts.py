"""Tiles of photos: how they are cut, stored, compared, and turned into an outline."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from engine.search import parts
from engine.search.parts import Outline


def test_tiles_cover_the_photo_and_overlap() -> None:
    covered = np.zeros((20, 20), int)
    for left, top, right, bottom in (parts.TILES * 20).round().astype(int):
        assert 0 <= left < right <= 20 and 0 <= top < bottom <= 20
        covered[top:bottom, left:right] += 1
    assert covered.min() >= 3 and covered.max() > covered.min()


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (320, 240)])
def test_a_photo_of_any_shape_is_cut(size: tuple[int, int]) -> None:
    assert parts.cut(Image.new("RGB", size, "red"), 8).shape == (len(parts.TILES), 8, 8, 3)


def test_every_tile_shows_its_own_place() -> None:
    picture = Image.new("RGB", (100, 100), "black")
    picture.paste((255, 255, 255), (0, 0, 40, 40))
    brightness = parts.cut(picture, 8).mean((1, 2, 3))
    corner = np.flatnonzero(np.isclose(parts.TILES, [0, 0, 0.4, 0.4]).all(1))
    assert brightness.argmax() == corner[0]


def test_vectors_of_a_byte_a_number_keep_the_cosine() -> None:
    rng = np.random.default_rng(0)
    embeddings = rng.normal(size=(400, 160)).astype(np.float32)
    space = parts.fit(embeddings)
    count = len(parts.TILES)
    tiles = parts.stored(space, embeddings[: 6 * count]).reshape(6, count, parts.WIDTH)
    query = parts.asked(space, embeddings[300:302])
    exact = space.project(embeddings[: 6 * count]) @ query.T
    found = parts.likeness(query, tiles, np.arange(6)).swapaxes(1, 2).reshape(-1, 2)
    assert np.abs(found - exact).max() < 0.02
    assert np.array_equal(parts.best(query, tiles, np.arange(6)), found.reshape(6, count, 2).max(1))


def test_a_space_of_few_photos_is_filled_up_with_nothing() -> None:
    embeddings = np.random.default_rng(1).normal(size=(5, 64)).astype(np.float32)
    space = parts.fit(embeddings)
    assert space.width < parts.WIDTH
    assert parts.stored(space, embeddings).shape == (5, parts.WIDTH)
    assert parts.asked(space, embeddings).shape == (5, parts.WIDTH)


def test_an_outline_lies_where_the_likest_tile_is() -> None:
    alike = np.full((1, len(parts.TILES)), 0.2, np.float32)
    alike[0, 5] = 0.9
    (outline,) = parts.outlines(alike)
    assert np.allclose(
        (outline.left, outline.top, outline.right, outline.bottom), parts.TILES[5], atol=0.01
    )


def test_tiles_that_are_nearly_as_like_draw_the_outline_to_them() -> None:
    alike = np.full((1, len(parts.TILES)), 0.2, np.float32)
    alike[0, 1] = alike[0, 2] = 0.9  # neighbours in the upper row
    (outline,) = parts.outlines(alike)
    assert parts.TILES[1][0] < outline.left < parts.TILES[2][0]


def test_an_outline_has_pixels_even_in_the_smallest_photo() -> None:
    assert Outline(0.25, 0.5, 0.75, 1.0).pixels(400, 200) == (100, 100, 200, 100)
    assert Outline(0.2, 0.2, 0.21, 0.21).pixels(4, 4) == (1, 1, 1, 1)
