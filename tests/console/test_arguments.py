"""The command line's grammar: what is understood, and what is wrong usage."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from console.arguments import TYPES, parse
from engine.settings import default_library


def test_global_options_are_understood_before_and_after_the_command() -> None:
    for line in (
        ["--library", "here", "--json", "-v", "status"],
        ["status", "--library", "here", "--json", "-v"],
        ["--json", "status", "-v", "--library=here"],
        ["model", "--json", "list", "-v", "--library", "here"],
    ):
        parsed = parse(line)
        assert (parsed.library, parsed.json, parsed.verbose) == (Path("here"), True, True), line


def test_without_options_the_library_is_the_platforms_data_folder() -> None:
    parsed = parse(["status"])
    assert (parsed.library, parsed.json, parsed.verbose) == (default_library(), False, False)


def test_no_command_means_the_window() -> None:
    parsed = parse([])
    assert (parsed.command, parsed.image) == (None, None)


def test_an_image_without_a_command_means_the_window_with_a_search() -> None:
    parsed = parse(["--library", "index", "holiday.jpg"])
    assert (parsed.command, parsed.image) == (None, Path("holiday.jpg"))
    assert parsed.library == Path("index")


def test_a_file_named_like_a_command_is_asked_for_by_its_path() -> None:
    assert parse(["./index"]).image == Path("index")


def test_a_search_takes_every_option_of_the_contract() -> None:
    parsed = parse(
        [
            *("search", "q.jpg", "--minus", "a.jpg", "--minus", "b.jpg", "--crop", "1,2,30,40"),
            *("--top", "7", "--beam", "9", "--engine", "generative", "--folder", "one"),
            *("--folder", "two", "--from", "2024-02", "--until", "2024-02", "--camera", "X100"),
            *("--type", "heic", "--type", "raw", "--orientation", "portrait", "--rating", "4"),
        ]
    )
    assert parsed.minus == [Path("a.jpg"), Path("b.jpg")]
    assert parsed.crop == (1, 2, 30, 40)
    assert (parsed.top, parsed.beam, parsed.engine, parsed.camera) == (7, 9, "generative", "X100")
    assert parsed.folder == [Path("one"), Path("two")]
    assert [TYPES[name] for name in parsed.type] == ["HEIF", "RAW"]
    assert (parsed.orientation, parsed.rating) == ("portrait", 4)


def test_an_evaluation_takes_labels_or_a_folder_to_copy_photos_of() -> None:
    labelled = parse(["evaluate", "labels.csv", "--set", "grocery"])
    assert (labelled.labels, labelled.copies) == (Path("labels.csv"), None)
    assert not labelled.paper_decoder
    assert parse(["evaluate", "labels.csv", "--paper-decoder"]).paper_decoder
    parsed = parse(["evaluate", "--copies", "photos", "--copies-of", "50", "--minutes", "2"])
    assert (parsed.labels, parsed.copies, parsed.copies_of) == (None, Path("photos"), 50)


def test_a_benchmark_by_the_papers_recipe_may_keep_a_checkpoint() -> None:
    line = "evaluate --benchmark cub200 --data cub --recipe paper --epochs 3"
    assert parse(line.split()).checkpoint is None
    parsed = parse([*line.split(), "--checkpoint", "kept"])
    assert (parsed.checkpoint, parsed.epochs) == (Path("kept"), 3)


def test_dates_span_whole_years_months_and_days_of_local_time() -> None:
    def span(text: str) -> tuple[str, str]:
        parsed = parse(["search", "q.jpg", "--from", text, "--until", text])
        for moment in (parsed.taken_from, parsed.taken_until):
            assert moment.tzinfo is not None
        return (
            f"{parsed.taken_from.replace(tzinfo=None):%Y-%m-%d %H:%M:%S}",
            f"{parsed.taken_until.replace(tzinfo=None):%Y-%m-%d %H:%M:%S}",
        )

    assert span("2024") == ("2024-01-01 00:00:00", "2024-12-31 23:59:59")
    assert span("2024-02") == ("2024-02-01 00:00:00", "2024-02-29 23:59:59")
    assert span("2024-12") == ("2024-12-01 00:00:00", "2024-12-31 23:59:59")
    assert span("2024-02-29") == ("2024-02-29 00:00:00", "2024-02-29 23:59:59")


def test_a_full_time_is_taken_as_it_is() -> None:
    parsed = parse(["search", "q.jpg", "--from", "2024-02-29T12:30:00+02:00"])
    assert parsed.taken_from == datetime.fromisoformat("2024-02-29T12:30:00+02:00")


def test_training_takes_its_labels_from_the_library_unless_told_otherwise() -> None:
    assert parse(["train"]).labels == "auto"
    for labels in ("auto", "albums", "events", "none", "my/labels.CSV"):
        assert parse(["train", "--labels", labels]).labels == labels


@pytest.mark.parametrize(
    "line",
    [
        "serch",
        "--json",
        "--nonsense",
        "search",
        "search a.jpg --crop 1,2,3",
        "search a.jpg --crop 1,2,0,4",
        "search a.jpg --crop=-1,2,3,4",
        "search a.jpg --top 0",
        "search a.jpg --beam many",
        "search a.jpg --engine fast",
        "search a.jpg --from yesterday",
        "search a.jpg --until 2024-13",
        "search a.jpg --until 9999",
        "search a.jpg --type psd",
        "search a.jpg --orientation round",
        "search a.jpg --rating 6",
        "search a.jpg --js",
        "train --minutes 0",
        "train --minutes nan",
        "train --device tpu",
        "train --labels colours",
        "evaluate",
        "evaluate labels.csv --labels-in-training 2",
        "evaluate labels.csv --inserted -0.1",
        "evaluate --copies photos --inserted 0.2",
        "evaluate labels.csv --copies photos",
        "evaluate labels.csv --copies-of 5",
        "evaluate --copies photos --copies-of 0",
        "evaluate --copies photos --set grocery",
        "evaluate --copies photos --paper-decoder",
        "evaluate --copies photos --labels-in-training 0.5",
        "evaluate labels.csv --checkpoint kept",
        "evaluate --benchmark cub200 --data cub --recipe ours --checkpoint kept",
        "backup",
        "model",
        "model use first",
        "model export 1",
        "photo.jpg other.jpg",
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_was_wrong(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        parse(line.split())
    assert stop.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: photoglyph")


def test_a_kept_search_takes_images_and_filters() -> None:
    parsed = parse(["saved", "add", "red", "a.jpg", "b.jpg", "--minus", "c.jpg", "--type", "png"])
    assert (parsed.action, parsed.name) == ("add", "red")
    assert parsed.images == [Path("a.jpg"), Path("b.jpg")] and parsed.minus == [Path("c.jpg")]
    assert parsed.type == ["png"]
    assert parse(["saved", "run", "#7", "--json"]).name == "#7"
