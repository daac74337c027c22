"""The next step of a conversation: what was marked moves the query, and ranks its answer anew.

Marked photos are asked with as the library holds them, so that a step encodes nothing. Neighbours:
``searching`` (asks and answers), ``engine.search.feedback`` (the method).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from engine.errors import UserError
from engine.search.beam import top
from engine.search.feedback import BACKGROUND, Background, Preference, rocchio
from engine.search.ports import Floats, Ints
from engine.search.ranking import Ranked
from engine.search.segments import Shown
from engine.search.trie import Indices
from engine.services.asking import EncodedQuery, contradictory
from engine.services.gallery import Gallery
from engine.store import feedback
from engine.store.database import Library
from engine.types import Feedback, Mark, Query

CANDIDATES = 300  # that are ranked anew
# Of the classifier beside the score, whose likeness is at most 1. Simulated on the train split:
# after three rounds of three marks P@20 is .81 with .1 to .3, .80 without it, .78 with 2.
TRUST = 0.2


@dataclass(frozen=True)
class Refinement:
    """What to do with an answer: ``kept`` rows stand first, ``dropped`` ones are left out."""

    preference: Preference
    kept: Indices
    dropped: Indices

    def applied(
        self, gallery: Gallery, ranked: Ranked, encoded: EncodedQuery, shown: Shown, count: int
    ) -> Ranked:
        """``ranked`` in the new order, the ``count`` best of it."""
        ranked = _with_kept(gallery, ranked, self.kept[shown.mask[self.kept]], encoded)
        rows = ranked.rows
        score = ranked.score + np.float32(TRUST) * self.preference.of(_vectors(gallery, rows))
        first = np.isin(rows, self.kept)
        if first.any():
            score[first] += max(
                0.0, float(score[~first].max(initial=0)) - score[first].min() + 0.01
            )
        best = top(score, count)
        logp = None if ranked.logp is None else ranked.logp[best]
        return Ranked(rows[best], score[best], ranked.similarity[best], logp, ranked.depth)


class Backgrounds:
    """Random photos of what may be found, prepared once for each filter and library. Thread-safe:
    two threads at worst prepare the same.
    """

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Shown, Background] = WeakKeyDictionary()

    def of(self, gallery: Gallery, shown: Shown) -> Background:
        """The same photos at every step of a conversation."""
        known = self._kept.get(shown)
        if known is None:
            known = Background.of(_vectors(gallery, _others(shown)))
            self._kept[shown] = known
        return known


def refine(
    gallery: Gallery, query: Query, encoded: EncodedQuery, shown: Shown, backgrounds: Backgrounds
) -> tuple[EncodedQuery, Refinement | None, str]:
    """The query as its images and marks have it, how to rank its answer, and what to say of it.

    ``shown``: what may be found, the query's own photos too. None: there is one image and no mark.
    """
    signs, note = last_words(query)
    marked = np.array(list(signs), np.int64)
    rows = _rows(gallery, marked)
    said = np.array(list(signs.values()), np.float32)[rows >= 0]
    rows = rows[rows >= 0]
    if len(query.parts) == 1 and not len(rows):
        return encoded, None, note
    weights = np.concatenate([encoded.signs, said])
    known = encoded.given
    if gallery.index is not None:
        known = gallery.index.tokenizer.space.project(known)
    known = np.concatenate([known, _vectors(gallery, rows)])
    if len(rows):
        given = np.concatenate([encoded.given, gallery.embeddings.take(rows)])
        encoded = replace(encoded, embedding=rocchio(given, weights), further=lambda: iter(()))
    preference = Preference.fit(known, weights, backgrounds.of(gallery, shown))
    return encoded, Refinement(preference, rows[said > 0], rows[said < 0]), note


def unasked(gallery: Gallery, query: Query) -> Indices:
    """Rows of the query's own photos: who asks for similar ones has them."""
    own = [part.image for part in query.parts if isinstance(part.image, int)]
    rows = _rows(gallery, np.array(own, np.int64))
    return rows[rows >= 0]


