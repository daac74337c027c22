"""Encoders beside the embedded ones: added from a file, or downloaded where a person says so.

An encoder is added only after it has been exported and verified, so that what is listed can be
used. Which one reads a library is said when indexing. Loads torch only inside the functions.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from engine.encoder import installed
from engine.encoder.download import Hub, Offer, fetch
from engine.encoder.installed import Installed
from engine.errors import UserError, printable
from engine.search.ports import Exporter
from engine.settings import ENCODERS, encoders_folder
from engine.types import Job, Progress

SIZES = (32, 1024)  # pixels that are worth trying


@dataclass(frozen=True)
class EncoderView:
    """An encoder that a library can be indexed with."""

    name: str
    image_size: int | None  # pixels; None: an embedded one
    licence: str
    source: str


def encoders() -> tuple[EncoderView, ...]:
    """The embedded ones first, then those that were added."""
    own = [EncoderView(name, None, "apache-2.0", "comes with Photoglyph") for name in ENCODERS]
    added = installed.all_installed()
    return (*own, *(EncoderView(e.name, e.image_size, e.licence, e.source) for e in added))


def add(
    file: Path, architecture: str, exporter: Exporter, *, image_size: int | None = None
) -> Job[Installed]:
    """Add the weights in ``file`` as the timm network ``architecture``; they are copied.

    ``image_size`` in pixels, None for the network's own. Raises ``BundleError`` where the file
    does not fit, or the network cannot be exported; then nothing is kept.
    """
    _check_size(image_size)
    if not file.is_file():
        raise UserError(f"{printable(file)} is no file: give the file with the weights.")
    return (yield from _add(file, architecture, exporter, image_size, printable(file), ""))


def download(
    offer: Offer, hub: Hub, exporter: Exporter, *, image_size: int | None = None
) -> Job[Installed]:
    """Download what ``hub`` offered, then as :func:`add`. Closing the job leaves nothing behind."""
    _check_size(image_size)
    with _workplace() as temporary:
        file = Path(temporary, "model.safetensors")
        for done in fetch(hub, offer, file):
            yield Progress("downloading", done, offer.size_bytes)
        architecture = offer.name.split(".")[0]
        return (
            yield from _add(file, architecture, exporter, image_size, offer.source, offer.licence)
        )


def add_tuned(
    file: Path,
    architecture: str,
    exporter: Exporter,
    image_size: int,
    source: str,
    licence: str,
) -> Job[Installed]:
    """Add an encoder that training made of one with the same ``architecture`` and size."""
    return (yield from _add(file, architecture, exporter, image_size, source, licence))


def _add(
    file: Path,
    architecture: str,
    exporter: Exporter,
    image_size: int | None,
    source: str,
    licence: str,
) -> Job[Installed]:
    from engine.encoder.timm_models import encoder_of, own_size, spec_of
    from engine.encoder.weights import write_weights

    yield Progress("reading the weights", 0)
    encoder = encoder_of(architecture, image_size, file)
    size = own_size(architecture) if image_size is None else image_size
    spec = spec_of(encoder, architecture, size)
    name = installed.name_of(architecture, size, spec.weights)
    new = Installed(name, architecture, size, spec.weights, source, licence)
    there = new.folder.exists()
    if not there:
        with _workplace() as temporary:
            building = Path(temporary, name)
            building.mkdir()
            write_weights(encoder.backbone.state_dict(), building / installed.WEIGHTS)
            installed.write(new, building)
            building.rename(new.folder)
    kept = there
    try:
        yield Progress("exporting and checking it", 0)
        exporter.prepare_encoder(name)
        kept = True
    finally:
        if not kept:
            rmtree(new.folder, ignore_errors=True)
    return new


def _workplace() -> tempfile.TemporaryDirectory[str]:
    try:
        encoders_folder().mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix=".adding-", dir=encoders_folder())
    except OSError as error:
        raise UserError(
            f"{printable(encoders_folder())} cannot be written ({error.strerror or error}): check "
            "its permissions and the free space."
        ) from error


def _check_size(image_size: int | None) -> None:
    if image_size is not None and not SIZES[0] <= image_size <= SIZES[1]:
        raise UserError(f"A size lies between {SIZES[0]} and {SIZES[1]} pixels: give 224, say.")
