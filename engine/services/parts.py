"""Searching by part: what is asked for against every tile of every photo.

Tiles are described in the background, from thumbnails, photo by photo: an encoding for each tile,
so that it takes as long as indexing nineteen times. Neighbours: ``engine.search.parts`` (tiles and
their vectors), ``engine.store.regions`` (keeps them), ``searching`` (asks).
"""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from engine.search import parts
from engine.search.beam import top
from engine.search.feedback import rocchio
from engine.search.parts import Outline
from engine.search.ports import Encoder, Floats, Ints
from engine.search.ranking import Ranked
from engine.search.segments import Shown
from engine.services.asking import EncodedQuery
from engine.services.gallery import Gallery
from engine.services.refining import last_words
from engine.store import models, regions, thumbnails
from engine.store.database import Library
from engine.store.regions import Regions, RegionSpace
from engine.tokenizer.model import RankingWeights
from engine.tokenizer.space import Space
from engine.types import Job, Progress, Query, SearchHit

STAGE = "describing parts"
OUTGROWN = 4  # times as many photos as a small library had when its space was fitted
NOT_DESCRIBED = (
    "No photo is described by its parts yet, so the part was compared with whole photos: "
    "'photoglyph index --parts' describes them."
)
# A part tells no shots apart: what is near is related and nothing more.
BANDS = RankingWeights(same_shot=1.01, same_scene=1.01, related=0.6)


def describe_all(library: Library, encoder: Encoder) -> Job[int]:
    """Describe the tiles of photos that are not described yet; returns how many were.

    The space is fitted on the first of them. A small library that has outgrown its space is
    described anew.
    """
    with library.write(visible=False) as connection:
        model_id = models.register(connection, encoder.spec)
    with library.read() as connection:
        waiting = regions.missing(connection, model_id)
        described = regions.state(connection, model_id)[0]
        known = regions.space(connection, model_id)
    count = len(waiting) + described
    sample: dict[int, Floats] = {}
    if waiting and (known is None or _outgrown(known, count)):
        sample = yield from _sample(library, encoder, model_id, count)
        if not sample:
            return 0
        known = RegionSpace(parts.fit(np.concatenate(list(sample.values()))), len(sample))
        with library.write(visible=False) as connection:
            regions.begin(connection, model_id, known)
            waiting = regions.missing(connection, model_id)
    done = 0
    for number, content_id in enumerate(waiting):
        yield Progress(STAGE, number, len(waiting))
        assert known is not None  # something waits
        embeddings = sample.pop(content_id, None)
        if embeddings is None:
            embeddings = _encoded(library, encoder, content_id)
        if embeddings is not None:
            tiles = parts.stored(known.space, embeddings)
            with library.write(visible=False) as connection:
                regions.add(connection, model_id, content_id, tiles)
            done += 1
    return done


def _outgrown(known: RegionSpace, count: int) -> bool:
    return known.fitted_on < parts.FITTED_ON and count >= OUTGROWN * known.fitted_on


def _sample(
    library: Library, encoder: Encoder, model_id: int, count: int
) -> Job[dict[int, Floats]]:
    """Embeddings (T, E) of photos all over the library, by content id."""
    with library.read() as connection:
        every = regions.embedded(connection, model_id)
    chosen = np.unique(np.linspace(0, len(every) - 1, parts.FITTED_ON).astype(np.int64))
    found: dict[int, Floats] = {}
    for content_id in every[chosen].tolist():
        yield Progress(STAGE, 0, count)
        embeddings = _encoded(library, encoder, content_id)
        if embeddings is not None:
            found[content_id] = embeddings
    return found


def _encoded(library: Library, encoder: Encoder, content_id: int) -> Floats | None:
    """Embeddings (T, E) of a photo's tiles; None without a readable thumbnail."""
    jpeg = thumbnails.by_content(library, [content_id]).get(content_id)
    if jpeg is None:
        return None
    try:
        with Image.open(io.BytesIO(jpeg)) as picture:
            pixels = parts.cut(picture.convert("RGB"), encoder.spec.image_size)
    except OSError:  # a damaged thumbnail: indexing makes it again
        return None
    return encoder.encode(pixels).embedding


