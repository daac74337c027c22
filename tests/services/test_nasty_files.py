"""A corpus of broken, hostile and odd files is indexed or refused as its manifest says."""

from __future__ import annotations

import csv
import io
import json
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

import numpy as np
import pytest

from console import documents
from engine.photos.decode import decode
from engine.photos.preprocess import model_input
from engine.photos.scan import EXTENSIONS, REFUSED
from engine.services.indexing import index
from engine.store import files
from engine.store.database import Library
from engine.types import IndexReport, Photo
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


@dataclass(frozen=True)
class Run:
    """One run over the whole corpus, what can be found after it, and a second run."""

    report: IndexReport
    photos: dict[Path, Photo]
    again: IndexReport

    @property
    def refused(self) -> dict[Path, str]:
        return {skip.path: skip.reason for skip in self.report.skipped}


@pytest.fixture(scope="module")
def run(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    with Library.open(tmp_path_factory.mktemp("library")) as library:
        report = finish(index(library, FakeEncoder(), [corpus], device="cpu"))
        with library.read() as connection:
            copies = files.photos_by_content(connection, files.live_contents(connection))
        again = finish(index(library, FakeEncoder(), [corpus], device="cpu"))
    return Run(report, {p.path: p for several in copies.values() for p in several}, again)


def manifest(corpus: Path) -> dict[Path, str]:
    """What is expected of every file: "ok" or "reject"."""
    with (corpus / "manifest.csv").open(newline="") as lines:
        return {
            corpus / os.fsdecode(unquote_to_bytes(row["file"])): row["expected"]
            for row in csv.DictReader(lines)
        }


def test_every_file_is_indexed_or_refused_as_the_manifest_says(corpus: Path, run: Run) -> None:
    wrong = []
    for path, expected in manifest(corpus).items():
        reason = run.refused.get(path)
        exotic = reason is not None and "not among those that are read" in reason
        locked = path.name == "locked.jpg"  # root reads it, others do not
        found = path in run.photos and reason is None
        refused = path not in run.photos and reason is not None
        right = {"ok": found or (refused and (exotic or locked)), "reject": refused}
        if not right[expected]:
            wrong.append((path.name, expected, reason))
    assert wrong == []


def test_nothing_is_found_or_refused_that_is_not_in_the_corpus(corpus: Path, run: Run) -> None:
    assert {*run.photos, *run.refused} <= {*manifest(corpus), corpus / "names" / "self"}


def test_only_formats_that_few_people_have_are_refused_for_their_name(run: Run) -> None:
    unread = [p for p, why in run.refused.items() if "not among those that are read" in why]
    assert {path.suffix[1:].lower() for path in unread} <= REFUSED
    assert not {path.suffix[1:].lower() for path in unread} & EXTENSIONS


def test_every_refusal_has_a_reason_in_one_line(run: Run) -> None:
    assert len(run.refused) > 50
    assert all(reason and reason.isprintable() for reason in run.refused.values())
    words = " ".join(run.refused.values())
    assert "crashed" not in words and "seconds" not in words


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("made/bomb_real.png", "625 megapixels, more than the 120"),
        ("made/bomb_header.png", "60000 x 60000 pixels"),
        ("made/bomb_max.png", "longer than 30,000 pixels"),
        ("made/bomb.jpg", "65500 x 65500 pixels"),
        ("made/bomb.gif", "65535 x 65535 pixels"),
        ("made/bomb.bmp", "50000 x 50000 pixels"),
        ("made/zero.jpg", "the file is empty"),
        ("made/text.jpg", "not an image"),
        ("made/page.png", "not an image"),
        ("made/cut_50.jpg", "cut off or damaged"),
        ("made/crc.png", "cut off or damaged"),
        ("names/pipe.jpg", "not a regular file"),
        ("names/device.jpg", "no regular file"),
        ("names/dangling.jpg", "a link to nothing"),
        ("names/loop_a.jpg", "a link that leads back to itself"),
        ("names/self", "links to folders are not followed"),
    ],
)
def test_the_reason_says_what_is_wrong(corpus: Path, run: Run, file: str, words: str) -> None:
    assert words in run.refused[corpus / file]


def test_a_folder_with_a_picture_s_name_is_told(corpus: Path, run: Run) -> None:
    told = [why for path, why in run.refused.items() if path == corpus / "names" / "folder.jpg"]
    assert told == ["this is a folder with a picture's name; its files are taken"]


def test_a_second_run_reads_none_of_it_again(run: Run) -> None:
    assert run.again.indexed == 0
    assert {skip.path for skip in run.again.skipped} == set(run.refused)


def test_what_files_say_of_themselves_is_short_and_printable(run: Run) -> None:
    said = [photo.metadata for photo in run.photos.values()]
    words = [word for m in said for word in (m.camera, m.lens) if word is not None]
    assert len(words) > 10
    assert all(len(word) <= 100 and word.isprintable() for word in words)
    assert all(m.format for m in said)


def test_names_of_any_bytes_are_told_as_they_are(run: Run) -> None:
    out = io.BytesIO()
    documents.write({"paths": [os.fspath(path) for path in run.photos]}, out)
    document = json.loads(out.getvalue().decode("utf-8", "surrogateescape"))
    assert {os.fsencode(path) for path in document["paths"]} == set(map(os.fsencode, run.photos))
    assert any(b"\xe9\xff" in os.fsencode(path) for path in run.photos)


def test_the_eight_orientations_look_the_same_to_the_engine(corpus: Path, run: Run) -> None:
    views = [
        model_input(decode(corpus / f"made/orient_{number}.jpg", 64).image, 64).astype(int)
        for number in range(1, 9)
    ]
    sizes = {
        (photo.width, photo.height)
        for number in range(1, 9)
        if (photo := run.photos[corpus / f"made/orient_{number}.jpg"])
    }
    assert len(sizes) == 1
    assert max(float(np.abs(views[0] - view).mean()) for view in views) < 6
