"""Near-duplicates: copies of a file, of a picture, edits and bursts, and the best of each group.

Copies are found by their perceptual hash, bursts by capture time, edits through the index: every
photo is asked for its nearest, a millisecond each. Nothing is deleted. Neighbours:
``engine.training.sources`` (hashes and bursts, the same as training reads), ``engine.store.apart``
(what a person said is no duplicate).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from engine.errors import LibraryError, UserError
from engine.search.fingerprints import bits_apart
from engine.search.ports import Ints
from engine.search.searcher import Asked, GenerativeIndex, search_generative
from engine.search.segments import Shown
from engine.search.trie import Indices
from engine.services.answering import EXACT_BANDS
from engine.services.gallery import Gallery
from engine.store import apart, files
from engine.store.database import Library
from engine.store.vectors import Vectors
from engine.tokenizer.space import unit
from engine.training.sources import bursts
from engine.training.sources import duplicates as same_pictures
from engine.training.sources.components import Components
from engine.training.sources.source import NONE, rows_of
from engine.types import DuplicateGroup, DuplicateKind, DuplicatesReport, Job, Photo, Progress

NEAREST = 8  # photos that each is compared with
BEAM = 32  # identifiers: what is nearly the same has nearly the same one
# An edit both looks like its original to the network and has a hash that is not by chance so near
# (unrelated pictures differ in 32 bits, and in 22 or fewer once in a hundred times): of the sample
# photos all slight cuts and changes of light pass, and no two different photos.
EDIT_LIKENESS = 0.85
EDIT_BITS = 20
LARGEST = 50  # photos of a group; a chain of small changes leads anywhere
BLOCK = 256  # photos asked for between two reports

Pairs = list[tuple[float, int, int]]  # likeness, row, row


def duplicates(library: Library, gallery: Gallery) -> Job[DuplicatesReport]:
    """Find groups of duplicates among the photos that searching shows. Writes nothing."""
    started = time.perf_counter()
    rows = np.flatnonzero(gallery.shown.mask)
    if not len(rows):
        raise LibraryError(
            "The library has no searchable photos yet: add a folder with "
            "'photoglyph index FOLDER', or in the window."
        )
    ids = gallery.content_ids[rows]
    yield Progress("comparing pictures", 0)
    alike = same_pictures.read(library, ids).groups
    chains = bursts.read(library, ids).groups
    pairs: Pairs = []
    for done, found in _near(gallery, rows):
        pairs += found
        yield Progress("comparing photos", done, len(rows))
    with library.read() as connection:
        enemies = rows_of(ids, apart.pairs(connection).ravel()).reshape(-1, 2)
        copied, often = files.copied_contents(connection)
    components = Components(len(rows), LARGEST)
    for one, other in enemies[(enemies != NONE).all(axis=1)].tolist():
        components.keep_apart(one, other)
    for source in (_chained(alike), _in_bursts(gallery, rows, chains)):
        for one, other in source:
            components.join(one, other)
    for _, one, other in sorted(pairs, reverse=True):
        components.join(one, other)
    counts = np.ones(len(ids), np.int64)  # files of each
    at = rows_of(ids, copied)
    counts[at[at != NONE]] = often[at != NONE]
    members = _members(components.keys(), counts)
    # Photos of groups alone: as objects, those of a large library hold everything else up.
    wanted = ids[np.concatenate(members)] if members else ids[:0]
    with library.read() as connection:
        copies = files.photos_by_content(connection, wanted)
    described = (_described(places, alike, chains, ids, copies) for places in members)
    groups = tuple(group for group in described if group is not None)
    photos = sum(len(group.photos) for group in groups)
    return DuplicatesReport(groups, photos, time.perf_counter() - started)


def not_the_same(library: Library, content_ids: Sequence[int], others: Sequence[int] = ()) -> None:
    """Remember that no two of these are duplicates; with ``others``: that none of these is of one.

    Raises ``UserError`` where that says nothing, as all are copies of one photo.
    """
    pairs = _pairs(content_ids, others)
    if not pairs:
        raise UserError("Choose two different photos or more to say that they are not the same.")
    with library.write(visible=False) as connection:
        apart.keep_apart(connection, pairs)


def same_after_all(
    library: Library, content_ids: Sequence[int], others: Sequence[int] = ()
) -> None:
    """Take back what :func:`not_the_same` was told of these."""
    with library.write(visible=False) as connection:
        apart.forget(connection, _pairs(content_ids, others))


def _pairs(content_ids: Sequence[int], others: Sequence[int]) -> list[tuple[int, int]]:
    """Of different photos, the smaller id first, each once."""
    found = product(content_ids, others) if others else combinations(content_ids, 2)
    return sorted({(min(pair), max(pair)) for pair in found if pair[0] != pair[1]})


def _near(gallery: Gallery, rows: Indices) -> Iterator[tuple[int, Pairs]]:
    """How many of ``rows`` (n,) were asked for, and pairs of places in them that are edits."""
    place = np.full(len(gallery.rows), NONE, np.int64)
    place[rows] = np.arange(len(rows))
    hashes = gallery.hashes
    for start in range(0, len(rows), BLOCK):
        own = rows[start : start + BLOCK]
        if gallery.index is None:
            found = _exact(gallery.embeddings, own, gallery.shown.mask)
        else:
            found = _decoded(gallery.index, own, gallery.shown)
        yield (
            start + len(own),
            [
                (likeness, int(place[one]), int(place[other]))
                for likeness, one, other in found
                if hashes.known[one]
                and bits_apart(hashes.bits[[one]], hashes.bits[[other]], hashes.known[[other]])
                <= EDIT_BITS
            ],
        )


def _decoded(index: GenerativeIndex, own: Indices, shown: Shown) -> Pairs:
    """Pairs of rows that are much alike, by the index; most are found from both sides."""
    z = index.vectors.take(own)
    nothing = np.zeros(0, np.float32)
    found: Pairs = []
    for row, vector, u in zip(own.tolist(), z, index.tokenizer.place(z), strict=True):
        asked = Asked(vector, u, nothing, nothing)
        ranked, _ = search_generative(index, None, asked, shown, NEAREST, BEAM)
        near = ranked.similarity >= EDIT_LIKENESS
        for other, likeness in zip(ranked.rows[near], ranked.similarity[near], strict=True):
            if other != row:
                found.append((float(likeness), row, int(other)))
    return found


def _exact(vectors: Vectors, own: Indices, shown: NDArray[np.bool_]) -> Pairs:
    """The same without an index: against all rows before, block by block."""
    asked = unit(vectors.take(own))
    found: Pairs = []
    for first, block in vectors.blocks():
        if first > own[-1]:
            break
        likeness = asked @ unit(block).T
        likeness[:, ~shown[first : first + len(block)]] = -1
        mine, theirs = np.nonzero(likeness >= EDIT_LIKENESS)
        for one, other in zip(mine.tolist(), theirs.tolist(), strict=True):
            if first + other < own[one]:
                found.append((float(likeness[one, other]), int(own[one]), first + other))
    return found


def _chained(groups: Ints) -> list[tuple[int, int]]:
    """Neighbours of each group (n,), in order: together they join it."""
    order = np.flatnonzero(groups != NONE)
    order = order[np.argsort(groups[order], kind="stable")]
    together = groups[order][1:] == groups[order][:-1]
    return list(zip(order[:-1][together].tolist(), order[1:][together].tolist(), strict=True))


def _in_bursts(gallery: Gallery, rows: Indices, chains: Ints) -> list[tuple[int, int]]:
    """Photos of one burst that show the same scene: seconds alone do not make a duplicate."""
    pairs = _chained(chains)
    if not pairs:
        return pairs
    one, other = rows[np.array(pairs)].T
    index = gallery.index
    weights = EXACT_BANDS if index is None else index.tokenizer.ranking
    vectors = gallery.embeddings if index is None else index.vectors
    likeness = np.einsum("nd,nd->n", unit(vectors.take(one)), unit(vectors.take(other)))
    return [pair for pair, sure in zip(pairs, likeness >= weights.same_scene, strict=True) if sure]


def _members(keys: Ints, counts: Ints) -> list[Ints]:
    """Places (m,) of every group of two files at least, the one with most files first.

    ``keys`` (n,) say who belongs together, ``counts`` (n,) how many files each stands for.
    """
    _, group = np.unique(keys, return_inverse=True)
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group))
    held = np.bincount(group, weights=counts)
    several = np.flatnonzero(held > 1)
    several = several[np.argsort(-held[several], kind="stable")]
    starts = np.append(0, ends[:-1])
    return [order[starts[place] : ends[place]] for place in several.tolist()]


def _described(
    members: Ints, alike: Ints, chains: Ints, ids: Ints, copies: Mapping[int, Sequence[Photo]]
) -> DuplicateGroup | None:
    """None: files have gone meanwhile, and there is nothing left to compare."""
    photos = [photo for place in members for photo in copies.get(int(ids[place]), ())]
    if len(photos) < 2:
        return None
    kind = DuplicateKind.EDIT
    moments = {photo.metadata.taken_at for photo in photos}
    if len(members) == 1:
        kind = DuplicateKind.FILE
    elif chains[members].min() != NONE and len(set(chains[members])) == 1 and len(moments) > 1:
        kind = DuplicateKind.BURST
    elif alike[members].min() != NONE and len(set(alike[members])) == 1:
        kind = DuplicateKind.PICTURE
    ordered = sorted(photos, key=lambda photo: (*_worth(photo), str(photo.path)))
    return DuplicateGroup(kind, tuple(ordered), _reason(ordered[0], ordered[1]))


REASONS = (
    "it has the most stars",
    "it is the camera's raw file",
    "it has the most pixels",
    "it is the least compressed",
    "it was taken first",
)


def _worth(photo: Photo) -> tuple[float, ...]:
    """One number for each of ``REASONS``, less is better."""
    told = photo.metadata
    return (
        -(told.rating or 0),
        told.format != "RAW",
        -photo.width * photo.height,
        -photo.size_bytes,
        told.taken_at.timestamp() if told.taken_at else float("inf"),
    )


def _reason(best: Photo, next_best: Photo) -> str:
    for reason, mine, other in zip(REASONS, _worth(best), _worth(next_best), strict=True):
        if mine < other:
            return reason
    return "all are equally good, and its path comes first"
