"""Query -> ranked photos: the library's state in memory, refreshed when the library changes.

The gallery is every embedded content, in the order of its embedding; contents without a present
file, or outside the filters, are masked out during decoding.
"""

from __future__ import annotations

import io
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.encoder.pooling import pool_patches
from engine.errors import BundleError, LibraryError, UserError
from engine.photos.decode import decode
from engine.photos.preprocess import model_input
from engine.search.ports import Decoder, Encoder, Exporter, Floats, Ints, Runtime
from engine.search.ranking import Ranked, bands
from engine.search.searcher import (
    GenerativeIndex,
    Took,
    search_exact,
    search_generative,
)
from engine.services.identifying import assign_missing
from engine.settings import DEFAULT_BEAM, DEFAULT_ENCODER, DEFAULT_TOP, SMALLEST_TRAINABLE
from engine.store import diffusion, files, generations, models, thumbnails, vectors
from engine.store.database import Library
from engine.store.vectors import Vectors
from engine.tokenizer.model import RankingWeights, Tokenizer
from engine.types import Engine, Filters, Generation, Query, SearchAnswer, SearchHit, Timings

MINUS_WEIGHT = 0.5  # Rocchio's share of what is subtracted
CROPPED_SIDE = 2048  # pixels a photo is decoded to before a part of it is cut out


@dataclass(frozen=True)
class EncodedQuery:
    """``embedding`` (E,), ``patches`` (N', C), and what it took."""

    embedding: Floats
    patches: Floats
    decode_ms: float
    encode_ms: float


@dataclass(frozen=True)
class Gallery:
    """The library at one revision, G rows."""

    revision: int
    content_ids: Ints  # (G,)
    shown: NDArray[np.bool_]  # (G,): has a present file
    embeddings: Vectors  # (G, E)
    generation: Generation | None
    index: GenerativeIndex | None
    decoder: Decoder | None
    problem: BundleError | None  # why the ready generation cannot answer


