"""Reading LABELS.csv: what is accepted, and the one sentence for everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import UserError
from engine.evaluation.labels import LabelledPhoto, choose_sets, of_set, read_labels


def write(folder: Path, text: str, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"photo")
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def sentence(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_labels(path)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_lines_become_photos_with_absolute_paths(tmp_path):
    path = write(
        tmp_path,
        "file,label,split,set,label_in_train,orig\n"
        "a/1.jpg,cat,gallery,pets,1,x\n2.jpg,dog,query,pets,0,\n",
        "a/1.jpg",
        "2.jpg",
    )
    assert read_labels(path) == (
        LabelledPhoto(tmp_path / "a/1.jpg", "cat", "gallery", "pets", True),
        LabelledPhoto(tmp_path / "2.jpg", "dog", "query", "pets", False),
    )


def test_set_and_label_in_train_are_optional_and_a_byte_order_mark_is_no_matter(tmp_path):
    path = write(tmp_path, "\ufefffile,label,split\n1.jpg,cat,gallery\n", "1.jpg")
    (photo,) = read_labels(path)
    assert (photo.set, photo.seen) == ("labels", None)


def test_a_missing_file_and_a_folder_are_told_in_a_sentence(tmp_path):
    assert "does not exist" in sentence(tmp_path / "none.csv")
    assert "is a folder" in sentence(tmp_path)


def test_missing_columns_are_named(tmp_path):
    text = sentence(write(tmp_path, "file,class\n1.jpg,cat\n", "1.jpg"))
    assert "label" in text and "split" in text


def test_a_file_without_lines_and_an_empty_one_are_refused(tmp_path):
    assert "lists no photos" in sentence(write(tmp_path, "file,label,split\n"))
    assert "no column file" in sentence(write(tmp_path, ""))


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("1.jpg,cat,test", "split test"),
        ("1.jpg,,query", "no label"),
        ("1.jpg", "no label"),
        ("2.jpg,cat,query", "not there"),
        ("../x/1.jpg,cat,query", "outside"),
        ("/etc/hostname,cat,query", "outside"),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path, line, word):
    text = sentence(write(tmp_path, f"file,label,split\n1.jpg,cat,gallery\n{line}\n", "1.jpg"))
    assert text.startswith("Line 3 of") and word in text


def test_label_in_train_is_zero_or_one(tmp_path):
    path = write(tmp_path, "file,label,split,label_in_train\n1.jpg,cat,query,yes\n", "1.jpg")
    assert "use 0 or 1" in sentence(path)


def test_a_photo_listed_twice_in_a_set_is_refused_because_it_could_leak(tmp_path):
    path = write(tmp_path, "file,label,split\n1.jpg,cat,gallery\n1.jpg,cat,query\n", "1.jpg")
    assert "twice" in sentence(path)


def test_an_unknown_set_names_the_known_ones(tmp_path):
    path = write(
        tmp_path, "file,label,split,set\n1.jpg,a,gallery,x\n2.jpg,a,query,y\n", "1.jpg", "2.jpg"
    )
    photos = read_labels(path)
    assert choose_sets(photos, None) == ("x", "y")
    with pytest.raises(UserError, match="it has x, y"):
        choose_sets(photos, "z")


def test_a_set_without_queries_or_gallery_is_refused(tmp_path):
    path = write(
        tmp_path, "file,label,split,set\n1.jpg,a,gallery,x\n2.jpg,a,query,y\n", "1.jpg", "2.jpg"
    )
    photos = read_labels(path)
    with pytest.raises(UserError, match="no query photos"):
        of_set(photos, "x")
    with pytest.raises(UserError, match="no gallery photos"):
        of_set(photos, "y")
