"""The encoder in half precision, for GPUs: made where one can be asked, kept where parity holds.

The network itself is in float16; normalisation and pooling stay in float32, and so do its inputs
and outputs. Vectors of both precisions are comparable (``parity.HALF_LIMIT``). ``runtime`` opens it
on CUDA alone, and takes single precision wherever half fails.

python -m export.half NAME FOLDER     add it to the encoder in FOLDER (the child process)
"""

from __future__ import annotations

import logging
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from export import child, manifest
from export.runtime import CUDA, OnnxRuntime

REFUSED = "encoder.half.txt"  # why there is none, so that it is not tried at every start


def prepare(name: str, folder: Path) -> None:
    """Add half precision to the encoder ``name`` in ``folder`` where a GPU could use it.

    Tried once; what went wrong is told in one sentence and costs nothing else.
    """
    known = any((folder / file).exists() for file in (*manifest.HALF_FILES, REFUSED))
    if known or CUDA not in OnnxRuntime().providers:
        return
    code, reason = child.run("export.half", name, folder)
    if code:
        (folder / REFUSED).write_text(reason, encoding="utf-8")
        logging.getLogger("export").warning(
            "The encoder %s cannot be had in half precision (%s): the graphics card runs it in "
            "single precision.",
            name,
            reason[:200].rstrip("."),
        )


def export_half(name: str, folder: Path) -> None:
    """In the child process: export, verify on drawn pictures, publish beside ``encoder.onnx``.

    Raises ``TrainingError`` where half precision drifts from single.
    """
    from engine.encoder.timm_models import load_encoder
    from export.parity import check_half, drawn_pictures
    from export.to_onnx import export_encoder, halved

    encoder, spec = load_encoder(name)
    known = manifest.read(folder, manifest.ENCODER_FILES)
    (file,) = manifest.HALF_FILES
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as temporary:
        building = Path(temporary)
        export_encoder(halved(encoder), spec, building / "encoder.onnx")
        manifest.write(building, manifest.Manifest(spec))
        exported = OnnxRuntime("cpu").open_encoder(building)
        figures = check_half(encoder, exported, drawn_pictures(spec.image_size))
        (building / "encoder.onnx").rename(folder / file)
    manifest.write(folder, replace(known, parity={**known.parity, **figures}))


if __name__ == "__main__":
    sys.exit(child.main(sys.argv[1:], export_half))
