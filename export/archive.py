"""A bundle as one zip file. Reading one is reading a stranger's file.

An archive holds the files that a bundle has, as plain entries of its top level, and nothing else: a
folder, a link, another path or a second entry of a name is refused before anything is written.
Entries are stored as they are, so what is unpacked is never larger than the archive. Nothing
appears under the bundle's name before ``inspection`` is satisfied.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
from pathlib import Path

from engine.errors import BundleError, printable
from engine.search.ports import EncoderSpec
from export import inspection, manifest

FILES = (*manifest.GENERATION_FILES, manifest.NAME)
LARGEST_BYTES = 4 << 30  # of one file; a ViT-L encoder has 1.2 GB
LARGEST_MANIFEST_BYTES = 1 << 20
ENCRYPTED = 1  # bit of an entry's flags


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
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would be waited for
            raise BundleError("it is no file")
        with (
            zipfile.ZipFile(file) as archive,
            tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as temporary,
        ):
            building = Path(temporary) / folder.name
            building.mkdir()
            for member in _members(archive, file):
                target = building / member.filename  # one of FILES
                with archive.open(member) as source, target.open("wb") as out:
                    shutil.copyfileobj(source, out)  # never more than the size it declares
            found = inspection.inspect(building)
            building.rename(folder)
    except _NewerError as error:
        raise BundleError(str(error)) from error
    except BundleError as error:
        raise BundleError(
            f"{name} was not imported, {error}: export it again with 'photoglyph model export'."
        ) from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BundleError(
            f"{name} is no Photoglyph model, or a damaged one: export it again with 'photoglyph "
            "model export'."
        ) from error
    except OSError as error:
        raise BundleError(f"{name} cannot be read ({error.strerror or error}).") from error
    return found.encoder


class _NewerError(BundleError):
    """A whole sentence, not a reason."""


def _members(archive: zipfile.ZipFile, file: Path) -> list[zipfile.ZipInfo]:
    """The entries to unpack. Raises ``BundleError`` with the reason for any other archive."""
    members = archive.infolist()
    for member in members:
        if member.filename == manifest.NAME and member.file_size <= LARGEST_MANIFEST_BYTES:
            # First of all: another version's archive may hold other files.
            _parse(archive, member, file)
    if sorted(member.filename for member in members) != sorted(FILES):
        raise BundleError("it does not hold just the files of a model")
    total = 0
    for member in members:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or member.flag_bits & ENCRYPTED:
            raise BundleError(f"its {member.filename} is no plain file")
        if member.compress_type != zipfile.ZIP_STORED:
            raise BundleError(f"its {member.filename} is compressed")
        is_manifest = member.filename == manifest.NAME
        if member.file_size > (LARGEST_MANIFEST_BYTES if is_manifest else LARGEST_BYTES):
            raise BundleError(
                f"its {member.filename} has {member.file_size / 1e9:.1f} GB, more than is read"
            )
        total += member.file_size
    if total > file.stat().st_size:
        raise BundleError("it claims to hold more than it can")
    return members


def _parse(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: Path) -> None:
    try:
        manifest.parse(archive.read(member), f"The model in {printable(file)}")
    except BundleError as error:
        raise _NewerError(str(error)) from error
    except manifest.UNREADABLE as error:
        raise BundleError("its manifest cannot be read") from error
