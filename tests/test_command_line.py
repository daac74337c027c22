"""The command line as scripts see it: exit codes, JSON documents, one sentence for each problem.

Commands run in this process; what they call is a session that answers at once. The real session
is asked in the second half, with a quick encoder.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import main
from engine.errors import UserError
from engine.store.database import Library
from engine.types import (
    Band,
    CopiesReport,
    CopiesRow,
    Engine,
    EvaluationReport,
    EvaluationRow,
    Filters,
    Folder,
    Generation,
    GenerationFigures,
    GenerationState,
    IndexReport,
    Job,
    JobState,
    JobView,
    LibraryStatus,
    Metadata,
    Photo,
    Problem,
    Progress,
    Query,
    SearchAnswer,
    SearchHit,
    Skip,
    Timings,
    TrainReport,
    VolumeKind,
)
from tests.conftest import FakeEncoder

REPOSITORY = Path(__file__).resolve().parent.parent

ODD_NAME = os.fsdecode(b"caf\xe9.jpg")  # not UTF-8
FOLDER = Folder(1, Path("/photos"), False, 75, VolumeKind.REMOVABLE)
FIGURES = GenerationFigures(64, 0.9, 0.97, 0.92, 0.98, 0.96)


class FakeSession:
    """Answers at once, and remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.problem: BaseException | None = None
        self.closed = False
        self.cancelled = False

    def close(self) -> None:
        self.closed = True

    def index(
        self, folders: Sequence[Path], *, encoder_name: str | None = None
    ) -> Job[IndexReport]:
        self.calls.append(("index", tuple(folders)))
        try:
            yield Progress("indexing", 0, 2)
            self._fail()
            yield Progress("indexing", 2, 2)
        except GeneratorExit:
            self.cancelled = True
            raise
        skips = (Skip(Path("/photos") / ODD_NAME, "it is empty (0 bytes)"),)
        return IndexReport(3, 2, 0, 0, 0, 0, skips, 0.5, 4.0, "cpu")

    def resume(self) -> None:
        self.calls.append(("resume", None))

    def retry_problems(self) -> None:
        self.calls.append(("retry", None))

    def look_for_folders(self) -> None:
        self.calls.append(("look", None))

    def problems(self) -> tuple[Problem, ...]:
        made = datetime(2024, 5, 1, tzinfo=UTC)
        names = (*(f"{number}.jpg" for number in range(7)), ODD_NAME)
        return tuple(
            Problem(number, Path("/photos") / name, "it is empty (0 bytes)", 2, made, number == 0)
            for number, name in enumerate(names)
        )

    def jobs(self) -> tuple[JobView, ...]:
        made = datetime(2024, 5, 1, tzinfo=UTC)
        states = (JobState.PAUSED, JobState.DONE)
        return tuple(
            JobView(number, Path(f"/photos/{number}"), "index", state, 3, 9, 1, None, made)
            for number, state in enumerate(states)
        )

    def train(self, **options: Any) -> Job[TrainReport]:
        self.calls.append(("train", options))
        yield Progress("training", 1, 2, values={"loss": 2.0})
        self._fail()
        return TrainReport(
            7, 75, 4, 256, 70, 12, 1.5, FIGURES, None, True, 9.0, "cpu", {"encoder": 3e-5}
        )

    def search(self, query: Query, **options: Any) -> SearchAnswer:
        self.calls.append(("search", (query, options)))
        self._fail()
        photo = Photo(1, Path("/photos") / ODD_NAME, True, 160, 120, 9000, Metadata())
        hits = (
            SearchHit(1, photo, 0.98, Band.SAME_SHOT, 0.97, (3, 1, 4, 1), -2.5),
            SearchHit(2, photo, 0.50, Band.RELATED, 0.49),
        )
        return SearchAnswer(Engine.GENERATIVE, 7, hits, Timings(1, 2, 3, 4, 10), 75)

    def status(self) -> LibraryStatus:
        self._fail()
        parts = {"database": 1, "thumbnails": 2, "vectors": 3, "models": 4}
        return LibraryStatus(
            *(Path("/library"), 75, 75, 0, 1, (FOLDER,), 7, 4, 256, 70, parts, "cpu"),
            ("CPUExecutionProvider",),
        )

    def use_generation(self, generation_id: int) -> None:
        self.calls.append(("use", generation_id))

    def generations(self) -> tuple[Generation, ...]:
        made = datetime(2024, 5, 1, tzinfo=UTC)
        state = GenerationState.READY
        return (Generation(7, 1, state, Path("/library/models/7"), 4, 256, made, FIGURES),)

    def _fail(self) -> None:
        if self.problem is not None:
            raise self.problem


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> FakeSession:
    fake = FakeSession()
    monkeypatch.setattr(main, "_session", lambda folder, create=False: fake)
    return fake


