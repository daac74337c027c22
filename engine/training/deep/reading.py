"""Batches for tuning, read ahead by threads: thumbnails, two edited views of each, model input.

Pillow and SQLite hold no lock of Python's while they work, so threads are enough. What is read for
a step is a function of the seed and the step. ``waited`` tells how long the device had nothing to
do. Loads no torch.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.photos.preprocess import model_input
from engine.search.ports import Ints
from engine.store import thumbnails
from engine.store.database import Library
from engine.training.cache import opened
from engine.training.views import random_view

MOST_THREADS = 12  # the library lends as many connections
VIEWS = 2  # of every photo of a batch

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Batch:
    """``rows`` (b,) photos and their views: ``pixels`` (2 b, S, S, 3), first all first views."""

    rows: Ints
    pixels: Pixels


class ReadAhead:
    """``take()`` batches in their order: ``read(number)`` for ``first``, ``first`` + 1, ...

    A context manager; what was read and not taken is dropped at its end.
    """

    def __init__(
        self, read: Callable[[int], Batch], first: int, end: int, threads: int | None = None
    ) -> None:
        self.waited = 0.0  # seconds, all of ``take`` together
        self._read = read
        self._numbers = iter(range(first, end))
        count = min(MOST_THREADS, threads or os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(count, "reading views")
        self._waiting: deque[Future[Batch]] = deque()
        for _ in range(count + 1):
            self._submit()

    def take(self) -> Batch:
        started = time.monotonic()
        batch = self._waiting.popleft().result()
        self.waited += time.monotonic() - started
        self._submit()
        return batch

    def __enter__(self) -> ReadAhead:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _submit(self) -> None:
        number = next(self._numbers, None)
        if number is not None:
            self._waiting.append(self._threads.submit(self._read, number))


class ViewReader:
    """Views of ``content_ids`` (G,), cut from thumbnails as a quick training's are.

    ``side``: pixels of the encoder's square. Photos without a thumbnail are left out.
    """

    def __init__(
        self,
        library: Library,
        content_ids: Ints,
        side: int,
        choose: Callable[[np.random.Generator], Ints],
        seed: int,
    ) -> None:
        """``choose``: rows (b,) of ``content_ids`` for a batch, each at most once."""
        self._library = library
        self._content_ids = content_ids
        self._side = side
        self._choose = choose
        self._seed = seed

    def __call__(self, step: int) -> Batch:
        """The batch of ``step``, always the same."""
        rng = np.random.default_rng((self._seed, 8, step))
        rows = self._choose(rng)
        photos = self.photos(rows)
        there = [place for place, photo in enumerate(photos) if photo is not None]
        views = [
            model_input(random_view(photo, rng), self._side)
            for _ in range(VIEWS)
            for photo in photos
            if photo is not None
        ]
        shape = (0, self._side, self._side, 3)
        return Batch(rows[there], np.stack(views) if views else np.zeros(shape, np.uint8))

    def photos(self, rows: Ints) -> list[Image.Image | None]:
        """Thumbnails of ``rows`` (b,); None where there is none, or a damaged one."""
        wanted = self._content_ids[rows].tolist()
        jpegs = thumbnails.by_content(self._library, wanted)
        return [opened(jpegs.get(content_id, b"")) for content_id in wanted]


def stacked(photos: Sequence[Image.Image], side: int) -> Pixels:
    """Model input (n, side, side, 3) of ``photos``."""
    return np.stack([model_input(photo, side) for photo in photos])
