"""What an evaluation asks: the product's own engines, the paper's decoder, and the rivals.

All of them rank the same photos, those of the gallery split. Neighbours: ``evaluating_sets`` builds
the library and encodes the queries, ``engine.evaluation.rivals`` holds the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np

from engine.errors import UserError
from engine.evaluation import table
from engine.evaluation.labels import LabelledPhoto
from engine.evaluation.metrics import EMPTY, Bools, Ints
from engine.evaluation.protocol import Protocol
from engine.evaluation.rivals import PAPER, RIVALS, Knowledge, ask, rivals
from engine.evaluation.table import DEPTH, Answers
from engine.search.ports import Decoder
from engine.search.searcher import GenerativeIndex, search_generative
from engine.search.segments import Shown
from engine.search.trie import Indices
from engine.services.answering import rank
from engine.services.asking import EncodedQuery
from engine.services.gallery import Gallery
from engine.services.session import Session
from engine.settings import DEFAULT_BEAM
from engine.store import files
from engine.tokenizer.model import TreeWeights
from engine.types import Engine

PRODUCT = ("generative", "generative-ids", "tree-search")
ENGINES = (*PRODUCT, *RIVALS)
"""All but the paper's decoder, which takes a training of its own."""


@dataclass(frozen=True)
class Corpus:
    """The library as the engines see it.

    ``rows`` (n,): rows of ``gallery`` that hold a photo of the labels file, and ``photos`` which.
    ``ranked`` (G,): those of them in the gallery split, the only ones that are ever ranked.
    ``later`` (G,): which of them came after training.
    """

    gallery: Gallery
    photos: dict[int, LabelledPhoto]
    ranked: Ints
    later: Bools

    @property
    def shown(self) -> Bools:
        mask = np.zeros(len(self.gallery.content_ids), dtype=np.bool_)
        mask[self.ranked] = True
        return mask


def corpus_of(session: Session, rules: Protocol, placed: dict[str, LabelledPhoto]) -> Corpus:
    """Rows of the library -> photos of the labels file.

    Files with equal bytes are one row; it counts as the first of them in the gallery split, and
    as inserted where all of them are.
    """
    gallery = session.searching.gallery()
    with session.library.read() as connection:
        found = files.photos_by_content(connection, gallery.content_ids.tolist())
    photos: dict[int, LabelledPhoto] = {}
    came_later = set()
    for row, content_id in enumerate(gallery.content_ids.tolist()):
        copies = [placed[photo.path.name] for photo in found.get(content_id, ())]
        if copies:
            photos[row] = min(copies, key=lambda copy: copy.split != "gallery")
            if rules.inserted.issuperset(copies):
                came_later.add(row)
    ranked = [row for row, photo in photos.items() if photo.split == "gallery"]
    if not ranked:
        raise UserError("None of the gallery's photos could be read: check the labels file.")
    later = np.array([row in came_later for row in ranked])
    return Corpus(gallery, photos, np.array(ranked, dtype=np.int64), later)


def answers_of(
    corpus: Corpus,
    encoded: list[EncodedQuery],
    rules: Protocol,
    engines: Collection[str],
    paper: Decoder | None,
    seed: int,
) -> Iterator[Answers]:
    """Ask each of ``engines`` everything, one at a time: each may be large.

    ``paper``: the paper's decoder, where there is one. Without a trained model the product's own
    are left out, as are rivals that need one, or labels.
    """
    gallery = corpus.gallery
    embeddings = gallery.embeddings.take(corpus.ranked)
    queries = np.stack([query.embedding for query in encoded])
    if gallery.index is not None:
        yield from _product(corpus, gallery.index, encoded, engines)
        if paper is not None:
            yield _papers(corpus, gallery.index, paper, encoded)
    for name, rival in rivals(embeddings, _knowledge(corpus, rules), seed):
        if name in engines:
            yield ask(rival(), embeddings, queries)


