"""Closed-set or open-set: what each photo of a benchmark is for. The two are never mixed.

Closed-set is the paper's: every query's class has labelled photos in training. CUB-200, Cars196,
ImageNet and Places365: the official training photos are the gallery and are trained on, the test
photos ask. In-shop: training sees the labels of train and gallery, as the paper's published code
does; the gallery is found, the queries ask.

Open-set: no class that is asked for is known to training. In-shop: its official split without the
gallery's labels. The others: the first half of the classes trains; of the other half the official
training photos are the gallery and the test photos ask. (Not the leave-one-out of metric learning,
where the test photos are both.)
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from engine.errors import UserError, printable
from engine.evaluation.benchmarks.lists import Layout
from engine.evaluation.labels import LabelledPhoto

PROTOCOLS = ("closed", "open")
RANKS = {"cub200": (1, 2, 4, 8), "cars196": (1, 2, 4, 8)}  # as the paper's tables have them
USUAL_RANKS = (1, 10, 20, 30)
INSHOP = "inshop"


def roles(benchmark: str, layout: Layout, protocol: str, folder: Path) -> tuple[LabelledPhoto, ...]:
    """Photos with the splits train, gallery and query; ``seen`` says whether training may know.

    Raises ``UserError``: classes of a single photo alone, nothing to find or to ask with, a class
    of the open set that is trained on.
    """
    found = _closed(benchmark, layout) if protocol == "closed" else _open(benchmark, layout)
    check(benchmark, tuple(found), protocol, folder)
    return tuple(found)


def check(benchmark: str, photos: tuple[LabelledPhoto, ...], protocol: str, folder: Path) -> None:
    """Raises ``UserError`` as :func:`roles` does: also for what is left of its photos."""
    where = printable(folder)
    for split in ("gallery", "query"):
        if not any(photo.split == split for photo in photos):
            raise UserError(
                f"{where} has no {split} photos for the {protocol} set of {benchmark}: check that "
                "all of its parts were unpacked."
            )
    trained = Counter(p.label for p in trained_on(photos))
    if not trained or max(trained.values()) < 2:
        raise UserError(
            f"{where} has one photo a class to train on, and a class is learnt from two or more: "
            "check that all of the benchmark was unpacked."
        )
    if protocol == "open":
        both = trained.keys() & {p.label for p in photos if p.split == "query"}
        if both:
            raise UserError(
                f"{where} has the class {printable(min(both))} both to train on and to ask for: "
                "that is no open set."
            )


def trained_on(photos: tuple[LabelledPhoto, ...]) -> tuple[LabelledPhoto, ...]:
    """Photos whose labels training sees."""
    return tuple(p for p in photos if p.split == "train" or (p.split == "gallery" and p.seen))


def sentence(benchmark: str, protocol: str, layout: Layout) -> str:
    """The rules, as the report shows them."""
    text = {
        "closed": "closed-set (every class asked for is trained on)",
        "open": "open-set (no class asked for is trained on)",
    }[protocol]
    if layout.extra:
        text += f"; {layout.extra} files that {benchmark} does not list were left out"
    return text


def _closed(benchmark: str, layout: Layout) -> list[LabelledPhoto]:
    if benchmark == INSHOP:
        return [LabelledPhoto(p.path, p.label, p.part, benchmark, seen=True) for p in layout.listed]
    split = {"train": "gallery", "test": "query"}
    return [
        LabelledPhoto(p.path, p.label, split[p.part], benchmark, seen=True) for p in layout.listed
    ]


def _open(benchmark: str, layout: Layout) -> list[LabelledPhoto]:
    if benchmark == INSHOP:
        return [
            LabelledPhoto(p.path, p.label, p.part, benchmark, seen=p.part == "train")
            for p in layout.listed
        ]
    known = set(layout.classes[: len(layout.classes) // 2])
    found = []
    for p in layout.listed:
        if p.label in known:
            if p.part == "train":
                found.append(LabelledPhoto(p.path, p.label, "train", benchmark, seen=True))
        else:
            split = "gallery" if p.part == "train" else "query"
            found.append(LabelledPhoto(p.path, p.label, split, benchmark, seen=False))
    return found
