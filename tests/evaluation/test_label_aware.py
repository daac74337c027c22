"""The dense rival in the label-aware space knows what the generation knows, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.baselines import Exact
from engine.evaluation.label_aware import LabelAware, classes_of, landmarks_among
from engine.search.searcher import GenerativeIndex
from engine.tokenizer.affinity import Affinity, Labels, labelled_share
from engine.tokenizer.model import NORM, Tokenizer, TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import ResidualQuantizer
from engine.tokenizer.space import Space, unit

WIDTH, EACH = 16, 40
TURNED = np.array([2, 0, 1])  # training numbers classes in its own way


def library(noise: float = 0.9) -> tuple[np.ndarray, np.ndarray, np.ndarray, Tokenizer]:
    """Photos of five kinds that look alike; half of the photos of three kinds are labelled.

    Embeddings (G, E), kinds (G,), labels that training saw (G,), and what training made of them.
    """
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(5, WIDTH))
    kind = np.repeat(np.arange(5), EACH)
    photos = (centres[kind] + noise * rng.normal(size=(len(kind), WIDTH))).astype(np.float32)
    known = np.where((kind < 3) & (np.arange(len(kind)) % 2 == 0), kind, -1)
    z = unit(photos)
    numbers = np.where(known >= 0, TURNED[known], -1)
    means = unit(np.stack([z[numbers == c].mean(0) for c in range(3)]))
    stored = z.astype(np.float16).astype(np.float32)
    usual = labelled_share(stored, numbers)
    labels = Labels("file", 1.0, numbers, np.eye(WIDTH, dtype=np.float32), means, usual)
    affinity = Affinity(stored, (labels,))
    space = Space(np.zeros(WIDTH, np.float32), np.eye(WIDTH, dtype=np.float32))
    quantizer = ResidualQuantizer(np.zeros((1, 1, WIDTH + 3), np.float32))
    tree = TreeWeights.untrained(1, NORM)
    return photos, kind, known, Tokenizer(space, quantizer, tree, affinity=affinity)


def test_known_labels_become_the_classes_that_training_numbered() -> None:
    photos, _, known, tokenizer = library()
    assert tokenizer.affinity is not None
    own = landmarks_among(tokenizer.affinity, unit(photos))
    np.testing.assert_array_equal(own, np.arange(len(photos)))
    classes = classes_of(tokenizer.affinity, known, own)["file"]
    np.testing.assert_array_equal(classes, np.where(known >= 0, TURNED[known], -1))


def test_a_photo_that_came_later_is_no_landmark() -> None:
    photos, _, _, tokenizer = library()
    assert tokenizer.affinity is not None
    later = unit(photos[:7] + 0.5)
    assert (landmarks_among(tokenizer.affinity, later) == -1).all()


def test_labels_bring_their_kind_before_others_that_look_as_alike() -> None:
    photos, kind, known, tokenizer = library()
    rival, exact = LabelAware(tokenizer, known), Exact()
    asked = np.flatnonzero((kind < 3) & (known < 0))
    right = []
    for baseline in (rival, exact):
        baseline.fit(photos)
        found, _ = baseline.search(photos[asked], 20)
        right.append((kind[found] == kind[asked][:, None]).mean())
    assert right[0] > right[1] + 0.05


def test_the_score_is_that_of_the_search_with_exact_shares_instead_of_codewords() -> None:
    photos, _, known, tokenizer = library()
    assert tokenizer.affinity is not None
    rival = LabelAware(tokenizer, known)
    rival.fit(photos)
    rows, scores = rival.search(photos[:5], 30)
    affinity, z = tokenizer.affinity, unit(photos)
    numbers = np.where(known >= 0, TURNED[known], -1)
    shares = affinity.known({"file": numbers}, affinity.shares(z, np.arange(len(z))))
    # Identifiers that say u exactly: a code a photo.
    u = np.concatenate([z, affinity.part(shares)], axis=1)
    exact = Tokenizer(
        tokenizer.space, ResidualQuantizer(u[None]), tokenizer.tree, affinity=affinity
    )
    codes = pack(np.arange(len(z))[:, None], len(z))
    index = GenerativeIndex.build(exact, codes, np.ones(len(z), bool), Memory(z))
    for query, found, score in zip(photos, rows, scores, strict=False):
        asked = index.ask(query, np.zeros((1, 1), np.float32))
        evidence = index.label_evidence(asked, found)
        np.testing.assert_allclose(z[found] @ asked.z + evidence, score, atol=1e-4)


class Memory:
    """Vectors of a gallery, in memory."""

    def __init__(self, vectors: np.ndarray) -> None:
        self._vectors = vectors

    def take(self, rows: np.ndarray) -> np.ndarray:
        return self._vectors[rows]

    def blocks(self):  # type: ignore[no-untyped-def]
        yield 0, self._vectors


def test_expansion_lends_looks_and_leaves_labels() -> None:
    photos, kind, known, tokenizer = library(noise=1.2)
    plain, expanded = (LabelAware(tokenizer, known, expanded=e) for e in (False, True))
    right = []
    for baseline in (plain, expanded):
        baseline.fit(photos)
        found, _ = baseline.search(photos, 20)
        right.append((kind[found] == kind[:, None]).mean())
    assert expanded.name == "label-aware-expanded"
    assert right[1] > right[0]
    # z, the label part, and its norm: 4 bytes each.
    assert plain.bytes_per_photo == expanded.bytes_per_photo == 4 * (WIDTH + 3 + 1)


def test_a_generation_without_labels_has_no_such_rival() -> None:
    _, _, known, tokenizer = library()
    without = Tokenizer(tokenizer.space, tokenizer.quantizer, tokenizer.tree)
    with pytest.raises(ValueError, match="tells labels"):
        LabelAware(without, known)
