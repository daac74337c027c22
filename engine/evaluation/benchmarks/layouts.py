"""Official folder layouts -> every photo with its label and its part of the official split.

Nothing is written and no photo is opened. Whatever a list names must be there; photos that no list
names are counted and left out. Neighbour: ``roles``.
"""

from __future__ import annotations

import csv
import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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


def read(benchmark: str, folder: Path) -> Layout:
    """The photos of ``benchmark`` (one of ``READERS``) in ``folder``.

    Raises ``UserError``: an unknown benchmark, no such folder, another layout, a list that cannot
    be read, or photos that a list names and the folder lacks.
    """
    if benchmark not in READERS:
        raise UserError(
            f"There is no benchmark named {printable(benchmark)}: choose {', '.join(READERS)}."
        )
    if not folder.is_dir():
        raise UserError(f"{printable(folder)} is no folder: give the benchmark's unpacked folder.")
    found = READERS[benchmark](folder)
    if not found.listed:
        raise UserError(f"{printable(folder)} holds no photos of {benchmark}: unpack it again.")
    missing = [photo.path for photo in found.listed if not photo.path.is_file()]
    if missing:
        raise UserError(
            f"{printable(folder)} lacks {len(missing)} of {len(found.listed)} photos of "
            f"{benchmark}, the first is {printable(missing[0])}: unpack the archive again."
        )
    return found


def _cub200(folder: Path) -> Layout:
    """images.txt, image_class_labels.txt, train_test_split.txt, images/ (CUB_200_2011)."""
    folder = _inside(folder, "CUB_200_2011", "images.txt")
    names = dict(_rows(folder / "images.txt", 2))
    labels = dict(_rows(folder / "image_class_labels.txt", 2))
    parts = dict(_rows(folder / "train_test_split.txt", 2))
    for file, known in (("image_class_labels.txt", labels), ("train_test_split.txt", parts)):
        lost = names.keys() - known.keys()
        if lost:
            raise UserError(
                f"{printable(folder / file)} says nothing of {len(lost)} photos in images.txt, one "
                f"of them number {printable(min(lost))}: unpack the archive again."
            )
    listed = tuple(
        Listed(
            folder / "images" / name, labels[number], "train" if parts[number] == "1" else "test"
        )
        for number, name in names.items()
    )
    return Layout(listed, _numbered(labels.values()), _extra(folder / "images", listed))


def _cars196(folder: Path) -> Layout:
    """The development kit (.mat), the same as .csv, or a folder a class in train/ and test/."""
    for kit in (folder, folder / "devkit"):
        for one, other in (
            ("cars_train_annos.csv", "cars_test_annos.csv"),
            ("cars_train_annos.csv", "cars_test_annos_withlabels.csv"),
            ("anno_train.csv", "anno_test.csv"),
        ):
            if (kit / one).is_file() and (kit / other).is_file():
                return _cars(folder, _cars_csv(kit / one), _cars_csv(kit / other))
    for where in (folder, folder / "car_data", folder / "car_data" / "car_data"):
        if (where / "train").is_dir() and (where / "test").is_dir():
            return _folders({"train": where / "train", "test": where / "test"})
    train = _first(folder, "devkit/cars_train_annos.mat", "cars_train_annos.mat")
    test = _first(folder, "devkit/cars_test_annos_withlabels.mat", "cars_test_annos_withlabels.mat")
    return _cars(folder, _cars_mat(train), _cars_mat(test))


def _cars(
    folder: Path, train: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]]
) -> Layout:
    listed = []
    for part, rows in (("train", train), ("test", test)):
        base = _first_folder(folder, f"cars_{part}/cars_{part}", f"cars_{part}", part)
        listed += [Listed(base / name, label, part) for name, label in rows]
    extra = sum(_extra(base, listed) for base in {photo.path.parent for photo in listed})
    return Layout(tuple(listed), _numbered(label for _, label in (*train, *test)), extra)


def _cars_csv(file: Path) -> list[tuple[str, str]]:
    """File name and class number; a first line of titles is passed over.

    Either the columns are named (fname, class), or they are file, box and class, class last.
    """
    rows = [row for row in csv.reader(_text(file).splitlines()) if row]
    titles = [title.strip().lower() for title in rows[0]] if rows else []
    named = {"fname", "class"} <= set(titles)
    name_at, class_at = (titles.index("fname"), titles.index("class")) if named else (0, -1)
    found = []
    for number, row in enumerate(rows[1:] if named else rows, 1):
        if len(row) < 2 or not row[class_at].strip().isdigit():
            if number == 1 and not named:
                continue
            raise UserError(f"{printable(file)} has a line without file and class: {number}.")
        found.append((row[name_at].strip(), row[class_at].strip()))
    return found


