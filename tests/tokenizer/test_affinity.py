"""What labels say: votes of the nearest landmarks and a classifier, behind a gate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.tokenizer.affinity import WEIGHT, Affinity, Labels, arrays, from_arrays, labelled_share
from engine.tokenizer.model import NORM, Tokenizer, TreeWeights
from engine.tokenizer.packing import unpack
from engine.tokenizer.quantizer import fit_quantizer
from engine.tokenizer.space import Space, unit

WIDTH, EACH = 8, 60


def library(classes: int = 4, labelled: int = 2) -> tuple[np.ndarray, np.ndarray, Affinity]:
    """Photos around ``classes`` centres, all of the first ``labelled`` centres labelled."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(classes, WIDTH))
    kind = np.repeat(np.arange(classes), EACH)
    noise = 0.15 * rng.normal(size=(len(kind), WIDTH))
    z = unit((centres[kind] + noise).astype(np.float32))
    known = np.where(kind < labelled, kind, -1)
    centre = unit(np.stack([z[known == c].mean(0) for c in range(labelled)]))
    stored = z.astype(np.float16).astype(np.float32)
    labels = Labels(
        "file", 1.0, known, np.eye(WIDTH, dtype=np.float32), centre, labelled_share(stored, known)
    )
    return z, kind, Affinity(stored, (labels,))


def test_photos_like_labelled_ones_share_their_label_and_others_none() -> None:
    z, kind, affinity = library()
    shares = affinity.shares(z, np.arange(len(z)))
    assert shares.shape == (len(z), 2)
    assert (shares[kind < 2].argmax(1) == kind[kind < 2]).all()
    assert shares[kind < 2].max(1).min() > 0.7
    assert shares[kind >= 2].max() < 0.1


def test_few_labels_speak_as_clearly_as_many() -> None:
    z, kind, affinity = library()
    (origin,) = affinity.labels
    few = np.where(np.arange(len(z)) % 5 == 0, origin.landmarks, -1)
    usual = labelled_share(affinity.landmarks, few)
    assert 0.1 < usual < 0.35
    sparse = Affinity(affinity.landmarks, (replace(origin, landmarks=few, usual=usual),))
    shares = sparse.shares(z, np.arange(len(z)))
    assert (shares[kind < 2].argmax(1) == kind[kind < 2]).all()
    assert np.median(shares[kind < 2].max(1)) > 0.7
    assert shares[kind >= 2].max() < 0.1


def test_a_photo_does_not_vote_for_itself() -> None:
    z, _, affinity = library()
    alone = affinity.labels[0].landmarks.copy()
    alone[1:] = -1
    (origin,) = affinity.labels
    only = Affinity(affinity.landmarks, (replace(origin, landmarks=alone),))
    own = np.full(len(z), -1)
    own[0] = 0
    asked = only.shares(z[:1])[0, 0]
    assert only.shares(z[:1], own[:1])[0, 0] < asked


def test_a_known_label_is_told_as_it_is() -> None:
    z, kind, affinity = library()
    given = np.where(kind == 1, 1, -1)
    told = affinity.known({"file": given}, affinity.shares(z))
    assert (told[kind == 1] == [0, 1]).all()
    np.testing.assert_array_equal(told[kind == 0], affinity.shares(z)[kind == 0])


def test_inner_products_of_parts_are_those_of_shares() -> None:
    z, _, affinity = library()
    shares = affinity.shares(z)
    part = affinity.part(shares)
    np.testing.assert_allclose(part @ part.T, WEIGHT * shares @ shares.T, rtol=1e-4, atol=1e-5)


def test_more_classes_than_directions_stay_nearly_apart() -> None:
    (origin,) = library()[2].labels
    classes = 500
    none = np.zeros(3, np.int64)
    many = Labels("albums", 1.0, none, origin.turn, np.zeros((classes, WIDTH)), 1.0)
    affinity = Affinity(np.zeros((3, WIDTH), np.float32), (many,))
    part = affinity.part(np.eye(classes, dtype=np.float32)) / np.sqrt(WEIGHT)
    assert part.shape == (classes, affinity.width)
    between = part @ part.T - np.eye(classes)
    assert np.sqrt((between**2).mean()) < 0.1


def test_identifiers_of_photos_that_came_later_tell_their_label(tmp_path: Path) -> None:
    z, kind, affinity = library()
    shares = affinity.known({"file": affinity.labels[0].landmarks}, affinity.shares(z))
    u = np.concatenate([z, affinity.part(shares)], axis=1)
    quantizer = fit_quantizer(u, 3, 8)
    space = Space(np.zeros(WIDTH, np.float32), np.eye(WIDTH, dtype=np.float32))
    tokenizer = Tokenizer(space, quantizer, TreeWeights.untrained(3, NORM), affinity=affinity)
    rng = np.random.default_rng(3)
    late = unit((z[kind == 1][:20] + 0.05 * rng.normal(size=(20, WIDTH))).astype(np.float32))
    codes = unpack(tokenizer.identify(late), 3, 8)
    told = quantizer.decode(codes)[:, WIDTH:]
    assert (told.argmax(1) == 1).all() and (told[:, 1] > 1).all()
    tokenizer.save(tmp_path)
    np.testing.assert_array_equal(Tokenizer.load(tmp_path).identify(late), tokenizer.identify(late))


def test_a_tokenizer_without_labels_stores_none() -> None:
    assert arrays(None) == {}
    assert from_arrays({}) is None
