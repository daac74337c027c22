"""The library read with an encoder that does not answer yet, while another one goes on answering.

Photos are decoded from their files, in processes, as indexing does; where a file cannot be read now
(a drive that is away) its thumbnail is. What is embedded is committed every second or two, so a run
that ended early goes on where it was.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import numpy as np

from engine.photos.workers import DecodingPool, Read
from engine.search.ports import Encoder, Floats, Ints
from engine.services.encoding import encode
from engine.store import files, intake, thumbnails, vectors
from engine.store.database import Library
from engine.training.cache import opened
from engine.training.deep.reading import Pixels, stacked
from engine.types import Progress

STAGE = "reading photos again"
PAGE = 256  # photos of which paths and hashes are known at a time
BATCH = 16
MOST_WORKERS = 6
SECONDS_BETWEEN_COMMITS = 1.5
SECONDS_BETWEEN_REPORTS = 0.1


def missing(library: Library, model_id: int, answering: int) -> Ints:
    """Contents (n,) that can be found by the model ``answering`` and not by ``model_id``."""
    with library.read() as connection:
        live = files.live_contents(connection)
    found = np.intersect1d(live, vectors.table(library, answering).content_ids)
    return np.setdiff1d(found, vectors.table(library, model_id).content_ids)


def embed_missing(
    library: Library, encoder: Encoder, model_id: int, answering: int
) -> Iterator[Progress]:
    """Embed what :func:`missing` names. The current model stays what it is.

    Photos that no file and no thumbnail shows are left out: the next indexing tells of them.
    """
    wanted = missing(library, model_id, answering)
    if not len(wanted):
        return
    side, done = encoder.spec.image_size, 0
    workers = min(os.cpu_count() or 1, MOST_WORKERS, 1 + len(wanted) // BATCH)
    waiting: list[tuple[int, Pixels]] = []
    ready: list[tuple[int, Floats]] = []
    committed = time.monotonic()
    with DecodingPool(side, lambda _: True, workers=workers) as pool:
        for start in range(0, len(wanted), PAGE):
            page = wanted[start : start + PAGE]
            for content_id, pixels in _decoded(library, pool, page, side):
                if pixels is not None:
                    waiting.append((content_id, pixels))
                if content_id >= 0:
                    done += 1
                if len(waiting) >= BATCH:
                    ready += _encoded(encoder, waiting)
                    waiting = []
                if time.monotonic() - committed >= SECONDS_BETWEEN_COMMITS:
                    _commit(library, model_id, ready)
                    ready, committed = [], time.monotonic()
                yield Progress(STAGE, done, len(wanted))
    ready += _encoded(encoder, waiting)
    _commit(library, model_id, ready)
    yield Progress(STAGE, done, len(wanted))


def _decoded(
    library: Library, pool: DecodingPool, page: Ints, side: int
) -> Iterator[tuple[int, Pixels | None]]:
    """(content id, its model input) of ``page`` (n,) in any order; id -1 where it takes a while."""
    with library.read() as connection:
        copies = files.photos_by_content(connection, page)
        hashes = intake.hashes_by_content(connection, page.tolist())
    for content_id, photos in copies.items():
        pool.submit(content_id, photos[0].path)
    others = [c for c in page.tolist() if c not in copies]
    while pool.outstanding:
        result = pool.take(SECONDS_BETWEEN_REPORTS)
        if result is None:
            yield -1, None
        elif (
            isinstance(result, Read)
            and result.picture is not None
            and result.quick_hash == hashes.get(result.key)
        ):
            yield result.key, result.picture.pixels
        else:  # another photo by now, or not to be read
            others.append(result.key)
    jpegs = thumbnails.by_content(library, others)
    for content_id in others:
        photo = opened(jpegs.get(content_id, b""))
        yield content_id, None if photo is None else stacked([photo], side)[0]


def _encoded(encoder: Encoder, batch: list[tuple[int, Pixels]]) -> list[tuple[int, Floats]]:
    if not batch:
        return []
    embeddings = encode(encoder, np.stack([pixels for _, pixels in batch]))
    return [
        (content_id, embedding)
        for (content_id, _), embedding in zip(batch, embeddings, strict=True)
        if np.isfinite(embedding).all()
    ]


def _commit(library: Library, model_id: int, ready: list[tuple[int, Floats]]) -> None:
    """Photos that the library has forgotten meanwhile are left out."""
    if not ready:
        return
    with library.write(visible=False) as connection:
        there = intake.hashes_by_content(connection, [content_id for content_id, _ in ready])
        kept = [(c, e) for c, e in ready if c in there]
        if kept:
            vectors.add_embeddings(
                connection, model_id, [c for c, _ in kept], np.stack([e for _, e in kept])
            )
