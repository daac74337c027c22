"""A library as training would leave it, from embeddings alone, and how well it is searched.

Training's own steps in its own order (``engine.training.pipeline``) without thumbnails, decoder and
store: space, labels, identifiers, lists of the second look, bands.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.evaluation import metrics
from engine.evaluation.table import DEPTH, padded
from engine.search.beam import beam_search
from engine.search.graph import Neighbours, neighbours_of
from engine.search.searcher import GenerativeIndex, search_generative
from engine.search.second_look import LABELLED_LENGTH, LENGTH, DiffusionLists
from engine.search.segments import Shown
from engine.settings import DEFAULT_BEAM
from engine.store.vectors import Vectors
from engine.tokenizer.model import NORM, RankingWeights, Tokenizer, TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import fit_quantizer
from engine.tokenizer.space import Space, fit_space
from engine.training import holdout
from engine.training.sizes import identifier_size
from engine.training.sources.source import Source
from engine.training.teacher import Taught, teach
from engine.training.trust import Trusted, trust
from tests.bench.embedded import Bools, Floats, Ints, Photos

T = TypeVar("T")
NO_PATCHES = np.zeros((1, 1), np.float32)


@dataclass(frozen=True)
class Library:
    """``photos`` (G,), which may be found (``ranked`` (G,)), and what training made of them."""

    photos: Photos
    ranked: Bools
    index: GenerativeIndex


@dataclass(frozen=True)
class Figures:
    """Means over queries; ``seen`` and ``unseen``: mAP@100 of those, nan where there are none."""

    r_1: float
    p_20: float
    map_100: float
    seen: float
    unseen: float

    @property
    def short(self) -> str:
        return f"{self.r_1:.3f} / {self.p_20:.3f} / {self.map_100:.3f}"


class Trained:
    """What training makes of ``photos`` (G,) where it sees the labels ``known`` (G,), -1 for none.

    ``ranked`` (G,): photos that may be found; ``space``: fitted on ``photos``.
    """

    def __init__(self, photos: Photos, known: Ints, ranked: Bools, space: Space) -> None:
        self._photos, self._ranked, self._space = photos, ranked, space
        self._z = self._space.project(photos.embedding)
        near = last(neighbours_of(self._z), Neighbours)
        self._plain = self._told = last(trust(self._z, near, (), 0), Trusted)
        if (known >= 0).any():
            _, numbers = np.unique(known, return_inverse=True)
            groups = numbers - int((known < 0).any())
            self._told = last(trust(self._z, near, (Source("file", groups),), 0), Trusted)
        self._taught: dict[bool, Taught] = {}

    def library(self, *, ties: bool = True, classes: bool = True) -> Library:
        """With labels as ``ties`` of the graph, as ``classes`` in u, as both or not at all.

        The second look's lists are as long as any; cut them with :func:`with_lists_of`.
        """
        z, told = self._z, self._told if classes else self._plain
        if ties not in self._taught:
            graph = (self._told if ties else self._plain).graph
            self._taught[ties] = last(teach(z, graph, LABELLED_LENGTH), Taught)
        taught = self._taught[ties]
        levels, codes = identifier_size(len(z))
        quantizer = fit_quantizer(told.u, levels, codes)
        viewed = np.flatnonzero(self._photos.view.any(1))
        views = self._space.project(self._photos.view[viewed])
        labelled = told.affinity is not None
        look = holdout.LABELLED_SECOND_LOOK if labelled else holdout.SECOND_LOOK
        tokenizer = Tokenizer(
            self._space,
            quantizer,
            TreeWeights.untrained(levels, NORM),
            RankingWeights(0.0, look, *holdout.band_ends(views @ z.T, viewed), correction=False),
            told.affinity,
        )
        own = np.arange(len(z))
        index = GenerativeIndex.build(
            tokenizer,
            pack(quantizer.encode(told.u), codes),
            np.ones(len(z), np.bool_),
            in_memory(z),
            DiffusionLists(taught.members, taught.weights, own, own),
        )
        library = Library(self._photos, self._ranked, index)
        return library if labelled else with_lists_of(library, LENGTH)

    def with_longest_lists(self) -> Library:
        """Without labels, and with the second look's lists not yet cut."""
        library, taught = self.library(), self._taught[True]
        own = np.arange(len(self._z))
        lists = DiffusionLists(taught.members, taught.weights, own, own)
        return replace(library, index=replace(library.index, lists=lists))


def with_lists_of(library: Library, length: int) -> Library:
    """The second look's lists cut to their ``length`` largest."""
    lists = library.index.lists
    assert lists is not None  # build() makes them
    kept = np.argsort(-lists.weights, axis=1, kind="stable")[:, :length]
    cut = replace(
        lists,
        members=np.take_along_axis(lists.members, kept, axis=1),
        weights=np.take_along_axis(lists.weights, kept, axis=1),
    )
    return replace(library, index=replace(library.index, lists=cut))


def without_second_look(library: Library) -> Library:
    tokenizer = library.index.tokenizer
    plain = replace(tokenizer, ranking=replace(tokenizer.ranking, second_look=0.0))
    return replace(library, index=replace(library.index, tokenizer=plain, lists=None))


