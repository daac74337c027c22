"""Searches as conversations: a person who knows what they mean marks three results a round.

    python -m tests.bench.sessions LABELS.csv [--features FILE.npz] [--split query] [--queries 300]
        [--library FOLDER --photos FOLDER]

The labels are the intent. After every answer the first three of its twenty best that were not
marked yet are marked, more like this where they share the query's label, else not this. Whatever
was marked as wanted stays first, and what was refused leaves, in every row: rows differ in what
they make of the marks, and in nothing else. Libraries are each set's gallery, as training without
labels would leave it (``tests.bench.small_libraries``). Settings were chosen with ``--split
train``, whose photos ask in a library of themselves.

``--library``: one of ``tests.bench.whole_query --keep`` (wide), for the milliseconds of a round.
"""
# ruff: noqa: T201  (a program that prints its tables)

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from engine.search.feedback import rocchio
from engine.search.fingerprints import Hashes
from engine.search.ports import Floats, Ints
from engine.search.segments import Shown
from engine.services import refining
from engine.services.answering import rank
from engine.services.asking import EncodedQuery
from engine.services.gallery import Gallery
from engine.services.raw_pairs import RawPairs
from engine.services.searching import SearchService
from engine.store import rows
from engine.store.database import Library
from engine.store.vectors import Vectors
from engine.tokenizer.space import fit_space, unit
from engine.types import Engine, Mark, Query
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.bench.embedded import Photos, embedded
from tests.bench.markdown import machine, table
from tests.bench.small_libraries import NO_PATCHES, Trained

ROUNDS, A_ROUND, SEEN = 3, 3, 20
FEWEST = 5  # photos of a label, for a person to look for it
TIMED = 30  # conversations
# Of Rocchio's formula, as they are usually set (Manning, Raghavan and Schuetze, 2008, section 9.1).
ORIGINAL, WANTED, AVOIDED = 1.0, 0.75, 0.15
Answer = Callable[[int, dict[int, int]], Ints]


def in_memory(photos: Photos) -> Gallery:
    """What a search knows of a library of ``photos`` (G,)."""
    space = fit_space(photos.embedding)
    unlabelled = np.full(len(photos), -1)
    trained = Trained(photos, unlabelled, np.ones(len(photos), bool), space)
    index = trained.library().index
    count = len(photos)
    found = np.zeros(count, rows.ROW)
    found["embedding"] = found["content"] = np.arange(1, count + 1)
    half = photos.embedding.astype(np.float16)
    none = np.zeros(0, np.int64)
    present = np.ones(count, bool)
    return Gallery(
        revision=1,
        change=0,
        model_id=1,
        rows=found,
        row_of=np.arange(-1, count).astype(np.int32),
        present=present,
        shown=Shown(present),
        raw_pairs=RawPairs(none, none),
        hashes=Hashes.build(np.zeros(count, np.int64), np.zeros(count, bool)),
        embeddings=Vectors(half, half[:0]),
        generation=None,
        index=index,
        decoder=None,
        problem=None,
    )


class Rows:
    """The ways to answer a query after marks, over one library: ``SEEN`` and more rows each."""

    def __init__(self, gallery: Gallery, queries: Floats) -> None:
        self._gallery = gallery
        self._queries = queries
        self._backgrounds = refining.Backgrounds()
        self._unit = unit(gallery.embeddings.take(np.arange(len(gallery.rows))))

    def photoglyph(self, query: int, marks: dict[int, int]) -> Ints:
        """The product's own steps."""
        gallery, vector = self._gallery, self._queries[query]
        encoded = EncodedQuery(
            vector,
            NO_PATCHES,
            0.0,
            0.0,
            np.zeros(0, np.int64),
            lambda: iter(()),
            vector[None],
            np.ones(1, np.float32),
        )
        said = Query(0, marks=tuple(Mark(row + 1, sign) for row, sign in marks.items()))
        encoded, refinement, _ = refining.refine(
            gallery, said, encoded, gallery.shown, self._backgrounds
        )
        shown, count = gallery.shown, 2 * SEEN
        if refinement is None:
            ranked, _, _ = rank(gallery, encoded, Engine.GENERATIVE, shown, count, None)
            return ranked.rows
        shown = shown.without(refinement.dropped)
        wider = refining.CANDIDATES
        ranked, _, _ = rank(gallery, encoded, Engine.GENERATIVE, shown, wider, None)
        return refinement.applied(gallery, ranked, encoded, shown, count).rows

    def plain(self, query: int, marks: dict[int, int]) -> Ints:
        """The first answer, its marks moved to the front or out and nothing learnt from them."""
        return _moved(self.photoglyph(query, {}), marks)

    def rocchio(self, query: int, marks: dict[int, int]) -> Ints:
        """Rocchio's formula on the encoder's own embeddings, every photo compared."""
        asked = ORIGINAL * unit(self._queries[query][None])[0]
        for sign, weight in ((1, WANTED), (-1, -AVOIDED)):
            said = [row for row, own in marks.items() if own == sign]
            if said:
                asked = asked + weight * self._unit[said].mean(0)
        return _moved(np.argsort(-(self._unit @ asked), kind="stable")[: SEEN + 20], marks)

    def half_rocchio(self, query: int, marks: dict[int, int]) -> Ints:
        """The mixture that Photoglyph asks with, alone, on the encoder's own embeddings."""
        vectors = np.concatenate([unit(self._queries[query][None]), self._unit[list(marks)]])
        asked = rocchio(vectors, np.array([1, *marks.values()], np.float32))
        return _moved(np.argsort(-(self._unit @ asked), kind="stable")[: SEEN + 20], marks)


