"""Official layouts and splits, on small folders of the same shape."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from engine.errors import UserError
from engine.evaluation.benchmarks import layouts, roles
from tests.evaluation.benchmarks import folders


def splits(benchmark: str, folder: Path, protocol: str) -> Counter[str]:
    found = roles.roles(benchmark, layouts.read(benchmark, folder), protocol, folder)
    return Counter(photo.split for photo in found)


def test_every_benchmark_has_a_reader_and_both_sets_are_offered(tmp_path: Path) -> None:
    made = {
        benchmark: folders.drawn(benchmark, tmp_path / benchmark)
        for benchmark in ("cub200", "cars196", "imagenet", "places365")
    }
    for benchmark, folder in made.items():
        assert splits(benchmark, folder, "closed") == {"gallery": 12, "query": 4}
        assert splits(benchmark, folder, "open") == {"train": 6, "gallery": 6, "query": 2}
    folder = folders.drawn("inshop", tmp_path / "inshop", classes=6)
    for protocol in roles.PROTOCOLS:
        assert splits("inshop", folder, protocol) == {"train": 12, "gallery": 9, "query": 3}
    assert {*made, "inshop"} == set(layouts.READERS)


def test_closed_and_open_sets_are_never_mixed(tmp_path: Path) -> None:
    for benchmark, folder in (
        ("cub200", folders.drawn("cub200", tmp_path / "cub")),
        ("inshop", folders.drawn("inshop", tmp_path / "inshop", classes=6)),
    ):
        found = layouts.read(benchmark, folder)
        closed = roles.roles(benchmark, found, "closed", folder)
        opened = roles.roles(benchmark, found, "open", folder)
        known = {p.label for p in roles.trained_on(closed)}
        assert {p.label for p in closed if p.split == "query"} <= known
        known = {p.label for p in roles.trained_on(opened)}
        assert not known & {p.label for p in opened if p.split != "train"}


def test_cars196_is_read_from_class_folders_and_from_csv_too(tmp_path: Path) -> None:
    for folder in (
        folders.class_folders(tmp_path / "folders", "test"),
        folders.cars196_csv(tmp_path / "csv"),
    ):
        assert splits("cars196", folder, "closed") == {"gallery": 12, "query": 4}


def test_cars196_is_read_from_the_one_list_of_all_its_photos(tmp_path: Path) -> None:
    rows = []
    for number in range(8):
        name = f"car_ims/{number + 1:06d}.jpg"
        folders.photo(tmp_path / name, number // 4, number)
        rows.append((name, number // 4 + 1, int(number % 4 == 3)))
    fields = np.empty(8, dtype=[(f, "O") for f in ("relative_im_path", "class", "test")])
    fields[:] = rows
    savemat(tmp_path / "cars_annos.mat", {"annotations": fields[None]})
    assert splits("cars196", tmp_path, "closed") == {"gallery": 6, "query": 2}
    assert layouts.read("cars196", tmp_path).classes == ("1", "2")


@pytest.mark.parametrize("content", [b"", b"no list", b"MATLAB 5.0 MAT-file" + bytes(300)])
def test_a_damaged_list_of_cars196_is_told(tmp_path: Path, content: bytes) -> None:
    folder = folders.drawn("cars196", tmp_path)
    (folder / "devkit" / "cars_train_annos.mat").write_bytes(content)
    with pytest.raises(UserError, match=r"cars_train_annos\.mat is not the list"):
        layouts.read("cars196", folder)


def flat_imagenet(folder: Path) -> Path:
    """As the archives unpack: all photos of val in one folder, two classes of three photos."""
    folders.class_folders(folder, "val", classes=2)
    for number, wnid in enumerate(("n00000002", "n00000001"), 1):
        target = folder / "val" / f"ILSVRC2012_val_{number:08d}.JPEG"
        (folder / "val" / wnid / "0.JPEG").rename(target)
        (folder / "val" / wnid).rmdir()
    return folder


def test_a_flat_val_of_imagenet_is_read_with_its_truth(tmp_path: Path) -> None:
    by_csv = flat_imagenet(tmp_path / "csv")
    (by_csv / "LOC_val_solution.csv").write_text(
        "ImageId,PredictionString\n"
        "ILSVRC2012_val_00000001,n00000002 1 2 3 4 \n"
        "ILSVRC2012_val_00000002,n00000001 1 2 3 4 n00000001 5 6 7 8\n"
    )
    by_kit = flat_imagenet(tmp_path / "kit")
    kit = by_kit / "ILSVRC2012_devkit_t12" / "data"
    kit.mkdir(parents=True)
    (kit / "ILSVRC2012_validation_ground_truth.txt").write_text("7\n3\n")
    synsets = np.empty(2, dtype=[(f, "O") for f in ("ILSVRC2012_ID", "WNID")])
    synsets[:] = [(3, "n00000001"), (7, "n00000002")]
    savemat(kit / "meta.mat", {"synsets": synsets})
    for folder in (by_csv, by_kit):
        found = layouts.read("imagenet", folder)
        asked = {photo.path.name: photo.label for photo in found.listed if photo.part == "test"}
        assert asked == {
            "ILSVRC2012_val_00000001.JPEG": "n00000002",
            "ILSVRC2012_val_00000002.JPEG": "n00000001",
        }
        assert found.extra == 0
    (by_csv / "LOC_val_solution.csv").write_text("ImageId\nILSVRC2012_val_00000001\n")
    with pytest.raises(UserError, match="no columns ImageId and PredictionString"):
        layouts.read("imagenet", by_csv)


def test_a_flat_val_without_its_truth_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no folders of classes: give LOC_val_solution\.csv or"):
        layouts.read("imagenet", flat_imagenet(tmp_path))


def test_classes_of_cub200_are_ordered_by_number(tmp_path: Path) -> None:
    folder = folders.drawn("cub200", tmp_path, classes=12)
    assert layouts.read("cub200", folder).classes == tuple(str(n) for n in range(1, 13))


def test_photos_that_are_missing_are_told_in_one_sentence(tmp_path: Path) -> None:
    folder = folders.drawn("cub200", tmp_path)
    (folder / "CUB_200_2011/images/002.Kind_2/Kind_2_0001.jpg").unlink()
    with pytest.raises(UserError, match=r"lacks 1 of 16 photos of cub200, the first is .*0001"):
        layouts.read("cub200", folder)


def test_photos_that_no_list_names_are_counted_and_left_out(tmp_path: Path) -> None:
    folder = folders.drawn("inshop", tmp_path, classes=6)
    folders.photo(folder / "Img/img/WOMEN/Tees/other.jpg", 9, 9)
    found = layouts.read("inshop", folder)
    assert (found.extra, len(found.listed)) == (1, 24)
    assert "1 files that inshop does not list" in roles.sentence("inshop", "open", found)


def test_one_photo_a_class_is_nothing_to_learn_from(tmp_path: Path) -> None:
    folder = folders.drawn("cub200", tmp_path, train=1)
    with pytest.raises(UserError, match="one photo a class to train on"):
        splits("cub200", folder, "closed")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("images.txt", "has no images.txt"),
        ("image_class_labels.txt", "image_class_labels.txt is missing"),
        ("train_test_split.txt", "train_test_split.txt is missing"),
    ],
)
def test_a_list_that_is_missing_is_named(tmp_path: Path, damage: str, words: str) -> None:
    folder = folders.drawn("cub200", tmp_path)
    (folder / "CUB_200_2011" / damage).unlink()
    with pytest.raises(UserError, match=words):
        layouts.read("cub200", folder)


def test_lists_that_do_not_agree_are_told(tmp_path: Path) -> None:
    folder = folders.drawn("cub200", tmp_path)
    file = folder / "CUB_200_2011" / "train_test_split.txt"
    file.write_text("\n".join(file.read_text().splitlines()[:-2]))
    with pytest.raises(UserError, match="says nothing of 2 photos"):
        layouts.read("cub200", folder)
    file.write_text("\n".join(f"{n} {2 * (n == 3)}" for n in range(1, 17)))
    with pytest.raises(UserError, match=r"has 2 where 1 \(train\) or 0 \(test\) belongs"):
        layouts.read("cub200", folder)
    file.write_text("1 1 1\n")
    with pytest.raises(UserError, match=r"Line 1 of .* has 3 words and not 2"):
        layouts.read("cub200", folder)


def test_another_folder_and_another_name_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no benchmark named sop: choose cub200"):
        layouts.read("sop", tmp_path)
    with pytest.raises(UserError, match="is no folder"):
        layouts.read("cub200", tmp_path / "none")
    with pytest.raises(UserError, match="has no folder train"):
        layouts.read("imagenet", tmp_path)


def test_a_class_of_the_open_set_that_is_trained_on_is_refused(tmp_path: Path) -> None:
    folder = folders.drawn("inshop", tmp_path, classes=6)
    file = folder / "Eval" / "list_eval_partition.txt"
    text = file.read_text().replace(
        "id_00000001/00_front.jpg  id_00000001  train",
        "id_00000001/00_front.jpg  id_00000001  query",
    )
    file.write_text(text)
    with pytest.raises(UserError, match="that is no open set"):
        splits("inshop", folder, "open")
