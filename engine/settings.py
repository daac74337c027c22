"""Where things lie by default and the few numbers a person may change."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs

APP = "photoglyph"

THUMBNAIL_SIDE = 320  # pixels, longer side; also what training's views are cut from
# Those that come with the installation: the second is faster and finds a little less.
ENCODERS = ("tf_efficientnet_lite2", "tf_efficientnet_lite0")
DEFAULT_ENCODER = ENCODERS[0]
SMALLEST_TRAINABLE = 50  # photos; below, exact search answers alone
DEFAULT_TOP = 50
DEFAULT_BEAM = 500  # identifiers kept while decoding; a millisecond
# Seconds after which a thread hands the interpreter on. A search, or the window, asks for it tens
# of times: with the usual 5 ms each it waits for what is indexed meanwhile (tests.bench.changes).
SWITCH_INTERVAL = 0.0005


def default_library() -> Path:
    """The platform's user-data folder."""
    return Path(platformdirs.user_data_dir(APP, appauthor=False))


def cache_folder() -> Path:
    """What can be made again and is shared by all libraries: exported encoders.

    ``PHOTOGLYPH_CACHE`` overrides it (tests, read-only homes).
    """
    override = os.environ.get("PHOTOGLYPH_CACHE")
    return Path(override) if override else Path(platformdirs.user_cache_dir(APP, appauthor=False))


def encoders_folder() -> Path:
    """Encoders that a person added, shared by all libraries: their weights cannot be made again.

    ``PHOTOGLYPH_ENCODERS`` overrides it.
    """
    override = os.environ.get("PHOTOGLYPH_ENCODERS")
    return Path(override) if override else default_library() / "encoders"


@dataclass(frozen=True)
class PaperRecipe:
    """The paper's training (IRGen, section 4.1, and its published code where the paper is silent).

    Smaller values are for trying the recipe on few photos.
    """

    levels: int = 4  # M
    codes: int = 256  # L
    layers: int = 12  # of the decoder; 24 for a million photos
    width: int = 768
    heads: int = 12
    beam: int = 30
    tokenizer_epochs: int = 200
    tokenizer_batch: int = 128
    tokenizer_rate: float = 5e-4
    prefix_weight: float = 1e-7  # of the prefixes' losses beside the embedding's
    decoder_epochs: int = 400
    decoder_batch: int = 64
    decoder_rate: float = 8e-5


@dataclass(frozen=True)
class DeepTuning:
    """How the encoder is tuned on a library's own photos (``engine.training.deep``)."""

    photos: int = 32  # of a step; each is seen in two views
    steps: int | None = None  # None: as many as the library's size asks for
    precision: Literal["bf16", "fp16", "fp32"] | None = None  # None: the best of the device
    gradient_checkpointing: bool = False  # less memory, a third slower
    compile: bool = False  # torch.compile: minutes at the start, quicker then
    checkpoint_seconds: float = 30.0
