"""The learnt space: copies rise, kin stays together, and a bad one is told by its trial."""

from __future__ import annotations

import numpy as np
import pytest

from engine.search.ports import Floats, Ints
from engine.tokenizer.space import Space, fit_space, unit
from engine.training import projection
from engine.training.projection import WIDE, _target, learn_projection
from engine.training.projection_trial import Merit, Trial

KINDS, EACH, WIDTH, ROUNDS = 40, 15, 96, 4
HELD = np.arange(0, KINDS * EACH, 5)
TAUGHT = np.setdiff1d(np.arange(KINDS * EACH), HELD)


def _library() -> tuple[Floats, Floats]:
    """Photos of ``KINDS`` kinds (n, E), and ``ROUNDS`` edited views of each (ROUNDS, n, E).

    A third of the directions tell an edit, not the photo: what learning has to find out.
    """
    rng = np.random.default_rng(0)
    kinds = rng.normal(0, 1, (KINDS, WIDTH))
    photos = np.repeat(kinds, EACH, axis=0) + rng.normal(0, 0.7, (KINDS * EACH, WIDTH))
    noise = rng.normal(0, 0.5, (ROUNDS, len(photos), WIDTH))
    noise[..., : WIDTH // 3] *= 5
    return unit(photos.astype(np.float32)), unit((photos + noise).astype(np.float32))


def _learn(seed: int = 0) -> tuple[Space, Space, Trial]:
    photos, views = _library()
    of = np.tile(np.arange(len(TAUGHT)), ROUNDS)
    start = fit_space(photos, WIDE)
    learnt = learn_projection(
        start, photos[TAUGHT], views[:, TAUGHT].reshape(-1, WIDTH), of, seed, width=48
    )
    asked = np.tile(HELD, ROUNDS)
    trial = Trial(photos, HELD, views[:, HELD].reshape(-1, WIDTH), asked)
    return fit_space(photos, 48), learnt, trial


def test_photos_that_it_never_saw_are_found_by_more_of_their_views(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(projection, "EPOCHS", 30)
    given, learnt, trial = _learn()
    before, after = trial.of(given), trial.of(learnt)
    assert learnt.width == 48
    assert after.views_1 > before.views_1 + 0.03
    assert after.may_replace(before)


def test_one_seed_gives_one_space_and_few_photos_few_steps() -> None:
    given, first, _ = _learn(1)
    _, again, _ = _learn(1)
    _, other, _ = _learn(2)
    assert np.array_equal(first.projection, again.projection)
    assert not np.array_equal(first.projection, other.projection)
    change = np.linalg.norm(first.projection - given.projection)
    assert 0 < change < 0.2 * np.linalg.norm(given.projection)


def test_nothing_is_lost_where_photos_or_views_are_very_few() -> None:
    photos, views = _library()
    of: Ints = np.array([1])
    learnt = learn_projection(fit_space(photos[:2], WIDE), photos[:2], views[0, 1:2], of, 0)
    assert learnt.width == 1 and np.isfinite(learnt.projection).all()
    merit = Trial(photos[:3], np.array([1]), views[0, 1:2], of).of(learnt)
    assert 0 <= merit.diffusion <= 1


def test_a_target_holds_the_photo_itself_and_only_neighbours_that_choose_it_too() -> None:
    neighbours = np.array([[1, 2], [0, 3], [3, 4], [1, 0], [0, 1]])
    target = _target(np.array([0, 1, 3]), neighbours)
    expected = np.array([[1, 0.5, 0], [0.25, 1, 0.25], [0, 0.5, 1]])
    assert target == pytest.approx(expected / expected.sum(1, keepdims=True))


@pytest.mark.parametrize(
    ("after", "used"),
    [
        (Merit(0.7, 0.9, 0.60, 0.9, 100), True),
        (Merit(0.5, 0.8, 0.60, 0.9, 100), False),  # brings no copy
        (Merit(0.9, 1.0, 0.55, 0.9, 100), False),  # takes groups apart
        (Merit(0.9, 1.0, 0.60, 0.7, 100), False),  # takes pairs apart
        (Merit(0.9, 1.0, 0.60, 0.72, 10), True),  # two pairs of ten may be chance
    ],
)
def test_a_space_that_only_finds_copies_is_not_used(after: Merit, used: bool) -> None:
    assert after.may_replace(Merit(0.5, 0.8, 0.6, 0.9, after.pairs)) is used


def test_the_trial_refuses_a_space_that_tells_nothing_of_the_photos() -> None:
    given, _, trial = _learn()
    rng = np.random.default_rng(0)
    blind = Space(given.mean, rng.normal(0, 1, (WIDTH, 2)).astype(np.float32))
    assert not trial.of(blind).may_replace(trial.of(given))
