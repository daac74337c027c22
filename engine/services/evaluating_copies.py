"""``photoglyph evaluate --copies``: are photos found by screenshots, crops and filters of them?

A library that holds the folder is asked as it is; for any other folder a temporary one is built by
the product's own path, and removed. Neighbours: ``engine.evaluation.edits`` makes the copies,
``copies`` holds the figures, ``evaluating`` measures labelled photos.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from engine.errors import PhotoError, UserError, printable
from engine.evaluation import copies
from engine.evaluation.baselines import Whitening
from engine.evaluation.copies import DEPTH, Found, PerceptualHashes
from engine.evaluation.edits import EDITS, edited
from engine.evaluation.metrics import Ints
from engine.evaluation.rivals import EXACT, LEARNT
from engine.photos.decode import decode
from engine.photos.thumbnails import perceptual_hash
from engine.search.ports import Exporter, Floats, Runtime
from engine.search.ranking import RowVectors
from engine.search.searcher import search_exact
from engine.services.answering import rank
from engine.services.asking import EncodedQuery
from engine.services.gallery import Gallery
from engine.services.session import Session
from engine.settings import DEFAULT_TOP, SMALLEST_TRAINABLE
from engine.store import files, perceptual
from engine.store.vectors import Vectors
from engine.types import CopiesReport, CopiesRow, Engine, Filters, Job, Progress, Query

MOST_PHOTOS = 200  # asked with: 2,800 queries, two minutes of encoding on two cores
WHITENED = "exact-whitened"
SHARED_SIDE = 1024  # pixels of the longer side: as messengers send photos
WHITENED_BY = 20_000  # photos that the whitening is fitted on: memory, not quality

Ask = Callable[[EncodedQuery, int], Ints]
"""One engine: an encoded copy and its perceptual hash -> rows of the gallery, best first."""


def evaluate_copies(
    folder: Path,
    library: Path,
    runtime: Runtime,
    exporter: Exporter,
    *,
    count: int = MOST_PHOTOS,
    device: str = "auto",
    minutes: float | None = None,
    seed: int = 0,
) -> Job[CopiesReport]:
    """Ask for ``count`` photos below ``folder`` (or all, if fewer) with every edit of each.

    Where the library in the folder ``library`` knows photos below ``folder``, all of it is
    searched, and no more is written to it than by a search; ``device`` and ``minutes`` are the
    temporary library's training's. Raises ``UserError`` for a folder that cannot be used or holds
    no photos.
    """
    folder = Path(os.path.abspath(folder))
    if (library / "library.sqlite").is_file():
        with closing(Session.open(library, runtime, exporter, create=False)) as session:
            photos = _below(session, folder)
            if photos:
                notes = ["the opened library as it is"]
                if session.searching.gallery().index is None:
                    notes.append("no trained model")
                return (yield from _measure(session, folder, photos, notes, count, seed))
    with (
        tempfile.TemporaryDirectory(
            prefix="photoglyph-evaluate-", ignore_cleanup_errors=True
        ) as temporary,
        closing(Session.open(Path(temporary, "library"), runtime, exporter)) as session,
    ):
        notes = ["a temporary library of the folder"]
        indexed = yield from session.index([folder])
        if indexed.skipped:
            notes.append(f"{len(indexed.skipped)} files could not be read")
        if indexed.indexed:
            problem = yield from _train(session, device, minutes)
            if problem:
                notes.append(f"no trained model: {problem}")
        photos = _below(session, folder)
        if not photos:
            raise UserError(
                f"No photos were found in {printable(folder)}: choose a folder that holds some."
            )
        return (yield from _measure(session, folder, photos, notes, count, seed))


def _train(session: Session, device: str, minutes: float | None) -> Job[str]:
    """Train as a user would, and let the result answer.

    Returns why there is no trained model where the photos are too few, else "".
    """
    try:
        report = yield from session.train(device=device, minutes=minutes)
    except UserError as error:
        if session.status().searchable >= SMALLEST_TRAINABLE:
            raise  # not for want of photos: then it is no footnote
        return str(error)
    if not report.switched:  # this training is what is measured, whether it earned its place or not
        session.use_generation(report.generation)
    return ""


@dataclass(frozen=True)
class _Photo:
    """A photo to ask for: ``name`` below the folder, and its ``row`` of the gallery."""

    name: str
    path: Path
    row: int


def _below(session: Session, folder: Path) -> list[_Photo]:
    """The searchable photos below ``folder``, one for each content, in the order of names."""
    places = (folder, Path(os.path.realpath(folder)))
    gallery = session.searching.gallery()
    row_of = {int(gallery.content_ids[row]): int(row) for row in np.flatnonzero(gallery.shown.mask)}
    with session.library.read() as connection:
        inside = files.filtered_contents(connection, Filters(folders=places)).tolist()
        known = files.photos_by_content(connection, [c for c in inside if c in row_of])
    photos = []
    for content_id, identical in known.items():
        named = [
            (photo.path.relative_to(place).as_posix(), photo.path)
            for photo in identical
            for place in places
            if photo.path.is_relative_to(place)
        ]
        name, path = min(named)
        photos.append(_Photo(name, path, row_of[content_id]))
    return sorted(photos, key=lambda photo: photo.name)


def _measure(
    session: Session,
    folder: Path,
    photos: list[_Photo],
    notes: list[str],
    count: int,
    seed: int,
) -> Job[CopiesReport]:
    """Ask for some of ``photos`` (at least one); ``notes`` begin what the report says of itself."""
    gallery = session.searching.gallery()
    if gallery.problem is not None:
        raise gallery.problem
    if gallery.index is not None and gallery.generation is not None:
        notes.append(f"generation {gallery.generation.generation_id} answers")
    chosen = copies.sample(photos, count, seed)
    found = yield from _ask(session, gallery, chosen, seed)
    answered = len(found[0].ranks)
    if not answered:
        raise UserError(
            f"None of the photos in {printable(folder)} can be read now: plug in the drive that "
            "holds them, or choose another folder."
        )
    if answered < len(chosen):
        notes.append(f"{len(chosen) - answered} photos could not be read")
    notes.append(f"{answered} photos, each edited in {len(EDITS)} ways; right is that photo alone")
    table: list[CopiesRow] = []
    for engine in found:
        table.extend(copies.rows(engine, EDITS, seed))
    return CopiesReport(
        set=folder.name or os.fspath(folder),
        protocol="; ".join(notes),
        queries=answered * len(EDITS),
        gallery=gallery.shown.count,
        rows=tuple(table),
    )


def _ask(session: Session, gallery: Gallery, photos: list[_Photo], seed: int) -> Job[list[Found]]:
    """Encode every copy once and put it to every engine; unreadable photos are left out."""
    engines = _engines(session, gallery)
    ranks = np.full((len(engines), len(photos), len(EDITS)), copies.ABSENT)
    milliseconds = np.zeros(ranks.shape)
    answered = []
    for p, photo in enumerate(photos):
        yield Progress("ask with copies", p, len(photos))
        try:
            picture = _shared(photo.path)
        except PhotoError:
            continue
        answered.append(p)
        for c, edit in enumerate(EDITS):
            copy = edited(picture, edit, photo.name, seed)
            query, bits = session.searching.encode_query(Query(copy)), perceptual_hash(copy)
            for e, ask in enumerate(engines.values()):
                start = time.perf_counter()
                rows = ask(query, bits)
                milliseconds[e, p, c] = (time.perf_counter() - start) * 1e3
                ranks[e, p, c] = copies.rank_of(photo.row, rows)
    return [
        Found(name, ranks[e, answered], milliseconds[e, answered]) for e, name in enumerate(engines)
    ]


def _shared(path: Path) -> Image.Image:
    """The photo in the size in which people share photos. Raises ``PhotoError``."""
    picture = decode(path, SHARED_SIDE // 2).image.copy()
    picture.thumbnail((SHARED_SIDE, SHARED_SIDE), Image.Resampling.BICUBIC)
    return picture


def _engines(session: Session, gallery: Gallery) -> dict[str, Ask]:
    """The product's engines as people get them, exact search in other spaces, perceptual hash."""

    def product(engine: Engine) -> Ask:
        return lambda query, _: (
            rank(gallery, query, engine, gallery.shown, DEFAULT_TOP, None)[0].rows
        )

    def scan(vectors: RowVectors, project: Callable[[Floats], Floats]) -> Ask:
        def ask(query: EncodedQuery, _: int) -> Ints:
            point = project(query.embedding[None])[0]
            return search_exact(vectors, point, gallery.shown.mask, DEPTH)[0].rows

        return ask

    index = gallery.index
    trained: dict[str, Ask] = {}
    if index is not None:
        trained["generative"] = product(Engine.GENERATIVE)
        trained[LEARNT] = scan(index.vectors, index.tokenizer.space.project)
    space = _whitening(gallery)
    hashes = _hashes(session, gallery)
    return {
        **trained,
        EXACT: scan(gallery.embeddings, lambda embedding: embedding),
        "exact-hashed": product(Engine.EXACT),
        WHITENED: scan(_projected(gallery.embeddings, space), space),
        "perceptual-hash": lambda _, bits: hashes.nearest(bits, DEPTH),
    }


def _whitening(gallery: Gallery) -> Whitening:
    rows = np.flatnonzero(gallery.shown.mask)
    return Whitening.fit(gallery.embeddings.take(rows[:: 1 + len(rows) // WHITENED_BY]))


def _projected(embeddings: Vectors, space: Whitening) -> Vectors:
    """All rows in ``space``, as float16: what an engine would keep."""
    rows = np.concatenate([space(block).astype(np.float16) for _, block in embeddings.blocks()])
    return Vectors(rows[:0], rows)


def _hashes(session: Session, gallery: Gallery) -> PerceptualHashes:
    shown = gallery.content_ids[gallery.shown.mask].tolist()
    with session.library.read() as connection:
        bits = perceptual.by_content(connection, shown)
    hashed = gallery.shown.mask & np.isin(gallery.content_ids, list(bits))
    rows = np.flatnonzero(hashed)
    return PerceptualHashes(rows, [bits[c] for c in gallery.content_ids[rows].tolist()])
