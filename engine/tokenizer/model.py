"""The numpy half of a generation: space, codebooks and the weights of its scores, in one file.

``codebooks.npz`` is plain arrays, read without pickle.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import BundleError, printable
from engine.search.ports import Floats, Ints
from engine.tokenizer import affinity as affinities
from engine.tokenizer.affinity import Affinity
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import ResidualQuantizer
from engine.tokenizer.space import Space

NAME = "codebooks.npz"
NORM = 0.45  # penalty on |u_p|^2; chosen on the train split (docs/decisions.md)


@dataclass(frozen=True)
class TreeWeights:
    """The scalars of the tree score (engine.search.scores), one of each for a level."""

    similarity: Floats  # a (M,)
    norm: Floats  # b (M,)
    count: Floats  # g (M,)
    temperature: float = 0.02

    @classmethod
    def untrained(cls, levels: int, norm: float = 1.0) -> TreeWeights:
        """The classical tree search of a residual quantizer.

        ``norm``: of the penalty on |u_p|^2. All of it keeps the beam to short prefixes: photos that
        lie far out, and labelled ones, are found less than they should be.
        """
        one = np.ones(levels, np.float32)
        return cls(one, one * np.float32(norm), np.zeros(levels, np.float32))


@dataclass(frozen=True)
class RankingWeights:
    """How candidates are ranked, and where bands end; fitted on a library's held-out queries.

    ``logp`` and ``second_look`` weigh what ``engine.search.ranking.score_of`` adds to similarity;
    ``same_shot`` >= ``same_scene`` >= ``related`` are similarities. A search whose ``Ranked.depth``
    is above ``doubt`` may have missed neighbours.
    """

    logp: float = 0.0
    second_look: float = 0.0
    same_shot: float = 0.85
    same_scene: float = 0.6
    related: float = 0.35
    correction: bool = True  # does the Transformer's correction take part by default
    doubt: float = 1.0  # 0..1; 1: never


@dataclass(frozen=True)
class Tokenizer:
    """Embedding -> u -> identifier, and the weights that belong to it.

    u is z, the place in the ``space``, beside what labels say (``affinity``), where there are any.
    """

    space: Space
    quantizer: ResidualQuantizer
    tree: TreeWeights
    ranking: RankingWeights = field(default_factory=RankingWeights)
    affinity: Affinity | None = None

    def place(self, z: Floats, own: Ints | None = None) -> Floats:
        """(B, D) -> u (B, D + P); z itself without labels. For queries and new photos.

        ``own`` (B,): landmark that each row itself is, -1 for none; it is not asked.
        """
        if self.affinity is None:
            return z
        return np.concatenate([z, self.affinity.part(self.affinity.shares(z, own))], axis=1)

    def identify(self, embeddings: NDArray[np.floating]) -> Ints:
        """(B, E) -> packed identifiers (B,)."""
        codes = self.quantizer.encode(self.place(self.space.project(embeddings)))
        return pack(codes, self.quantizer.codes)

    def codes(self, embedding: NDArray[np.floating]) -> tuple[int, ...]:
        """The identifier of one embedding (E,)."""
        codes = self.quantizer.encode(self.place(self.space.project(embedding[None])))[0]
        return tuple(int(code) for code in codes)

    def untrained_tree(self) -> TreeWeights:
        """The score without training: the classical search, with less of the norm's penalty."""
        return TreeWeights.untrained(self.quantizer.levels, NORM)

    def save(self, folder: Path) -> None:
        r = self.ranking
        np.savez(
            folder / NAME,
            allow_pickle=False,
            mean=self.space.mean,
            projection=self.space.projection,
            codebooks=self.quantizer.codebooks,
            similarity=self.tree.similarity,
            norm=self.tree.norm,
            count=self.tree.count,
            temperature=np.float64(self.tree.temperature),
            ranking=np.array(
                [r.logp, r.second_look, r.same_shot, r.same_scene, r.related, r.correction, r.doubt]
            ),
            **affinities.arrays(self.affinity),
        )

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        """Raises ``BundleError`` where the file is missing or damaged."""
        try:
            with np.load(folder / NAME, allow_pickle=False) as file:
                logp, look, shot, scene, related, correction, doubt = file["ranking"].tolist()
                return cls(
                    Space(file["mean"], file["projection"]),
                    ResidualQuantizer(file["codebooks"]),
                    TreeWeights(
                        file["similarity"], file["norm"], file["count"], float(file["temperature"])
                    ),
                    RankingWeights(logp, look, shot, scene, related, bool(correction), doubt),
                    affinities.from_arrays(file),
                )
        except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            raise BundleError(
                f"The model file {printable(folder / NAME)} is missing or damaged: train again, or "
                "choose another with 'photoglyph model use'."
            ) from error
