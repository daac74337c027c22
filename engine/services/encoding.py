"""Encoding a batch on a thread of its own: reading, committing and pausing go on meanwhile.

ONNX Runtime holds no lock of Python's while it computes. A batch that is left is finished by its
thread and forgotten. Neighbour: ``reading``, the only caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from engine.photos.workers import Picture, Read
from engine.search.ports import Encoder, Floats

Decoded = tuple[Read, Picture]


class Encoding:
    """One batch at a time: ``start`` it, ``take`` it. A context manager that waits for nothing."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._thread = ThreadPoolExecutor(1, "encoding")
        self._batch: Sequence[Decoded] = ()
        self._vectors: Future[Floats] | None = None

    @property
    def busy(self) -> bool:
        """Whether a batch was started and not taken."""
        return self._vectors is not None

    def start(self, batch: Sequence[Decoded]) -> None:
        self._batch = batch
        pixels = np.stack([picture.pixels for _, picture in batch])
        self._vectors = self._thread.submit(encode, self._encoder, pixels)

    def take(self, timeout: float) -> list[tuple[Read, Picture, Floats]]:
        """The batch with its vectors (E,), NaN for photos that failed; empty where it lasts."""
        if self._vectors is None or not wait([self._vectors], timeout).done:
            return []
        vectors, self._vectors = self._vectors.result(), None
        return [(*photo, vector) for photo, vector in zip(self._batch, vectors, strict=True)]

    def __enter__(self) -> Encoding:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


def encode(encoder: Encoder, pixels: NDArray[np.uint8]) -> Floats:
    """(B, S, S, 3) -> (B, E). A batch that fails is tried photo by photo; NaN: it failed alone."""
    try:
        return encoder.encode(pixels).embedding
    except Exception:  # whatever the runtime raises; shown below if it is not the photo's
        return _encode_singly(encoder, pixels)


def _encode_singly(encoder: Encoder, pixels: NDArray[np.uint8]) -> Floats:
    """(B, E), with NaN for photos that fail. Raises where all do: then it is the encoder."""
    vectors = np.full((len(pixels), encoder.spec.embedding_width), np.nan, np.float32)
    error: Exception | None = None
    for row in range(len(pixels)):
        try:
            vectors[row] = encoder.encode(pixels[row : row + 1]).embedding[0]
        except Exception as raised:
            error = raised
    if error is not None and np.isnan(vectors).all():
        raise error
    return vectors
