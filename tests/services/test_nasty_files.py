"""A corpus of broken, hostile and odd files is indexed or refused as its manifest says."""

from __future__ import annotations

import csv
import os
import tarfile
from pathlib import Path
from urllib.parse import unquote_to_bytes

import numpy as np
import pytest

from engine.photos.decode import decode
from engine.photos.preprocess import model_input
from engine.photos.scan import REFUSED
from engine.services.indexing import index
from engine.store import files
from engine.store.database import Library
from engine.types import IndexReport
from tests.conftest import REPOSITORY, FakeEncoder
from tests.services.test_indexing import finish

CORPUS = REPOSITORY.parent / "shared" / "bench" / "nasty.tar"

pytestmark = pytest.mark.skipif(not CORPUS.is_file(), reason="the corpus is not beside the project")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus, unpacked. Its links and its pipe are part of it and lead nowhere."""
    folder = tmp_path_factory.mktemp("corpus")
    with tarfile.open(CORPUS) as archive:
        archive.extractall(folder, filter="fully_trusted")
    return folder / "nasty_dev"


@pytest.fixture(scope="module")
def indexed(
    corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[IndexReport, set[Path]]:
    """The report of one run over the whole corpus, and the paths that can be found after it."""
    with Library.open(tmp_path_factory.mktemp("library")) as library:
        report = finish(index(library, FakeEncoder(), [corpus], device="cpu"))
        with library.read() as connection:
            copies = files.photos_by_content(connection, files.live_contents(connection))
    return report, {photo.path for several in copies.values() for photo in several}


def test_every_file_is_indexed_or_refused_as_the_manifest_says(
    corpus: Path, indexed: tuple[IndexReport, set[Path]]
) -> None:
    report, found = indexed
    refused = {skip.path: skip.reason for skip in report.skipped}
    wrong = []
    with (corpus / "manifest.csv").open(newline="") as manifest:
        for row in csv.DictReader(manifest):
            path = corpus / os.fsdecode(unquote_to_bytes(row["file"]))
            exotic = path.suffix[1:].lower() in REFUSED
            ok = path in found and path not in refused
            allowed = {"ok": ok or (exotic and path in refused), "reject": path in refused}
            if path.name == "locked.jpg":  # root reads it, others do not
                allowed["ok"] = ok or path in refused
            if not allowed[row["expected"]]:
                wrong.append((row["file"], row["expected"], refused.get(path)))
    assert wrong == []


def test_every_refusal_has_a_reason_in_one_line(indexed: tuple[IndexReport, set[Path]]) -> None:
    report, _ = indexed
    assert len(report.skipped) > 50
    assert all(skip.reason and skip.reason.isprintable() for skip in report.skipped)
    words = " ".join(skip.reason for skip in report.skipped)
    assert "crashed" not in words and "seconds" not in words


def test_the_eight_orientations_look_the_same_to_the_engine(
    corpus: Path, indexed: tuple[IndexReport, set[Path]]
) -> None:
    views = [
        model_input(decode(corpus / f"made/orient_{number}.jpg", 64).image, 64).astype(int)
        for number in range(1, 9)
    ]
    assert max(float(np.abs(views[0] - view).mean()) for view in views) < 6
