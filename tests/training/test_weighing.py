"""Which origins of labels are believed: those that predict photos whose labels were hidden."""

from __future__ import annotations

import numpy as np
import pytest

from engine.tokenizer.space import unit
from engine.training.sources.source import Source
from engine.training.weighing import Weighed, weigh

GROUPS, EACH, WIDTH = 12, 40, 16


def library(noise: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Photos of groups that overlap: looks alone find a part of them."""
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(GROUPS), EACH)
    z = rng.normal(size=(GROUPS, WIDTH))[group] + noise * rng.normal(size=(len(group), WIDTH))
    return unit(z.astype(np.float32)), group


def verdict(z: np.ndarray, source: Source) -> Weighed:
    (found,) = [step for step in weigh(z, (source,), 0) if isinstance(step, Weighed)]
    return found


def test_labels_that_predict_are_believed() -> None:
    z, group = library()
    found = verdict(z, Source("file", group))
    assert found.strength > 0
    assert found.with_labels > found.without + 0.05


@pytest.mark.parametrize("groups", [2, 12, 100])
def test_labels_of_pure_noise_are_switched_off(groups: int) -> None:
    z, _ = library()
    noise = np.random.default_rng(1).integers(0, groups, len(z))
    assert verdict(z, Source("albums", noise)).strength == 0


def test_labels_that_were_shuffled_are_switched_off() -> None:
    z, group = library()
    sizes = np.where(group < 6, 0, group)  # one group is half of the library
    shuffled = np.random.default_rng(2).permutation(sizes)
    _, dense = np.unique(shuffled, return_inverse=True)
    assert verdict(z, Source("events", dense)).strength == 0


def test_few_labels_prove_nothing() -> None:
    z, _ = library()
    few = np.full(len(z), -1)
    few[:8] = np.repeat([0, 1], 4)
    assert verdict(z, Source("file", few)).strength == 0


def test_pairs_that_look_alike_are_believed_and_others_are_not() -> None:
    z, _ = library()
    twins = unit(np.concatenate([z, z + 0.02]).astype(np.float32))
    pairs = np.tile(np.arange(len(z)), 2)
    assert verdict(twins, Source("bursts", pairs)).strength == 1
    strangers = np.random.default_rng(0).permutation(pairs)
    assert verdict(twins, Source("bursts", strangers)).strength == 0


def test_a_persons_own_marks_need_no_proof() -> None:
    z, _ = library()
    marks = np.full(len(z), -1)
    marks[[3, 400]] = 0
    assert verdict(z, Source("feedback", marks)).strength == 1
    assert verdict(z, Source("duplicates", marks)).strength == 0


def test_the_same_seed_gives_the_same_verdict() -> None:
    z, group = library()
    first, second = (verdict(z, Source("file", group)) for _ in range(2))
    assert (first.strength, first.without, first.with_labels) == (
        second.strength,
        second.without,
        second.with_labels,
    )
