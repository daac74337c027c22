"""The paper's benchmarks on small folders, down to a trained model and a table.

The folders hold photos of the bench's train split where it lies beside the checkout, and of
samples/ elsewhere, in the layouts that the benchmarks have.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from console import documents, text
from engine.errors import TrainingError, UserError
from engine.evaluation.benchmarks import official
from engine.evaluation.benchmarks.official import BenchmarkReport
from engine.services import encoders
from engine.services.benchmarking import evaluate_benchmark, recipe_for
from engine.settings import DEFAULT_ENCODER, PaperRecipe
from engine.training.irgen.losses import Heads, tokenizer_loss
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.bench import standins
from tests.conftest import REPOSITORY
from tests.encoder.networks import random_state, saved
from tests.evaluation.benchmarks import folders
from tests.services.indexed import finish
from tests.services.test_added_encoders import Prepares

LEARNS = PaperRecipe(
    levels=2,
    codes=4,
    layers=1,
    width=32,
    heads=2,
    beam=6,
    tokenizer_epochs=1,
    tokenizer_batch=8,
    decoder_epochs=15,
    decoder_batch=16,
    decoder_rate=3e-3,
    prefix_weight=0.1,
)
RUNS = replace(LEARNS, decoder_epochs=1)  # nothing is learnt, and everything done


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PHOTOGLYPH_ENCODERS", str(tmp_path / "encoders"))
    file = saved(random_state("convnext_atto"), tmp_path / "weights.safetensors")
    return str(finish(encoders.add(file, "convnext_atto", Prepares(), image_size=32)).name)


def papers(
    folder: Path,
    encoder: str,
    benchmark: str = "cub200",
    settings: PaperRecipe = RUNS,
    **options: object,
) -> BenchmarkReport:
    report = finish(
        evaluate_benchmark(
            benchmark,
            folder,
            OnnxRuntime("cpu"),
            Prepares(),
            recipe="paper",
            encoder=encoder,
            settings=settings,
            device="cpu",
            **options,  # type: ignore[arg-type]
        )
    )
    assert report is not None
    return report


@pytest.fixture(scope="session")
def kinds(samples: Path) -> dict[str, list[Path]]:
    """Four classes of eight photos."""
    labels = REPOSITORY.parent / "shared" / "bench" / "dev" / "labels.csv"
    if labels.is_file():
        return standins.choose(labels, "grocery", "train", classes=4, photos=8)
    groups = [sorted(f.glob("*.jpg")) for f in sorted((samples / "groceries").iterdir())]
    largest = sorted(groups, key=len, reverse=True)[:4]
    # Where there are fewer, they come again: the files differ in name alone.
    return {f[0].parent.name: [f[i % len(f)] for i in range(8)] for f in largest}


@pytest.mark.parametrize("benchmark", standins.LAYOUTS)
def test_the_papers_recipe_trains_on_every_layout_and_fills_a_table(
    tmp_path: Path, encoder: str, kinds: dict[str, list[Path]], benchmark: str
) -> None:
    standins.build(benchmark, kinds, tmp_path / "data")
    report = papers(tmp_path / "data", encoder, benchmark)
    (row,) = report.rows
    assert row.engine == "paper-decoder" and len(row.script_precision) == 4
    assert row.precision[0] == row.recall[0] == row.script_precision[0]
    assert row.recall == tuple(sorted(row.recall))
    assert "closed-set" in report.note and "M 2, L 4, 1 layers of 32" in report.note
    asked = 4 if benchmark == "inshop" else 8
    assert (report.queries, report.gallery) == (asked, 3 * asked)
    assert "24 identifiers" not in report.note  # photos share them


def test_the_recipe_learns_and_its_table_has_the_published_figures_beside_it(
    tmp_path: Path, encoder: str
) -> None:
    folder = folders.drawn("cub200", tmp_path / "cub", classes=3, train=4, test=2)
    report = papers(folder, encoder, settings=LEARNS)
    (row,) = report.rows
    assert report.ranks == (1, 2, 4, 8)
    assert row.precision[3] <= 0.5  # four right answers, divided by eight
    assert row.precision[0] >= 0.5  # chance is a third
    table = list(text.benchmark(report))
    assert table[1].split()[:2] == ["engine", "p@1"] and "script p@8" in table[1]
    assert table[3].split()[:7] == ["irgen", "as", "published", "-", "-", "-", "-"]
    assert table[3].split()[-4:] == ["0.827", "0.827", "0.830", "0.828"]
    document = documents.benchmark(report)
    assert document["rows"][0]["script_p@1"] == row.script_precision[0]
    assert document["published"]["r@8"] == official.PUBLISHED["cub200"].recall[3]


def test_our_recipe_trains_on_the_same_photos_and_fills_the_same_table(
    tmp_path: Path, kinds: dict[str, list[Path]]
) -> None:
    many = {label: photos * 3 for label, photos in kinds.items()}
    standins.build("cub200", many, tmp_path / "cub")
    for number, file in enumerate(sorted((tmp_path / "cub").rglob("*.jpg"))):
        with file.open("ab") as photo:  # no two files alike
            photo.write(bytes([number]))
    report = finish(
        evaluate_benchmark(
            "cub200",
            tmp_path / "cub",
            OnnxRuntime("cpu"),
            BundleExporter(),
            recipe="ours",
            device="cpu",
            minutes=0.03,
        )
    )
    assert report is not None and (report.recipe, report.encoder) == ("ours", DEFAULT_ENCODER)
    assert [row.engine for row in report.rows] == ["generative", "generative-ids", "exact"]
    assert all(row.precision[0] > 0.25 for row in report.rows)  # chance
    assert (report.queries, report.gallery) == (24, 72)
    assert len(list(text.benchmark(report))) == 7


def test_the_decoder_is_deeper_for_a_million_photos() -> None:
    assert recipe_for("cub200") == PaperRecipe(layers=12)
    assert recipe_for("imagenet") == recipe_for("places365") == PaperRecipe(layers=24)
    tried = recipe_for("imagenet", layers=2, epochs=3)
    assert (tried.layers, tried.tokenizer_epochs, tried.decoder_epochs) == (2, 3, 3)


def test_the_open_set_is_measured_on_classes_that_training_never_saw(
    tmp_path: Path, encoder: str
) -> None:
    folder = folders.drawn("inshop", tmp_path / "inshop", classes=6)
    report = papers(folder, encoder, "inshop", protocol="open")
    assert (report.queries, report.gallery) == (3, 9)
    assert "open-set" in report.note and "12 photos trained on" in report.note
    assert report.published is None  # other rules


def test_nothing_is_written_into_the_benchmarks_folder(tmp_path: Path, encoder: str) -> None:
    folder = folders.drawn("cub200", tmp_path / "cub", classes=2)
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    papers(folder, encoder)
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


def test_too_few_photos_for_the_codes_is_told_before_training(tmp_path: Path, encoder: str) -> None:
    folder = folders.drawn("cub200", tmp_path / "cub", classes=2)
    with pytest.raises(TrainingError, match="256 codes a level and there are 6 photos"):
        finish(
            evaluate_benchmark(
                "cub200",
                folder,
                OnnxRuntime("cpu"),
                Prepares(),
                recipe="paper",
                encoder=encoder,
                device="cpu",
            )
        )


def test_photos_that_cannot_be_read_are_left_out_and_told(tmp_path: Path, encoder: str) -> None:
    folder = folders.drawn("cub200", tmp_path / "cub", classes=3, train=4, test=2)
    images = folder / "CUB_200_2011" / "images"
    (images / "001.Kind_1" / "Kind_1_0000.jpg").write_bytes(b"no photo")
    (images / "002.Kind_2" / "Kind_2_0005.jpg").write_bytes(b"")
    report = papers(folder, encoder)
    assert (report.queries, report.gallery) == (5, 11)
    assert "2 photos could not be read and were left out, first" in report.note
    assert "Kind_1_0000.jpg" in report.note


def test_a_benchmark_of_unreadable_photos_is_refused_before_training(
    tmp_path: Path, encoder: str
) -> None:
    folder = folders.drawn("cub200", tmp_path / "cub", classes=2)
    for file in (folder / "CUB_200_2011" / "images").rglob("*_0003.jpg"):
        file.write_bytes(b"no photo")
    with pytest.raises(UserError, match="has no query photos for the closed set of cub200"):
        papers(folder, encoder)


def test_an_encoder_that_cannot_be_exported_is_refused_before_training(
    tmp_path: Path, encoder: str
) -> None:
    folder = folders.drawn("cub200", tmp_path / "cub", classes=2)
    job = evaluate_benchmark(
        "cub200",
        folder,
        OnnxRuntime("cpu"),
        Prepares("it cannot be exported to ONNX: choose another"),
        recipe="paper",
        encoder=encoder,
        settings=RUNS,
    )
    stages = []
    with pytest.raises(UserError, match="cannot be exported to ONNX"):
        while True:
            stages.append(next(job).stage)
    assert stages == ["reading lists"]


def test_several_devices_are_for_the_papers_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(TrainingError, match="add --recipe paper"):
        finish(evaluate_benchmark("cub200", tmp_path, OnnxRuntime("cpu"), BundleExporter()))


def test_the_tokenizers_loss_is_the_papers() -> None:
    torch.manual_seed(0)
    z = torch.randn(5, 6, requires_grad=True)
    prefixes = torch.randn(5, 3, 6)
    labels = torch.tensor([0, 1, 2, 0, 1])
    heads = Heads(6, 3)
    loss = tokenizer_loss(z, prefixes, labels, heads, 0.5)
    entropy = torch.nn.functional.cross_entropy
    expected = entropy(heads.full(z), labels) + 0.5 * sum(
        entropy(heads.prefix(prefixes[:, m]), labels) + (z - prefixes[:, m]).square().mean()
        for m in range(3)
    )
    assert torch.allclose(loss, expected)
    # The classifier's gradient goes through a prefix as if it were z.
    tokenizer_loss(z, prefixes, labels, heads, 0.5).backward()
    assert z.grad is not None and z.grad.abs().sum() > 0
