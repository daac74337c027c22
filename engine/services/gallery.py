"""The library in a search's memory: every embedded content, in the order of its embedding.

Opening it maps files; afterwards only what changed is looked at: new photos make a small segment
beside the large one, and photos that left or came back are a bit each. When the small segment has
grown, both become one in the background. Neighbours: ``searching`` (asks), ``engine.store.rows``
(the files), ``engine.store.changes`` (what changed).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import BundleError
from engine.search.fingerprints import Hashes
from engine.search.ports import Decoder, EncoderSpec, Ints, Runtime
from engine.search.searcher import GenerativeIndex
from engine.search.segments import Shown
from engine.services.identifying import assign_missing, assign_new
from engine.services.raw_pairs import RawPairs
from engine.store import changes, diffusion, files, generations, models, rows, stacks, vectors
from engine.store.database import Library
from engine.store.rows import Rows
from engine.store.vectors import Vectors
from engine.tokenizer.model import Tokenizer
from engine.types import Generation

READ_AFRESH = 0.2  # share of the library; where more has changed everything is looked at again
SMALL = 4096  # photos in the small segment, and an eighth of the large one, before they become one


@dataclass(frozen=True)
class Gallery:
    """The library at one revision, G rows."""

    revision: int
    change: int  # the last that it holds (engine.store.changes)
    model_id: int | None
    rows: Rows  # (G,) of engine.store.rows.ROW
    present: NDArray[np.bool_]  # (G,): has a present file
    shown: Shown  # present, and no raw file behind a picture
    raw_pairs: RawPairs
    hashes: Hashes
    embeddings: Vectors  # (G, E)
    generation: Generation | None
    index: GenerativeIndex | None
    decoder: Decoder | None
    problem: BundleError | None  # why the ready generation cannot answer

    @property
    def content_ids(self) -> Ints:
        """(G,)"""
        return self.rows["content"]

    def those_of(self, content_ids: Ints) -> NDArray[np.bool_]:
        """(G,): which rows are of ``content_ids`` (n,), growing."""
        return _flags(content_ids, self.content_ids)


class GalleryKeeper:
    """Keeps one library's gallery up to date. Thread-safe."""

    def __init__(self, library: Library, runtime: Runtime) -> None:
        self._library = library
        self._runtime = runtime
        self._lock = threading.Lock()
        self._gallery: Gallery | None = None
        self._joining: threading.Thread | None = None

    def gallery(self) -> Gallery:
        """The library's state; read again only where the library changed."""
        with self._lock:
            revision = self._library.revision()
            if self._gallery is None or self._gallery.revision != revision:
                self._gallery = self._refreshed(revision) or self._opened(revision)
                self._join_segments(self._gallery)
            return self._gallery

    # Opening

    def _opened(self, revision: int) -> Gallery:
        library = self._library
        with library.read() as connection:
            current = models.current(connection)
            change = changes.last(connection)
        if current is None:
            return _nothing(revision, change)
        model_id, spec = current
        generation = generations.ready(library)
        if generation is not None and generation.model_id != model_id:
            generation = None
        tokenizer: Tokenizer | None = None
        problem: BundleError | None = None
        if generation is not None:
            assign_missing(library)  # what a killed indexing run left
            try:
                tokenizer = Tokenizer.load(generation.folder)
            except BundleError as error:
                problem = error
        found = rows.open_rows(
            library, model_id, generation.generation_id if generation and tokenizer else None
        )
        with library.read() as connection:
            live = files.live_contents(connection)
            leaders = stacks.leaders(connection)
            lost = rows.count(connection, model_id) < len(found)
            there = rows.embedding_ids(connection, model_id) if lost else None
        present = _flags(live, found["content"])
        if there is not None:
            present &= np.isin(found["embedding"], there)
        _hide_earlier(found["content"], present)
        index: GenerativeIndex | None = None
        decoder: Decoder | None = None
        if generation is not None and tokenizer is not None:
            old = self._gallery
            try:
                if old is not None and old.decoder and old.generation == generation:
                    decoder = old.decoder
                else:
                    decoder = self._runtime.open_decoder(generation.folder)
                index = GenerativeIndex.build(
                    tokenizer,
                    found["packed"],
                    np.ones(len(found), bool),
                    self._in_space(generation, tokenizer, found),
                    diffusion.open_lists(library, generation.generation_id, found["content"]),
                )
            except BundleError as error:
                problem = error
        raw_pairs = RawPairs.build(leaders, found["content"])
        return Gallery(
            revision,
            change,
            model_id,
            found,
            present,
            Shown(raw_pairs.in_front(present)),
            raw_pairs,
            Hashes.build(found["hash"], found["hashed"].astype(bool)),
            self._embeddings(model_id, spec, found),
            generation,
            index,
            decoder,
            problem,
        )

    # Growing

    def _refreshed(self, revision: int) -> Gallery | None:
        """The gallery that was, with what has changed since; None: it has to be opened again."""
        old, library = self._gallery, self._library
        if old is None or old.model_id is None or old.problem is not None:
            return None
        with library.read() as connection:
            current = models.current(connection)
            changed = changes.since(connection, old.change)
            change = changes.last(connection)
        generation = generations.ready(library)
        if (
            changed is None
            or current is None
            or current[0] != old.model_id
            or (generation != old.generation and (generation or old.generation))
            or len(changed) > READ_AFRESH * len(old.rows) + vectors.BLOCK
        ):
            return None
        model_id, spec = current
        if generation is not None:
            assign_new(library)
        found = rows.open_rows(library, model_id, generation.generation_id if generation else None)
        count = len(old.rows)
        if len(found) < count or (count and found[count - 1] != old.rows[count - 1]):
            return None
        new = found["content"][count:]
        with library.read() as connection:
            asked = np.union1d(changed, new)
            live = files.live_contents(connection, asked)
            leaders = stacks.leaders(connection)
        present = np.concatenate([old.present, np.zeros(len(new), bool)])
        present[_flags(asked, found["content"])] = False
        present |= _flags(live, found["content"])
        if len(new):  # a content id that is given again: its earlier row is another photo's
            present[:count] &= ~_flags(np.unique(new), found["content"][:count])
        raw_pairs = RawPairs.build(leaders, found["content"])
        index = old.index
        if index is not None and generation is not None and len(new):
            index = index.grown(
                found["packed"],
                np.ones(len(found), bool),
                self._in_space(generation, index.tokenizer, found),
                diffusion.open_lists(library, generation.generation_id, found["content"]),
            )
        hashes, embeddings = old.hashes, old.embeddings
        if len(new):
            hashes = hashes.grown(found["hash"], found["hashed"].astype(bool))
            embeddings = self._embeddings(model_id, spec, found)
        return replace(
            old,
            revision=revision,
            change=change,
            rows=found,
            present=present,
            shown=Shown(raw_pairs.in_front(present)),
            raw_pairs=raw_pairs,
            hashes=hashes,
            embeddings=embeddings,
            index=index,
        )

    def _join_segments(self, gallery: Gallery) -> None:
        """Make one segment of two in the background, where the small one is no longer small."""
        index = gallery.index
        if index is None or len(index.segments) < 2 or self._joining is not None:
            return
        large, small = index.segments
        if len(small) <= SMALL + len(large) // 8:
            return

        def join() -> None:
            joined = GenerativeIndex.build(
                index.tokenizer, index.packed, index.identified, index.vectors, index.lists
            )
            with self._lock:
                now = self._gallery
                if (
                    now is not None
                    and now.index is not None
                    and now.generation == gallery.generation
                ):
                    late = now.index
                    grown = joined.grown(late.packed, late.identified, late.vectors, late.lists)
                    self._gallery = replace(now, index=grown)
                self._joining = None

        self._joining = threading.Thread(target=join, name="segments", daemon=True)
        self._joining.start()

    # Vectors

    def _embeddings(self, model_id: int, spec: EncoderSpec, found: Rows) -> Vectors:
        return vectors.open_vectors(
            self._library, model_id, found["embedding"], spec.embedding_width, f"model-{model_id}"
        )

    def _in_space(self, generation: Generation, tokenizer: Tokenizer, found: Rows) -> Vectors:
        return vectors.open_vectors(
            self._library,
            generation.model_id,
            found["embedding"],
            tokenizer.space.width,
            f"generation-{generation.generation_id}",
            tokenizer.space.project,
        )


