"""Views: edits that change a photo, never the photo itself, and the same ones for one seed."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from engine.training.views import random_view
from tests.conftest import picture


@pytest.mark.parametrize("size", [(96, 72), (9, 200), (8, 8), (1, 1)])
def test_any_photo_has_views_of_a_usable_size(size: tuple[int, int]) -> None:
    photo = picture(1, size)
    before = photo.tobytes()
    for seed in range(40):
        view = random_view(photo, np.random.default_rng(seed))
        assert view.mode == "RGB" and min(view.size) >= 1
    assert photo.tobytes() == before


def test_views_differ_between_seeds_and_not_within_one() -> None:
    photo = picture(2)
    first, again, other = (random_view(photo, np.random.default_rng(s)) for s in (3, 3, 4))
    assert first.tobytes() == again.tobytes()
    assert first.size != other.size or first.tobytes() != other.tobytes()


def test_a_view_still_shows_the_photo() -> None:
    photo, stranger = picture(5), picture(6)

    def small(image: Image.Image) -> np.ndarray:
        return np.asarray(image.resize((4, 4)), np.float32)

    nearer = 0
    for seed in range(60):
        view = small(random_view(photo, np.random.default_rng(seed)))
        own, other = (np.abs(view - small(p)).mean() for p in (photo, stranger))
        nearer += own < other
    assert nearer > 45
