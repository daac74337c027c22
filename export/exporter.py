"""The ``Exporter`` port: encoders made once for all libraries, bundles published whole or not.

python -m export.exporter NAME FOLDER     export the encoder NAME to FOLDER (the child process)
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from engine.encoder.installed import NAME
from engine.errors import BundleError, printable
from engine.search.ports import EncoderSpec
from engine.settings import cache_folder
from engine.tokenizer.model import Tokenizer
from export import archive, child, half, manifest
from export.runtime import OnnxRuntime

if TYPE_CHECKING:
    from engine.retriever.model import Retriever


class BundleExporter:
    """Implements ``engine.search.ports.Exporter``. Picklable; holds nothing."""

    def prepare_encoder(self, name: str) -> Path:
        """Folder with the verified ``encoder.onnx`` of ``name``; seconds on first use, then free.

        Beside it lies the encoder in half precision where a GPU can use it (``half``). The export
        runs in a child process, so that torch never enters this one.
        """
        if not NAME.fullmatch(name):
            raise BundleError(f"There is no encoder named {printable(name)} on this computer.")
        folder = cache_folder() / "encoders" / name
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{folder}.lock"):
                if not _whole(folder):
                    _export_in_child(name, folder)
                half.prepare(name, folder)
        except OSError as error:
            raise BundleError(
                f"The cache folder {printable(folder.parent)} cannot be written "
                f"({error.strerror or error}): free it, or set PHOTOGLYPH_CACHE to another folder."
            ) from error
        return folder

    def publish(
        self,
        retriever: Retriever,
        tokenizer: Tokenizer,
        encoder_folder: Path,
        pixels: NDArray[np.uint8],
        folder: Path,
    ) -> dict[str, float]:
        """Write a whole bundle to ``folder``, verified on real photos, ``pixels`` (B, S, S, 3).

        The folder appears complete or not at all. Returns parity figures; raises
        ``TrainingError`` where an exported model drifts from its torch original.
        """
        from engine.encoder.timm_models import load_encoder
        from export.parity import check_decoder, check_encoder
        from export.to_onnx import export_retriever

        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as temporary:
            building = Path(temporary) / folder.name
            building.mkdir()
            encoder = manifest.read(encoder_folder, manifest.ENCODER_FILES)
            _link(encoder_folder / "encoder.onnx", building / "encoder.onnx")
            tokenizer.save(building)
            export_retriever(retriever, building)
            shapes = asdict(retriever.config)
            manifest.write(building, manifest.Manifest(encoder.encoder, shapes))
            runtime = OnnxRuntime("cpu")
            exported = runtime.open_encoder(building)
            parity = check_encoder(load_encoder(encoder.encoder.name)[0], exported, pixels)
            encoded = exported.encode(pixels)
            parity |= check_decoder(retriever, runtime.open_decoder(building), encoded)
            manifest.write(building, manifest.Manifest(encoder.encoder, shapes, parity))
            building.rename(folder)
        return parity

    def pack(self, folder: Path, file: Path) -> int:
        return archive.pack(folder, file)

    def unpack(self, file: Path, folder: Path) -> EncoderSpec:
        return archive.unpack(file, folder)


def _whole(folder: Path) -> bool:
    try:
        manifest.read(folder, manifest.ENCODER_FILES)
    except BundleError:
        return False
    return True


def _export_in_child(name: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    code, reason = child.run("export.exporter", name, folder)
    if code == child.TOLD:
        raise BundleError(reason)
    if code:
        raise BundleError(
            f"The encoder {name} cannot be exported to ONNX ({reason[:200]}): choose another."
        )


def _export_encoder(name: str, folder: Path) -> None:
    """In the child process: export, verify on drawn pictures (no photo is known yet), publish."""
    from engine.encoder.timm_models import load_encoder
    from export.parity import check_encoder, drawn_pictures
    from export.to_onnx import export_encoder

    encoder, spec = load_encoder(name)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as temporary:
        building = Path(temporary) / folder.name
        building.mkdir()
        export_encoder(encoder, spec, building / "encoder.onnx")
        manifest.write(building, manifest.Manifest(spec))
        pixels = drawn_pictures(spec.image_size)
        parity = check_encoder(encoder, OnnxRuntime("cpu").open_encoder(building), pixels)
        manifest.write(building, manifest.Manifest(spec, parity=parity))
        building.rename(folder)


def _link(source: Path, target: Path) -> None:
    """A hard link where the file system has them: 25 MB a generation otherwise."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


if __name__ == "__main__":
    sys.exit(child.main(sys.argv[1:], _export_encoder))
