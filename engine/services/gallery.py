"""The library in a search's memory: every embedded content, in the order of its embedding.

Opening it maps files; afterwards only what changed is looked at: new photos make a small segment
beside the large one, and photos that left or came back are a bit each. Where segments have become
many or large, they are joined in the background. Neighbours: ``searching`` (asks),
``engine.store.rows`` (the files), ``engine.store.changes`` (what changed).
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
from engine.services.identifying import Newest
from engine.services.raw_pairs import RawPairs
from engine.store import changes, diffusion, files, generations, models, rows, stacks, vectors
from engine.store.database import Library
from engine.store.rows import Rows
from engine.store.vectors import Vectors
from engine.tokenizer.model import Tokenizer
from engine.types import Generation

READ_AFRESH = 0.2  # share of the library; where more has changed everything is looked at again

Rows32 = NDArray[np.int32]


@dataclass(frozen=True)
class Gallery:
    """The library at one revision, G rows."""

    revision: int
    change: int  # the last that it holds (engine.store.changes)
    model_id: int | None
    rows: Rows  # (G,) of engine.store.rows.ROW
    row_of: Rows32  # (C,): by content id; -1 for none
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
        """(G,): which rows are of ``content_ids`` (n,)."""
        return _flags(content_ids, self.row_of, len(self.rows))

    def taking(
        self, generation: Generation | None, index: GenerativeIndex | None, hashes: Hashes | None
    ) -> Gallery:
        """With what was joined of an earlier state, if this one has grown from it.

        ``generation``: that of ``index``.
        """
        taken = self
        if index is not None and self.index is not None and self.generation == generation:
            late = self.index
            grown = index.grown(late.packed, late.identified, late.vectors, late.lists)
            taken = replace(taken, index=grown)
        if hashes is not None and hashes.begins(self.hashes):
            taken = replace(taken, hashes=hashes.grown(self.hashes.bits, self.hashes.known))
        return taken


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
                self._join_late(self._gallery)
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
            Newest(library).assign()  # what a killed indexing run left
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
        row_of = _row_of(found["content"])
        present = _flags(live, row_of, len(found))
        if there is not None:
            present &= np.isin(found["embedding"], there)
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
            row_of,
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
        # Who adds photos identifies them: a search waits for neither.
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
        present[_rows(asked, old.row_of)] = False  # also where a content id is given again
        row_of = _row_of(new, count, old.row_of)
        present[_rows(live, row_of)] = True
        raw_pairs = RawPairs.build(leaders, found["content"])
        index = old.index
        if index is not None and generation is not None and len(new):
            index = index.grown(
                found["packed"],
                np.ones(len(found), bool),
                self._in_space(generation, index.tokenizer, found, count),
                None if index.lists is None else index.lists.grown(len(found)),
            )
        hashes, embeddings = old.hashes, old.embeddings
        if len(new):
            # Not all of it: a flag of every row lies in every line of the file.
            known = found["hashed"][count:].astype(bool)
            hashes = hashes.grown(found["hash"], np.concatenate([hashes.known, known]))
            embeddings = self._embeddings(model_id, spec, found, count)
        return replace(
            old,
            revision=revision,
            change=change,
            rows=found,
            row_of=row_of,
            present=present,
            shown=Shown(raw_pairs.in_front(present)),
            raw_pairs=raw_pairs,
            hashes=hashes,
            embeddings=embeddings,
            index=index,
        )

    def _join_late(self, gallery: Gallery) -> None:
        """Sort in the background what has come since, where that is much; searches go on."""
        index = gallery.index if gallery.index is not None and gallery.index.crowded else None
        hashes = gallery.hashes if gallery.hashes.crowded else None
        if (index is None and hashes is None) or self._joining is not None:
            return

        def join() -> None:
            one_index = None if index is None else index.joined()
            all_sorted = None if hashes is None else hashes.joined()
            with self._lock:
                if self._gallery is not None:
                    self._gallery = self._gallery.taking(gallery.generation, one_index, all_sorted)
                self._joining = None

        self._joining = threading.Thread(target=join, name="joining", daemon=True)
        self._joining.start()

    # Vectors

    def _embeddings(
        self, model_id: int, spec: EncoderSpec, found: Rows, agreed: int = 0
    ) -> Vectors:
        return vectors.open_vectors(
            self._library,
            model_id,
            found["embedding"],
            spec.embedding_width,
            f"model-{model_id}",
            agreed=agreed,
        )

    def _in_space(
        self, generation: Generation, tokenizer: Tokenizer, found: Rows, agreed: int = 0
    ) -> Vectors:
        return vectors.open_vectors(
            self._library,
            generation.model_id,
            found["embedding"],
            tokenizer.space.width,
            f"generation-{generation.generation_id}",
            tokenizer.space.project,
            agreed,
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
        np.zeros(0, np.int32),
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


def _row_of(content_ids: Ints, first: int = 0, known: Rows32 | None = None) -> Rows32:
    """(C,): the row of every content id, -1 for none; ``content_ids`` (n,) of row ``first`` on.

    Of rows that share a content id the last counts: SQLite gives ids again. ``known``: of the rows
    before.
    """
    known = np.zeros(0, np.int32) if known is None else known
    more = max(0, int(content_ids.max(initial=-1)) + 1 - len(known))
    row_of = np.concatenate([known, np.full(more, -1, np.int32)])
    row_of[content_ids] = np.arange(first, first + len(content_ids), dtype=np.int32)
    return row_of


def _rows(content_ids: Ints, row_of: Rows32) -> Rows32:
    """Rows (m,) of those of ``content_ids`` (n,) that have one."""
    rows_of_them = row_of[content_ids[content_ids < len(row_of)]]
    return rows_of_them[rows_of_them >= 0]


def _flags(content_ids: Ints, row_of: Rows32, count: int) -> NDArray[np.bool_]:
    """(count,): which rows are of ``content_ids`` (n,)."""
    flags = np.zeros(count, bool)
    flags[_rows(content_ids, row_of)] = True
    return flags
