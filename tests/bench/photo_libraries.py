"""Libraries of labelled photos, made by the product's own path for a bench that asks them."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from console.progress import ProgressLine
from engine.evaluation.labels import LabelledPhoto, read_labels
from engine.services.session import Session
from engine.types import Job
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime


def copied(labels_csv: Path, split: str, count: int, folder: Path) -> list[LabelledPhoto]:
    """Copies in the new ``folder`` of ``count`` photos of the split, as many of each set."""
    every = [photo for photo in read_labels(labels_csv) if photo.split == split]
    rng = np.random.default_rng(0)
    by_set = [[p for p in every if p.set == name] for name in sorted({p.set for p in every})]
    mixed = [[of_set[i] for i in rng.permutation(len(of_set))] for of_set in by_set]
    turns = max(map(len, mixed))
    chosen = [of_set[turn] for turn in range(turns) for of_set in mixed if turn < len(of_set)]
    folder.mkdir()
    copies = []
    for photo in chosen[:count]:
        copy = folder / photo.path.name
        copy.write_bytes(photo.path.read_bytes())
        copies.append(replace(photo, path=copy))
    return copies


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """As the library will name it: without links."""
    with tempfile.TemporaryDirectory(prefix="photoglyph-bench-") as temporary:
        yield Path(temporary).resolve()


@contextmanager
def indexed(library: Path, *folders: Path) -> Iterator[Session]:
    """A session on a new library of all that ``folders`` hold."""
    with closing(Session.open(library, OnnxRuntime("cpu"), BundleExporter())) as session:
        finish(session.index(folders))
        yield session


def finish(job: Job[object]) -> None:
    """Run ``job`` to its end, and show where it is."""
    with ProgressLine(sys.stderr) as line:
        for progress in job:
            line.show(progress)