def _knowledge(corpus: Corpus, rules: Protocol) -> Knowledge:
    """What training saw, for the rivals that may see it too."""
    index = corpus.gallery.index
    rows = [row for row, photo in corpus.photos.items() if photo in rules.labelled]
    number = {label: n for n, label in enumerate(sorted({corpus.photos[r].label for r in rows}))}
    known = np.full(len(corpus.gallery.content_ids), -1, np.int64)
    known[rows] = [number[corpus.photos[row].label] for row in rows]
    labelled = None
    if rows:
        labelled = corpus.gallery.embeddings.take(np.array(rows)), known[rows]
    return Knowledge(
        None if index is None else index.tokenizer,
        labelled,
        known[corpus.ranked],
        ~corpus.later if corpus.later.any() else None,
    )


def _product(
    corpus: Corpus,
    index: GenerativeIndex,
    encoded: list[EncodedQuery],
    engines: Collection[str],
) -> Iterator[Answers]:
    """The product's own engines: as people get it, by identifiers alone, and untrained."""
    shown = Shown(corpus.shown)
    decoder = corpus.gallery.decoder if index.tokenizer.ranking.correction else None
    untrained = replace(
        index,
        tokenizer=replace(
            index.tokenizer,
            tree=TreeWeights.untrained(index.tokenizer.quantizer.levels),
            # Both weights were fitted to the trained score.
            ranking=replace(index.tokenizer.ranking, logp=0.0, second_look=0.0, correction=False),
        ),
        lists=None,  # training made them
    )

    def generative(query: EncodedQuery) -> Indices:
        return rank(corpus.gallery, query, Engine.GENERATIVE, shown, DEPTH, None)[0].rows

    def beam(index: GenerativeIndex, query: EncodedQuery, rescored: bool) -> Indices:
        return search_generative(
            index,
            None if index is untrained else decoder,
            index.ask(query.embedding, query.patches),
            shown,
            DEPTH,
            max(DEFAULT_BEAM, DEPTH),
            rescored,
        )[0].rows

    identifiers = identifier_bytes(index)
    vectors = 2.0 * index.tokenizer.space.width  # float16
    second_look = second_look_bytes(index)
    for name, (search, size) in zip(
        PRODUCT,
        (
            (generative, identifiers + vectors + second_look),
            (lambda query: beam(index, query, False), identifiers),
            (lambda query: beam(untrained, query, True), identifiers + vectors),
        ),
        strict=True,
    ):
        if name in engines:
            yield _ask(name, corpus, encoded, search, size)


def _papers(
    corpus: Corpus, index: GenerativeIndex, decoder: Decoder, encoded: list[EncodedQuery]
) -> Answers:
    """The paper's plain decoder, code by code and with nothing else; in torch, on the CPU."""
    from engine.training.paper import decode

    trie = index.segments[0].trie  # a gallery that was just opened has no other

    def search(query: EncodedQuery) -> Indices:
        width = max(DEFAULT_BEAM, DEPTH)
        return decode(trie, decoder, query.embedding, query.patches, width, corpus.shown)

    return _ask(PAPER, corpus, encoded, search, identifier_bytes(index))


def _ask(
    name: str,
    corpus: Corpus,
    encoded: list[EncodedQuery],
    search: Callable[[EncodedQuery], Indices],
    size: float,
) -> Answers:
    """Ask all queries one by one. ``search`` finds rows of the library, best first."""
    place = np.full(len(corpus.shown), EMPTY)
    place[corpus.ranked] = np.arange(len(corpus.ranked))
    search(encoded[0])  # sessions and caches warm up
    lists, taken = [], []
    for query in encoded:
        start = time.perf_counter()
        found = search(query)
        taken.append((time.perf_counter() - start) * 1e3)
        lists.append(place[found])
    return Answers(name, table.padded(lists), np.array(taken), size)


def identifier_bytes(index: GenerativeIndex) -> float:
    """Bytes a photo of identifiers: packed, and as the trie that decoding walks."""
    return index.nbytes / max(1, len(index.packed))


def second_look_bytes(index: GenerativeIndex) -> float:
    """Bytes a photo of the lists that candidates are taken from, and the second look adds up."""
    lists = index.lists
    if lists is None:
        return 0.0
    held = lists.members.nbytes + lists.weights.nbytes + lists.row.nbytes + lists.place.nbytes
    return held / max(1, len(index.packed))