def _nothing(revision: int, change: int) -> Gallery:
    """A library that nothing was embedded in yet."""
    none = np.zeros(0, np.int64)
    empty = np.zeros((0, 1), np.float16)
    absent = none.astype(bool)
    return Gallery(
        revision,
        change,
        None,
        np.zeros(0, rows.ROW),
        absent,
        Shown(absent),
        RawPairs(none, none),
        Hashes.build(none, absent),
        Vectors(empty, empty),
        None,
        None,
        None,
        None,
    )


def _flags(ids: Ints, among: Ints) -> NDArray[np.bool_]:
    """Which of ``among`` (G,) are one of ``ids`` (n,), growing: a table, as ids are dense."""
    if not len(ids):
        return np.zeros(len(among), bool)
    table = np.zeros(int(ids[-1]) + 2, bool)
    table[ids] = True
    return table[np.minimum(among, len(table) - 1)]


def _hide_earlier(content_ids: Ints, present: NDArray[np.bool_]) -> None:
    """Of rows that share a content id only the last stays: SQLite gives ids again."""
    if (np.diff(content_ids) > 0).all():
        return
    order = np.argsort(content_ids, kind="stable")
    ordered = content_ids[order]
    present[order[:-1][ordered[1:] == ordered[:-1]]] = False
