"""Deep training on the command line: asked for, and told of."""

from __future__ import annotations

import json
from dataclasses import replace

from console import arguments, documents, text
from engine.types import DeepReport, GenerationFigures, TrainingPlan, TrainReport

FIGURES = GenerationFigures(15, 0.8, 0.9, 0.7, 0.8, 0.9)
DEEP = DeepReport(
    encoder="vit-64px-12345678",
    steps=60,
    best_step=48,
    score_before=0.6,
    score=0.7,
    recall_before=0.52,
    recall=0.61,
    loss=1.5,
    waited=0.04,
    precision="bf16",
    at_once=64,
    seconds=300.0,
    stopped_early=True,
)
REPORT = TrainReport(7, 75, 4, 8, 70, 1, 0.5, FIGURES, FIGURES, False, 400.0, "cuda", {}, deep=DEEP)


def test_deep_training_is_asked_for_with_minutes_and_a_device() -> None:
    parsed = arguments.parse(["train", "--deep", "--minutes", "5", "--device", "cuda"])
    assert (parsed.deep, parsed.minutes, parsed.device) == (True, 5, "cuda")
    assert not arguments.parse(["train"]).deep


def test_what_tuning_did_is_told_with_both_figures() -> None:
    told = list(text.train(REPORT))
    assert (
        "The encoder was tuned for 60 steps in 5 min 00 s (bf16, 64 views at once, waiting for "
        "photos 4% of the time, ended early): held-out views find their photo first in 61% of "
        "cases at its best, 52% before; as encoder vit-64px-12345678."
    ) in told
    assert any(line.startswith("New: ") for line in told)
    assert any(line.startswith("Old: ") for line in told)
    assert told[-1] == "The old generation keeps answering: the new one is not better."
    kept = list(text.train(replace(REPORT, deep=replace(DEEP, encoder="", best_step=0))))
    assert any(line.endswith("the encoder as it is, which was kept.") for line in kept)


def test_what_it_takes_is_told_before_it_begins() -> None:
    plan = TrainingPlan(75, 5400.0, True, 310_000_000, 56 * 10**9, "cpu", False)
    assert text.training_plan(plan) == (
        "This takes about 1 h 30 min on cpu and 310.0 MB of disk space (56.0 GB are free). Ctrl-C "
        "leaves it, to be gone on with."
    )
    assert text.training_plan(replace(plan, begun=True)).startswith("Going on with a training")


def test_the_document_of_a_training_has_a_key_more() -> None:
    assert json.loads(json.dumps(documents.train(REPORT)))["deep"]["precision"] == "bf16"
    assert documents.train(replace(REPORT, deep=None))["deep"] is None
