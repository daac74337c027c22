"""Official folder layouts -> every photo with its label and its part of the official split.

Nothing is written and no photo is opened. Whatever a list names must be there; photos that no list
names are counted and left out. Neighbours: ``lists`` reads, ``roles`` says what for.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from engine.errors import UserError, printable
from engine.evaluation.benchmarks import lists
from engine.evaluation.benchmarks.lists import Layout, Listed


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
    try:
        found = READERS[benchmark](folder)
    except OSError as error:
        raise UserError(
            f"{printable(error.filename or folder)} cannot be read ({error.strerror or error}): "
            "check its permissions."
        ) from error
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
    folder = lists.inside(folder, "CUB_200_2011", "images.txt")
    names = dict(lists.rows(folder / "images.txt", 2))
    labels = dict(lists.rows(folder / "image_class_labels.txt", 2))
    parts = dict(lists.rows(folder / "train_test_split.txt", 2))
    for file, known in (("image_class_labels.txt", labels), ("train_test_split.txt", parts)):
        lost = names.keys() - known.keys()
        if lost:
            raise UserError(
                f"{printable(folder / file)} says nothing of {len(lost)} photos in images.txt, one "
                f"of them number {printable(min(lost))}: unpack the archive again."
            )
    odd = sorted(set(parts.values()) - {"0", "1"})
    if odd:
        raise UserError(
            f"{printable(folder / 'train_test_split.txt')} has {printable(odd[0])} where 1 (train) "
            "or 0 (test) belongs: unpack the archive again."
        )
    listed = tuple(
        Listed(
            folder / "images" / name, labels[number], "train" if parts[number] == "1" else "test"
        )
        for number, name in names.items()
    )
    return Layout(
        listed, lists.numbered(labels.values()), lists.extra_photos(folder / "images", listed)
    )


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
        if (kit / "cars_annos.mat").is_file():
            return _cars_together(folder, kit / "cars_annos.mat")
    for where in (folder, folder / "car_data", folder / "car_data" / "car_data"):
        if (where / "train").is_dir() and (where / "test").is_dir():
            return lists.class_folders({"train": where / "train", "test": where / "test"})
    train, test = (
        lists.first_file(folder, f"devkit/{name}", name)
        for name in ("cars_train_annos.mat", "cars_test_annos_withlabels.mat")
    )
    return _cars(folder, _cars_mat(train), _cars_mat(test))


def _cars_together(folder: Path, file: Path) -> Layout:
    """cars_annos.mat: all photos below one folder (car_ims), the split in a column."""
    rows = lists.read_mat(file, "annotations", ("relative_im_path", "class", "test"))
    listed = tuple(
        Listed(folder / str(name), str(int(label)), "test" if test else "train")
        for name, label, test in rows
    )
    extra = sum(
        lists.extra_photos(base, listed) for base in {photo.path.parent for photo in listed}
    )
    return Layout(listed, lists.numbered(photo.label for photo in listed), extra)


def _cars(
    folder: Path, train: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]]
) -> Layout:
    listed = []
    for part, rows in (("train", train), ("test", test)):
        base = lists.first_folder(folder, f"cars_{part}/cars_{part}", f"cars_{part}", part)
        listed += [Listed(base / name, label, part) for name, label in rows]
    extra = sum(
        lists.extra_photos(base, listed) for base in {photo.path.parent for photo in listed}
    )
    return Layout(tuple(listed), lists.numbered(label for _, label in (*train, *test)), extra)


def _cars_csv(file: Path) -> list[tuple[str, str]]:
    """File name and class number; a first line of titles is passed over.

    Either the columns are named (fname, class), or they are file, box and class, class last.
    """
    rows = [row for row in csv.reader(lists.text(file).splitlines()) if row]
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
    rows = lists.read_mat(file, "annotations", ("fname", "class"))
    return [(str(name), str(int(label))) for name, label in rows]


def _inshop(folder: Path) -> Layout:
    """Eval/list_eval_partition.txt: two lines of titles, then photo, item and part."""
    file = lists.first_file(
        folder,
        "Eval/list_eval_partition.txt",
        "list_eval_partition.txt",
        "Anno/list_eval_partition.txt",
    )
    base = lists.first_folder(folder, "Img", ".")
    listed = []
    for name, item, part in lists.rows(file, 3, skipped=2):
        if part not in ("train", "query", "gallery"):
            raise UserError(
                f"{printable(file)} has the part {printable(part)}: train, query or gallery."
            )
        listed.append(Listed(base / name, item, part))
    pictures = base / "img" if (base / "img").is_dir() else base
    return Layout(tuple(listed), lists.in_order(listed), lists.extra_photos(pictures, listed))


def _imagenet(folder: Path) -> Layout:
    """A folder a class (its WordNet id) in train/; in val/ too, or all photos and their truth."""
    train = lists.first_folder(folder, "train", "ILSVRC/Data/CLS-LOC/train")
    val = lists.first_folder(folder, "val", "ILSVRC/Data/CLS-LOC/val")
    if any(p.is_dir() for p in val.iterdir()):
        return lists.class_folders({"train": train, "test": val})
    known = lists.class_folders({"train": train})
    flat = tuple(Listed(val / name, wnid, "test") for name, wnid in _imagenet_truth(folder))
    unknown = sorted({photo.label for photo in flat} - set(known.classes))
    if unknown:
        raise UserError(
            f"{printable(train)} lacks {len(unknown)} of the classes of val, the first is "
            f"{printable(unknown[0])}: unpack the archive again."
        )
    extra = known.extra + lists.extra_photos(val, flat)
    return Layout((*known.listed, *flat), known.classes, extra)


def _imagenet_truth(folder: Path) -> list[tuple[str, str]]:
    """File name and WordNet id of every photo of the official val."""
    solution = folder / "LOC_val_solution.csv"
    if solution.is_file():
        rows = csv.DictReader(lists.text(solution).splitlines())
        if not {"ImageId", "PredictionString"} <= set(rows.fieldnames or ()):
            raise UserError(
                f"{printable(solution)} has no columns ImageId and PredictionString: unpack the "
                "archive again."
            )
        return [(f"{r['ImageId']}.JPEG", (r["PredictionString"] or "").split(" ")[0]) for r in rows]
    kit = "ILSVRC2012_devkit_t12/data"
    try:
        truth = lists.first_file(folder, f"{kit}/ILSVRC2012_validation_ground_truth.txt")
        meta = lists.first_file(folder, f"{kit}/meta.mat")
    except UserError:
        raise UserError(
            f"The photos in {printable(folder)}/val lie in no folders of classes: give "
            "LOC_val_solution.csv or the folder ILSVRC2012_devkit_t12 beside them."
        ) from None
    synsets = lists.read_mat(meta, "synsets", ("ILSVRC2012_ID", "WNID"))
    wnids = {str(int(number)): str(wnid) for number, wnid in synsets}
    found = []
    for place, (number,) in enumerate(lists.rows(truth, 1), 1):
        if number not in wnids:
            raise UserError(
                f"Line {place} of {printable(truth)} has a class that meta.mat does not know: "
                "unpack the archive again."
            )
        found.append((f"ILSVRC2012_val_{place:08d}.JPEG", wnids[number]))
    return found


def _places365(folder: Path) -> Layout:
    """categories_places365.txt and the file lists of the standard set, for train and val."""
    kit = lists.inside(folder, "filelist_places365-standard", "categories_places365.txt")
    names = {n: c for c, n in lists.rows(kit / "categories_places365.txt", 2)}
    listed = []
    for part, file, bases in (
        ("train", "places365_train_standard.txt", ("data_256", "data_large", "train")),
        ("test", "places365_val.txt", ("val_256", "val_large", "val")),
    ):
        base = lists.first_folder(folder, *bases)
        for name, number in lists.rows(kit / file, 2):
            if number not in names:
                raise UserError(
                    f"{printable(kit / file)} has the category {printable(number)}, which "
                    "categories_places365.txt does not know: unpack the archive again."
                )
            listed.append(Listed(base / name.lstrip("/"), names[number], part))
    return Layout(tuple(listed), tuple(names[n] for n in lists.numbered(names)))


READERS: Mapping[str, Callable[[Path], Layout]] = {
    "cub200": _cub200,
    "cars196": _cars196,
    "inshop": _inshop,
    "imagenet": _imagenet,
    "places365": _places365,
}
