"""From labels to identifiers that tell them, and from them to better ranked lists."""

from __future__ import annotations

import numpy as np
import pytest

from engine.search.graph import Neighbours, neighbours_of
from engine.search.searcher import GenerativeIndex, search_generative
from engine.search.segments import Shown
from engine.tokenizer.model import NORM, RankingWeights, Tokenizer, TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import fit_quantizer
from engine.tokenizer.space import Space, unit
from engine.training.pipeline import Rows
from engine.training.sources.source import Source
from engine.training.trust import Trusted, trust

GROUPS, EACH, WIDTH, CODES = 8, 40, 16, 16


@pytest.fixture(scope="module")
def photos() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(GROUPS), EACH)
    z = rng.normal(size=(GROUPS, WIDTH))[group] + 0.9 * rng.normal(size=(len(group), WIDTH))
    return unit(z.astype(np.float32)), group


def trusted(z: np.ndarray, *sources: Source) -> Trusted:
    *_, neighbours = neighbours_of(z)
    assert isinstance(neighbours, Neighbours)
    *_, found = trust(z, neighbours, sources, 0)
    assert isinstance(found, Trusted)
    return found


def index_of(z: np.ndarray, found: Trusted) -> GenerativeIndex:
    quantizer = fit_quantizer(found.u, 3, CODES)
    space = Space(np.zeros(WIDTH, np.float32), np.eye(WIDTH, dtype=np.float32))
    tokenizer = Tokenizer(
        space,
        quantizer,
        TreeWeights.untrained(3, NORM),
        RankingWeights(same_shot=0.99, same_scene=0.98),
        found.affinity,
    )
    packed = pack(quantizer.encode(found.u), CODES)
    return GenerativeIndex.build(tokenizer, packed, np.ones(len(z), bool), Rows(z))


def share_right(index: GenerativeIndex, queries: np.ndarray, group: np.ndarray) -> float:
    """Mean precision of the first 20, and nothing of the query itself."""
    shares = []
    for query in queries:
        shown = np.ones(len(index.packed), bool)
        shown[query] = False
        z = index.vectors.take(np.array([query]))[0]
        ranked, _ = search_generative(index, None, index.ask(z, z[None]), Shown(shown), 20, 60)
        shares.append((group[ranked.rows] == group[query]).mean())
    return float(np.mean(shares))


def test_labels_bring_photos_together_that_nobody_labelled(
    photos: tuple[np.ndarray, np.ndarray],
) -> None:
    z, group = photos
    asked = np.arange(0, len(z), 5)
    known = group.copy()
    known[asked] = -1
    labelled = index_of(z, trusted(z, Source("file", known)))
    plain = index_of(z, trusted(z))
    assert labelled.tokenizer.affinity is not None and plain.tokenizer.affinity is None
    assert share_right(labelled, asked, group) > share_right(plain, asked, group) + 0.05


def test_noise_leaves_everything_as_it_is_without_labels(
    photos: tuple[np.ndarray, np.ndarray],
) -> None:
    z, _ = photos
    noise = Source("albums", np.random.default_rng(0).integers(0, 5, len(z)))
    found, plain = trusted(z, noise), trusted(z)
    (verdict,) = found.verdicts
    assert verdict.strength == 0 and verdict.without is not None
    assert found.affinity is None
    np.testing.assert_array_equal(found.u, plain.u)
    np.testing.assert_array_equal(found.graph.weights, plain.graph.weights)


def test_two_origins_stand_side_by_side(photos: tuple[np.ndarray, np.ndarray]) -> None:
    z, group = photos
    found = trusted(z, Source("albums", group), Source("events", group // 2))
    assert [v.strength > 0 for v in found.verdicts] == [True, True]
    assert found.affinity is not None
    assert [labels.name for labels in found.affinity.labels] == ["albums", "events"]
    assert found.u.shape == (len(z), WIDTH + GROUPS + GROUPS // 2)


def test_pairs_tie_photos_and_are_no_classes(photos: tuple[np.ndarray, np.ndarray]) -> None:
    z, _ = photos
    twins = unit(np.concatenate([z, z + 0.02]).astype(np.float32))
    pairs = np.tile(np.arange(len(z)), 2)
    found = trusted(twins, Source("bursts", pairs))
    assert found.affinity is None
    assert found.graph.columns.shape[1] > trusted(twins).graph.columns.shape[1]


def test_what_a_person_told_apart_is_apart_even_where_nothing_else_is_marked(
    photos: tuple[np.ndarray, np.ndarray],
) -> None:
    z, _ = photos
    plain = trusted(z).graph
    one = 7
    other = int(plain.columns[one][plain.weights[one].argmax()])
    marks = Source("feedback", np.full(len(z), -1), np.array([[one, other]]))
    parted = trusted(z, marks).graph
    assert not parted.weights[one][parted.columns[one] == other].any()
