"""A bundle as one zip file. Reading one is reading a stranger's file.

Only the files that a bundle has are taken, by name, from the archive's top level: no folder, no
link, no other path can be named. Sizes are capped before anything is unpacked, hashes checked
before anything is kept, and arrays are read without pickle.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path

from engine.errors import BundleError, printable
from engine.search.ports import EncoderSpec
from engine.tokenizer.model import Tokenizer
from export import manifest

FILES = (*manifest.GENERATION_FILES, manifest.NAME)
LARGEST_BYTES = 4 << 30  # of one file; a ViT-L encoder has 1.2 GB


def pack(folder: Path, file: Path) -> int:
    """Write the bundle in ``folder`` to ``file``, whole or not at all; returns its bytes."""
    manifest.read(folder, manifest.GENERATION_FILES)
    if file.exists():
        raise BundleError(f"{printable(file)} exists already: choose another name.")
    unfinished = file.with_name(file.name + ".part")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
            for name in FILES:
                archive.write(folder / name, name)
        unfinished.rename(file)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise BundleError(
            f"{printable(file)} cannot be written ({error.strerror or error}): choose another "
            "place."
        ) from error
    return file.stat().st_size


def unpack(file: Path, folder: Path) -> EncoderSpec:
    """Put the bundle in ``file`` into the new ``folder``; raises ``BundleError`` and keeps nothing.

    Returns the encoder that the bundle belongs to.
    """
    name = printable(file)
    try:
        with (
            zipfile.ZipFile(file) as archive,
            tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as temporary,
        ):
            building = Path(temporary) / folder.name
            building.mkdir()
            for wanted in FILES:
                member = archive.getinfo(wanted)
                if member.file_size > LARGEST_BYTES:
                    raise BundleError(
                        f"{name} holds a file of {member.file_size / 1e9:.1f} GB ({wanted}), more "
                        f"than the {LARGEST_BYTES / 1e9:.1f} GB that are read: it was not imported."
                    )
                with archive.open(member) as source, (building / wanted).open("wb") as target:
                    shutil.copyfileobj(source, target)  # never more than the size it declares
            read = manifest.read(building, manifest.GENERATION_FILES)
            Tokenizer.load(building)
            building.rename(folder)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
        raise BundleError(
            f"{name} is no Photoglyph model, or a damaged one: export it again with 'photoglyph "
            "model export'."
        ) from error
    except OSError as error:
        raise BundleError(f"{name} cannot be read ({error.strerror or error}).") from error
    return read.encoder
