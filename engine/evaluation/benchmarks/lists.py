"""Official lists and folders of benchmarks, read strictly: what is wrong is one sentence.

Nothing is written and no photo is opened. Neighbour: ``layouts`` has a reader for each benchmark.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from engine.errors import UserError, printable

PHOTOS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


@dataclass(frozen=True, slots=True)
class Listed:
    """A photo of a benchmark. ``part``: train or test; of In-shop: train, gallery or query."""

    path: Path
    label: str
    part: str


@dataclass(frozen=True)
class Layout:
    """What a folder holds. ``classes`` in the official order; ``extra``: photos in no list."""

    listed: tuple[Listed, ...]
    classes: tuple[str, ...]
    extra: int = 0


def text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except FileNotFoundError:
        raise UserError(
            f"{printable(file)} is missing: give the benchmark's folder as it was unpacked."
        ) from None
    except OSError as error:
        raise UserError(f"{printable(file)} cannot be read ({error.strerror or error}).") from error


def rows(file: Path, columns: int, *, skipped: int = 0) -> Iterator[list[str]]:
    """Lines of a list as words; anything but ``columns`` of them is told."""
    for number, line in enumerate(text(file).splitlines(), 1):
        words = line.split()
        if number <= skipped or not words:
            continue
        if len(words) != columns:
            raise UserError(
                f"Line {number} of {printable(file)} has {len(words)} words and not {columns}: "
                "unpack the archive again."
            )
        yield words


def class_folders(parts: Mapping[str, Path]) -> Layout:
    """A folder a class in every part; files that are no photos count as extra."""
    listed, extra = [], 0
    for part, folder in parts.items():
        for of_class in sorted(p for p in folder.iterdir() if p.is_dir()):
            for file in sorted(of_class.iterdir()):
                if file.suffix.lower() in PHOTOS:
                    listed.append(Listed(file, of_class.name, part))
                else:
                    extra += 1
    return Layout(tuple(listed), in_order(listed), extra)


def extra_photos(folder: Path, listed: Iterable[Listed]) -> int:
    """Photos below ``folder`` that no list names."""
    known = {os.fspath(photo.path) for photo in listed}
    return sum(
        os.path.join(where, name) not in known
        for where, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(PHOTOS)
    )


def numbered(labels: Iterable[str]) -> tuple[str, ...]:
    """Class numbers as the official lists order them."""
    return tuple(sorted(set(labels), key=lambda label: (len(label), label)))


def in_order(listed: Iterable[Listed]) -> tuple[str, ...]:
    return tuple(sorted({photo.label for photo in listed}))


def inside(folder: Path, usual: str, file: str) -> Path:
    """``folder``, or the folder of the ``usual`` name in it, whichever holds ``file``."""
    return first_file(folder, file, f"{usual}/{file}").parent


def first_file(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise UserError(
        f"{printable(folder)} has no {names[0]}: give the benchmark's folder as it was unpacked."
    )


def first_folder(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_dir():
            return folder / name if name != "." else folder
    raise UserError(
        f"{printable(folder)} has no folder {names[0]}: give the benchmark's folder as it was "
        "unpacked."
    )


def read_mat(file: Path, name: str, fields: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """The ``fields`` of every row of the struct array ``name`` in a MATLAB file.

    Raises ``UserError`` for any other file.
    """
    try:
        rows = np.atleast_1d(loadmat(file, squeeze_me=True)[name])
        return [tuple(row[field] for field in fields) for row in rows]
    except (OSError, KeyError, ValueError, TypeError, NotImplementedError, MatReadError) as error:
        raise UserError(
            f"{printable(file)} is not the list that the benchmark comes with: unpack it again."
        ) from error