class SearchService:
    """Answers queries on one library. Thread-safe; the same library and query answer the same."""

    def __init__(self, library: Library, runtime: Runtime, exporter: Exporter) -> None:
        self._library = library
        self._runtime = runtime
        self._exporter = exporter
        self._loading = threading.Lock()
        self._gallery: Gallery | None = None
        self._encoder: Encoder | None = None

    def encoder(self) -> Encoder:
        """The library's encoder; the default one for a library without photos."""
        with self._loading:
            if self._encoder is None:
                with self._library.read() as connection:
                    current = models.current(connection)
                name = DEFAULT_ENCODER if current is None else current[1].name
                self._encoder = self._runtime.open_encoder(self._exporter.prepare_encoder(name))
            return self._encoder

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
    ) -> SearchAnswer:
        """Rank the library's photos by likeness to ``query``.

        Raises ``PhotoError`` for an unreadable query, ``LibraryError`` for a library without
        photos or (``engine`` generative) without a trained generation, ``BundleError`` where its
        bundle cannot be used.
        """
        started = time.perf_counter()
        gallery = self.gallery()
        if not gallery.shown.any():
            raise LibraryError(
                "The library has no searchable photos yet: add a folder with "
                "'photoglyph index FOLDER', or in the window."
            )
        encoded = self.encode_query(query)
        taken, note = choose_engine(engine, gallery)
        shown = self._filtered(gallery, filters)
        if isinstance(query.image, int):  # "find similar": not the photo itself
            shown = shown & (gallery.content_ids != query.image)
        ranked, took, weights = rank(gallery, encoded, taken, shown, top, beam)
        hits = self._hits(gallery, ranked, weights, taken, top)
        total = (time.perf_counter() - started) * 1e3
        return SearchAnswer(
            engine=taken,
            generation=gallery.generation.generation_id
            if taken is Engine.GENERATIVE and gallery.generation
            else None,
            hits=hits,
            milliseconds=Timings(
                encoded.decode_ms, encoded.encode_ms, took.search, took.rescore, total
            ),
            searched=int(shown.sum()),
            note=note,
            problem=engine is Engine.AUTO and gallery.problem is not None,
        )

    def encode_query(self, query: Query) -> EncodedQuery:
        """The query's embedding, what is to be avoided subtracted (Rocchio), and its patches."""
        encoded = self._encode(query.image, query.crop)
        if not query.minus:
            return encoded
        avoided = np.mean([self._encode(m, None).embedding for m in query.minus], axis=0)
        moved = encoded.embedding - MINUS_WEIGHT * avoided.astype(np.float32)
        return EncodedQuery(moved, encoded.patches, encoded.decode_ms, encoded.encode_ms)

    def query_image(
        self, image: Path | Image.Image | int, crop: tuple[int, int, int, int] | None, side: int
    ) -> Image.Image:
        """The query as an upright RGB picture, at least ``side`` pixels where it has them.

        A photo of the library is taken from its thumbnail, so that an unplugged drive does not
        matter. Raises ``PhotoError``, or ``UserError`` for a crop outside the picture.
        """
        if isinstance(image, int):
            jpeg = thumbnails.by_content(self._library, [image]).get(image)
            if jpeg is not None and crop is None:
                return Image.open(io.BytesIO(jpeg)).convert("RGB")
            with self._library.read() as connection:
                copies = files.photos_by_content(connection, [image]).get(image)
            if not copies:
                raise UserError("That photo is no longer in the library: choose another.")
            image = copies[0].path
        if isinstance(image, Image.Image):
            picture, width, height = image.convert("RGB"), image.width, image.height
        else:
            decoded = decode(image, side if crop is None else CROPPED_SIDE)
            picture, width, height = decoded.image, decoded.width, decoded.height
        return picture if crop is None else _cut(picture, crop, width, height)

    def gallery(self) -> Gallery:
        """The library's state; read again only where the library changed."""
        with self._loading:
            revision = self._library.revision()
            if self._gallery is None or self._gallery.revision != revision:
                self._gallery = self._load(revision)
            return self._gallery

    def _encode(
        self, image: Path | Image.Image | int, crop: tuple[int, int, int, int] | None
    ) -> EncodedQuery:
        encoder = self.encoder()
        started = time.perf_counter()
        side = encoder.spec.image_size
        pixels = model_input(self.query_image(image, crop, side), side)
        decoded = time.perf_counter()
        encoded = encoder.encode(pixels[None])
        patches = pool_patches(encoded.patches)
        ended = time.perf_counter()
        return EncodedQuery(
            encoded.embedding[0], patches[0], (decoded - started) * 1e3, (ended - decoded) * 1e3
        )

    def _load(self, revision: int) -> Gallery:
        library = self._library
        with library.read() as connection:
            current = models.current(connection)
            live = files.live_contents(connection)
        if current is None:
            none = np.zeros(0, np.int64)
            empty = np.zeros((0, 1), np.float16)
            return Gallery(
                revision, none, none.astype(bool), Vectors(empty, empty), None, None, None, None
            )
        model_id, spec = current
        table = vectors.table(library, model_id)
        embeddings = vectors.open_vectors(
            library, model_id, table.embedding_ids, spec.embedding_width, f"model-{model_id}"
        )
        shown = np.isin(table.content_ids, live)
        generation = generations.ready(library)
        index: GenerativeIndex | None = None
        decoder: Decoder | None = None
        problem: BundleError | None = None
        if generation is not None and generation.model_id == model_id:
            try:
                index = self._index(generation, table)
                old = self._gallery
                if old is not None and old.decoder and old.generation == generation:
                    decoder = old.decoder
                else:
                    decoder = self._runtime.open_decoder(generation.folder)
            except BundleError as error:
                index, problem = None, error
        return Gallery(
            revision, table.content_ids, shown, embeddings, generation, index, decoder, problem
        )

    def _index(self, generation: Generation, table: vectors.EmbeddingTable) -> GenerativeIndex:
        tokenizer = Tokenizer.load(generation.folder)
        assign_missing(self._library)  # what a killed indexing run left
        known, packed = generations.identifiers(self._library, generation.generation_id)
        place = np.searchsorted(known, table.content_ids)
        place[place == len(known)] = 0
        identified = (
            known[place] == table.content_ids
            if len(known)
            else np.zeros(len(table.content_ids), bool)
        )
        row_packed = np.where(identified, packed[place], 0) if len(known) else place
        space = vectors.open_vectors(
            self._library,
            generation.model_id,
            table.embedding_ids,
            tokenizer.space.width,
            f"generation-{generation.generation_id}",
            tokenizer.space.project,
        )
        lists = diffusion.open_lists(self._library, generation.generation_id, table.content_ids)
        return GenerativeIndex.build(tokenizer, row_packed, identified, space, lists)

    def _filtered(self, gallery: Gallery, filters: Filters | None) -> NDArray[np.bool_]:
        if filters is None or filters.empty:
            return gallery.shown
        with self._library.read() as connection:
            allowed = files.filtered_contents(connection, filters)
        return gallery.shown & np.isin(gallery.content_ids, allowed)

    def _hits(
        self,
        gallery: Gallery,
        ranked: Ranked,
        weights: RankingWeights,
        engine: Engine,
        top: int,
    ) -> tuple[SearchHit, ...]:
        """Every present file of the ranked contents: identical copies follow each other."""
        content_ids = gallery.content_ids[ranked.rows]
        with self._library.read() as connection:
            photos = files.photos_by_content(connection, content_ids)
        hits: list[SearchHit] = []
        generative = engine is Engine.GENERATIVE and gallery.index is not None
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
                        identifier=gallery.index.identifier(int(ranked.rows[place]))
                        if generative and gallery.index
                        else None,
                        logp=None if ranked.logp is None else float(ranked.logp[place]),
                    )
                )
        return tuple(hits[:top])


