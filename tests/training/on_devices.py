"""The paper's recipe, tiny, for ``accelerate launch``: prints its report, once.

accelerate launch --num_processes 2 -m tests.training.on_devices FOLDER ENCODER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from console import documents
from engine.evaluation.benchmarks.official import BenchmarkReport
from engine.services.benchmarking import evaluate_benchmark
from engine.settings import PaperRecipe
from export.runtime import OnnxRuntime
from tests.services.test_added_encoders import Prepares

RECIPE = PaperRecipe(
    levels=2,
    codes=4,
    layers=1,
    width=32,
    heads=2,
    beam=6,
    tokenizer_epochs=2,
    tokenizer_batch=8,
    decoder_epochs=2,
    decoder_batch=8,
    decoder_rate=3e-3,
)


def document(folder: Path, encoder: str) -> dict[str, Any] | None:
    """The report of CUB-200 in ``folder``, and every loss that was told on the way.

    None in all processes but the main one.
    """
    job = evaluate_benchmark(
        "cub200",
        folder,
        OnnxRuntime("cpu"),
        Prepares(),
        recipe="paper",
        encoder=encoder,
        settings=RECIPE,
        device="cpu",
    )
    losses = []
    while True:
        try:
            losses += next(job).values.values()
        except StopIteration as end:
            report: BenchmarkReport | None = end.value
            break
    return None if report is None else {**documents.benchmark(report), "losses": losses}


if __name__ == "__main__":
    found = document(Path(sys.argv[1]), sys.argv[2])
    if found is not None:
        sys.stdout.write(json.dumps(found) + "\n")