def _with_kept(gallery: Gallery, ranked: Ranked, kept: Indices, encoded: EncodedQuery) -> Ranked:
    """``ranked`` with those of ``kept`` (n,) that it misses: what is wanted is never lost."""
    missing = np.setdiff1d(kept, ranked.rows)
    if not len(missing):
        return ranked
    index = gallery.index
    asked = encoded.embedding
    if index is not None:
        asked = index.tokenizer.space.project(asked[None])[0]
    found = _vectors(gallery, missing)
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(asked)
    similarity = (found @ asked / np.maximum(lengths, 1e-12)).astype(np.float32)
    logp = ranked.logp
    if logp is not None:
        worst = logp.min() if len(logp) else np.float32(0)
        logp = np.concatenate([logp, np.full(len(missing), worst, np.float32)])
    return Ranked(
        np.concatenate([ranked.rows, missing]),
        np.concatenate([ranked.score, similarity]),
        np.concatenate([ranked.similarity, similarity]),
        logp,
        ranked.depth,
    )


def last_words(query: Query) -> tuple[dict[int, int], str]:
    """The sign of every marked photo, and a sentence where something was said both ways."""
    signs: dict[int, int] = {}
    changed = 0
    for mark in query.marks:
        changed += signs.get(mark.content_id, mark.sign) != mark.sign
        signs[mark.content_id] = mark.sign
    if changed:
        if changed == 1:
            return signs, "One photo was marked both ways: the last mark counts."
        return signs, f"{changed} photos were marked both ways: the last mark counts."
    if contradictory(query.parts):
        return signs, "An image is both asked for and to be avoided: what was said last counts."
    return signs, ""


def mark(library: Library, query: Query, content_id: int, sign: int) -> Query:
    """Keep a mark for the next training; returns the query with it. 0 takes a mark back."""
    if sign not in (-1, 0, 1):
        raise ValueError(f"{sign} is no sign")
    with library.write(visible=False) as connection:
        if not feedback.known(connection, content_id):
            raise UserError("That photo is no longer in the library: choose another.")
        anchor = query.image if isinstance(query.image, int) else None
        if isinstance(query.image, Path):
            path = Path(os.path.abspath(query.image))
            anchor = feedback.content_at(connection, path)
        if anchor is None:  # photos that are wanted in one search belong to its first
            before = takewhile(lambda m: m.content_id != content_id, query.marks)
            anchor = next((m.content_id for m in before if m.sign > 0), None)
        if anchor != content_id:
            feedback.add(connection, anchor, content_id, sign)
    others = tuple(m for m in query.marks if m.content_id != content_id)
    return replace(query, marks=(*others, Mark(content_id, sign)) if sign else others)


def marks(library: Library) -> tuple[Feedback, ...]:
    """Every mark that the library keeps, newest first."""
    with library.read() as connection:
        return feedback.every(connection)


def forget_marks(library: Library, feedback_ids: Sequence[int] | None) -> None:
    """Delete marks, or all (None)."""
    with library.write(visible=False) as connection:
        feedback.forget(connection, feedback_ids)


def _others(shown: Shown) -> Indices:
    """Random rows (r,) that may be found."""
    rng = np.random.default_rng(0)
    drawn = np.unique(rng.integers(0, len(shown.mask), 4 * BACKGROUND))
    drawn = drawn[shown.mask[drawn]]
    if not len(drawn):  # a filter that leaves next to nothing
        return np.flatnonzero(shown.mask)[:BACKGROUND]
    return rng.permutation(drawn)[:BACKGROUND]


def _rows(gallery: Gallery, content_ids: Ints) -> Indices:
    """The row of each of ``content_ids`` (n,), -1 for none."""
    rows = np.full(len(content_ids), -1, np.intp)
    inside = content_ids < len(gallery.row_of)
    rows[inside] = gallery.row_of[content_ids[inside]]
    return rows


def _vectors(gallery: Gallery, rows: Ints | Indices) -> Floats:
    """(n, D) in the generation's space, or the model's own without one."""
    vectors = gallery.embeddings if gallery.index is None else gallery.index.vectors
    return vectors.take(rows)