def choose_engine(wanted: Engine, gallery: Gallery) -> tuple[Engine, str]:
    """Which engine answers, and one sentence where a person should know why."""
    if wanted is Engine.EXACT:
        return Engine.EXACT, ""
    if gallery.index is None:
        if wanted is Engine.AUTO:
            return Engine.EXACT, "" if gallery.problem is None else str(gallery.problem)
        if gallery.problem is not None:
            raise gallery.problem
        raise LibraryError(
            "This library has no trained model yet: run 'photoglyph train' "
            f"(from {SMALLEST_TRAINABLE} photos on), or search with --engine exact."
        )
    figures = None if gallery.generation is None else gallery.generation.figures
    if wanted is Engine.AUTO and figures is not None and not figures.earned:
        return Engine.EXACT, "Exact search answers: it did better on this library's own photos."
    return Engine.GENERATIVE, ""


def rank(
    gallery: Gallery,
    encoded: EncodedQuery,
    engine: Engine,
    shown: NDArray[np.bool_],
    top: int,
    beam: int | None,
) -> tuple[Ranked, Took, RankingWeights]:
    """Run one engine over the rows that ``shown`` (G,) allows."""
    if engine is Engine.EXACT or gallery.index is None:
        ranked, took = search_exact(gallery.embeddings, encoded.embedding, shown, top)
        return ranked, took, EXACT_BANDS
    index = gallery.index
    weights = index.tokenizer.ranking
    ranked, took = search_generative(
        index,
        gallery.decoder if weights.correction else None,
        index.ask(encoded.embedding, encoded.patches),
        shown,
        top,
        beam or max(DEFAULT_BEAM, top),
    )
    return ranked, took, weights


# Before a training has calibrated them: for the default encoder's own embeddings, measured with
# tests/bench/bands.py on 3,500 photos of shops, clothes and places.
EXACT_BANDS = RankingWeights(same_shot=0.92, same_scene=0.85, related=0.72)


def _cut(
    picture: Image.Image, crop: tuple[int, int, int, int], width: int, height: int
) -> Image.Image:
    """The part ``crop`` (x, y, width, height in pixels of the full ``width`` x ``height``)."""
    x, y, w, h = crop
    left, upper = max(0, x), max(0, y)
    right, lower = min(width, x + w), min(height, y + h)
    if right <= left or lower <= upper:
        raise UserError(
            f"The crop {x},{y},{w},{h} lies outside the picture of {width} x {height} pixels: "
            "give X,Y,WIDTH,HEIGHT inside it."
        )
    sx, sy = picture.width / width, picture.height / height
    box = (round(left * sx), round(upper * sy), round(right * sx), round(lower * sy))
    return picture.crop((box[0], box[1], max(box[2], box[0] + 1), max(box[3], box[1] + 1)))
