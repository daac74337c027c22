"""What labels say of a photo: pi, its share in every class, and the part of u that says so.

u = [z ; sqrt(a) pi R]: identifiers quantize u, so that they tell both how a photo looks and where
it belongs (RETRIEVAL.md, "label-aware space"). For a labelled photo pi is one-hot. For any other
photo, and for every query, it is the mean of two guesses, the labels among the 30 nearest landmarks
and a linear classifier, times a gate: how many of the 30 are labelled at all, beside how many are
for a labelled photo. The gate keeps photos of things that were never labelled out of the classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Floats, Ints
from engine.tokenizer.space import unit

WEIGHT = 6.0  # a, of a class of full strength; chosen on the train split (docs/decisions.md)
NEIGHBOURS = 30
POWER = 3.0  # of the landmarks' similarity
SCALE = 16.0  # of the classifier's cosines
# Labelled share at which the gate is half open, and how softly it opens; in units of what labelled
# photos usually see, so that few labels in a large library open it too.
GATE = (0.6, 0.15)
LANDMARKS = 16_384  # photos at most that labels are read from: a millisecond a query
PART = 128  # P: classes beyond share directions of the label part
BLOCK = 1024


@dataclass(frozen=True)
class Labels:
    """One origin's labels: what it is called, how far it is trusted, and its classes.

    ``strength`` 0..1; ``landmarks`` (N,): class of every landmark, -1 for none; ``turn`` (D, D)
    and ``centres`` (C, D): the classifier, cosines of z ``turn`` with ``centres``; ``usual``:
    labelled share, by weight, among the neighbours of a labelled landmark, 0..1.
    """

    name: str
    strength: float
    landmarks: Ints
    turn: Floats
    centres: Floats
    usual: float

    def classified(self, z: Floats) -> Floats:
        """(B, D) -> (B, C), rows that sum to one."""
        logits = SCALE * unit(z @ self.turn) @ self.centres.T
        share = np.exp(logits - logits.max(1, keepdims=True))
        result: Floats = share / share.sum(1, keepdims=True)
        return result


@dataclass(frozen=True)
class Affinity:
    """``landmarks`` (N, D), unit length: photos that the library had; ``labels``: one an origin."""

    landmarks: Floats
    labels: tuple[Labels, ...]

    @property
    def width(self) -> int:
        """P: width of the label part."""
        return min(PART, sum(len(origin.centres) for origin in self.labels))

    def shares(self, z: Floats, own: Ints | None = None) -> Floats:
        """pi (B, C) of ``z`` (B, D), C classes of all origins side by side.

        ``own`` (B,): the landmark that each row is itself (-1: none), which is not asked.
        """
        blocks = [
            self._shares(z[i : i + BLOCK], None if own is None else own[i : i + BLOCK])
            for i in range(0, len(z), BLOCK)
        ]
        classes = sum(len(origin.centres) for origin in self.labels)
        return np.concatenate(blocks) if blocks else np.zeros((0, classes), np.float32)

    def known(self, classes: Mapping[str, Ints], shares: Floats) -> Floats:
        """``shares`` (B, C) with one-hot where a label is known: (B,) classes by origin's name."""
        told = shares.copy()
        first = 0
        for origin in self.labels:
            last = first + len(origin.centres)
            given = classes[origin.name]
            rows = np.flatnonzero(given >= 0)
            told[rows, first:last] = 0
            told[rows, first + given[rows]] = 1
            first = last
        return told

    def part(self, shares: Floats) -> Floats:
        """pi (B, C) -> the label part of u (B, P)."""
        strength = np.concatenate(
            [np.full(len(origin.centres), origin.strength) for origin in self.labels]
        )
        scaled = shares * np.sqrt(WEIGHT * strength)
        part: Floats = (scaled @ _directions(len(strength), self.width)).astype(np.float32)
        return part

    def _shares(self, z: Floats, own: Ints | None) -> Floats:
        near, weight = neighbourhood(z, self.landmarks, own)
        rows = np.arange(len(z))[:, None]
        parts = []
        for origin in self.labels:
            classes = len(origin.centres)
            label = origin.landmarks[near]  # (B, k)
            flat = (rows * classes + label)[label >= 0]
            votes = np.bincount(flat, weight[label >= 0], len(z) * classes)
            votes = votes.reshape(len(z), classes)
            labelled = votes.sum(1)
            share = labelled / weight.sum(1) / origin.usual
            gate = 1 / (1 + np.exp((GATE[0] - share) / GATE[1]))
            guess = (votes / np.maximum(labelled, 1e-9)[:, None] + origin.classified(z)) / 2
            parts.append(gate[:, None] * guess)
        shares: Floats = np.concatenate(parts, axis=1).astype(np.float32)
        return shares


