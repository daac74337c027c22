"""Which space a training takes: the learnt one has to stand its trial on photos it never saw."""

from __future__ import annotations

import numpy as np
import pytest

from engine.tokenizer.space import fit_space, unit
from engine.training import space as spaces
from engine.training.pipeline import Rows
from engine.training.projection_trial import Merit, Trial
from engine.training.space import ChosenSpace, Views, choose_space

WIDTH = 24


def library(count: int = 120) -> tuple[np.ndarray, Views]:
    """Photos whose edited views differ in half of the directions."""
    rng = np.random.default_rng(0)
    photos = rng.normal(size=(count, WIDTH)).astype(np.float32)
    of = np.tile(np.arange(count), 2)
    noise = rng.normal(size=(len(of), WIDTH)) * np.where(np.arange(WIDTH) < WIDTH // 2, 0.1, 1.2)
    return photos, Views((photos[of] + noise).astype(np.float32), of)


def chosen(photos: np.ndarray, views: Views, held: np.ndarray) -> ChosenSpace:
    *_, last = choose_space(Rows(photos), len(photos), views, held, 0)
    assert isinstance(last, ChosenSpace)
    return last


def test_a_space_that_stands_its_trial_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    photos, views = library()
    for verdict in (True, False):
        monkeypatch.setattr(Merit, "may_replace", lambda *_, v=verdict: v)
        found = chosen(photos, views, np.arange(0, 120, 5))
        assert found.learnt is verdict
    fitted = np.setdiff1d(np.arange(120), np.arange(0, 120, 5))
    whitened = fit_space(photos[fitted])
    np.testing.assert_allclose(found.space.projection, whitened.projection, rtol=1e-3, atol=1e-5)


def test_held_out_photos_and_their_views_are_learnt_from_by_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photos, views = library()
    held = np.arange(0, 120, 5)
    monkeypatch.setattr(Merit, "may_replace", lambda *_: True)
    first = chosen(photos, views, held)
    other = photos.copy()
    other[held] = 7.0
    edited = views.embedding.copy()
    edited[np.isin(views.of, held)] = -3.0
    second = chosen(other, Views(edited, views.of), held)
    np.testing.assert_array_equal(first.space.projection, second.space.projection)


def test_the_trial_is_of_held_out_photos_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    photos, views = library()
    held = np.arange(0, 120, 5)
    asked: list[np.ndarray] = []

    def record(self: Trial, photos: np.ndarray, rows: np.ndarray, *rest: np.ndarray) -> None:
        asked.append(photos[rows])
        asked.append(photos[rest[1]])
        raise EnoughError

    class EnoughError(Exception):
        pass

    monkeypatch.setattr(Trial, "__init__", record)
    with pytest.raises(EnoughError):
        chosen(photos, views, held)
    np.testing.assert_array_equal(asked[0], photos[held])
    np.testing.assert_array_equal(asked[1], photos[views.of[np.isin(views.of, held)]])


def test_a_library_without_views_is_whitened() -> None:
    photos, views = library()
    nothing = Views(np.zeros_like(views.embedding), views.of)
    assert not chosen(photos, nothing, np.arange(10)).learnt


def test_of_a_large_library_the_photos_with_views_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spaces, "FITTED_ON", 60)
    photos, views = library()
    some = views.of < 40
    found = chosen(photos, Views(views.embedding[some], views.of[some]), np.arange(0, 40, 4))
    z = found.space.project(photos)
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1, rtol=1e-4)
    assert unit(z).shape[1] <= WIDTH
