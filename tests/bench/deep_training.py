"""Does tuning the encoder pay? Deep against quick training, on photos of the train split alone.

    python -m tests.bench.deep_training labels.csv [PHOTOS a set] [MINUTES]

One library of the named photos, one quick training, one deep one. The library's own held-out views
are asked, and the labels, which training does not see: every photo asks for those of its label.
Hours on a processor with many photos, minutes on a GPU.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import numpy as np

from engine.evaluation import labels, metrics
from engine.evaluation.labels import LabelledPhoto
from engine.services.session import Session
from engine.store import files
from engine.types import GenerationFigures, Job, Query, TrainReport
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.bench.markdown import machine, table

DEPTH = 100
ASKED = 60  # photos a set


def chosen(labels_csv: Path, count: int) -> list[LabelledPhoto]:
    """``count`` photos of every set's train split, whole labels at a time."""
    sets: dict[str, dict[str, list[LabelledPhoto]]] = defaultdict(lambda: defaultdict(list))
    for photo in labels.read_labels(labels_csv):
        if photo.split == "train":
            sets[photo.set][photo.label].append(photo)
    found: list[LabelledPhoto] = []
    for by_label in sets.values():
        whole = [photo for label in sorted(by_label) for photo in by_label[label]]
        found += whole[:count]
    return found


def by_label(session: Session, photos: dict[str, LabelledPhoto]) -> dict[str, float]:
    """mAP@100 by set: photos ask for the others of their label and set."""
    with session.library.read() as connection:
        copies = files.photos_by_content(connection, files.live_contents(connection))
    known = {content_id: photos[found[0].path.name] for content_id, found in copies.items()}
    means = {}
    for name in sorted({photo.set for photo in known.values()}):
        own = [content_id for content_id, photo in known.items() if photo.set == name]
        scores = []
        for content_id in own[:: max(1, len(own) // ASKED)]:
            answer = session.search(Query(content_id), top=DEPTH)
            ids = [hit.photo.content_id for hit in answer.hits if hit.photo.content_id in own]
            right = np.array([[known[i].label == known[content_id].label for i in ids]])
            total = sum(known[i].label == known[content_id].label for i in own) - 1
            if total:
                found = metrics.average_precision_at(right, np.array([total]), DEPTH)
                scores.append(float(found[0]))
        means[name] = float(np.mean(scores))
    return means


def finish(job: Job[TrainReport]) -> TrainReport:
    stage = ""
    while True:
        try:
            step = next(job)
        except StopIteration as end:
            report: TrainReport = end.value
            return report
        if step.stage != stage:
            stage = step.stage
            sys.stderr.write(f"{stage}\n")


def row(name: str, figures: GenerationFigures, means: dict[str, float]) -> list[str]:
    own = (figures.recall_1, figures.recall_10, figures.exact_recall_1, figures.exact_recall_10)
    return [name, *(f"{ratio:.3f}" for ratio in (*own, *means.values()))]


def main(labels_csv: Path, count: int, minutes: float | None) -> None:
    photos = {f"{i}{p.path.suffix}": p for i, p in enumerate(chosen(labels_csv, count))}
    with tempfile.TemporaryDirectory(prefix="photoglyph-deep-") as temporary:
        folder = Path(temporary, "photos")
        folder.mkdir()
        for name, photo in photos.items():
            shutil.copyfile(photo.path, folder / name)
        with closing(
            Session.open(Path(temporary, "library"), OnnxRuntime("auto"), BundleExporter())
        ) as session:
            for _ in session.index([folder]):
                pass
            quick = finish(session.train(labels="none"))
            session.use_generation(quick.generation)
            before = by_label(session, photos)
            rows = [row("quick", quick.figures, before)]
            deep = finish(session.train(labels="none", minutes=minutes, deep=True))
            if deep.deep is not None and deep.deep.encoder:
                session.use_generation(deep.generation)
                rows.append(row("deep", deep.figures, by_label(session, photos)))
    sets = [f"{name}, mAP" for name in before]
    lines = (
        f"{len(photos)} photos of the train split, {deep.device}, {machine()}",
        table(["", "R@1", "R@10", "exact R@1", "exact R@10", *sets], rows),
        f"{deep.deep}",
        f"It {'was' if deep.switched else 'was not'} switched to.",
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        int(sys.argv[2]) if len(sys.argv) > 2 else 500,
        float(sys.argv[3]) if len(sys.argv) > 3 else None,
    )
