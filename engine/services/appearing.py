"""Searching by how photos look: by colour, by composition, or by all that is known of them.

Descriptors are made from thumbnails, in the background, and compared one by one: a few hundred
bytes a photo. Neighbours: ``engine.photos.appearance`` (what they are), ``searching`` (by content).
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass

import numpy as np
from PIL import Image

from engine.photos.appearance import Bytes, describe
from engine.search.beam import top
from engine.search.feedback import rocchio
from engine.search.ports import Floats, Ints
from engine.search.ranking import Ranked
from engine.search.segments import Shown
from engine.search.trie import Indices
from engine.services.asking import query_picture, settled
from engine.services.gallery import Gallery
from engine.services.refining import last_words
from engine.settings import THUMBNAIL_SIDE
from engine.store import appearance, thumbnails
from engine.store.database import Library
from engine.tokenizer.model import RankingWeights
from engine.tokenizer.space import unit
from engine.types import Job, Likeness, Progress, Query

BATCH = 200  # photos that are described in one transaction
BLEND = 0.5  # of colour and composition together, beside likeness of content
BLENDED = 1000  # photos, the most alike in content, that a blend orders anew
# Descriptors tell no shots apart: what is near is related and nothing more.
BANDS = RankingWeights(same_shot=1.01, same_scene=1.01, related=0.9)


def describe_all(library: Library) -> Job[int]:
    """Describe the photos that are not yet; returns how many were. A photo takes a millisecond."""
    with library.read() as connection:
        waiting = appearance.missing(connection)
    done = 0
    for start in range(0, len(waiting), BATCH):
        yield Progress("describing", start, len(waiting))
        jpegs = thumbnails.by_content(library, waiting[start : start + BATCH])
        found = {}
        for content_id, jpeg in jpegs.items():
            try:
                with Image.open(io.BytesIO(jpeg)) as picture:
                    found[content_id] = describe(picture)
            except OSError:  # a damaged thumbnail: indexing makes it again
                continue
        with library.write(visible=False) as connection:
            appearance.add(connection, found)
        done += len(found)
    return done


@dataclass(frozen=True)
class Appearances:
    """Of one gallery: ``place`` (G,) of each row in the descriptors, -1 for none."""

    revision: int
    count: int
    place: Ints
    colours: Bytes
    compositions: Bytes

    def of(self, likeness: Likeness) -> Bytes:
        return self.colours if likeness is Likeness.COLOUR else self.compositions


class AppearanceKeeper:
    """Keeps the descriptors of a library in memory, from the first search for them on."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._kept: Appearances | None = None

    def appearances(self, gallery: Gallery) -> Appearances:
        """Read again only where the gallery or the number of descriptors changed."""
        with self._lock, self._library.read() as connection:
            count = appearance.count(connection)
            kept = self._kept
            if kept is None or (kept.revision, kept.count) != (gallery.revision, count):
                ids, colours, compositions = appearance.every(connection)
                at = np.searchsorted(ids, gallery.content_ids)
                at = np.minimum(at, max(len(ids) - 1, 0))
                there = ids[at] == gallery.content_ids if len(ids) else np.zeros(len(at), bool)
                place = np.where(there, at, -1)
                kept = Appearances(gallery.revision, count, place, colours, compositions)
                self._kept = kept
            return kept

    def rank(
        self, gallery: Gallery, query: Query, likeness: Likeness, shown: Shown, count: int
    ) -> tuple[Ranked, str]:
        """The ``count`` most like ``query`` in colour or composition, and what to say of it."""
        known = self.appearances(gallery)
        rows = np.flatnonzero(shown.mask & (known.place >= 0))
        score = self.scores(gallery, query, likeness, rows)
        signs, note = last_words(query)
        refused = [c for c, sign in signs.items() if sign < 0]
        wanted = [c for c, sign in signs.items() if sign > 0]
        ids = gallery.content_ids[rows]
        score[np.isin(ids, wanted)] += 2  # marked photos stand first
        kept = np.flatnonzero(~np.isin(ids, refused))
        best = kept[top(score[kept], count)]
        waiting = shown.count - len(rows)
        if waiting:
            late = f"{waiting} photos were not described yet and left out."
            if waiting == 1:
                late = "One photo was not described yet and left out."
            note = f"{note} {late}".strip()
        likenesses = np.where(score > 1, score - 2, score)
        return Ranked(rows[best], score[best], likenesses[best].astype(np.float32)), note

    def blended(self, gallery: Gallery, query: Query, ranked: Ranked, count: int) -> Ranked:
        """An answer by content, ordered anew by how its photos look as well."""
        known = self.appearances(gallery)
        score = ranked.score.copy()
        described = np.flatnonzero(known.place[ranked.rows] >= 0)
        for likeness in (Likeness.COLOUR, Likeness.COMPOSITION):
            looks = self.scores(gallery, query, likeness, ranked.rows[described])
            score[described] += np.float32(BLEND / 2) * looks
        best = top(score, count)
        logp = None if ranked.logp is None else ranked.logp[best]
        return Ranked(ranked.rows[best], score[best], ranked.similarity[best], logp, ranked.depth)

    def scores(self, gallery: Gallery, query: Query, likeness: Likeness, rows: Indices) -> Floats:
        """Cosine (n,) of the query's descriptor and those of described ``rows`` (n,)."""
        known = self.appearances(gallery)
        asked = self._asked(gallery, query, likeness, known)
        vectors = known.of(likeness)[known.place[rows]].astype(np.float32)
        lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
        likenesses: Floats = vectors @ unit(asked[None])[0] / np.maximum(lengths, 1e-6)
        return likenesses

    def _asked(
        self, gallery: Gallery, query: Query, likeness: Likeness, known: Appearances
    ) -> Floats:
        """The descriptor that the query's images and marks ask for together."""
        chosen = 0 if likeness is Likeness.COLOUR else 1
        given, weights = [], []
        for part in settled(query.parts):
            picture = query_picture(self._library, part.image, part.crop, THUMBNAIL_SIDE)
            given.append(describe(picture)[chosen])
            weights.append(part.sign * part.weight)
        for content_id, sign in last_words(query)[0].items():
            row = gallery.row_of[content_id] if content_id < len(gallery.row_of) else -1
            if row >= 0 and known.place[row] >= 0:
                given.append(known.of(likeness)[known.place[row]])
                weights.append(sign)
        return rocchio(np.stack(given).astype(np.float32), np.array(weights, np.float32))
