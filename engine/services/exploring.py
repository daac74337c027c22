"""The library as a tree: what lies below a prefix of identifiers, from coarse to fine.

Codes are the branches: each says how a photo differs from the sum of the codewords before it, so
that the photos nearest to that sum are the most typical of a node. Neighbours: ``gallery`` (the
identifiers), ``engine.store.files`` (a node as a filter).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar

import numpy as np

from engine.errors import LibraryError, UserError
from engine.search.ports import Ints
from engine.search.searcher import GenerativeIndex
from engine.search.trie import Indices, expand
from engine.services.gallery import Gallery
from engine.settings import SMALLEST_TRAINABLE
from engine.store import files
from engine.store.database import Library
from engine.store.files import TRAINED_ANEW
from engine.tokenizer.packing import bits_per_level, pack, unpack
from engine.types import ExploredTree, Generation, Photo, TreeNode

T = TypeVar("T")

# Most typical photos of a node, and of how many, evenly over it, the distance is looked at: of the
# largest nodes, and of the many small ones that stand behind them.
LARGEST = 128
MOSAIC, SAMPLED = (9, 1), (48, 8)
COMMON = 0.6  # share of the typical photos that a name must hold for


def explore(
    library: Library, gallery: Gallery, prefix: tuple[int, ...] = (), generation: int | None = None
) -> ExploredTree:
    """The node of ``prefix`` and its children, most photos first. Only what may be found counts.

    ``generation``: of which the prefix is; None: of whichever answers. Raises ``LibraryError``
    where there is no trained model or the library was trained since, ``UserError`` for a prefix
    that no photo has.
    """
    index, ready = _tree(gallery)
    if generation is not None and generation != ready.generation_id:
        raise LibraryError(TRAINED_ANEW)
    levels = index.tokenizer.quantizer.levels
    rows = _below(index, np.flatnonzero(gallery.shown.mask & index.identified), prefix)
    if not len(rows):
        told = ".".join(map(str, prefix))
        raise UserError(
            f"No photo lies below {told}: 'photoglyph explore' shows where photos are."
            if prefix
            else "The library has no photos to explore yet: index a folder first."
        )
    at_leaf = len(prefix) == levels
    own = _typical(index, rows, np.zeros(len(rows), np.int64), np.array([prefix], np.int64))
    children, counts, typical = np.zeros((0, 0), np.int64), np.zeros(0, np.int64), []
    if not at_leaf:
        codes = _codes(index, rows, len(prefix))
        code, node, counts = np.unique(codes, return_inverse=True, return_counts=True)
        head = np.tile(np.array(prefix, np.int64), (len(code), 1))
        children = np.concatenate([head, code[:, None]], axis=1)
        typical = _typical(index, rows, node, children)
    with library.read() as connection:
        wanted = np.unique(np.concatenate([*own, *typical])) if typical else own[0]
        photos = files.photos_by_content(connection, gallery.content_ids[wanted])
    shown = {int(row): photos.get(int(gallery.content_ids[row]), []) for row in wanted}
    nodes = tuple(
        _node(tuple(children[place].tolist()), int(counts[place]), typical[place], shown)
        for place in np.argsort(-counts, kind="stable")
    )
    return ExploredTree(
        generation=ready.generation_id,
        levels=levels,
        node=_node(prefix, len(rows), own[0], shown),
        children=nodes,
        note=_note(nodes, len(rows)),
    )


def place(gallery: Gallery, content_id: int) -> tuple[int, ...]:
    """The prefix of the smallest branch that holds the photo and leaves others beside it.

    So the node above is the narrowest that shows the photo among its like. Raises ``LibraryError``
    where there is no tree, ``UserError`` for a photo that is not in it.
    """
    index, _ = _tree(gallery)
    row = int(gallery.row_of[content_id]) if content_id < len(gallery.row_of) else -1
    if row < 0 or not (gallery.shown.mask[row] and index.identified[row]):
        raise UserError("That photo is not in the tree: scan the folders again, then try again.")
    quantizer = index.tokenizer.quantizer
    codes = unpack(np.array(index.packed[[row]]), quantizer.levels, quantizer.codes)[0]
    identifier = tuple(codes.tolist())
    rows = np.flatnonzero(gallery.shown.mask & index.identified)
    for length in range(1, quantizer.levels):
        rows = _below(index, rows, identifier[:length])
        if len(rows) == 1:
            return identifier[:length]
    return identifier


def _tree(gallery: Gallery) -> tuple[GenerativeIndex, Generation]:
    if gallery.index is None or gallery.generation is None:
        if gallery.problem is not None:
            raise gallery.problem
        raise LibraryError(
            "This library has no tree to explore yet: run 'photoglyph train' "
            f"(from {SMALLEST_TRAINABLE} photos on)."
        )
    return gallery.index, gallery.generation


def _node(
    prefix: tuple[int, ...], count: int, typical: Indices, shown: Mapping[int, Sequence[Photo]]
) -> TreeNode:
    photos = tuple(shown[row][0] for row in typical.tolist() if shown[row])
    name = _common(photo.path.parent.name for photo in photos)
    month = None if name else _common(_month(photo) for photo in photos)
    return TreeNode(prefix, count, photos, name or "", month)


def _below(index: GenerativeIndex, rows: Indices, prefix: tuple[int, ...]) -> Indices:
    """Those of ``rows`` (n,) whose identifier begins with ``prefix``."""
    quantizer = index.tokenizer.quantizer
    if len(prefix) > quantizer.levels or any(not 0 <= c < quantizer.codes for c in prefix):
        raise UserError(
            f"{'.'.join(map(str, prefix))} is no place in the tree: it has {quantizer.levels} "
            f"levels of codes from 0 to {quantizer.codes - 1}."
        )
    if not prefix:
        return rows
    shift = bits_per_level(quantizer.codes) * (quantizer.levels - len(prefix))
    wanted = pack(np.array([prefix], np.int64), quantizer.codes)[0]
    below: Indices = rows[index.packed[rows] >> shift == wanted]
    return below


def _codes(index: GenerativeIndex, rows: Indices, level: int) -> Ints:
    """The code (n,) of each of ``rows`` (n,) at a level."""
    quantizer = index.tokenizer.quantizer
    bits = bits_per_level(quantizer.codes)
    shift = bits * (quantizer.levels - 1 - level)
    codes: Ints = (index.packed[rows] >> shift) & ((1 << bits) - 1)
    return codes


def _typical(index: GenerativeIndex, rows: Indices, node: Ints, prefixes: Ints) -> list[Indices]:
    """Of each node, with one of ``prefixes`` (k, m), the rows nearest to its codewords' sum.

    ``node`` (n,): 0..k-1, that each of ``rows`` (n,) lies in. The root's sum is the centre.
    """
    order = np.argsort(node, kind="stable")
    counts = np.bincount(node, minlength=len(prefixes))
    small = np.ones(len(counts), np.intp)
    small[np.argsort(-counts, kind="stable")[:LARGEST]] = 0
    drawn = np.minimum(counts, np.array(SAMPLED)[small])
    shown = np.array(MOSAIC)[small]
    owner, place = expand(np.zeros(len(counts), np.int64), drawn)
    first = np.cumsum(counts) - counts
    sample = rows[order[first[owner] + place * counts[owner] // drawn[owner]]]
    z = index.vectors.take(sample)  # (s, D)
    sums = np.zeros((len(prefixes), z.shape[1]), np.float32)
    if prefixes.shape[1]:
        sums = index.tokenizer.quantizer.decode(prefixes)[:, : z.shape[1]]
    away = ((z - sums[owner]) ** 2).sum(1)
    best = np.lexsort((away, owner))
    ends = np.cumsum(drawn)
    return [
        sample[best[end - count : end][:most]]
        for end, count, most in zip(ends.tolist(), drawn.tolist(), shown.tolist(), strict=True)
    ]


def _month(photo: Photo) -> date | None:
    """The first day of its month, as the camera's clock had it."""
    told = photo.metadata
    if told.taken_at is None:
        return None
    return (told.taken_at + timedelta(minutes=told.taken_offset or 0)).date().replace(day=1)


def _common(values: Iterable[T]) -> T | None:
    """What most of ``values`` are."""
    counted = Counter(values)
    if not counted:
        return None
    ((value, often),) = counted.most_common(1)
    return value if often >= COMMON * counted.total() else None


def _note(nodes: Sequence[TreeNode], count: int) -> str:
    if len(nodes) == 1 and count > 1:
        return "All photos here go the same way: the tree does not tell them apart on this level."
    return ""
