"""Libraries of any size with drawn vectors: real SQLite rows, written by the store's functions.

Every photo has a file (that does not exist), a content with a date, a camera and a perceptual
hash, an embedding and an identifier of a generation that answers. A library is *wide*, with
embeddings as long as the default encoder's and a bundle with an untrained decoder, or *narrow*:
embeddings are the drawn vectors themselves and nothing can be encoded, which keeps a million
photos below two gigabytes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.photos.decode import decode
from engine.photos.preprocess import model_input
from engine.search.ports import Decoder, Encoder, EncoderSpec, Floats, Ints, QueryState
from engine.settings import DEFAULT_ENCODER
from engine.store import files, generations, intake, models, vectors
from engine.store.database import Library
from engine.store.intake import Attachment, NewContent
from engine.tokenizer.model import RankingWeights
from engine.types import Metadata
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.bench.drawn import CODES, LEVELS, Drawn, nothing_to_project

NARROW = EncoderSpec("drawn", "0" * 32, 260, 256, 12, 16, "mean+gem")
ROOT = Path(os.path.abspath(os.sep), "photos-that-are-not-there")
BLOCK = 4096
PER_FOLDER = 1000
FIRST_TAKEN = datetime(2010, 1, 1, tzinfo=UTC)
CAMERAS = ("Canon EOS R6", "NIKON Z 6", "Pixel 8", "iPhone 15")
VERIFIED_ON = 4


class NarrowRuntime:
    """Opens the bundles of narrow libraries, which hold no network: their correction is off."""

    device = "cpu"
    providers: tuple[str, ...] = ()

    def open_encoder(self, bundle: Path) -> Encoder:
        raise NotImplementedError(bundle)

    def open_decoder(self, bundle: Path) -> Decoder:
        return NoDecoder()


class NoDecoder:
    """Never asked."""

    levels, codes = LEVELS, CODES

    def begin(self, embedding: Floats, patches: Floats) -> QueryState:
        raise NotImplementedError

    def score(self, state: QueryState, identifiers: Ints) -> Floats:
        raise NotImplementedError

    def step(self, state: QueryState, prefix: Ints) -> tuple[Floats, QueryState]:
        raise NotImplementedError

    def select(self, state: QueryState, parents: Ints) -> QueryState:
        raise NotImplementedError


def build(folder: Path, data: Drawn, photos: int, samples: Sequence[Path] = ()) -> None:
    """A library of ``photos``; wide with ``samples``, real photos to check exports on."""
    exporter = BundleExporter()
    with Library.open(folder) as library:
        if samples:
            bundle = exporter.prepare_encoder(DEFAULT_ENCODER)
            encoder = OnnxRuntime("cpu").open_encoder(bundle)
            spec = encoder.spec
        else:
            spec = NARROW
        with library.write() as connection:
            model_id = models.use(connection, spec)
            root_id = files.add_root(connection, ROOT)
            generation_id = generations.create(
                connection, model_id, data.quantizer.levels, data.quantizer.codes, "drawn"
            )
        target = library.folder / "models" / "drawn"
        if samples:
            publish(data, exporter, spec, bundle, samples, target)
        else:
            target.mkdir(parents=True)
            tokenizer = data.tokenizer(nothing_to_project())
            replace(tokenizer, ranking=RankingWeights(correction=False)).save(target)
        for first in range(0, photos, BLOCK):
            rows = slice(first, min(first + BLOCK, photos))
            z = data.z[rows].astype(np.float32)
            embeddings = data.lifted(z) if samples else z
            packed = data.packed(rows.stop)[first:]
            add(library, root_id, first, model_id, embeddings, (generation_id, packed))
        with library.write() as connection:
            generations.finish(connection, generation_id, None)
            generations.switch(connection, generation_id)


def publish(
    data: Drawn,
    exporter: BundleExporter,
    spec: EncoderSpec,
    encoder_folder: Path,
    samples: Sequence[Path],
    target: Path,
) -> None:
    """A bundle whose decoder is untrained: as large and as slow as a trained one."""
    from engine.retriever.model import Retriever
    from engine.training.start import new_retriever

    retriever = new_retriever(Retriever, spec, data.space, data.quantizer, seed=0).eval()
    side = spec.image_size
    pixels = np.stack([model_input(decode(s, side).image, side) for s in samples[:VERIFIED_ON]])
    exporter.publish(retriever, data.tokenizer(data.space), encoder_folder, pixels, target)


def add(
    library: Library,
    root_id: int,
    first: int,
    model_id: int,
    embeddings: NDArray[np.floating],
    identifiers: tuple[int, NDArray[np.int64]] | None = None,
) -> None:
    """Photos number ``first`` and on, in one transaction, as indexing adds them.

    ``identifiers``: a generation and packed identifiers (n,); None leaves them to the next search.
    """
    numbers = range(first, first + len(embeddings))
    hashes = [number.to_bytes(16, "big") for number in numbers]
    paths = [f"{n // PER_FOLDER:05d}/IMG_{n:08d}.jpg" for n in numbers]
    bits = np.random.default_rng(first).integers(-(2**63), 2**63 - 1, len(numbers))
    with library.write() as connection:
        intake.put_contents(
            connection,
            [
                NewContent(hashed, 4000, 3000, described(number), int(bit))
                for number, hashed, bit in zip(numbers, hashes, bits, strict=True)
            ],
        )
        known = intake.contents_by_hash(connection, hashes)
        content_ids = [known[hashed] for hashed in hashes]
        intake.add_files(connection, root_id, [(path, 3_000_000, 1) for path in paths])
        # Nothing else waits: these are the files that were just added, in their order.
        waiting = intake.waiting_files(connection, root_id, 0, len(numbers))
        intake.attach(
            connection,
            [
                Attachment(file.file_id, content_id, hashed, 3_000_000, 1)
                for file, content_id, hashed in zip(waiting, content_ids, hashes, strict=True)
            ],
        )
        vectors.add_embeddings(connection, model_id, content_ids, embeddings)
        if identifiers is not None:
            generation_id, packed = identifiers
            generations.add_identifiers(connection, generation_id, content_ids, packed)


def described(number: int) -> Metadata:
    """A photo every three hours."""
    taken_at = FIRST_TAKEN + timedelta(hours=3 * number % 100_000)
    return Metadata(taken_at=taken_at, camera=CAMERAS[number % len(CAMERAS)], format="JPEG")
