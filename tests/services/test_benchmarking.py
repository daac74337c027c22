"""The paper's benchmarks on small folders, down to a trained model and a table."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from console import documents, text
from engine.errors import TrainingError
from engine.evaluation.benchmarks.official import BenchmarkReport
from engine.services import encoders
from engine.services.benchmarking import evaluate_benchmark
from engine.settings import PaperRecipe
from engine.training import irgen
from export.runtime import OnnxRuntime
from tests.encoder.networks import random_state, saved
from tests.evaluation.benchmarks import folders
from tests.services.indexed import finish
from tests.services.test_added_encoders import Prepares

TINY = PaperRecipe(
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


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PHOTOGLYPH_ENCODERS", str(tmp_path / "encoders"))
    file = saved(random_state("convnext_atto"), tmp_path / "weights.safetensors")
    return str(finish(encoders.add(file, "convnext_atto", Prepares(), image_size=32)).name)


def papers(
    folder: Path, encoder: str, benchmark: str = "cub200", **options: object
) -> BenchmarkReport:
    return finish(
        evaluate_benchmark(
            benchmark,
            folder,
            OnnxRuntime("cpu"),
            Prepares(),
            recipe="paper",
            encoder=encoder,
            settings=TINY,
            device="cpu",
            **options,  # type: ignore[arg-type]
        )
    )


def test_the_papers_recipe_trains_and_fills_a_table(tmp_path: Path, encoder: str) -> None:
    report = papers(folders.cub200(tmp_path / "cub", classes=3, train=4, test=2), encoder)
    (row,) = report.rows
    table = list(text.benchmark(report))
    assert table[1].split()[:2] == ["engine", "p@1"] and "script p@8" in table[1]
    assert documents.benchmark(report)["rows"][0]["script_p@1"] == row.script_precision[0]
    assert (report.queries, report.gallery, report.ranks) == (6, 12, (1, 2, 4, 8))
    assert row.engine == "paper-decoder" and len(row.script_precision) == 4
    assert row.precision[0] == row.recall[0] == row.script_precision[0]
    assert row.recall == tuple(sorted(row.recall))
    assert row.precision[3] <= 0.5  # four right answers, divided by eight
    assert row.precision[0] >= 0.5  # chance is a third
    assert "closed-set" in report.note and "M 2, L 4, 1 layers of 32" in report.note


def test_the_open_set_is_measured_on_classes_that_training_never_saw(
    tmp_path: Path, encoder: str
) -> None:
    folder = folders.inshop(tmp_path / "inshop")
    report = papers(folder, encoder, "inshop", protocol="open")
    assert (report.queries, report.gallery) == (3, 9)
    assert "open-set" in report.note and "12 photos trained on" in report.note


def test_nothing_is_written_into_the_benchmarks_folder(tmp_path: Path, encoder: str) -> None:
    folder = folders.cub200(tmp_path / "cub", classes=2, train=3)
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    papers(folder, encoder)
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


def test_too_few_photos_for_the_codes_is_told_before_training(tmp_path: Path, encoder: str) -> None:
    folder = folders.cub200(tmp_path / "cub", classes=2, train=3)
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


def test_the_tokenizers_loss_is_the_papers() -> None:
    torch.manual_seed(0)
    z = torch.randn(5, 6, requires_grad=True)
    prefixes = torch.randn(5, 3, 6)
    labels = torch.tensor([0, 1, 2, 0, 1])
    heads = irgen.Heads(6, 3)
    loss = irgen.tokenizer_loss(z, prefixes, labels, heads, 0.5)
    entropy = torch.nn.functional.cross_entropy
    expected = entropy(heads.full(z), labels) + 0.5 * sum(
        entropy(heads.prefix(prefixes[:, m]), labels) + (z - prefixes[:, m]).square().mean()
        for m in range(3)
    )
    assert torch.allclose(loss, expected)
    # The classifier's gradient goes through a prefix as if it were z.
    irgen.tokenizer_loss(z, prefixes, labels, heads, 0.5).backward()
    assert z.grad is not None and z.grad.abs().sum() > 0
