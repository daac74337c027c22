"""What marks say, as a vector and as a classifier."""

from __future__ import annotations

import numpy as np

from engine.search.feedback import RIDGE, Background, Preference, rocchio
from engine.tokenizer.space import unit


def test_what_is_avoided_is_subtracted_by_half() -> None:
    given = np.array([[2, 0], [0, 2], [4, 4]], np.float32)
    assert np.allclose(rocchio(given, np.array([1, 1, -1], np.float32)), [-1, -1])
    assert np.allclose(rocchio(given, np.array([3, 1, -2], np.float32)), [-0.5, -1.5])


def test_a_preference_tells_what_is_wanted_from_what_is_not() -> None:
    rng = np.random.default_rng(1)
    background = rng.normal(size=(200, 32)).astype(np.float32)
    wanted, avoided = np.eye(32, dtype=np.float32)[:2]
    given = np.stack([wanted, avoided])
    fitted = Preference.fit(given, np.array([1, -1], np.float32), Background.of(background))
    of_wanted, of_avoided = fitted.of(given)
    assert of_wanted > 0.3 and of_avoided < -0.3
    assert abs(fitted.of(background).mean()) < 0.1


def test_a_preference_without_anything_avoided_still_ranks() -> None:
    rng = np.random.default_rng(2)
    background = rng.normal(size=(50, 16)).astype(np.float32)
    given = np.eye(16, dtype=np.float32)[:1]
    fitted = Preference.fit(given, np.ones(1, np.float32), Background.of(background))
    assert fitted.of(given)[0] > fitted.of(background).max()


def test_a_prepared_background_gives_what_solving_the_whole_regression_gives() -> None:
    rng = np.random.default_rng(3)
    background = unit(rng.normal(size=(40, 24)).astype(np.float32))
    given = unit(rng.normal(size=(5, 24)).astype(np.float32))
    signs = np.array([1, 2, -1, 1, -3], np.float32)
    centre = background.mean(0)
    x = np.concatenate([given, background]) - centre
    share = np.concatenate([[1 / 4, 2 / 4, 1 / 4, 1 / 4, 3 / 4], np.full(40, 1 / 40)])
    targets = np.concatenate([np.sign(signs), np.zeros(40)])
    system = (x * share[:, None]).T @ x + RIDGE * np.eye(24)
    expected = np.linalg.solve(system, x.T @ (share * targets))
    fitted = Preference.fit(given, signs, Background.of(background))
    assert np.allclose(fitted.weights, expected, atol=1e-4)


def test_a_library_where_nothing_may_be_found_has_no_background() -> None:
    given = np.eye(8, dtype=np.float32)[:2]
    empty = Background.of(np.zeros((0, 8), np.float32))
    fitted = Preference.fit(given, np.array([1, -1], np.float32), empty)
    wanted, avoided = fitted.of(given)
    assert wanted > 0 > avoided
