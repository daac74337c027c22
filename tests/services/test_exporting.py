"""Answers as files: the same JSON as on the command line, and a table."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console import documents
from engine.errors import UserError
from engine.services import exporting
from engine.types import Band, Engine, Metadata, Photo, SearchAnswer, SearchHit, Timings


def answer(*names: str) -> SearchAnswer:
    metadata = Metadata(taken_at=datetime(2024, 5, 17, tzinfo=UTC), camera='Pixel "8", large')
    hits = [
        SearchHit(
            rank=rank,
            photo=Photo(rank, Path("/photos", name), True, 400, 300, 10, metadata),
            score=1 / rank,
            band=Band.RELATED,
            similarity=0.5,
            identifier=(3, 141, 59),
            logp=-1.25,
            near=None if rank == 1 else 1,
        )
        for rank, name in enumerate(names, 1)
    ]
    return SearchAnswer(
        Engine.GENERATIVE, 2, tuple(hits), Timings(total=3.0), 9, identifier=(3, 141, 8)
    )


def test_the_json_file_is_what_the_command_line_prints(tmp_path: Path) -> None:
    printed = io.BytesIO()
    documents.write(documents.search(answer("a.jpg", "b.jpg")), printed)
    exporting.export(answer("a.jpg", "b.jpg"), tmp_path / "found.json")
    assert (tmp_path / "found.json").read_bytes() == printed.getvalue()
    told = json.loads(printed.getvalue())
    assert told["identifier"] == [3, 141, 8]
    assert [hit["near"] for hit in told["results"]] == [None, 1]


def test_a_table_has_a_head_and_a_line_for_each_photo(tmp_path: Path) -> None:
    exporting.export(answer("a,1.jpg", "b.jpg"), tmp_path / "found.CSV")
    with (tmp_path / "found.CSV").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["path"] for line in lines] == ["/photos/a,1.jpg", "/photos/b.jpg"]
    assert lines[0]["identifier"] == "3 141 59"
    assert lines[0]["camera"] == 'Pixel "8", large'
    assert lines[0]["taken_at"] == "2024-05-17T00:00:00+00:00"


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_names_of_odd_bytes_keep_their_bytes(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"found.{kind}"
    exporting.export(answer(os.fsdecode(b"caf\xe9.jpg")), file)
    assert b"caf\xe9.jpg" in file.read_bytes()


def test_a_place_that_takes_no_file_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "found.csv").mkdir()
    with pytest.raises(UserError, match=r"found\.csv cannot be written .*: choose another place"):
        exporting.export(answer("a.jpg"), tmp_path / "found.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["found.csv"]