def _moved(found: Ints, marks: dict[int, int]) -> Ints:
    wanted = [row for row, sign in marks.items() if sign > 0]
    others = found[~np.isin(found, list(marks))]
    return np.concatenate([np.array(wanted, np.int64), others])


def conversation(answer: Answer, query: int, right: Ints, own: int) -> list[float]:
    """Precision@20 after 0, 1, ... rounds. ``right`` (G,): 1 for photos of the query's label.

    ``own``: the row of the query's photo, which is no answer; -1 where it is not in the library.
    """
    marks: dict[int, int] = {}
    found = []
    for _ in range(ROUNDS + 1):
        ranked = answer(query, marks)
        seen = ranked[ranked != own][:SEEN]
        found.append(float(right[seen].sum()) / SEEN)
        fresh = [int(row) for row in seen if int(row) not in marks][:A_ROUND]
        marks |= {row: 1 if right[row] else -1 for row in fresh}
    return found


def precision(photos: Photos, split: str, count: int) -> Iterator[str]:
    """A table a set: ways down, rounds across. Sets whose labels are all too rare are left out."""
    for name in dict.fromkeys(photos.set.tolist()):
        own = photos[np.flatnonzero(photos.set == name)]
        kept = "train" if split == "train" else "gallery"
        gallery = own[np.flatnonzero(own.split == kept)]
        asking = own[np.flatnonzero(own.split == split)]
        chosen = np.random.default_rng(0).permutation(len(asking))[:count]
        enough = [int((gallery.label == asking.label[i]).sum()) >= FEWEST for i in chosen]
        chosen = chosen[enough]
        if not len(chosen):
            continue
        asking = asking[chosen]
        lines = []
        ways = Rows(in_memory(gallery), asking.embedding)
        for words, answer in (
            ("Photoglyph", ways.photoglyph),
            ("plain search", ways.plain),
            ("Rocchio, usual weights, the encoder's embeddings", ways.rocchio),
            ("Rocchio, Photoglyph's mixture, the encoder's embeddings", ways.half_rocchio),
        ):
            found = [
                conversation(
                    answer,
                    query,
                    (gallery.label == asking.label[query]).astype(np.int64),
                    int(chosen[query]) if split == "train" else -1,
                )
                for query in range(len(asking))
            ]
            means = (f"{value:.3f}" for value in np.mean(found, axis=0))
            lines.append([words, *means])
        header = [f"{name}, {len(asking)} queries, P@20", "0 rounds", "1", "2", "3"]
        yield table(header, lines)


def round_times(folder: Path, queries: Sequence[Path]) -> str:
    """Milliseconds of a first search and of each round after it, hits and their rows included."""
    taken: list[list[float]] = [[] for _ in range(ROUNDS + 1)]
    with Library.open(folder) as library:
        service = SearchService(library, OnnxRuntime("cpu"), BundleExporter())
        service.warm()
        for number, image in enumerate([queries[0], *queries]):  # the first is not counted
            query = Query(image)
            for milliseconds in taken:
                started = time.perf_counter()
                hits = service.search(query).hits
                if number:
                    milliseconds.append((time.perf_counter() - started) * 1e3)
                known = {mark.content_id for mark in query.marks}
                seen = [hit.photo.content_id for hit in hits[:SEEN]]
                fresh = [content_id for content_id in seen if content_id not in known][:A_ROUND]
                signs = (1, 1, -1)
                marks = tuple(Mark(c, s) for c, s in zip(fresh, signs, strict=False))
                query = Query(image, marks=(*query.marks, *marks))
    lines = []
    for number, milliseconds in enumerate(taken):
        spread = (f"{value:.0f}" for value in np.percentile(milliseconds, (50, 95)))
        lines.append([f"round {number}" if number else "first search, image encoded", *spread])
    return table(["ms", "p50", "p95"], lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labels", type=Path, metavar="LABELS.csv")
    parser.add_argument("--features", type=Path)
    parser.add_argument("--split", choices=("query", "train"), default="query")
    parser.add_argument("--queries", type=int, default=300, help="of a set, at most")
    parser.add_argument("--library", type=Path)
    parser.add_argument("--photos", type=Path, help="images that --library is asked with")
    given = parser.parse_args()
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}.\n")
    if given.library is not None:
        if given.photos is None:
            parser.error("--library needs --photos FOLDER")
        images = sorted(given.photos.rglob("*.jpg"))[:TIMED]
        print(round_times(given.library, images), flush=True)
        return
    photos = embedded(given.labels, given.features)
    for told in precision(photos, given.split, given.queries):
        print(f"{told}\n", flush=True)


if __name__ == "__main__":
    main()
