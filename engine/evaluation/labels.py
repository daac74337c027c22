"""LABELS.csv -> labelled photos. The next stage is ``engine.services.evaluating``.

Columns: ``file`` (path relative to the csv's folder), ``label``, ``split`` (train, gallery or
query), and optionally ``set`` (one table each) and ``label_in_train`` (1: photos of this label are
in the train split; 0: not). Other columns are ignored.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import UserError, printable

SPLITS = ("train", "gallery", "query")
REQUIRED = ("file", "label", "split")


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """One line of the labels file. ``path`` is absolute; ``seen`` is None where not said."""

    path: Path
    label: str
    split: str  # train, gallery or query
    set: str
    seen: bool | None


def read_labels(labels_csv: Path) -> tuple[LabelledPhoto, ...]:
    """Every line of ``labels_csv``, in its order.

    A file without a ``set`` column is one set, named after the file. Raises ``UserError``: no
    such file, not CSV, columns missing, an unknown split, a photo that is missing, lies outside
    the csv's folder, or stands there twice within its set.
    """
    name = printable(labels_csv)
    try:
        with labels_csv.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            rows = csv.DictReader(file)
            missing = [c for c in REQUIRED if c not in (rows.fieldnames or ())]
            if missing:
                raise UserError(
                    f"{name} has no column {' and no column '.join(missing)}: "
                    "its first line must name file, label and split."
                )
            photos = tuple(_photo(labels_csv, number, row) for number, row in _numbered(rows))
    except FileNotFoundError:
        raise UserError(f"{name} does not exist: give the path of a labels file.") from None
    except IsADirectoryError:
        raise UserError(f"{name} is a folder: give the labels file inside it.") from None
    except OSError as error:
        raise UserError(
            f"{name} cannot be read ({error.strerror or error}): check its permissions."
        ) from error
    except csv.Error as error:
        raise UserError(f"{name} is not a CSV file ({error}): save it as CSV.") from error
    if not photos:
        raise UserError(f"{name} lists no photos: add lines below its first one.")
    _refuse_repeats(labels_csv, photos)
    return photos


def of_set(photos: Iterable[LabelledPhoto], set_name: str) -> tuple[LabelledPhoto, ...]:
    """The photos of one set. Raises ``UserError`` where it has no gallery or no queries."""
    chosen = tuple(p for p in photos if p.set == set_name)
    for split in ("gallery", "query"):
        if not any(p.split == split for p in chosen):
            raise UserError(
                f"The set {printable(set_name)} has no {split} photos: "
                f"give some of its lines the split '{split}'."
            )
    return chosen


def choose_sets(photos: Iterable[LabelledPhoto], name: str | None) -> tuple[str, ...]:
    """The named set, or all in the order of the file. Raises ``UserError`` for an unknown one."""
    known = tuple(dict.fromkeys(p.set for p in photos))
    if name is None:
        return known
    if name not in known:
        raise UserError(
            f"There is no set {printable(name)} in the labels file: "
            f"it has {', '.join(map(printable, known))}."
        )
    return (name,)


def _numbered(rows: csv.DictReader[str]) -> Iterable[tuple[int, dict[str, str | None]]]:
    for row in rows:
        yield rows.line_num, dict(row)


def _photo(labels_csv: Path, line: int, row: dict[str, str | None]) -> LabelledPhoto:
    where = f"Line {line} of {printable(labels_csv)}"
    values = {column: (row.get(column) or "").strip() for column in REQUIRED}
    for column, value in values.items():
        if not value:
            raise UserError(f"{where} has no {column}: fill it in or delete the line.")
    split = values["split"]
    if split not in SPLITS:
        raise UserError(f"{where} has the split {printable(split)}: use train, gallery or query.")
    seen = (row.get("label_in_train") or "").strip()
    if seen not in ("", "0", "1"):
        raise UserError(f"{where} has label_in_train {printable(seen)}: use 0 or 1.")
    folder = os.path.abspath(labels_csv.parent)
    path = Path(os.path.normpath(os.path.join(folder, values["file"])))
    if not path.is_relative_to(folder) or "\0" in values["file"]:
        raise UserError(
            f"{where} names {printable(values['file'])}, which lies outside the folder of the "
            "labels file: put the photos beside or below it."
        )
    if not path.is_file():
        raise UserError(
            f"{where} names {printable(values['file'])}, which is not there: "
            "paths are relative to the labels file."
        )
    return LabelledPhoto(
        path=path,
        label=values["label"],
        split=split,
        set=(row.get("set") or "").strip() or labels_csv.stem,
        seen=None if seen == "" else seen == "1",
    )


def _refuse_repeats(labels_csv: Path, photos: tuple[LabelledPhoto, ...]) -> None:
    """A photo in two splits of a set would leak; one listed twice would count twice."""
    known: set[tuple[str, Path]] = set()
    for photo in photos:
        if (photo.set, photo.path) in known:
            raise UserError(
                f"{printable(labels_csv)} lists {printable(photo.path.name)} twice in the set "
                f"{printable(photo.set)}: keep one of its lines."
            )
        known.add((photo.set, photo.path))
