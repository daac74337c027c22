"""Official layouts and splits, on small folders of the same shape."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path

import pytest

from engine.errors import UserError
from engine.evaluation.benchmarks import layouts, roles
from tests.evaluation.benchmarks import folders


def splits(benchmark: str, folder: Path, protocol: str) -> Counter[str]:
    found = roles.roles(benchmark, layouts.read(benchmark, folder), protocol, folder)
    return Counter(photo.split for photo in found)


def test_every_benchmark_has_a_reader_and_both_sets_are_offered(tmp_path: Path) -> None:
    made = {
        "cub200": folders.cub200(tmp_path / "cub"),
        "cars196": folders.cars196_csv(tmp_path / "cars"),
        "imagenet": folders.class_folders(tmp_path / "imagenet", "val"),
        "places365": folders.places365(tmp_path / "places"),
    }
    for benchmark, folder in made.items():
        assert splits(benchmark, folder, "closed") == {"gallery": 12, "query": 4}
        assert splits(benchmark, folder, "open") == {"train": 6, "gallery": 6, "query": 2}
    folder = folders.inshop(tmp_path / "inshop")
    for protocol in roles.PROTOCOLS:
        assert splits("inshop", folder, protocol) == {"train": 12, "gallery": 9, "query": 3}
    assert {*made, "inshop"} == set(layouts.READERS)


def test_closed_and_open_sets_are_never_mixed(tmp_path: Path) -> None:
    for benchmark, folder in (
        ("cub200", folders.cub200(tmp_path / "cub")),
        ("inshop", folders.inshop(tmp_path / "inshop")),
    ):
        found = layouts.read(benchmark, folder)
        closed = roles.roles(benchmark, found, "closed", folder)
        opened = roles.roles(benchmark, found, "open", folder)
        known = {p.label for p in roles.trained_on(closed)}
        assert {p.label for p in closed if p.split == "query"} <= known
        known = {p.label for p in roles.trained_on(opened)}
        assert not known & {p.label for p in opened if p.split != "train"}


def test_cars196_is_read_from_class_folders_too(tmp_path: Path) -> None:
    folder = folders.class_folders(tmp_path, "test")
    assert splits("cars196", folder, "closed") == {"gallery": 12, "query": 4}


@pytest.mark.skipif(importlib.util.find_spec("scipy") is not None, reason="scipy is installed")
def test_the_matlab_lists_of_cars196_ask_for_scipy_or_csv(tmp_path: Path) -> None:
    (tmp_path / "devkit").mkdir()
    for name in ("cars_train_annos.mat", "cars_test_annos_withlabels.mat"):
        (tmp_path / "devkit" / name).write_bytes(b"MATLAB 5.0")
    with pytest.raises(UserError, match=r"only where scipy is installed: install it, or give"):
        layouts.read("cars196", tmp_path)


def test_classes_of_cub200_are_ordered_by_number(tmp_path: Path) -> None:
    folder = folders.cub200(tmp_path, classes=12)
    assert layouts.read("cub200", folder).classes == tuple(str(n) for n in range(1, 13))


def test_photos_that_are_missing_are_told_in_one_sentence(tmp_path: Path) -> None:
    folder = folders.cub200(tmp_path)
    (folder / "CUB_200_2011/images/002.Bird_2/Bird_0001.jpg").unlink()
    with pytest.raises(UserError, match=r"lacks 1 of 16 photos of cub200, the first is .*0001"):
        layouts.read("cub200", folder)


def test_photos_that_no_list_names_are_counted_and_left_out(tmp_path: Path) -> None:
    folder = folders.inshop(tmp_path)
    folders.photo(folder / "Img/img/WOMEN/Tees/other.jpg", 9, 9)
    found = layouts.read("inshop", folder)
    assert (found.extra, len(found.listed)) == (1, 24)
    assert "1 files that inshop does not list" in roles.sentence("inshop", "open", found)


def test_one_photo_a_class_is_nothing_to_learn_from(tmp_path: Path) -> None:
    folder = folders.cub200(tmp_path, train=1)
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
    folder = folders.cub200(tmp_path)
    (folder / "CUB_200_2011" / damage).unlink()
    with pytest.raises(UserError, match=words):
        layouts.read("cub200", folder)


def test_lists_that_do_not_agree_are_told(tmp_path: Path) -> None:
    folder = folders.cub200(tmp_path)
    file = folder / "CUB_200_2011" / "train_test_split.txt"
    file.write_text("\n".join(file.read_text().splitlines()[:-2]))
    with pytest.raises(UserError, match="says nothing of 2 photos"):
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
    folder = folders.inshop(tmp_path)
    file = folder / "Eval" / "list_eval_partition.txt"
    text = file.read_text().replace(
        "id_00000001/00_front.jpg  id_00000001  train",
        "id_00000001/00_front.jpg  id_00000001  query",
    )
    file.write_text(text)
    with pytest.raises(UserError, match="that is no open set"):
        splits("inshop", folder, "open")
