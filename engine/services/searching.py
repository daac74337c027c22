"""Query -> ranked photos.

Contents without a present file, or outside the filters, are masked out during decoding. The
library's state in memory: ``gallery``; the engines: ``answering``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from engine.errors import LibraryError
from engine.search import stacking
from engine.search.ports import Encoder, Exporter, Runtime
from engine.search.ranking import Ranked, bands
from engine.search.segments import Shown
from engine.services import appearing, parts, refining
from engine.services.answering import choose_engine, go_on, rank, with_copies
from engine.services.appearing import AppearanceKeeper
from engine.services.asking import EncodedQuery, QueryEncoder
from engine.services.gallery import Gallery, GalleryKeeper
from engine.services.parts import Described, PartsKeeper
from engine.settings import DEFAULT_ENCODER, DEFAULT_TOP
from engine.store import files, models, stacks
from engine.store.database import Library
from engine.tokenizer.model import RankingWeights
from engine.types import Engine, Filters, Likeness, Query, SearchAnswer, SearchHit, Timings

FILTERS_KEPT = 4  # a byte a photo each, and four where decoding prunes


class SearchService:
    """Answers queries on one library. Thread-safe; the same library and query answer the same."""

    def __init__(
        self,
        library: Library,
        runtime: Runtime,
        exporter: Exporter,
        encoder: str = DEFAULT_ENCODER,
    ) -> None:
        self._library = library
        self._new_encoder = encoder
        self._runtime = runtime
        self._exporter = exporter
        self._loading = threading.Lock()
        self._keeper = GalleryKeeper(library, runtime)
        self._encoder: Encoder | None = None
        self._encoder_for: int | None = None  # the model that it was opened for
        self._chosen = False  # a person has named it; indexing will make it current
        self._asking: QueryEncoder | None = None
        self._appearing = AppearanceKeeper(library)
        self._parts = PartsKeeper(library)
        self._backgrounds = refining.Backgrounds()
        self._filtering = threading.Lock()
        self._kept: dict[tuple[int, Filters], Shown] = {}

    def encoder(self) -> Encoder:
        """The library's encoder; the one that was asked for where it has no photos yet."""
        with self._library.read() as connection:
            current = models.current(connection)
        return self._encoder_of(None if current is None else current[0])

    def _encoder_of(self, model_id: int | None) -> Encoder:
        """The encoder of a model of the library; None: no photo has been read yet.

        Another process may have made another model current: a query is encoded by that which its
        gallery was.
        """
        with self._loading:
            encoder, known = self._encoder, self._encoder_for
            if encoder is not None and model_id in (None, known):
                return encoder
            spec = None
            if model_id is not None:
                with self._library.read() as connection:
                    spec = models.spec_of(connection, model_id)
            if encoder is None or not (self._chosen or encoder.spec == spec):
                name = self._new_encoder if spec is None else spec.name
                encoder = self._runtime.open_encoder(self._exporter.prepare_encoder(name))
            if encoder.spec == spec:
                self._chosen = False
            if not self._chosen:
                self._encoder_for = model_id
            self._encoder = encoder
            return encoder

    def use_encoder(self, name: str) -> None:
        """Read photos with the encoder ``name`` from now on; the next indexing reads all again.

        Raises ``BundleError`` where it cannot be used, and then nothing changes.
        """
        with self._loading:
            self._encoder = self._runtime.open_encoder(self._exporter.prepare_encoder(name))
            self._encoder_for, self._chosen = None, True

    def warm(self) -> None:
        """Create sessions and read the library, so that the first query is as fast as the next."""
        encoder = self.encoder()
        side = encoder.spec.image_size
        encoder.encode(np.zeros((1, side, side, 3), np.uint8))
        self.gallery()

    def search(
        self,
        query: Query,
        *,
        top: int = DEFAULT_TOP,
        beam: int | None = None,
        engine: Engine = Engine.AUTO,
        filters: Filters | None = None,
        likeness: Likeness = Likeness.CONTENT,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> SearchAnswer:
        """Rank the library's photos by ``likeness`` to ``query``.

        ``cancelled`` is asked between the steps, of which encoding takes longest; where it says
        yes, ``SearchCancelledError`` is raised. Raises ``PhotoError`` for an unreadable query,
        ``LibraryError`` for a library without photos or (``engine`` generative) without a trained
        generation, ``BundleError`` where its bundle cannot be used.
        """
        started = time.perf_counter()
        gallery = self.gallery()
        if not gallery.shown.count:
            raise LibraryError(
                "The library has no searchable photos yet: add a folder with "
                "'photoglyph index FOLDER', or in the window."
            )
        go_on(cancelled)
        if likeness in (Likeness.COLOUR, Likeness.COMPOSITION):
            return self._by_appearance(gallery, query, likeness, filters, top)
        encoded = self.encode_query(query, gallery)
        go_on(cancelled)
        described = self._parts.described(gallery) if query.by_part else None
        if described is not None:
            return self._by_part(gallery, described, query, encoded, filters, top)
        taken, note = choose_engine(engine, gallery)
        if query.by_part:
            note = f"{note} {parts.NOT_DESCRIBED}".strip()
        shown = everything = self._filtered(gallery, filters)
        own = refining.unasked(gallery, query)
        if len(own):  # "find similar": not the photo itself
            shown = shown.without(gallery.raw_pairs.one_photo(own))
        encoded, refinement, said = refining.refine(
            gallery, query, encoded, everything, self._backgrounds
        )
        note = " ".join(filter(None, (note, said)))
        final, blending = top, likeness is Likeness.BLEND
        top = max(top, appearing.BLENDED) if blending else top
        if refinement is None:
            ranked, took, weights = rank(gallery, encoded, taken, shown, top, beam, cancelled)
        else:
            shown = shown.without(gallery.raw_pairs.one_photo(refinement.dropped))
            wider = max(top, refining.CANDIDATES)
            ranked, took, weights = rank(gallery, encoded, taken, shown, wider, beam, cancelled)
            ranked, took = with_copies(
                gallery, ranked, took, encoded, taken, shown, weights, cancelled
            )
            ranked = refinement.applied(gallery, ranked, encoded, shown, top)
        go_on(cancelled)
        top = final
        if blending:
            ranked = self._appearing.blended(gallery, query, ranked, top)
        hits = self._hits(gallery, ranked, weights, taken, top)
        total = (time.perf_counter() - started) * 1e3
        return SearchAnswer(
            engine=taken,
            generation=gallery.generation.generation_id
            if taken is Engine.GENERATIVE and gallery.generation
            else None,
            hits=hits,
            milliseconds=Timings(
                encoded.decode_ms,
                encoded.encode_ms + took.encode,
                took.search,
                took.rescore,
                total,
            ),
            searched=shown.count,
            note=note,
            problem=engine is Engine.AUTO and gallery.problem is not None,
            identifier=None
            if taken is Engine.EXACT or gallery.index is None
            else gallery.index.tokenizer.codes(encoded.embedding),
            widened=took.widened,
        )

    def _by_appearance(
        self,
        gallery: Gallery,
        query: Query,
        likeness: Likeness,
        filters: Filters | None,
        top: int,
    ) -> SearchAnswer:
        """An answer by colour or composition alone: no network is asked."""
        started = time.perf_counter()
        shown = self._filtered(gallery, filters)
        own = refining.unasked(gallery, query)
        if len(own):
            shown = shown.without(gallery.raw_pairs.one_photo(own))
        ranked, note = self._appearing.rank(gallery, query, likeness, shown, top)
        hits = self._hits(gallery, ranked, appearing.BANDS, Engine.EXACT, top)
        total = (time.perf_counter() - started) * 1e3
        return SearchAnswer(
            engine=Engine.EXACT,
            generation=None,
            hits=hits,
            milliseconds=Timings(search=total, total=total),
            searched=shown.count,
            note=note,
        )

    def _by_part(
        self,
        gallery: Gallery,
        described: Described,
        query: Query,
        encoded: EncodedQuery,
        filters: Filters | None,
        top: int,
    ) -> SearchAnswer:
        """An answer of photos that show what is asked for somewhere, and where."""
        started = time.perf_counter()
        shown = self._filtered(gallery, filters)
        own = refining.unasked(gallery, query)
        if len(own):
            shown = shown.without(gallery.raw_pairs.one_photo(own))
        ranked, where, note = self._parts.rank(gallery, described, query, encoded, shown, top)
        hits = self._hits(gallery, ranked, parts.BANDS, Engine.EXACT, top)
        search = (time.perf_counter() - started) * 1e3
        took = encoded.decode_ms + encoded.encode_ms
        return SearchAnswer(
            engine=Engine.EXACT,
            generation=None,
            hits=tuple(parts.placed(hit, where) for hit in hits),
            milliseconds=Timings(
                encoded.decode_ms, encoded.encode_ms, search=search, total=took + search
            ),
            searched=shown.count,
            note=note,
        )

    def encode_query(
        self, query: Query, gallery: Gallery | None = None, *, again: bool = False
    ) -> EncodedQuery:
        """What is asked of ``gallery`` (None: of the library as it is now); see ``asking``."""
        encoder = self.encoder() if gallery is None else self._encoder_of(gallery.model_id)
        with self._loading:
            if self._asking is None or self._asking.encoder is not encoder:
                self._asking = QueryEncoder(self._library, encoder)
            asking = self._asking
        return asking.encode(query, again=again)

    def gallery(self) -> Gallery:
        """The library's state; read again only where the library changed."""
        return self._keeper.gallery()

    def _filtered(self, gallery: Gallery, filters: Filters | None) -> Shown:
        """What passes the filters; kept, as one question under them is seldom the last."""
        if filters is None or filters.empty:
            return gallery.shown
        key = (gallery.revision, filters)
        with self._filtering:
            shown = self._kept.pop(key, None)
            if shown is None:
                with self._library.read() as connection:
                    allowed = files.filtered_contents(connection, filters)
                passing = gallery.present & gallery.those_of(allowed)
                shown = Shown(gallery.raw_pairs.in_front(passing))
            self._kept[key] = shown  # the newest last
            for old in list(self._kept)[:-FILTERS_KEPT]:
                del self._kept[old]
            return shown

    def _hits(
        self,
        gallery: Gallery,
        ranked: Ranked,
        weights: RankingWeights,
        engine: Engine,
        top: int,
    ) -> tuple[SearchHit, ...]:
        """Every present file of the ranked contents: identical copies follow each other.

        A picture lists the raw files that lie beside it.
        """
        content_ids = gallery.content_ids[ranked.rows]
        raw_ids = gallery.content_ids[gallery.raw_pairs.behind(ranked.rows)]
        hashes = gallery.hashes
        above = stacking.leaders(hashes.bits[ranked.rows], hashes.known[ranked.rows])
        first: dict[int, int] = {}  # place -> rank of its first file
        with self._library.read() as connection:
            photos = files.photos_by_content(connection, [*content_ids, *raw_ids])
        raws = [photos.get(int(content_id), []) for content_id in raw_ids]
        raw_paths = sorted({raw.path for copies in raws for raw in copies})
        hits: list[SearchHit] = []
        identifiers: list[tuple[int, ...] | None] = [None] * len(content_ids)
        if engine is Engine.GENERATIVE and gallery.index is not None:
            identifiers = [*gallery.index.identifiers(ranked.rows)]
        sure = bands(ranked, weights)
        for place, content_id in enumerate(content_ids):
            for photo in photos.get(int(content_id), ()):
                hits.append(
                    SearchHit(
                        rank=len(hits) + 1,
                        photo=photo,
                        score=float(ranked.score[place]),
                        band=sure[place],
                        similarity=float(ranked.similarity[place]),
                        identifier=identifiers[place],
                        logp=None if ranked.logp is None else float(ranked.logp[place]),
                        near=first.get(int(above[place])),
                        stack=tuple(p for p in raw_paths if stacks.stacked(p, photo.path)),
                    )
                )
                first.setdefault(place, len(hits))
        return tuple(hits[:top])
