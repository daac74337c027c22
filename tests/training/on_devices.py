"""The paper's recipe, tiny, for ``accelerate launch``: prints its report, once.

accelerate launch --num_processes 2 -m tests.training.on_devices FOLDER ENCODER [CHECKPOINT [DIES]]

DIES: the note of the progress at which the process kills itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from console import documents
from engine.evaluation.benchmarks.official import BenchmarkReport
from engine.services.benchmarking import evaluate_benchmark
from engine.settings import PaperRecipe
from engine.training.irgen import checkpoint as kept
from engine.types import Progress
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


def document(
    folder: Path,
    encoder: str,
    checkpoint: Path | None = None,
    *,
    settings: PaperRecipe = RECIPE,
    ends: Callable[[Progress], bool] = lambda _: False,
    **options: Any,
) -> dict[str, Any] | None:
    """The report of CUB-200 in ``folder``, and every loss and stage that was told on the way.

    ``ends``: whether the job is closed at what it tells. None where it was, and in all processes
    but the main one.
    """
    job = evaluate_benchmark(
        "cub200",
        folder,
        OnnxRuntime("cpu"),
        Prepares(),
        recipe="paper",
        encoder=encoder,
        settings=settings,
        device="cpu",
        checkpoint=checkpoint,
        **options,
    )
    losses: list[float] = []
    told: list[str] = []
    while True:
        try:
            progress = next(job)
        except StopIteration as end:
            report: BenchmarkReport | None = end.value
            break
        losses += progress.values.values()
        told.append(f"{progress.stage} {progress.note}")
        if ends(progress):
            job.close()
            return None
    if report is None:
        return None
    return {**documents.benchmark(report), "losses": losses, "told": told}


def _dies(note: str) -> Callable[[Progress], bool]:
    def ends(progress: Progress) -> bool:
        if progress.note == note:
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    return ends


if __name__ == "__main__":
    kept.SECONDS_BETWEEN = 0.0  # every epoch of so short a training
    given = sys.argv[1:]
    found = document(
        Path(given[0]),
        given[1],
        Path(given[2]) if len(given) > 2 else None,
        ends=_dies(given[3] if len(given) > 3 else "never"),
    )
    if found is not None:
        sys.stdout.write(json.dumps(found) + "\n")
