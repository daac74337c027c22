"""Small folders in the layouts of the paper's benchmarks, of coloured pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.bench import standins


def photo(file: Path, label: int, number: int) -> Path:
    """A picture that looks like others of its label, and like no other exactly."""
    file.parent.mkdir(parents=True, exist_ok=True)
    base = np.random.default_rng(label).integers(0, 256, (4, 4, 3))
    noise = np.random.default_rng((label, number)).integers(-25, 26, (4, 4, 3))
    grid = np.clip(base + noise, 0, 255).astype(np.uint8)
    Image.fromarray(grid).resize((72, 64), Image.Resampling.BICUBIC).save(file, quality=92)
    return file


def drawn(layout: str, folder: Path, classes: int = 4, train: int = 3, test: int = 1) -> Path:
    """``folder`` in the ``layout`` of a benchmark."""
    labels = [f"Kind_{n}" for n in range(1, classes + 1)]

    def put(label: str, number: int, target: Path) -> None:
        photo(target, labels.index(label) + 1, number)

    standins.LAYOUTS[layout](folder, dict.fromkeys(labels, (train, test)), put)
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
