"""The decoder with weights of eight bits beside its own: time, and whether it ranks the same.

    python -m tests.bench.decoder_int8 LIBRARY [--queries 100]

LIBRARY is trained; photos of it are the queries, and the hundred identifiers nearest to each the
candidates that are corrected. Nothing is written there.
"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from PIL import Image

from engine.encoder.pooling import pool_patches
from engine.photos.preprocess import model_input
from engine.search.ports import Decoder, Encoded, Floats, Ints
from engine.search.searcher import CONTESTED
from engine.services.gallery import GalleryKeeper
from engine.store import thumbnails
from engine.store.database import Library
from engine.tokenizer.packing import unpack
from export import manifest
from export.runtime import OnnxRuntime
from tests.bench.markdown import machine, table

PARTS = ("cross.onnx", "paths.onnx")


def quantized(bundle: Path, folder: Path) -> Path:
    """A copy of ``bundle`` whose decoder has int8 weights (dynamic quantization)."""
    copy = Path(shutil.copytree(bundle, folder / "int8"))
    for name in PARTS:
        model = onnx.load(copy / name)
        del model.graph.value_info[:]  # shapes of the exporter's example, which others contradict
        onnx.save(model, copy / name)
        options = {"DefaultTensorType": onnx.TensorProto.FLOAT}
        quantize_dynamic(
            copy / name, copy / name, weight_type=QuantType.QInt8, extra_options=options
        )
    manifest.write(copy, manifest.read(bundle, manifest.GENERATION_FILES))
    return copy


def corrections(decoder: Decoder, query: Encoded, identifiers: Ints) -> tuple[Floats, float]:
    """Of ``identifiers`` (n, M) for one query: (n,), and the milliseconds it took."""
    started = time.perf_counter()
    state = decoder.begin(query.embedding, pool_patches(query.patches))
    added: Floats = decoder.score(state, identifiers[None])[0].sum(1)
    return added, (time.perf_counter() - started) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("library", type=Path)
    parser.add_argument("--queries", type=int, default=100)
    chosen = parser.parse_args()
    runtime, rng = OnnxRuntime("cpu"), np.random.default_rng(0)
    with (
        Library.open(chosen.library, create=False) as library,
        tempfile.TemporaryDirectory(prefix="photoglyph-") as folder,
    ):
        gallery = GalleryKeeper(library, runtime).gallery()
        assert gallery.index is not None and gallery.generation is not None, "train it first"
        index, bundle = gallery.index, gallery.generation.folder
        encoder = runtime.open_encoder(bundle)
        own = runtime.open_decoder(bundle)
        small = runtime.open_decoder(quantized(bundle, Path(folder)))
        took: list[tuple[float, float]] = []
        alike, first = [], []
        for row in rng.choice(len(gallery.rows), chosen.queries, replace=False):
            (content_id,) = gallery.content_ids[[row]].tolist()
            query = encoder.encode(pixels_of(library, content_id, encoder.spec.image_size))
            z = index.tokenizer.space.project(query.embedding)
            near = np.argsort(-(index.vectors.take(np.arange(len(gallery.rows))) @ z[0]))
            packed = np.unique(index.packed[near[:CONTESTED]])
            quantizer = index.tokenizer.quantizer
            identifiers = unpack(packed, quantizer.levels, quantizer.codes)
            one, one_ms = corrections(own, query, identifiers)
            other, other_ms = corrections(small, query, identifiers)
            took.append((one_ms, other_ms))
            alike.append(np.corrcoef(one.argsort().argsort(), other.argsort().argsort())[0, 1])
            first.append(len(np.intersect1d(np.argsort(-one)[:10], np.argsort(-other)[:10])) / 10)
        one_ms, other_ms = np.median(np.array(took), axis=0)
        sizes = [sum((f / n).stat().st_size for n in PARTS) for f in (bundle, Path(folder, "int8"))]
    print(f"{chosen.queries} photos of {len(gallery.rows):,}; {machine()}.\n")
    header = ("decoder", "ms a query", "MB", "rank correlation", "of the ten best")
    rows = [
        ("as it is", f"{one_ms:.2f}", f"{sizes[0] / 1e6:.1f}", "1", "1"),
        (
            "int8 weights",
            f"{other_ms:.2f}",
            f"{sizes[1] / 1e6:.1f}",
            f"{np.mean(alike):.3f}",
            f"{np.mean(first):.3f}",
        ),
    ]
    print(table(header, rows))


def pixels_of(library: Library, content_id: int, side: int) -> NDArray[np.uint8]:
    """(1, S, S, 3): the photo's thumbnail as the encoder wants it."""
    jpeg = thumbnails.by_content(library, [content_id])[content_id]
    return model_input(Image.open(io.BytesIO(jpeg)).convert("RGB"), side)[None]


if __name__ == "__main__":
    main()
