"""Small folders in the layouts of the paper's benchmarks, of coloured pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def photo(file: Path, label: int, number: int) -> Path:
    """A picture that looks like others of its label, and like no other exactly."""
    file.parent.mkdir(parents=True, exist_ok=True)
    base = np.random.default_rng(label).integers(0, 256, (4, 4, 3))
    noise = np.random.default_rng((label, number)).integers(-25, 26, (4, 4, 3))
    grid = np.clip(base + noise, 0, 255).astype(np.uint8)
    Image.fromarray(grid).resize((72, 64), Image.Resampling.BICUBIC).save(file, quality=92)
    return file


def cub200(folder: Path, classes: int = 4, train: int = 3, test: int = 1) -> Path:
    base = folder / "CUB_200_2011"
    names, labels, split, number = [], [], [], 0
    for label in range(1, classes + 1):
        for i in range(train + test):
            number += 1
            name = f"{label:03d}.Bird_{label}/Bird_{i:04d}.jpg"
            photo(base / "images" / name, label, i)
            names.append(f"{number} {name}")
            labels.append(f"{number} {label}")
            split.append(f"{number} {int(i < train)}")
    for file, lines in (
        ("images.txt", names),
        ("image_class_labels.txt", labels),
        ("train_test_split.txt", split),
    ):
        (base / file).write_text("\n".join(lines) + "\n")
    return folder


def cars196_csv(folder: Path, classes: int = 4) -> Path:
    for part, count in (("train", 3), ("test", 1)):
        lines = ["fname,bbox_x1,class"]
        for label in range(1, classes + 1):
            for i in range(count):
                name = f"{label:02d}{i:03d}.jpg"
                photo(folder / f"cars_{part}" / name, label, i + 10 * (part == "test"))
                lines.append(f"{name},3,{label}")
        (folder / f"cars_{part}_annos.csv").write_text("\n".join(lines))
    return folder


def class_folders(folder: Path, second: str, classes: int = 4) -> Path:
    for part, count in (("train", 3), (second, 1)):
        for label in range(1, classes + 1):
            for i in range(count):
                where = folder / part / f"n{label:08d}"
                photo(where / f"{i}.JPEG", label, i + 10 * (part == second))
    return folder


def inshop(folder: Path) -> Path:
    lines = []
    for item in range(1, 7):
        for i in range(4):
            part = "train" if item <= 3 else ("query" if i == 0 else "gallery")
            name = f"img/WOMEN/Tees/id_{item:08d}/0{i}_front.jpg"
            photo(folder / "Img" / name, item, i)
            lines.append(f"{name}  id_{item:08d}  {part}")
    (folder / "Eval").mkdir()
    text = f"{len(lines)}\nimage_name item_id evaluation_status\n" + "\n".join(lines)
    (folder / "Eval" / "list_eval_partition.txt").write_text(text)
    return folder


def places365(folder: Path, classes: int = 4) -> Path:
    lists = folder / "filelist_places365-standard"
    lists.mkdir(parents=True)
    kinds, train, val = [], [], []
    for label in range(classes):
        kinds.append(f"/a/place{label} {label}")
        for i in range(3):
            train.append(f"/a/place{label}/{i:08d}.jpg {label}")
            photo(folder / "data_256" / "a" / f"place{label}" / f"{i:08d}.jpg", label, i)
        val.append(f"Places365_val_{label:08d}.jpg {label}")
        photo(folder / "val_256" / f"Places365_val_{label:08d}.jpg", label, 99)
    (lists / "categories_places365.txt").write_text("\n".join(kinds))
    (lists / "places365_train_standard.txt").write_text("\n".join(train))
    (lists / "places365_val.txt").write_text("\n".join(val))
    return folder
