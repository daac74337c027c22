"""Small folders in the official layouts of the paper's benchmarks, filled with other photos.

    python -m tests.bench.standins LABELS.csv OUT --layout cub200 --set grocery

They prove readers, recipes and tables; what is measured on them reproduces nothing. Photos come
from one split of a labels file (see ``engine.evaluation.labels``), the train split unless another
is named: classes with the most photos, the same number of each, the last quarter to ask with.
"""

from __future__ import annotations

import argparse
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from engine.evaluation.labels import of_set, read_labels

Counts = Mapping[str, tuple[int, int]]  # label -> photos of the train part, of the test part
Put = Callable[[str, int, Path], None]  # writes the n-th photo of a label to a file


def cub200(folder: Path, counts: Counts, put: Put) -> None:
    base = folder / "CUB_200_2011"
    names, labels, split = [], [], []
    for label, name, i, is_train in _photos(counts):
        file = f"{label + 1:03d}.{name}/{name}_{i:04d}.jpg"
        put(name, i, base / "images" / file)
        number = len(names) + 1
        names.append(f"{number} {file}")
        labels.append(f"{number} {label + 1}")
        split.append(f"{number} {int(is_train)}")
    _write(base / "images.txt", names)
    _write(base / "image_class_labels.txt", labels)
    _write(base / "train_test_split.txt", split)


def cars196(folder: Path, counts: Counts, put: Put) -> None:
    """With the lists of the development kit, as MATLAB wrote them."""
    from scipy.io import savemat

    (folder / "devkit").mkdir(parents=True)
    for part, file in (("train", "cars_train_annos"), ("test", "cars_test_annos_withlabels")):
        rows = []
        for label, name, i, is_train in _photos(counts):
            if is_train == (part == "train"):
                rows.append((1, label + 1, f"{len(rows) + 1:05d}.jpg"))
                put(name, i, folder / f"cars_{part}" / rows[-1][2])
        fields = np.empty(len(rows), dtype=[(f, "O") for f in ("bbox_x1", "class", "fname")])
        fields[:] = rows
        savemat(folder / "devkit" / f"{file}.mat", {"annotations": fields[None]})


def inshop(folder: Path, counts: Counts, put: Put) -> None:
    """The first half of the items trains; of the others the test photos ask for the rest."""
    lines, known = [], len(counts) // 2
    for label, name, i, is_train in _photos(counts):
        part = "train" if label < known else "gallery" if is_train else "query"
        file = f"img/WOMEN/Tees/id_{label + 1:08d}/{i:02d}_front.jpg"
        put(name, i, folder / "Img" / file)
        lines.append(f"{file}  id_{label + 1:08d}  {part}")
    heads = [str(len(lines)), "image_name item_id evaluation_status"]
    _write(folder / "Eval" / "list_eval_partition.txt", [*heads, *lines])


def imagenet(folder: Path, counts: Counts, put: Put) -> None:
    for label, name, i, is_train in _photos(counts):
        where = folder / ("train" if is_train else "val") / f"n{label + 1:08d}"
        put(name, i, where / f"{i}.JPEG")


def places365(folder: Path, counts: Counts, put: Put) -> None:
    kit = folder / "filelist_places365-standard"
    train: list[str] = []
    val: list[str] = []
    for label, name, i, is_train in _photos(counts):
        file = f"/a/{name}/{i:08d}.jpg" if is_train else f"Places365_val_{len(val) + 1:08d}.jpg"
        put(name, i, folder / ("data_256" if is_train else "val_256") / file.lstrip("/"))
        (train if is_train else val).append(f"{file} {label}")
    _write(kit / "categories_places365.txt", [f"/a/{name} {n}" for n, name in enumerate(counts)])
    _write(kit / "places365_train_standard.txt", train)
    _write(kit / "places365_val.txt", val)


LAYOUTS = {
    "cub200": cub200,
    "cars196": cars196,
    "inshop": inshop,
    "imagenet": imagenet,
    "places365": places365,
}


def _photos(counts: Counts) -> Sequence[tuple[int, str, int, bool]]:
    """Of every photo: the number of its label, the label, its own number, whether it trains."""
    return [
        (number, label, i, i < train)
        for number, (label, (train, test)) in enumerate(counts.items())
        for i in range(train + test)
    ]


def _write(file: Path, lines: Sequence[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def choose(
    labels_csv: Path, set_name: str | None, split: str, classes: int, photos: int
) -> dict[str, list[Path]]:
    """The ``classes`` labels with the most photos of ``split``, ``photos`` of each."""
    listed = read_labels(labels_csv)
    if set_name is not None:
        listed = of_set(listed, set_name)
    offered = [p for p in listed if p.split == split]
    common = Counter(p.label for p in offered).most_common(classes)
    chosen: dict[str, list[Path]] = {}
    for label, _ in common:
        plain = label.split("/")[-1].replace(" ", "_")
        chosen[plain] = [p.path for p in offered if p.label == label][:photos]
    return chosen


def build(layout: str, chosen: Mapping[str, Sequence[Path]], out: Path) -> None:
    """Copy the photos into ``out`` in ``layout``; the last quarter of a class asks."""

    def put(label: str, number: int, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(chosen[label][number], target)

    counts = {
        label: (len(photos) - len(photos) // 4, len(photos) // 4)
        for label, photos in chosen.items()
    }
    LAYOUTS[layout](out, counts, put)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("labels", type=Path, metavar="LABELS.csv")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--layout", choices=LAYOUTS, required=True)
    parser.add_argument("--set")
    parser.add_argument("--split", default="train")
    parser.add_argument("--classes", type=int, default=20)
    parser.add_argument("--photos", type=int, default=20, help="of a class")
    parsed = parser.parse_args()
    chosen = choose(parsed.labels, parsed.set, parsed.split, parsed.classes, parsed.photos)
    build(parsed.layout, chosen, parsed.out)


if __name__ == "__main__":
    main()
