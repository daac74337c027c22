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
from engine.settings import CORRECTED_BEAM, DEFAULT_BEAM
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import ResidualQuantizer
from engine.tokenizer.space import Space

NAME = "codebooks.npz"


@dataclass(frozen=True)
class TreeWeights:
    """The scalars of the tree score (engine.search.scores), one of each for a level."""

    similarity: Floats  # a (M,)
    norm: Floats  # b (M,)
    count: Floats  # g (M,)
    temperature: float = 0.02

    @classmethod
    def untrained(cls, levels: int) -> TreeWeights:
        """The classical tree search of a residual quantizer."""
        one = np.ones(levels, np.float32)
        return cls(one, one.copy(), np.zeros(levels, np.float32))


@dataclass(frozen=True)
class RankingWeights:
    """How candidates are ranked, and where bands end; fitted on a library's held-out queries.

    ``logp`` and ``second_look`` weigh what ``engine.search.ranking.score_of`` adds to similarity;
    the others are similarities: ``same_shot`` >= ``same_scene`` >= ``related``.
    """

    logp: float = 0.0
    second_look: float = 0.0
    same_shot: float = 0.85
    same_scene: float = 0.6
    related: float = 0.35
    correction: bool = True  # does the Transformer's correction take part by default

    @property
    def beam(self) -> int:
        """Identifiers kept while decoding, unless a search asks for another number."""
        return CORRECTED_BEAM if self.correction else DEFAULT_BEAM


@dataclass(frozen=True)
class Tokenizer:
    """Embedding -> z -> identifier, and the weights that belong to it."""

    space: Space
    quantizer: ResidualQuantizer
    tree: TreeWeights
    ranking: RankingWeights = field(default_factory=RankingWeights)

    def identify(self, embeddings: NDArray[np.floating]) -> Ints:
        """(B, E) -> packed identifiers (B,)."""
        codes = self.quantizer.encode(self.space.project(embeddings))
        return pack(codes, self.quantizer.codes)

    def save(self, folder: Path) -> None:
        r = self.ranking
        np.savez(
            folder / NAME,
            mean=self.space.mean,
            projection=self.space.projection,
            codebooks=self.quantizer.codebooks,
            similarity=self.tree.similarity,
            norm=self.tree.norm,
            count=self.tree.count,
            temperature=np.float64(self.tree.temperature),
            ranking=np.array(
                [r.logp, r.second_look, r.same_shot, r.same_scene, r.related, r.correction]
            ),
        )

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        """Raises ``BundleError`` where the file is missing or damaged."""
        try:
            with np.load(folder / NAME, allow_pickle=False) as file:
                logp, look, shot, scene, related, correction = file["ranking"].tolist()
                return cls(
                    Space(file["mean"], file["projection"]),
                    ResidualQuantizer(file["codebooks"]),
                    TreeWeights(
                        file["similarity"], file["norm"], file["count"], float(file["temperature"])
                    ),
                    RankingWeights(logp, look, shot, scene, related, bool(correction)),
                )
        except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            raise BundleError(
                f"The model file {printable(folder / NAME)} is missing or damaged: train again, or "
                "choose another with 'photoglyph model use'."
            ) from error