def _cars_mat(file: Path) -> list[tuple[str, str]]:
    try:
        read_mat = importlib.import_module("scipy.io").loadmat
    except ImportError:
        raise UserError(
            f"{printable(file)} can be read only where scipy is installed: install it, or give "
            "cars_train_annos.csv and cars_test_annos.csv with the columns fname and class."
        ) from None
    try:
        rows = read_mat(file, squeeze_me=True)["annotations"]
        return [(str(row["fname"]), str(int(row["class"]))) for row in rows]
    except (OSError, KeyError, ValueError, TypeError, NotImplementedError) as error:
        raise UserError(f"{printable(file)} is not the list of the Cars196 kit.") from error


def _inshop(folder: Path) -> Layout:
    """Eval/list_eval_partition.txt: two lines of titles, then photo, item and part."""
    file = _first(
        folder,
        "Eval/list_eval_partition.txt",
        "list_eval_partition.txt",
        "Anno/list_eval_partition.txt",
    )
    base = _first_folder(folder, "Img", ".")
    listed = []
    for name, item, part in _rows(file, 3, skipped=2):
        if part not in ("train", "query", "gallery"):
            raise UserError(
                f"{printable(file)} has the part {printable(part)}: train, query or gallery."
            )
        listed.append(Listed(base / name, item, part))
    pictures = base / "img" if (base / "img").is_dir() else base
    return Layout(tuple(listed), _sorted(listed), _extra(pictures, listed))


def _imagenet(folder: Path) -> Layout:
    """A folder a class (its WordNet id) in train/ and val/."""
    return _folders(
        {
            "train": _first_folder(folder, "train", "ILSVRC/Data/CLS-LOC/train"),
            "test": _first_folder(folder, "val", "ILSVRC/Data/CLS-LOC/val"),
        }
    )


def _places365(folder: Path) -> Layout:
    """categories_places365.txt and the file lists of the standard set, for train and val."""
    lists = _inside(folder, "filelist_places365-standard", "categories_places365.txt")
    names = {n: c for c, n in _rows(lists / "categories_places365.txt", 2)}
    listed = []
    for part, file, bases in (
        ("train", "places365_train_standard.txt", ("data_256", "data_large", "train")),
        ("test", "places365_val.txt", ("val_256", "val_large", "val")),
    ):
        base = _first_folder(folder, *bases)
        for name, number in _rows(lists / file, 2):
            if number not in names:
                raise UserError(
                    f"{printable(lists / file)} has the category {printable(number)}, which "
                    "categories_places365.txt does not know: unpack the archive again."
                )
            listed.append(Listed(base / name.lstrip("/"), names[number], part))
    return Layout(tuple(listed), tuple(names[n] for n in _numbered(names)))


READERS: Mapping[str, Callable[[Path], Layout]] = {
    "cub200": _cub200,
    "cars196": _cars196,
    "inshop": _inshop,
    "imagenet": _imagenet,
    "places365": _places365,
}


# Lists and folders


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except FileNotFoundError:
        raise UserError(
            f"{printable(file)} is missing: give the benchmark's folder as it was unpacked."
        ) from None
    except OSError as error:
        raise UserError(f"{printable(file)} cannot be read ({error.strerror or error}).") from error


def _rows(file: Path, columns: int, *, skipped: int = 0) -> Iterator[list[str]]:
    """Lines of a list as words; anything but ``columns`` of them is told."""
    for number, line in enumerate(_text(file).splitlines(), 1):
        words = line.split()
        if number <= skipped or not words:
            continue
        if len(words) != columns:
            raise UserError(
                f"Line {number} of {printable(file)} has {len(words)} words and not {columns}: "
                "unpack the archive again."
            )
        yield words


def _folders(parts: Mapping[str, Path]) -> Layout:
    """A folder a class in every part; files that are no photos count as extra."""
    listed, extra = [], 0
    for part, folder in parts.items():
        for of_class in sorted(p for p in folder.iterdir() if p.is_dir()):
            for file in sorted(of_class.iterdir()):
                if file.suffix.lower() in PHOTOS:
                    listed.append(Listed(file, of_class.name, part))
                else:
                    extra += 1
    return Layout(tuple(listed), _sorted(listed), extra)


def _extra(folder: Path, listed: Iterable[Listed]) -> int:
    """Photos below ``folder`` that no list names."""
    known = {os.fspath(photo.path) for photo in listed}
    return sum(
        os.path.join(where, name) not in known
        for where, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(PHOTOS)
    )


def _numbered(labels: Iterable[str]) -> tuple[str, ...]:
    """Class numbers as the official lists order them."""
    return tuple(sorted(set(labels), key=lambda label: (len(label), label)))


def _sorted(listed: Iterable[Listed]) -> tuple[str, ...]:
    return tuple(sorted({photo.label for photo in listed}))


def _inside(folder: Path, usual: str, file: str) -> Path:
    """``folder``, or the folder of the ``usual`` name in it, whichever holds ``file``."""
    return _first(folder, file, f"{usual}/{file}").parent


def _first(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise UserError(
        f"{printable(folder)} has no {names[0]}: give the benchmark's folder as it was unpacked."
    )


def _first_folder(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_dir():
            return folder / name if name != "." else folder
    raise UserError(
        f"{printable(folder)} has no folder {names[0]}: give the benchmark's folder as it was "
        "unpacked."
    )
