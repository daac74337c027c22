"""Training is a function of the photos, the labels and the seed.

A real library of small pictures through the whole training; only the encoder and the export are
stand-ins, and the decoder learns for a moment.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.search.ports import Ints
from engine.services.indexing import index
from engine.store import generations
from engine.store.database import Library
from engine.tokenizer.model import Tokenizer
from engine.training.pipeline import train
from engine.types import Progress, TrainReport
from tests.conftest import FakeEncoder, picture

KINDS, EACH = 6, 18
MOMENT = 0.002  # minutes of decoder training


class QuickRuntime:
    device = "cpu"
    providers = ("CPUExecutionProvider",)

    def open_encoder(self, bundle: Path) -> FakeEncoder:
        return FakeEncoder()

    def open_decoder(self, bundle: Path) -> object:
        raise AssertionError("nothing is searched here")


class NumbersOnly:
    """Publishes the numpy half of a generation alone."""

    def prepare_encoder(self, name: str) -> Path:
        return Path(name)

    def publish(
        self, retriever: object, tokenizer: Tokenizer, encoder: Path, pixels: object, folder: Path
    ) -> dict[str, float]:
        folder.mkdir(parents=True)
        tokenizer.save(folder)
        return {}


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``photos``, ``labels.csv`` and their indexed ``library``.

    A label joins two kinds that do not look alike: it tells what looks do not.
    """
    folder = tmp_path_factory.mktemp("same-seed")
    photos = folder / "photos"
    photos.mkdir()
    lines = []
    for kind in range(KINDS):
        for copy in range(EACH):
            path = photos / f"{kind}-{copy}.jpg"
            Image.blend(picture(kind), picture(100 * kind + copy + 7), 0.4).save(path, quality=90)
            lines.append((f"photos/{path.name}", str(kind % 3)))
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "label"), *lines])
    with Library.open(folder / "library") as library:
        for _ in index(library, FakeEncoder(), [photos], device="cpu"):
            pass
    return folder


def trained(indexed: Path, folder: Path, labels: str, seed: int) -> tuple[Ints, Tokenizer]:
    """Identifiers, by content, and the tokenizer of a training of a copy of the library."""
    shutil.copytree(indexed / "library", folder)
    with Library.open(folder) as library:
        job: Iterator[Progress] = train(
            library,
            QuickRuntime(),  # type: ignore[arg-type]
            NumbersOnly(),  # type: ignore[arg-type]
            label_source=labels,
            device="cpu",
            minutes=MOMENT,
            seed=seed,
        )
        while True:
            try:
                next(job)
            except StopIteration as end:
                report: TrainReport = end.value
                break
        content_ids, packed = generations.identifiers(library, report.generation)
        (generation,) = generations.generations(library)
        return packed[np.argsort(content_ids)], Tokenizer.load(generation.folder)


def test_training_twice_with_one_seed_gives_the_same_identifiers(
    indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.training.affinity.STEPS", 30)  # of 300: pictures are few and plain
    labels = str(indexed / "labels.csv")
    first, tokenizer = trained(indexed, tmp_path / "first", labels, 3)
    second, again = trained(indexed, tmp_path / "second", labels, 3)
    assert len(first) == KINDS * EACH
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(tokenizer.quantizer.codebooks, again.quantizer.codebooks)
    assert tokenizer.affinity is not None  # labels had their part
