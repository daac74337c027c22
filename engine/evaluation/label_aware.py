"""The rival that knows what identifiers know: a dense scan of u, the label-aware space.

Same space, same classifier, same known labels as the generation, but every photo keeps its whole
vector and the exact pi instead of codewords. What generation finds beyond this row is its own;
where this row is better, identifiers cost it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.evaluation.baselines import nearest, weighted_neighbours
from engine.search.ports import Floats, Ints
from engine.tokenizer.affinity import Affinity
from engine.tokenizer.model import NORM, Tokenizer
from engine.tokenizer.space import unit

ITSELF = 0.999  # similarity of a photo and its own landmark, which is stored in half precision


class LabelAware:
    """Ranks by z.z_j + pi.pi_j - NORM |pi_j|^2 / 2, the label parts as in u.

    ``known`` (G,): numbers of the labels that training saw of the gallery's photos, any numbers,
    -1 for none. ``expanded``: with database-side augmentation and query expansion of z, ``k``
    nearest weighted by cosine to ``power``. (Of u: no better on the train split, and worse at rank
    1. It lends labels to neighbours, which pi does already, behind a gate.)
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        known: Ints,
        *,
        expanded: bool = False,
        k: int = 10,
        power: float = 3.0,
    ) -> None:
        if tokenizer.affinity is None:
            raise ValueError("a label-aware rival needs a generation that tells labels")
        self.name = "label-aware-expanded" if expanded else "label-aware"
        self._project = tokenizer.space.project
        self._affinity = tokenizer.affinity
        self._known, self._expanded = known, expanded
        self._k, self._power = k, power

    def fit(self, gallery: Floats) -> None:
        z = self._project(gallery)
        own = landmarks_among(self._affinity, z)
        classes = classes_of(self._affinity, self._known, own)
        shares = self._affinity.known(classes, self._affinity.shares(z, own))
        part = self._affinity.part(shares)
        norm = np.einsum("gp,gp->g", part, part)
        if self._expanded:
            z = unit(weighted_neighbours(z, z, self._k, self._power))
        self._gallery = np.column_stack([z, part, np.float32(-NORM / 2) * norm])

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        z = self._project(queries)
        part = self._affinity.part(self._affinity.shares(z))
        if self._expanded:
            kept = self._gallery[:, : z.shape[1]]
            z = unit(z + weighted_neighbours(z, kept, self._k, self._power))
        asked = np.column_stack([z, part, np.ones(len(z), np.float32)])
        return nearest(asked, self._gallery, k)

    @property
    def bytes_per_photo(self) -> float:
        """u and its norm, in float32 as the other scans keep theirs."""
        return self._gallery.nbytes / len(self._gallery)


def landmarks_among(affinity: Affinity, z: Floats) -> Ints:
    """The landmark that each of ``z`` (G, D) is itself, (G,); -1: a photo that came later."""
    landmark, cosine = nearest(z, affinity.landmarks, 1)
    return np.where(cosine[:, 0] >= ITSELF, landmark[:, 0], -1)


def classes_of(affinity: Affinity, known: Ints, own: Ints) -> Mapping[str, Ints]:
    """``known`` label numbers (G,) as each origin's classes (G,).

    Training numbers classes in its own way; the landmarks of known photos (``own`` (G,)) tell how.
    """
    found: dict[str, Ints] = {}
    for origin in affinity.labels:
        classes = np.full(len(known), -1, np.int64)
        for label in np.unique(known[known >= 0]):
            told = origin.landmarks[own[(known == label) & (own >= 0)]]
            told = told[told >= 0]
            if len(told):  # photos too like each other may share a landmark: the most votes win
                classes[known == label] = np.bincount(told).argmax()
        found[origin.name] = classes
    return found
