"""The ``Exporter`` port: encoders made once for all libraries, bundles published whole or not.

python -m export.exporter NAME FOLDER     export the encoder NAME to FOLDER (the child process)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from engine.encoder.installed import NAME
from engine.errors import BundleError, UserError, printable
from engine.search.ports import EncoderSpec
from engine.settings import cache_folder
from engine.tokenizer.model import Tokenizer
from export import archive, manifest
from export.runtime import OnnxRuntime

if TYPE_CHECKING:
    from engine.retriever.model import Retriever

TOLD = 3  # the child's exit code where its last line is a sentence for people
ROOT = Path(__file__).resolve().parent.parent


class BundleExporter:
    """Implements ``engine.search.ports.Exporter``. Picklable; holds nothing."""

    def prepare_encoder(self, name: str) -> Path:
        """Folder with the verified ``encoder.onnx`` of ``name``; seconds on first use, then free.

        The export runs in a child process, so that torch never enters this one.
        """
        if not NAME.fullmatch(name):
            raise BundleError(f"There is no encoder named {printable(name)} on this computer.")
        folder = cache_folder() / "encoders" / name
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{folder}.lock"):
                if not _whole(folder):
                    _export_in_child(name, folder)
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
    child = subprocess.run(
        [sys.executable, "-m", "export.exporter", name, os.fspath(folder)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if child.returncode:
        lines = child.stderr.strip().splitlines() or [f"exit code {child.returncode}"]
        if child.returncode == TOLD:
            raise BundleError(lines[-1])
        raise BundleError(
            f"The encoder {name} cannot be exported to ONNX ({lines[-1][:200]}): choose another."
        )


def _export_encoder(name: str, folder: Path) -> None:
    """In the child process: export, verify on drawn pictures (no photo is known yet), publish."""
    import torch

    from engine.encoder.timm_models import load_encoder
    from export.parity import check_encoder
    from export.to_onnx import export_encoder

    encoder, spec = load_encoder(name)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as temporary:
        building = Path(temporary) / folder.name
        building.mkdir()
        export_encoder(encoder, spec, building / "encoder.onnx")
        manifest.write(building, manifest.Manifest(spec))
        generator = torch.Generator().manual_seed(0)
        side = spec.image_size
        coarse = torch.rand(5, 3, 9, 9, generator=generator)
        smooth = torch.nn.functional.interpolate(coarse, (side, side), mode="bicubic")
        pixels = (smooth.clamp(0, 1) * 255).byte().permute(0, 2, 3, 1).contiguous().numpy()
        parity = check_encoder(encoder, OnnxRuntime("cpu").open_encoder(building), pixels)
        manifest.write(building, manifest.Manifest(spec, parity=parity))
        building.rename(folder)


def _link(source: Path, target: Path) -> None:
    """A hard link where the file system has them: 25 MB a generation otherwise."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def main(arguments: Sequence[str]) -> int:
    name, folder = arguments
    try:
        _export_encoder(name, Path(folder))
    except UserError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the parent reads the last line
        return TOLD
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
