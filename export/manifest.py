"""``manifest.json``: what a bundle holds, so that a damaged or newer one is refused in words.

A bundle folder with only ``encoder.onnx`` is an encoder; a generation's bundle has all files.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from engine.errors import BundleError, printable
from engine.search.ports import EncoderSpec

FORMAT = 1
NAME = "manifest.json"
ENCODER_FILES = ("encoder.onnx",)
HALF_FILES = ("encoder.half.onnx",)  # beside them where a GPU is: the encoder in half precision
GENERATION_FILES = ("encoder.onnx", "cross.onnx", "paths.onnx", "step.onnx", "codebooks.npz")
UNREADABLE = (KeyError, TypeError, ValueError, RecursionError)  # what a stranger's JSON can cause

LONGEST = 200  # letters of a name that people get to read


@dataclass(frozen=True)
class Manifest:
    """``shapes``: the retriever's sizes (``RetrieverConfig``); empty for a bare encoder.

    ``parity``: largest absolute difference between torch and ONNX Runtime, by output.
    """

    encoder: EncoderSpec
    shapes: dict[str, int] = field(default_factory=dict)
    parity: dict[str, float] = field(default_factory=dict)


def write(folder: Path, manifest: Manifest) -> None:
    """Record every file of ``folder`` with its size and hash. The last file to be written."""
    files = {
        file.name: {"bytes": file.stat().st_size, "blake2b": _digest(file)}
        for file in sorted(folder.iterdir())
        if file.is_file() and file.name != NAME
    }
    text = json.dumps({"format": FORMAT, **asdict(manifest), "files": files}, indent=2)
    unfinished = folder / (NAME + ".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(folder / NAME)


def read(folder: Path, needed: tuple[str, ...]) -> Manifest:
    """Check ``folder`` and return its manifest.

    Raises ``BundleError``: no manifest, a newer format, a needed file that is missing or whose
    size or hash differs.
    """
    name = printable(folder)
    again = "train again, or choose another with 'photoglyph model use'"
    try:
        manifest, files = parse((folder / NAME).read_bytes(), f"The model in {name}")
        for file in needed:
            expected = files[file]
            path = folder / file
            if path.stat().st_size != expected["bytes"] or _digest(path) != expected["blake2b"]:
                raise BundleError(
                    f"The model file {printable(path)} is damaged (it does not match its "
                    f"manifest): {again}."
                )
    except FileNotFoundError as error:
        missing = Path(str(error.filename)).name
        raise BundleError(
            f"The model in {name} is incomplete ({missing} is missing): {again}."
        ) from error
    except (*UNREADABLE, OSError) as error:
        raise BundleError(f"The model in {name} has no readable manifest: {again}.") from error
    return manifest


def parse(text: bytes, what: str) -> tuple[Manifest, dict[str, dict[str, Any]]]:
    """The manifest in ``text`` and what it tells of each file ("bytes", "blake2b").

    Raises ``BundleError`` for a newer format than this one (``what`` begins the sentence), and one
    of ``UNREADABLE`` for everything else that is no manifest.
    """
    content: dict[str, Any] = json.loads(text)
    version = int(content["format"])
    if version > FORMAT:
        raise BundleError(
            f"{what} was made by a newer Photoglyph (format {version}, this one knows {FORMAT}): "
            "update Photoglyph to use it."
        )
    encoder = EncoderSpec(**content["encoder"])
    for part in fields(encoder):  # their types are written as text: "str", "int"
        value = getattr(encoder, part.name)
        if type(value).__name__ != part.type or len(str(value)) > LONGEST:
            raise TypeError(f"{part.name} is no {part.type}")
    shapes, parity = dict(content["shapes"]), dict(content["parity"])
    if not all(type(size) is int for size in shapes.values()):
        raise TypeError("a size is no number")
    return Manifest(encoder, shapes, parity), dict(content["files"])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).hexdigest()
