"""A query's embedding and patch tokens -> ranked gallery rows. One object a library state."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.search.beam import Beam, beam_search
from engine.search.ports import Decoder, Floats, Ints
from engine.search.ranking import Ranked, RowVectors, rescore, scan
from engine.search.scores import CodebookTables, CorrectedScore, Score, TreeScore
from engine.search.trie import Trie
from engine.tokenizer.model import Tokenizer
from engine.tokenizer.packing import unpack


@dataclass(frozen=True)
class GenerativeIndex:
    """A trained generation over a gallery of G rows.

    ``packed`` (G,) identifiers and ``vectors`` (G, D) in the generation's space, row by row.
    ``identified`` (G,): rows that have an identifier (the others wait for the next refresh).
    """

    tokenizer: Tokenizer
    packed: Ints
    identified: NDArray[np.bool_]
    vectors: RowVectors
    trie: Trie
    tables: CodebookTables

    @classmethod
    def build(
        cls,
        tokenizer: Tokenizer,
        packed: Ints,
        identified: NDArray[np.bool_],
        vectors: RowVectors,
    ) -> GenerativeIndex:
        levels, codes = tokenizer.quantizer.levels, tokenizer.quantizer.codes
        return cls(
            tokenizer,
            packed,
            identified,
            vectors,
            Trie(packed, levels, codes),
            CodebookTables(tokenizer.quantizer),
        )

    def identifier(self, row: int) -> tuple[int, ...]:
        quantizer = self.tokenizer.quantizer
        codes = unpack(self.packed[row : row + 1], quantizer.levels, quantizer.codes)[0]
        return tuple(int(c) for c in codes)


@dataclass(frozen=True)
class Took:
    """Milliseconds of a search's two stages."""

    search: float
    rescore: float


def search_generative(
    index: GenerativeIndex,
    decoder: Decoder | None,
    z: Floats,
    embedding: Floats,
    patches: Floats,
    shown: NDArray[np.bool_],
    count: int,
    beam: int,
    rescored: bool = True,
) -> tuple[Ranked, Took]:
    """Beam search, then rescoring in the generation's space.

    ``z`` (D,): the query in that space. ``embedding`` (E,) and ``patches`` (N', C): the decoder's
    input. ``decoder`` None: the tree score alone. ``rescored`` False: identifiers alone rank
    (no vector is read), photos of one identifier in row order. Short where fewer photos are shown.
    """
    start = time.perf_counter()
    weights = index.tokenizer.tree
    tree = TreeScore(index.tables, weights, z)
    score: Score = tree
    if decoder is not None:
        score = CorrectedScore(tree, decoder, decoder.begin(embedding[None], patches[None]))
    shown = shown & index.identified
    live = None if shown.all() else index.trie.live(shown)
    found = beam_search(index.trie, score, beam, weights.temperature, live)
    rows, logp = _photos(index.trie, found, shown)
    middle = time.perf_counter()
    if rescored:
        ranked = rescore(z, index.vectors, rows, logp, index.tokenizer.ranking, count)
    else:
        kept = logp[:count]
        ranked = Ranked(rows[:count], kept, np.full(len(kept), np.nan, np.float32), kept)
    end = time.perf_counter()
    return ranked, Took((middle - start) * 1e3, (end - middle) * 1e3)


def search_exact(
    vectors: RowVectors, query: Floats, shown: NDArray[np.bool_], count: int
) -> tuple[Ranked, Took]:
    """Cosine over all rows. ``query`` (E,) or (D,), as the vectors are."""
    start = time.perf_counter()
    ranked = scan(query, vectors, shown, count)
    return ranked, Took((time.perf_counter() - start) * 1e3, 0.0)


def _photos(trie: Trie, found: Beam, shown: NDArray[np.bool_]) -> tuple[Ints, Floats]:
    """Rows under the beam's leaves that may be shown, best leaf first, and their logp."""
    leaf, rows = trie.photos(found.leaves)
    allowed = shown[rows]
    return rows[allowed], found.logp[leaf[allowed]]