class Ran:
    def __init__(self, code: int, out: bytes, err: bytes) -> None:
        self.code, self.out, self.err = code, out, err.decode()

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.out.decode("utf-8", "surrogateescape"))

    @property
    def sentence(self) -> str:
        """Standard error as the one line that it must be."""
        (line,) = self.err.splitlines()
        return line


@pytest.fixture
def run(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Iterator[Any]:
    """``run("search", "q.jpg", "--json")`` on the library in ``tmp_path / "library"``."""

    def command(*words: str | Path) -> Ran:
        code = main.main(["--library", str(tmp_path / "library"), *map(os.fspath, words)])
        out, err = capfdbinary.readouterr()
        return Ran(code, out, err)

    yield command


def test_search_prints_exactly_the_documented_keys(session: FakeSession, run: Any) -> None:
    document = run("search", "q.jpg", "--json").document
    assert list(document) == [
        *("engine", "generation", "widened", "note", "identifier", "milliseconds", "results")
    ]
    assert list(document["milliseconds"]) == ["decode", "encode", "search", "rescore", "total"]
    keys = ["rank", "path", "score", "band", "identifier", "logp", "similarity", "stack", "near"]
    keys += ["match"]
    assert [list(result) for result in document["results"]] == [keys, keys]
    first, second = document["results"]
    assert (first["rank"], first["band"], first["identifier"]) == (1, "same shot", [3, 1, 4, 1])
    assert (second["identifier"], second["logp"]) == (None, None)
    assert (document["engine"], document["generation"]) == ("generative", 7)


def test_index_prints_exactly_the_documented_keys(session: FakeSession, run: Any) -> None:
    document = run("index", "photos", "--json").document
    assert list(document) == [
        *("found", "indexed", "unchanged", "moved", "removed", "offline", "skipped"),
        *("seconds", "photos_per_second", "device"),
    ]
    assert list(document["skipped"][0]) == ["path", "reason"]


def test_status_prints_exactly_the_documented_keys(session: FakeSession, run: Any) -> None:
    document = run("status", "--json").document
    assert list(document) == [
        *("library", "photos", "searchable", "described"),
        *("generation", "identifiers", "bytes", "device", "providers"),
        *("advice", "labels", "folders", "jobs", "problems"),
    ]
    assert document["identifiers"] == {"levels": 4, "codes": 256, "distinct": 70}
    assert document["folders"] == [
        {"path": "/photos", "photos": 75, "online": False, "kind": "removable", "paused": False}
    ]
    assert [job["state"] for job in document["jobs"]] == ["paused", "done"]
    assert list(document["problems"][0]) == ["path", "reason", "when", "attempts", "ignored"]
    assert [problem["ignored"] for problem in document["problems"]] == [True] + 7 * [False]


def test_status_tells_people_what_is_under_way_and_what_failed(
    session: FakeSession, run: Any
) -> None:
    out = run("status").out.decode()
    assert "Folder      /photos: 75 photos (offline)" in out
    assert "Indexing    /photos/0: paused, 3 of 9 files" in out
    assert "/photos/1:" not in out  # done
    assert "Problem     /photos/1.jpg: it is empty (0 bytes) (2024-0" in out
    assert ", 2 times)" in out
    assert "and 2 more (--json lists them all)" in out
    assert "/photos/0.jpg" not in out  # ignored


def test_indexing_everything_resumes_what_is_paused(session: FakeSession, run: Any) -> None:
    run("index", "--retry")
    assert [call for call, _ in session.calls] == ["resume", "retry", "index"]
    session.calls.clear()
    run("index", "photos")
    assert [call for call, _ in session.calls] == ["index"]


def test_train_and_model_print_one_document(session: FakeSession, run: Any) -> None:
    trained = run("train", "--json").document
    assert (trained["generation"], trained["switched"]) == (7, True)
    (listed,) = run("model", "list", "--json").document["generations"]
    assert (listed["generation"], listed["state"]) == (7, "ready")


def test_evaluate_prints_exactly_the_documented_keys(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    ratios = (0.9, 0.8, 0.7, 0.6, 0.9, 1.0, 0.5, 0.95)
    row = EvaluationRow("generative", "all", 8, *ratios, None, 1.5, 2.5, 12.0)
    grocery = EvaluationReport("grocery", "own gallery", 8, 90, (row,))

    def evaluate(labels: Path, *_: Any, **options: Any) -> Job[tuple[EvaluationReport, ...]]:
        asked.append((labels, options))
        yield Progress("training", 0)
        return (grocery,) if options["set_name"] else (grocery, grocery)

    monkeypatch.setattr("engine.services.evaluating.evaluate", evaluate)
    document = run("evaluate", "labels.csv", "--set", "grocery", "--json").document
    assert list(document) == ["set", "protocol", "queries", "gallery", "rows"]
    assert list(document["rows"][0]) == [
        *("engine", "labels", "p@1", "p@5", "p@10", "p@20", "r@1", "r@10", "map@100", "mrr"),
        *("recall_vs_exact@10", "milliseconds_p50", "milliseconds_p95", "bytes_per_photo"),
    ]
    several = run("evaluate", "labels.csv", "--labels-in-training", "0.5", "--json").document
    assert several == {"sets": [document, document]}
    assert asked[0] == (
        Path("labels.csv"),
        {
            "set_name": "grocery",
            "labels_in_training": 0.0,
            "inserted": 0.0,
            "paper_decoder": False,
            "device": "auto",
            "minutes": None,
        },
    )
    assert asked[1][1]["labels_in_training"] == 0.5
    assert b"generative" in run("evaluate", "labels.csv", "--set", "grocery").out


def test_recall_of_inserted_photos_is_told_apart_where_photos_were_inserted(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    ratios = (0.9, 0.8, 0.7, 0.6, 0.9, 1.0, 0.5, 0.95)
    row = EvaluationRow("generative", "all", 8, *ratios, 0.7, 1.5, 2.5, 12.0)
    row = replace(row, recall_vs_exact_10_old=0.75, recall_vs_exact_10_inserted=0.625)

    def evaluate(_labels: Path, *_: Any, **options: Any) -> Job[tuple[EvaluationReport, ...]]:
        given.append(options["inserted"])
        yield Progress("training", 0)
        return (EvaluationReport("grocery", "own gallery", 8, 90, (row,)),)

    monkeypatch.setattr("engine.services.evaluating.evaluate", evaluate)
    command = ("evaluate", "labels.csv", "--inserted", "0.2")
    (told,) = run(*command, "--json").document["rows"]
    assert told["recall_vs_exact@10_old"] == 0.75
    assert told["recall_vs_exact@10_inserted"] == 0.625
    table = run(*command).out
    assert b"of inserted" in table and b"0.625" in table
    assert given == [0.2, 0.2]


def test_evaluate_copies_prints_exactly_the_documented_keys(
    run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []
    rows = tuple(
        CopiesRow(engine, edit, 4, 0.5, 0.75, 1.5, (0.25, 0.7))
        for engine in ("exact", "perceptual-hash")
        for edit in ("crop", "seven", "all")
    )

    def evaluate_copies(folder: Path, library: Path, *_: Any, **options: Any) -> Job[CopiesReport]:
        asked.append((folder, library, options))
        yield Progress("training", 0)
        return CopiesReport("photos", "the opened library as it is", 4, 90, rows)

    monkeypatch.setattr("engine.services.evaluating_copies.evaluate_copies", evaluate_copies)
    document = run("evaluate", "--copies", "photos", "--copies-of", "4", "--json").document
    assert list(document) == ["set", "protocol", "queries", "gallery", "rows"]
    assert document["rows"][0] == {
        **{"engine": "exact", "edit": "crop", "queries": 4},
        **{"r@1": 0.5, "r@10": 0.75, "milliseconds_p50": 1.5},
    }
    options = {"count": 4, "device": "auto", "minutes": None}
    assert asked == [(Path("photos"), tmp_path / "library", options)]
    lines = run("evaluate", "--copies", "photos").out.decode().splitlines()
    assert asked[1][2]["count"] == 200
    assert lines[1].split() == ["edit", "exact", "perceptual-hash"]
    assert lines[2].split() == ["crop", *["0.500", "/", "0.750"] * 2]
    assert [line.split()[0] for line in lines[2:]] == ["crop", "seven", "all", "all,", "p50"]


def test_names_that_are_not_utf8_keep_their_bytes_in_json(session: FakeSession, run: Any) -> None:
    assert b"caf\xe9.jpg" in run("search", "q.jpg", "--json").out
    assert b"caf\xe9.jpg" in run("index", "photos", "--json").out


def test_names_that_are_not_utf8_are_escaped_for_people(session: FakeSession, run: Any) -> None:
    assert b"caf\\xe9.jpg" in run("search", "q.jpg").out
    assert b"caf\\xe9.jpg: it is empty" in run("index", "photos").out


def test_people_get_a_table_best_first(session: FakeSession, run: Any) -> None:
    head, first, second, summary = run("search", "q.jpg").out.decode().splitlines()
    assert head.split() == [
        *("rank", "score", "similarity", "match", "identifier", "logp", "photo")
    ]
    assert "same shot" in first and "3.1.4.1" in first and "-2.50" in first
    assert "related" in second
    assert summary == "generative, generation 7: 2 of 75 photos in 10 ms."


def test_progress_goes_to_standard_error(session: FakeSession, run: Any) -> None:
    ran = run("index", "photos", "--json")
    assert "indexing: 0/2" in ran.err
    assert b"indexing:" not in ran.out


def test_a_search_hands_every_option_over(session: FakeSession, run: Any, tmp_path: Path) -> None:
    run(*("search", "q.jpg", "--crop", "1,2,3,4", "--minus", "m.jpg", "--top", "5"))
    run(*("search", "q.jpg", "--engine", "exact", "--beam", "8", "--folder", tmp_path / "a/../b"))
    (_, (query, options)), (_, (_, others)) = session.calls
    assert query == Query(Path("q.jpg"), (1, 2, 3, 4), (Path("m.jpg"),))
    assert (options["top"], options["engine"], options["filters"]) == (5, Engine.AUTO, Filters())
    assert (others["beam"], others["engine"]) == (8, Engine.EXACT)
    assert others["filters"].folders == (tmp_path / "b",)


def test_another_generation_is_used_by_its_number(session: FakeSession, run: Any) -> None:
    assert run("model", "use", "7").code == 0
    assert session.calls == [("use", 7)]


def test_a_problem_is_one_sentence_and_exit_code_1(session: FakeSession, run: Any) -> None:
    session.problem = UserError("There is no photo at q.jpg\nor elsewhere: choose another file.")
    ran = run("search", "q.jpg", "--json")
    assert (ran.code, ran.out) == (1, b"")
    assert ran.sentence == "There is no photo at q.jpg\\nor elsewhere: choose another file."
    assert session.closed


def test_wrong_usage_is_exit_code_2(session: FakeSession, run: Any) -> None:
    assert run("search").code == 2
    assert run("serch", "q.jpg").code == 2
    assert session.calls == []


def test_ctrl_c_closes_the_job_and_exits_with_130(session: FakeSession, run: Any) -> None:
    session.problem = KeyboardInterrupt()
    ran = run("train")
    assert (ran.code, ran.out) == (130, b"")
    assert ran.err.splitlines()[-1] == "Cancelled. What was finished is kept."
    assert session.closed


def test_ctrl_c_between_two_steps_closes_the_job(
    session: FakeSession, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("console.progress.ProgressLine.show", pressed)
    assert run("index", "photos").code == 130
    assert session.cancelled and session.closed


def test_a_bug_is_one_sentence_that_names_the_log(
    session: FakeSession, run: Any, tmp_path: Path
) -> None:
    logs = tmp_path / "library" / "logs"
    logs.mkdir(parents=True)
    session.problem = ZeroDivisionError("by design")
    ran = run("search", "q.jpg")
    assert (ran.code, ran.out) == (1, b"")
    assert str(logs / "photoglyph.log") in ran.sentence
    assert "ZeroDivisionError: by design" in (logs / "photoglyph.log").read_text()


def test_a_bug_before_there_is_a_library_leaves_no_folder(
    session: FakeSession, run: Any, tmp_path: Path
) -> None:
    session.problem = ZeroDivisionError("by design")
    assert "-v" in run("search", "q.jpg").sentence
    assert not (tmp_path / "library").exists()


def test_verbose_shows_the_traceback(session: FakeSession, run: Any) -> None:
    session.problem = ZeroDivisionError("by design")
    assert "ZeroDivisionError: by design" in run("search", "q.jpg", "-v").err


# The real session, with an encoder that answers at once


class QuickRuntime:
    """The ``Runtime`` and ``Exporter`` ports without ONNX Runtime: colour grids as embeddings."""

    device = "cpu"
    providers = ("CPUExecutionProvider",)

    def prepare_encoder(self, name: str) -> Path:
        return Path(name)

    def open_encoder(self, bundle: Path) -> FakeEncoder:
        return FakeEncoder()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.services.session import Session

    both: Any = QuickRuntime()
    monkeypatch.setattr(
        main,
        "_session",
        lambda folder, create=False: Session.open(folder, both, both, create=create),
    )


@pytest.fixture
def photos(tmp_path: Path, make_photo: Any) -> Path:
    """A folder of four photos."""
    for number in range(4):
        make_photo(tmp_path / "photos" / f"{number}.jpg", seed=number)
    return tmp_path / "photos"


@pytest.fixture
def filled(quick: None, run: Any, photos: Path) -> Path:
    """The library after indexing ``photos``."""
    assert run("index", photos, "--json").document["indexed"] == 4
    return photos


def told(ran: Ran, *words: str) -> None:
    """One sentence with these words, exit code 1, and nothing on standard output."""
    assert (ran.code, ran.out) == (1, b"")
    last = ran.err.splitlines()[-1]  # above it: progress
    assert all(word in last for word in words), ran.err
    assert "did not expect" not in ran.err, ran.err


def test_a_photo_finds_itself_first(filled: Path, run: Any) -> None:
    document = run("search", filled / "2.jpg", "--json").document
    assert document["engine"] == "exact"
    assert document["results"][0]["path"] == str(filled / "2.jpg")


def test_indexing_again_changes_nothing(filled: Path, run: Any) -> None:
    document = run("index", "--json").document
    assert (document["indexed"], document["unchanged"]) == (0, 4)


def test_folders_that_cannot_be_indexed_are_told_apart(
    filled: Path, run: Any, tmp_path: Path
) -> None:
    (filled / "inside").mkdir()
    told(run("index", tmp_path / "nowhere"), "no folder", "nowhere")
    told(run("index", filled / "0.jpg"), "0.jpg", "not a folder")
    told(run("index", filled / "inside"), "inside", "in the library")
    told(run("index", tmp_path), "photos")
    assert run("status", "--json").document["photos"] == 4


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_one_sentence(quick: None, run: Any, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    told(run("index", closed), "closed", "read")


def test_folders_without_photos_are_told_in_one_sentence(
    quick: None, run: Any, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "letter.txt").write_text("Dear reader")
    ran = run("index", tmp_path / "empty", tmp_path / "texts", "--json")
    assert (ran.code, ran.document["found"]) == (1, 0)
    assert "No photos were found in" in ran.err and "texts: choose a folder" in ran.err


def test_queries_that_are_no_picture_are_told_apart(filled: Path, run: Any, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("Dear reader")
    (tmp_path / "empty.jpg").touch()
    Image.new("L", (40_000, 1)).save(tmp_path / "wide.png")
    told(run("search", tmp_path / "letter.jpg"), "letter.jpg", "not an image")
    told(run("search", tmp_path / "empty.jpg"), "empty.jpg", "empty")
    told(run("search", tmp_path / "wide.png"), "wide.png", "40000")
    told(run("search", tmp_path / "gone" / "photo.jpg"), "photo.jpg", "no such file")
    told(run("search", tmp_path), "folder")


def test_a_box_outside_the_picture_is_one_sentence(filled: Path, run: Any) -> None:
    told(run("search", filled / "0.jpg", "--crop", "5000,0,10,10"), "5000")


def test_a_part_is_looked_for_within_photos(filled: Path, run: Any) -> None:
    asked = ("search", filled / "0.jpg", "--crop", "0,0,20,20", "--by-part", "--json")
    assert "photoglyph index --parts" in run(*asked).document["note"]
    assert run("status", "--json").document["described"] == 0
    assert run("index", "--parts").code == 0
    assert run("status", "--json").document["described"] == 4
    document = run(*asked).document
    assert (document["note"], len(document["results"])) == ("", 4)
    assert all(len(hit["match"]) == 4 for hit in document["results"])


def test_several_images_are_one_question(filled: Path, run: Any) -> None:
    document = run("search", filled / "0.jpg", filled / "1.jpg", "--json").document
    assert {Path(hit["path"]).name for hit in document["results"][:2]} == {"0.jpg", "1.jpg"}
    asked = ("search", filled / "0.jpg", "--likeness", "colour", "--json")
    assert Path(run(*asked).document["results"][0]["path"]).name == "0.jpg"
    told(run("search", filled / "0.jpg", "--minus", filled / "0.jpg"), "to be avoided")


def test_a_search_is_kept_run_and_forgotten(filled: Path, run: Any) -> None:
    (kept,) = run("saved", "add", "mine", filled / "0.jpg", "--json").document["saved"]
    assert (kept["name"], Path(kept["images"][0]["path"]).name) == ("mine", "0.jpg")
    found = run("saved", "run", "mine", "--json").document["results"]
    assert Path(found[0]["path"]).name == "0.jpg"
    assert b"mine" in run("saved", "list").out
    assert run("saved", "remove", "mine", "--json").document == {"saved": []}
    told(run("saved", "run", "mine"), "no saved search mine")


def test_duplicates_and_the_tree_have_commands(filled: Path, run: Any) -> None:
    document = run("duplicates", "--json").document
    assert list(document) == ["photos", "seconds", "groups"]
    assert b"Nothing was deleted." in run("duplicates").out
    told(run("explore"), "photoglyph train")


def test_a_search_for_generated_identifiers_needs_a_training(filled: Path, run: Any) -> None:
    told(run("search", filled / "0.jpg", "--engine", "generative"), "photoglyph train")


def test_commands_that_need_a_library_say_that_there_is_none(
    quick: None, run: Any, photos: Path, tmp_path: Path
) -> None:
    for words in (
        *(["search", str(photos / "0.jpg")], ["train"], ["status"], ["doctor"]),
        *(["backup", str(tmp_path / "copy")], ["model", "list"]),
    ):
        told(run(*words), "There is no library in")
    assert not (tmp_path / "library").exists()


def test_a_library_folder_that_cannot_be_written_is_one_sentence(
    quick: None, run: Any, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "library").write_text("a file stands where the folder should")
    told(run("index", photos), "library", "cannot be written")


def test_a_library_that_is_being_indexed_is_one_sentence(
    filled: Path, run: Any, tmp_path: Path
) -> None:
    with Library.open(tmp_path / "library") as library, library.claim("indexing"):
        told(run("index"), "in use")
        assert run("search", filled / "0.jpg").code == 0  # reading goes on


def test_a_library_of_a_newer_version_is_left_alone(filled: Path, run: Any, tmp_path: Path) -> None:
    file = tmp_path / "library" / "library.sqlite"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA user_version = 9000")
    for words in (["index"], ["search", str(filled / "0.jpg")], ["status"], ["doctor"]):
        told(run(*words), "newer Photoglyph", "9000")


def test_a_damaged_library_is_one_sentence(filled: Path, run: Any, tmp_path: Path) -> None:
    file = tmp_path / "library" / "library.sqlite"
    for rest in file.parent.glob("library.sqlite-*"):
        rest.unlink()
    file.write_bytes(b"this was a database once " * 400)
    for words in (["index"], ["search", str(filled / "0.jpg")], ["status"]):
        told(run(*words), "library.sqlite is damaged")
    doctor = run("doctor")
    assert doctor.code == 1 and b"put your newest backup there" in doctor.out
    assert (filled / "0.jpg").exists()


def test_a_backup_is_made_and_never_overwritten(filled: Path, run: Any, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    document = run("backup", copy, "--json").document
    assert document == {"file": str(copy), "bytes": copy.stat().st_size}
    told(run("backup", copy), "already exists")


def test_the_doctor_finds_a_sound_library_sound(filled: Path, run: Any) -> None:
    document = run("doctor", "--json").document
    assert list(document) == ["library", "sound", "problems", "repaired"]
    assert (document["sound"], document["problems"]) == (True, [])


def test_unknown_generations_are_one_sentence(filled: Path, run: Any) -> None:
    assert run("model", "list", "--json").document == {"generations": []}
    told(run("model", "use", "7"), "7")


# In a process of its own


def test_main_py_and_the_command_do_the_same() -> None:
    """``photoglyph`` is installed as ``main:main``, and ``python main.py`` runs it too."""
    (entry,) = entry_points(group="console_scripts", name="photoglyph") or [None]
    if entry is not None:
        assert entry.value == "main:main"
    done = subprocess.run(
        [sys.executable, "main.py", "search"], cwd=REPOSITORY, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"usage: photoglyph")


@pytest.mark.skipif(os.name == "nt", reason="no such pipes")
def test_a_reader_that_goes_away_is_no_problem(filled: Path, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "main.py", "--library", tmp_path / "library", "model", "list"]
    with os.fdopen(writing, "wb") as stdout:
        done = subprocess.run(
            command, cwd=REPOSITORY, stdout=stdout, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (0, b"")