@dataclass(frozen=True)
class Described:
    """Of one gallery: ``place`` (G,) of each row in ``regions``, -1 for none."""

    key: tuple[int, int, int, int]
    place: Ints
    regions: Regions
    space: Space


class PartsKeeper:
    """Keeps what is known of a library's tiles, from the first search for a part on."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._kept: Described | None = None

    def described(self, gallery: Gallery) -> Described | None:
        """Read again only where the gallery or what is described changed; None: nothing is."""
        if gallery.model_id is None:
            return None
        with self._lock:
            with self._library.read() as connection:
                count, last = regions.state(connection, gallery.model_id)
                known = regions.space(connection, gallery.model_id)
            if not count or known is None:
                return None
            key = gallery.revision, gallery.model_id, count, last
            if self._kept is None or self._kept.key != key:
                found = regions.open_regions(self._library, gallery.model_id)
                self._kept = Described(key, _places(gallery, found.contents), found, known.space)
            return self._kept

    def rank(
        self,
        gallery: Gallery,
        described: Described,
        query: Query,
        encoded: EncodedQuery,
        shown: Shown,
        count: int,
    ) -> tuple[Ranked, dict[int, Outline], str]:
        """The ``count`` photos with a tile most like what is asked for, by content id where in
        them that was found, and what to say of it.

        Images and marks each look for a tile of their own: of several that are wanted a photo gets
        the mean, less half the mean of what is to be avoided. A marked photo asks with the tile in
        which it was found, and stays first or leaves the list.
        """
        rows = np.flatnonzero(shown.mask & (described.place >= 0))
        asked = parts.asked(described.space, encoded.given)
        signs, note = last_words(query)
        marked = {row: sign for c, sign in signs.items() if (row := _row(gallery, c)) >= 0}
        vectors, weights = [asked], [encoded.signs]
        for row, sign in marked.items():
            if described.place[row] >= 0:
                tiles = described.regions.tiles[described.place[row]].astype(np.float32)
                best = tiles[int((tiles @ asked[0]).argmax())]
                vectors.append(best[None] / np.float32(parts.STEPS))
                weights.append(np.array([sign], np.float32))
        wanted = np.concatenate(vectors)
        alike = parts.best(wanted, described.regions.tiles, described.place[rows])
        similarity = rocchio(alike.T, np.concatenate(weights))
        refused = [row for row, sign in marked.items() if sign < 0]
        score = similarity + 2 * np.isin(rows, [r for r, sign in marked.items() if sign > 0])
        kept = np.flatnonzero(~np.isin(rows, refused))
        found = kept[top(score[kept], count)]
        where = parts.outlines(
            parts.likeness(asked[:1], described.regions.tiles, described.place[rows[found]])[:, 0]
        )
        outlines = dict(zip(gallery.content_ids[rows[found]].tolist(), where, strict=True))
        ranked = Ranked(rows[found], score[found].astype(np.float32), similarity[found])
        return ranked, outlines, _with_waiting(note, shown.count - len(rows))


def placed(hit: SearchHit, where: Mapping[int, Outline]) -> SearchHit:
    """``hit`` with the place in its photo."""
    outline = where.get(hit.photo.content_id)
    if outline is None:
        return hit
    return replace(hit, match=outline.pixels(hit.photo.width, hit.photo.height))


def _with_waiting(note: str, waiting: int) -> str:
    if not waiting:
        return note
    late = f"{waiting} photos were not described by their parts yet and left out."
    if waiting == 1:
        late = "One photo was not described by its parts yet and left out."
    return f"{note} {late}".strip()


def _row(gallery: Gallery, content_id: int) -> int:
    return int(gallery.row_of[content_id]) if content_id < len(gallery.row_of) else -1


def _places(gallery: Gallery, contents: Sequence[int] | Ints) -> Ints:
    """(G,): where the content of each row is in ``contents`` (n,), -1 for none."""
    order = np.argsort(contents, kind="stable")
    known = np.asarray(contents)[order]
    at = np.minimum(np.searchsorted(known, gallery.content_ids), max(len(known) - 1, 0))
    there = known[at] == gallery.content_ids if len(known) else np.zeros(len(at), bool)
    places: Ints = np.where(there, order[at] if len(known) else 0, -1)
    return places
