"""What searching and training need from a model, as protocols.

``export.runtime`` implements them with ONNX Runtime and numpy; ``engine.training`` has the torch
twins that the export is verified against. ``main.py`` passes the implementation in: the engine
never imports ``export``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from engine.tokenizer.model import Tokenizer

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """What must travel with an encoder so that its vectors stay comparable."""

    name: str  # timm name, e.g. "tf_efficientnet_lite2"
    weights: str  # BLAKE2 of the state dict, hex
    image_size: int  # pixels; photos are squashed to a square of this side
    embedding_width: int  # E
    patch_width: int  # C
    patches: int  # N
    pooling: str  # "mean+gem"


@dataclass(frozen=True, slots=True)
class Encoded:
    """An encoder's answer for B images."""

    embedding: Floats  # (B, E): mean- and GeM-pooled, each half L2-normalised
    patches: Floats  # (B, N, C): last feature map, row by row


class Encoder(Protocol):
    spec: EncoderSpec
    providers: tuple[str, ...]

    def encode(self, pixels: NDArray[np.uint8]) -> Encoded:
        """``pixels`` (B, S, S, 3), RGB 0..255, S = ``spec.image_size``."""
        ...


@dataclass(frozen=True, slots=True)
class QueryState:
    """What the decoder knows of B queries before the first code: computed once, shared by beams."""

    z: Floats  # (B, D): the query in the generation's space, unit length
    cross: Floats  # (layers, 2, B, H, N', D / H): cross-attention keys and values
    cache: Floats  # (layers, 2, B, W, H, step, D / H): self-attention keys and values of the beams


class Decoder(Protocol):
    """The Transformer: corrections of the tree score (``engine.search.scores``) for searching, or
    the whole score of the paper's plain decoder.

    Searching asks :meth:`score` about the identifiers that the tree score found; ``step`` and
    ``select`` decode code by code, which only the plain decoder needs.
    """

    levels: int  # M
    codes: int  # K

    def begin(self, embedding: Floats, patches: Floats) -> QueryState:
        """``embedding`` (B, E), ``patches`` (B, N', C) from ``engine.encoder.pool_patches``."""
        ...

    def score(self, state: QueryState, identifiers: Ints) -> Floats:
        """Corrections of every code of whole ``identifiers`` (B, n, M), n >= 1: (B, n, M).

        The correction at level m depends on the query and the codes before m; a candidate's is the
        sum over levels.
        """
        ...

    def step(self, state: QueryState, prefix: Ints) -> tuple[Floats, QueryState]:
        """Corrections (plain decoder: logits) for every next code of every beam.

        ``prefix`` (B, W, m) holds the codes so far, m in 0..M-1 (m = 0: one empty beam, W = 1).
        Returns (B, W, K) and the grown state.
        """
        ...

    def select(self, state: QueryState, parents: Ints) -> QueryState:
        """Reorder the cache after a beam step: ``parents`` (B, W') indexes the old beams."""
        ...


class Runtime(Protocol):
    """Opens bundles. Implemented by ``export.runtime.OnnxRuntime``."""

    @property
    def device(self) -> str:
        """ "cpu" or "cuda", as sessions report it."""
        ...

    @property
    def providers(self) -> tuple[str, ...]: ...

    def open_encoder(self, bundle: Path) -> Encoder: ...

    def open_decoder(self, bundle: Path) -> Decoder: ...


class Exporter(Protocol):
    """Turns torch modules into a verified bundle. Implemented in ``export``."""

    def prepare_encoder(self, name: str) -> Path:
        """Folder with ``encoder.onnx`` of a named encoder, made on first use.

        Never imports torch into this process: the export runs in a child process.
        """
        ...

    def publish(
        self,
        retriever: Any,
        tokenizer: Tokenizer,
        encoder_folder: Path,
        pixels: NDArray[np.uint8],
        folder: Path,
    ) -> dict[str, float]:
        """Write a whole bundle to ``folder``: all of it or nothing.

        ``retriever`` is ``engine.retriever.model.Retriever`` (torch; not named here so that
        searching stays free of it). ``pixels`` (B, S, S, 3), B >= 2: real photos that the export is
        verified on.
        Returns parity figures; raises ``TrainingError`` where ONNX and torch drift apart.
        """
        ...

    def pack(self, folder: Path, file: Path) -> int:
        """Write the bundle in ``folder`` to the archive ``file``; returns its size in bytes."""
        ...

    def unpack(self, file: Path, folder: Path) -> EncoderSpec:
        """Verify the archive ``file`` and put its bundle into ``folder`` (new), or raise.

        Returns the encoder that the bundle belongs to. Raises ``BundleError``.
        """
        ...
