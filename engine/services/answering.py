"""Which engine answers, and what one answer is put together of: beams, views, copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.errors import LibraryError, SearchCancelledError
from engine.search.fingerprints import Fingerprint
from engine.search.ranking import Ranked, merged
from engine.search.searcher import Took, search_exact, search_generative
from engine.search.segments import Shown
from engine.services.asking import EncodedQuery
from engine.services.gallery import Gallery
from engine.settings import DEFAULT_BEAM, SMALLEST_TRAINABLE
from engine.tokenizer.model import RankingWeights
from engine.types import Engine

COPIES = 20  # of each image of a query that has several
WIDER = 4  # times the usual beam, where the usual one was not enough


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
    shown: Shown,
    top: int,
    beam: int | None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Ranked, Took, RankingWeights]:
    """Run one engine over the rows that ``shown`` allows.

    Where nothing found is surely of the same scene, the query's further views are asked too.
    Raises ``SearchCancelledError``.
    """
    weights = EXACT_BANDS
    if engine is Engine.GENERATIVE and gallery.index is not None:
        weights = gallery.index.tokenizer.ranking
    fingerprint = _fingerprint(gallery, encoded)
    ranked, took = _rank(gallery, encoded, engine, shown, top, beam, fingerprint)
    if len(ranked.rows) and ranked.similarity.max() >= weights.same_scene:
        return ranked, took, weights
    go_on(cancelled)
    for view in encoded.further():
        go_on(cancelled)
        again, more = _rank(gallery, view, engine, shown, top, beam, fingerprint)
        ranked = merged(ranked, again, top)
        took += replace(more, encode=view.encode_ms)
    return ranked, took, weights


def with_copies(
    gallery: Gallery,
    ranked: Ranked,
    took: Took,
    encoded: EncodedQuery,
    engine: Engine,
    shown: Shown,
    weights: RankingWeights,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Ranked, Took]:
    """``ranked`` with what shows one of the query's images itself.

    A mixture of images that differ lies far from each of them, and decoding may follow one alone.
    Raises ``SearchCancelledError``.
    """
    for one in encoded.wanted:
        go_on(cancelled)
        own, more = _rank(gallery, one, engine, shown, COPIES, None, _fingerprint(gallery, one))
        same = own.where(own.similarity >= weights.same_shot)
        ranked = merged(ranked, same, len(ranked.rows) + len(same.rows))
        took = replace(took + more, widened=took.widened)  # which tells of the mixture
    return ranked, took


def go_on(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise SearchCancelledError


def _fingerprint(gallery: Gallery, encoded: EncodedQuery) -> Fingerprint | None:
    return Fingerprint(gallery.hashes, encoded.hashes) if len(encoded.hashes) else None


def _rank(
    gallery: Gallery,
    encoded: EncodedQuery,
    engine: Engine,
    shown: Shown,
    top: int,
    beam: int | None,
    fingerprint: Fingerprint | None,
) -> tuple[Ranked, Took]:
    index = gallery.index
    if engine is Engine.EXACT or index is None:
        return search_exact(gallery.embeddings, encoded.embedding, shown.mask, top, fingerprint)
    decoder = gallery.decoder if index.tokenizer.ranking.correction else None
    asked = index.ask(encoded.embedding, encoded.patches, fingerprint)
    width = beam or max(DEFAULT_BEAM, top)
    ranked, took = search_generative(index, decoder, asked, shown, top, width)
    if beam is not None or ranked.depth <= index.tokenizer.ranking.doubt:
        return ranked, took
    # The nearest lay deep in the beam: on held-out queries some were then behind its end.
    ranked, more = search_generative(index, decoder, asked, shown, top, WIDER * width)
    return ranked, replace(took + more, widened=True)


# Before a training has calibrated them: for the default encoder's own embeddings, measured with
# tests/bench/bands.py on 3,500 photos of shops, clothes and places.
EXACT_BANDS = RankingWeights(same_shot=0.92, same_scene=0.85, related=0.72)
