"""Where things lie by default and the few numbers a person may change."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APP = "photoglyph"

THUMBNAIL_SIDE = 320  # pixels, longer side; also what training's views are cut from
# Those that come with the installation: the second is faster and finds a little less.
ENCODERS = ("tf_efficientnet_lite2", "tf_efficientnet_lite0")
DEFAULT_ENCODER = ENCODERS[0]
SMALLEST_TRAINABLE = 50  # photos; below, exact search answers alone
DEFAULT_TOP = 50
DEFAULT_BEAM = 500  # identifiers kept while decoding; a millisecond


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
