"""Does tuning the encoder pay? Deep against quick training, on photos of the train split alone.

    python -m tests.bench.deep_training labels.csv [--set clothing] [--photos 240] [--minutes M]

One library of the photos, one quick training, one deep one after it. Both are asked the same: the
views of the library's held-out photos, which neither was trained on, and every photo for those of
its label, which neither training saw. Hours on a processor with many photos, minutes on a GPU.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

import numpy as np

from console.progress import ProgressLine
from engine.evaluation import labels, metrics
from engine.evaluation.labels import LabelledPhoto
from engine.services.session import Session
from engine.store import files
from engine.types import Engine, GenerationFigures, Job, Query, TrainReport
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.bench.markdown import machine, table

DEPTH = 100
ENGINES = (Engine.GENERATIVE, Engine.EXACT)
HEADER = (
    *("", "R@1", "R@10", "exact R@1", "exact R@10"),
    *("mAP@100 by label", "exact mAP@100", "time", "core seconds"),
)


def chosen(labels_csv: Path, name: str, count: int) -> list[LabelledPhoto]:
    """``count`` photos of a set's train split, as many of every label as there are."""
    by_label: dict[str, list[LabelledPhoto]] = defaultdict(list)
    for photo in labels.read_labels(labels_csv):
        if (photo.set, photo.split) == (name, "train"):
            by_label[photo.label].append(photo)
    if not by_label:
        raise SystemExit(f"{labels_csv} has no photos of the train split of {name}.")
    turns = zip_longest(*(by_label[label] for label in sorted(by_label)))
    return [photo for turn in turns for photo in turn if photo is not None][:count]


def copied(photos: list[LabelledPhoto], folder: Path) -> dict[str, str]:
    """Labels by the names that the photos have in the new ``folder``."""
    folder.mkdir()
    by_name = {}
    for number, photo in enumerate(photos):
        name = f"{number}{photo.path.suffix}"
        shutil.copyfile(photo.path, folder / name)
        by_name[name] = photo.label
    return by_name


def by_label(session: Session, photos: dict[str, str], engine: Engine) -> float:
    """mAP@100: every photo asks for the others of its label."""
    with session.library.read() as connection:
        copies = files.photos_by_content(connection, files.live_contents(connection))
    known = {content_id: photos[found[0].path.name] for content_id, found in copies.items()}
    scores = []
    for content_id, label in known.items():
        total = sum(other == label for other in known.values()) - 1
        if total:
            answer = session.search(Query(content_id), top=DEPTH + 1, engine=engine)
            ids = [hit.photo.content_id for hit in answer.hits]
            right = np.array([[known[i] == label for i in ids if i != content_id][:DEPTH]])
            scores.append(metrics.average_precision_at(right, np.array([total]), DEPTH)[0])
    return float(np.mean(scores))


def finish(job: Job[TrainReport]) -> tuple[TrainReport, float, float]:
    """What came of ``job``, its seconds and those of its processes' cores."""
    began, cores = time.monotonic(), _core_seconds()
    with ProgressLine(sys.stderr) as line:
        while True:
            try:
                line.show(next(job))
            except StopIteration as end:
                report: TrainReport = end.value
                return report, time.monotonic() - began, _core_seconds() - cores


def _core_seconds() -> float:
    """Of this process and of those of its children that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def row(
    name: str, figures: GenerationFigures, means: tuple[float, ...], spent: tuple[float, float]
) -> list[str]:
    own = (figures.recall_1, figures.recall_10, figures.exact_recall_1, figures.exact_recall_10)
    return [
        name,
        *(f"{ratio:.3f}" for ratio in (*own, *means)),
        f"{spent[0] / 60:.1f} min",
        f"{spent[1]:.0f}",
    ]


def compared(
    photos: dict[str, str], folder: Path, library: Path, minutes: float | None
) -> list[str]:
    """The lines of the report on ``photos`` of ``folder``: a label for each name."""
    ports = OnnxRuntime("auto"), BundleExporter()
    with closing(Session.open(library, *ports)) as session:
        for _ in session.index([folder]):
            pass

        def means() -> tuple[float, ...]:
            return tuple(by_label(session, photos, engine) for engine in ENGINES)

        quick, *quick_spent = finish(session.train(labels="none"))
        before = means()
        deep, *deep_spent = finish(session.train(labels="none", minutes=minutes, deep=True))
        assert deep.deep is not None
        # Both on the queries of the deep training, which asks what answered before once more.
        asked = quick.figures if deep.previous is None else deep.previous
        assert asked.queries == quick.figures.queries == deep.figures.queries
        rows = [row("quick", asked, before, (quick_spent[0], quick_spent[1]))]
        session.use_generation(deep.generation)
        name = "deep" if deep.deep.encoder else "deep, encoder kept"
        rows.append(row(name, deep.figures, means(), (deep_spent[0], deep_spent[1])))
    tuned = deep.deep
    return [
        table(HEADER, rows),
        "",
        f"{len(photos)} photos, {deep.figures.queries} held-out views, no labels in training; "
        f"{deep.device}, {machine()}. Steps of tuning: {tuned.steps} in {tuned.seconds / 60:.1f} "
        f"min ({tuned.precision}, {tuned.at_once} views at once, waiting {tuned.waited:.0%}), best "
        f"step {tuned.best_step}: 1 / rank of views {tuned.score_before:.3f} -> {tuned.score:.3f}, "
        f"R@1 {tuned.recall_before:.3f} -> {tuned.recall:.3f}. The deep one "
        f"{'answers' if deep.switched and tuned.encoder else 'does not answer'}.",
    ]


def main() -> None:
    asked = argparse.ArgumentParser(description="Deep against quick training.")
    asked.add_argument("labels_csv", type=Path)
    asked.add_argument("--set", default="clothing")
    asked.add_argument("--photos", type=int, default=240)
    asked.add_argument("--minutes", type=float)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="photoglyph-deep-") as temporary:
        os.environ["PHOTOGLYPH_ENCODERS"] = f"{temporary}/encoders"  # what is tuned is thrown away
        folder = Path(temporary, "photos")
        photos = copied(chosen(given.labels_csv, given.set, given.photos), folder)
        lines = compared(photos, folder, Path(temporary, "library"), given.minutes)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
