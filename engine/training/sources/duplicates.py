"""Near-duplicates: the same picture in another size or encoding, by its perceptual hash."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Ints
from engine.settings import THUMBNAIL_SIDE
from engine.store import thumbnails, whereabouts
from engine.store.database import Library
from engine.training.sources.components import Components
from engine.training.sources.source import NONE, Source, group, rows_of

# Bits. Of 3,529 photos (the train split of the benchmark) 99.7 % lie no farther from themselves
# when halved in size and saved as JPEG 50, and of 6.2 million pairs of unlike labels none does;
# at 8 bits five do.
NEAR = 4
ASPECT = 1.03  # between the aspect ratios of two sizes of one picture, from rounding to pixels
LARGEST = 20  # photos of a group; a chain of small changes leads anywhere
# Of two pictures that differ in NEAR bits one of so many bands is equal. Neighbouring bits belong
# to like frequencies and go together, so every band takes bits from everywhere.
BANDS = [np.uint64(sum(1 << bit for bit in range(band, 64, NEAR + 1))) for band in range(NEAR + 1)]
# Pictures that one is compared with in a band: ten times what 100,000 photos ask for. More are
# drawings or frames of one kind, where those next to each other are compared.
MOST_COMPARED = 1000
# A thumbnail's bytes for a pixel, without its header: 0.016 for a plain colour, 0.04 at most for a
# smooth gradient, 0.13 at least for photos. The hash of such a picture is rounding.
PLAIN = 0.04
HEADER_BYTES = 623  # of a JPEG as Pillow writes it

Hashes = NDArray[np.uint64]


def read(library: Library, content_ids: Ints) -> Source:
    """Photos with the same proportions and nearly the same hash; the nearest are joined first."""
    with library.read() as connection:
        looks = whereabouts.looks(connection)
    rows = rows_of(content_ids, np.array([look.content_id for look in looks], np.int64))
    there = rows != NONE
    hashes = np.array([look.perceptual_hash for look in looks], np.int64).view(np.uint64)[there]
    sizes = np.array([(look.width, look.height) for look in looks], np.float64).reshape(-1, 2)
    sizes, rows = sizes[there], rows[there]
    pairs = near_pairs(hashes, sizes[:, 0] / sizes[:, 1])
    pairs = pairs[~_plain(library, content_ids[rows], sizes, np.unique(pairs))[pairs].any(1)]
    components = Components(len(content_ids), LARGEST)
    for one, other in rows[pairs].tolist():
        components.join(one, other)
    return Source("duplicates", group(components.keys()))


def near_pairs(hashes: Hashes, aspects: NDArray[np.float64]) -> Ints:
    """Pairs (p, 2) of pictures (n,) that look the same, nearest first.

    Of pictures with the very same hash and aspect ratio only neighbours are paired: they all come
    together through each other.
    """
    order = np.lexsort((aspects, hashes))
    same = (np.diff(hashes[order]) == 0) & (np.diff(aspects[order]) == 0)
    equal = np.stack([order[:-1], order[1:]], 1)[same]
    distinct = order[np.concatenate([[True], ~same])] if len(order) else order
    found = [equal] + [
        distinct[pairs] for pairs in _within(hashes[distinct], np.log(aspects[distinct]))
    ]
    low, high = np.sort(np.concatenate(found), axis=1).T
    codes = np.unique(low * len(hashes) + high)
    pairs = np.stack(np.divmod(codes, max(1, len(hashes))), 1)
    distances = np.bitwise_count(hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]])
    return pairs[np.argsort(distances, kind="stable")].astype(np.int64)


def _within(hashes: Hashes, log_aspects: NDArray[np.float64]) -> list[Ints]:
    """Pairs of pictures (n,) within ``NEAR`` bits and ``ASPECT``; a pair may come several times.

    In a band none is paired more often than a group is large.
    """
    found = []
    for band in BANDS:
        order = np.argsort(hashes & band, kind="stable")
        ordered, shapes = hashes[order], log_aspects[order]
        keys = ordered & band
        paired = np.zeros(len(order), np.int64)
        at = np.arange(len(order))
        for step in range(1, MOST_COMPARED + 1):  # each picture and the step-th behind it
            at = at[: np.searchsorted(at, len(order) - step)]
            at = at[(keys[at] == keys[at + step]) & (paired[at] < LARGEST)]
            if not len(at):
                break
            near = np.bitwise_count(ordered[at] ^ ordered[at + step]) <= NEAR
            near &= np.abs(shapes[at] - shapes[at + step]) <= np.log(ASPECT)
            hits = at[near]
            paired[hits] += 1
            found.append(np.stack([order[hits], order[hits + step]], 1))
    return found


def _plain(
    library: Library, content_ids: Ints, sizes: NDArray[np.float64], asked: Ints
) -> NDArray[np.bool_]:
    """Which of the pictures (n,) of ``sizes`` (n, 2) show nothing, where ``asked``."""
    plain = np.zeros(len(content_ids), np.bool_)
    if not len(asked):
        return plain
    size_bytes = thumbnails.sizes_by_content(library, content_ids[asked].tolist())
    detail = [size_bytes.get(c, np.inf) - HEADER_BYTES for c in content_ids[asked].tolist()]
    scale = np.minimum(1.0, THUMBNAIL_SIDE / sizes[asked].max(1))
    plain[asked] = np.array(detail) < PLAIN * sizes[asked].prod(1) * scale**2
    return plain
