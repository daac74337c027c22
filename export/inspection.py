"""Looking into a stranger's model before anything of it is kept.

Hashes in an archive prove that it is whole, not that it means well: whoever made the files made the
hashes too. So arrays are measured against their file before they are read, graphs may not name
other files, and the whole is tried once at a small size. Neighbour: ``archive`` unpacks.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import BundleError
from engine.tokenizer.model import NAME as ARRAYS
from engine.tokenizer.model import Tokenizer
from export import manifest
from export.manifest import Manifest
from export.runtime import OnnxRuntime

DOMAINS = ("", "ai.onnx", "ai.onnx.ml")  # of operators; others may read files of their own
WIDEST = 1 << 16  # of any size in a manifest
TRIED = 2  # queries; not one, so that a batch is a batch


def inspect(folder: Path) -> Manifest:
    """Check the bundle in ``folder``, a stranger's; its manifest.

    Raises ``BundleError`` with the reason alone: half a sentence that the caller completes.
    """
    try:
        found = manifest.read(folder, manifest.GENERATION_FILES)
    except BundleError as error:  # its sentence is for a bundle of one's own
        raise BundleError("its files do not match its manifest") from error
    check_arrays(folder / ARRAYS)
    for name in manifest.GENERATION_FILES:
        if name.endswith(".onnx"):
            check_graph(folder / name)
    _try(folder, found)
    return found


def check_arrays(file: Path) -> None:
    """Every array is plain numbers, as large as its entry says: a header cannot ask for more."""
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if member.compress_type != zipfile.ZIP_STORED:
                    raise BundleError(f"its {file.name} is compressed")
                with archive.open(member) as entry:
                    version = np.lib.format.read_magic(entry)
                    read = {
                        (1, 0): np.lib.format.read_array_header_1_0,
                        (2, 0): np.lib.format.read_array_header_2_0,
                    }[version]
                    shape, _, kind = read(entry)
                    told = math.prod(shape) * kind.itemsize
                    if kind.hasobject or told != member.file_size - entry.tell():
                        raise BundleError(f"its {file.name} is not what it says")
    except (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, RuntimeError) as error:
        raise BundleError(f"its {file.name} cannot be read") from error


def check_graph(file: Path) -> None:
    """No weights in other files, no operators of others, nothing that could run for ever."""
    import onnx

    try:
        model = onnx.load(file, load_external_data=False)
    except Exception as error:  # protobuf's exceptions differ between its implementations
        raise BundleError(f"its {file.name} is no network") from error
    if reason := _harm(model):
        raise BundleError(f"its {file.name} {reason}")


def _harm(message: Any) -> str | None:
    """What is wrong with a protobuf message of ONNX, anywhere below it; None where nothing is."""
    kind = message.DESCRIPTOR.name
    if kind == "TensorProto" and (message.external_data or message.data_location):
        return "names files outside the model"
    if kind == "NodeProto" and message.domain not in DOMAINS:
        return "needs operators that Photoglyph does not have"
    if kind == "AttributeProto" and (message.HasField("g") or message.graphs):
        return "holds loops or branches"  # no model of Photoglyph's does
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        # A single message has fields of its own, a repeated one is a sequence of messages.
        for part in [value] if hasattr(value, "ListFields") else value:
            if reason := _harm(part):
                return reason
    return None


def _try(folder: Path, found: Manifest) -> None:
    """Two made-up queries go all the way, and sizes agree wherever parts meet."""
    try:
        tokenizer = Tokenizer.load(folder)
    except BundleError as error:
        raise BundleError(f"its {ARRAYS} cannot be used") from error
    width = found.encoder.embedding_width
    told = found.shapes
    sizes = ("levels", "codes", "embedding_width", "patch_width", "patch_tokens")
    if any(not 0 < told.get(name, 0) <= WIDEST for name in sizes) or (
        told["levels"],
        told["codes"],
        told["embedding_width"],
        len(tokenizer.space.mean),
    ) != (tokenizer.quantizer.levels, tokenizer.quantizer.codes, width, width):
        raise BundleError("the sizes of its parts do not agree")
    rng = np.random.default_rng(0)
    embeddings = rng.standard_normal((TRIED, width), np.float32)
    patches = rng.standard_normal((TRIED, told["patch_tokens"], told["patch_width"]), np.float32)
    identifiers = np.zeros((TRIED, 3, told["levels"]), np.int64)
    try:
        packed = tokenizer.identify(embeddings)
        decoder = OnnxRuntime("cpu").open_decoder(folder)
        state = decoder.begin(embeddings, patches)
        scored = decoder.score(state, identifiers)
        first, _ = decoder.step(state, np.zeros((TRIED, 1, 0), np.int64))
    except Exception as error:  # whatever numpy or ONNX Runtime say of a model that is none
        raise BundleError("it cannot be run") from error
    if (
        packed.shape != (TRIED,)
        or state.z.shape[:1] != (TRIED,)
        or scored.shape != identifiers.shape
        or first.shape != (TRIED, 1, told["codes"])
        or not all(np.isfinite(a).all() for a in (state.z, scored, first))
    ):
        raise BundleError("it answers nonsense")