def searched(library: Library, queries: Photos, *, rescored: bool = True) -> Figures:
    """Every query by the tree score, the default beam and the ranking as shipped."""
    lists = [
        search_generative(
            library.index,
            None,
            library.index.ask(embedding, NO_PATCHES),
            Shown(library.ranked),
            DEPTH,
            DEFAULT_BEAM,
            rescored,
        )[0].rows
        for embedding in queries.embedding
    ]
    return figures(padded(lists), library, queries)


def scanned(space: Floats, asked: Floats, library: Library, queries: Photos) -> Figures:
    """Cosine of unit vectors: ``space`` (G, D) of the library, ``asked`` (Q, D) of the queries."""
    similarity = asked @ space.T
    similarity[:, ~library.ranked] = -np.inf
    return figures(best(similarity, DEPTH), library, queries)


def figures(found: Ints, library: Library, queries: Photos) -> Figures:
    """Of lists ``found`` (Q, DEPTH) of rows."""
    right = metrics.relevance(found, library.photos.label, queries.label)
    totals = metrics.relevant_totals(library.photos.label[library.ranked], queries.label)
    precision = metrics.average_precision_at(right, totals, DEPTH)

    def mean(chosen: Bools) -> float:
        return float(precision[chosen].mean()) if chosen.any() else float("nan")

    return Figures(
        float(metrics.success_at(right, 1).mean()),
        float(metrics.precision_at(right, 20).mean()),
        float(precision.mean()),
        mean(queries.seen),
        mean(~queries.seen),
    )


@dataclass(frozen=True)
class Recall:
    """recall@10 against exact search in the same space, of all, old and inserted neighbours."""

    of_all: float
    of_old: float
    of_inserted: float
    ms: float

    @property
    def short(self) -> str:
        if np.isnan(self.of_inserted):
            return f"{self.of_all:.3f}"
        return f"{self.of_all:.3f} ({self.of_old:.3f} / {self.of_inserted:.3f})"


class Grown:
    """A mixed library of which ``old`` (G,) photos were there when space and codebooks were fitted.

    Without labels and second look: how well identifiers stand in for exact search.
    """

    def __init__(self, photos: Photos, old: Bools, queries: Photos) -> None:
        self._space = fit_space(photos.embedding[old])
        self._old = old
        self.z = self._space.project(photos.embedding)
        self._asked = queries.embedding
        self._exact = best(self._space.project(queries.embedding) @ self.z.T, 10)
        self._shown = np.ones(len(photos), np.bool_)

    def index(self, levels: int, codes: int) -> GenerativeIndex:
        quantizer = fit_quantizer(self.z[self._old], levels, codes)
        tokenizer = Tokenizer(self._space, quantizer, TreeWeights.untrained(levels, NORM))
        packed = pack(quantizer.encode(self.z), codes)
        return GenerativeIndex.build(tokenizer, packed, self._shown, in_memory(self.z))

    def recall(self, index: GenerativeIndex, beam: int, *, rescored: bool = True) -> Recall:
        lists: list[NDArray[np.integer]] = []
        taken: list[float] = []
        for embedding in self._asked:
            start = time.perf_counter()
            asked = index.ask(embedding, NO_PATCHES)
            ranked, _ = search_generative(
                index, None, asked, Shown(self._shown), 10, beam, rescored
            )
            taken.append((time.perf_counter() - start) * 1e3)
            lists.append(ranked.rows)
        return self._recall(padded(lists), 10, taken)

    def recall_of_best(self, index: GenerativeIndex, beam: int, candidates: int) -> Recall:
        """Were the best ``candidates`` photos of a ``beam`` rescored, and no others."""
        found = np.full((len(self._asked), candidates), metrics.EMPTY)
        taken: list[float] = []
        temperature = index.tokenizer.tree.temperature
        (segment,) = index.segments
        for row, embedding in zip(found, self._asked, strict=True):
            start = time.perf_counter()
            asked = index.ask(embedding, NO_PATCHES)
            tree = index.tree(segment, index.dots(asked))
            leaves = beam_search(segment.trie, tree, beam, temperature).leaves
            _, rows = segment.trie.photos(leaves)
            taken.append((time.perf_counter() - start) * 1e3)
            kept = rows[:candidates]
            row[: len(kept)] = kept
        return self._recall(found, candidates, taken)

    def _recall(self, found: Ints, among: int, taken: list[float]) -> Recall:
        """Of the exact top ten, those that the first ``among`` of ``found`` (Q, n) hold."""
        exact = np.full((len(found), among), metrics.EMPTY)
        exact[:, :10] = self._exact
        shares = (
            metrics.share_found(found, exact, chosen, among)
            for chosen in (self._shown, self._old, ~self._old)
        )
        every, old, inserted = (float("nan") if s is None else s for s in shares)
        return Recall(every, old, inserted, float(np.median(taken)))


def in_memory(z: Floats) -> Vectors:
    """As ``RowVectors``, in half precision as the store keeps them."""
    half = z.astype(np.float16)
    return Vectors(half, half[:0])


def best(similarity: Floats, count: int) -> Ints:
    """Columns of the ``count`` largest of every row, best first."""
    kept = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(similarity, kept, axis=1), axis=1, kind="stable")
    return np.take_along_axis(kept, order, axis=1)


def last(steps: Iterable[object], kind: type[T]) -> T:
    """What ``steps`` yield at their end, which is of ``kind``."""
    *_, found = steps
    assert isinstance(found, kind)
    return found