def neighbourhood(z: Floats, landmarks: Floats, own: Ints | None) -> tuple[Ints, Floats]:
    """The nearest of ``landmarks`` (N, D) to ``z`` (B, D), and how much each counts: (B, k) both.

    ``own`` (B,): the landmark that each row is itself (-1: none), which counts for nothing.
    """
    similarity = z @ landmarks.T  # (B, N)
    if own is not None:
        known = np.flatnonzero(own >= 0)
        similarity[known, own[known]] = -1
    k = min(NEIGHBOURS, similarity.shape[1])
    near = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
    weight = np.maximum(np.take_along_axis(similarity, near, axis=1), 1e-6) ** POWER
    return near, weight


def labelled_share(landmarks: Floats, classes: Ints) -> float:
    """Mean labelled share among the neighbours of labelled landmarks: ``Labels.usual``, above 0.

    ``classes`` (N,) of ``landmarks`` (N, D), -1 for none.
    """
    labelled = np.flatnonzero(classes >= 0)
    shares = [np.zeros(0, np.float32)]
    for i in range(0, len(labelled), BLOCK):
        rows = labelled[i : i + BLOCK]
        near, weight = neighbourhood(landmarks[rows], landmarks, rows)
        shares.append((weight * (classes[near] >= 0)).sum(1) / weight.sum(1))
    share = np.concatenate(shares)
    return max(float(share.mean()), 1e-3) if len(share) else 1.0


def _directions(classes: int, width: int) -> Floats:
    """Unit rows (C, P): a class each where there is room, else random ones, nearly orthogonal."""
    if classes <= width:
        return np.eye(classes, dtype=np.float32)
    random = np.random.default_rng(0).standard_normal((classes, width))
    return unit(random.astype(np.float32))


def arrays(affinity: Affinity | None) -> dict[str, NDArray[np.generic]]:
    """For ``np.savez``; empty without labels."""
    if affinity is None:
        return {}
    found: dict[str, NDArray[np.generic]] = {
        "landmarks": affinity.landmarks.astype(np.float16),
        "origins": np.array([origin.name for origin in affinity.labels]),
    }
    for number, origin in enumerate(affinity.labels):
        found[f"strength{number}"] = np.array([origin.strength])
        found[f"labels{number}"] = origin.landmarks.astype(np.int32)
        found[f"turn{number}"] = origin.turn
        found[f"centres{number}"] = origin.centres
        found[f"usual{number}"] = np.array([origin.usual])
    return found


def from_arrays(file: Mapping[str, NDArray[np.generic]]) -> Affinity | None:
    """The reverse of :func:`arrays`. Raises ``KeyError`` or ``ValueError`` for a damaged file."""
    if "origins" not in file:
        return None
    return Affinity(
        file["landmarks"].astype(np.float32),
        tuple(
            Labels(
                str(name),
                float(file[f"strength{number}"].astype(np.float64)[0]),
                file[f"labels{number}"].astype(np.int64),
                file[f"turn{number}"].astype(np.float32),
                file[f"centres{number}"].astype(np.float32),
                float(file[f"usual{number}"].astype(np.float64)[0]),
            )
            for number, name in enumerate(file["origins"].tolist())
        ),
    )
