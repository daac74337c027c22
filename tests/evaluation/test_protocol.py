"""Who may see what."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import PhotoError, UserError
from engine.evaluation.labels import LabelledPhoto
from engine.evaluation.protocol import place, plan


def photos(folder: Path, *, seen: bool | None = None) -> list[LabelledPhoto]:
    """Ten gallery photos and two queries of labels a and b; four train photos of label a."""
    made = []
    for label, split, count in (
        *((name, "gallery", 10) for name in "ab"),
        *((name, "query", 2) for name in "ab"),
        ("a", "train", 4),
    ):
        for n in range(count):
            path = folder / f"{label}-{split}-{n}.jpg"
            path.write_bytes(path.name.encode())
            said = None if seen is None else label == "a"
            made.append(LabelledPhoto(path, label, split, "set", said))
    return made


def test_without_labels_only_the_gallery_enters(tmp_path):
    rules = plan(photos(tmp_path), 0.0, seed=0)
    assert (len(rules.gallery), rules.train, rules.labelled) == (20, (), frozenset())
    assert rules.sentence() == "own gallery; no labels in training"


@pytest.mark.parametrize("said", [True, None])
def test_a_label_is_seen_where_the_file_says_so_or_the_train_split_has_it(tmp_path, said):
    rules = plan(photos(tmp_path, seen=said), 0.5, seed=0)
    assert {p.label for p in rules.labelled} == {"a"}
    assert sum(p.split == "train" for p in rules.labelled) == 4
    assert sum(p.split == "gallery" for p in rules.labelled) == 5


def test_the_seed_chooses_which_labels_are_given_and_chooses_the_same_again(tmp_path):
    given = photos(tmp_path)
    assert plan(given, 0.5, seed=1).labelled == plan(given, 0.5, seed=1).labelled
    assert plan(given, 0.5, seed=1).labelled != plan(given, 0.5, seed=2).labelled


def test_labels_are_refused_where_there_is_nothing_to_learn_from(tmp_path):
    unseen = [p for p in photos(tmp_path) if p.split != "train"]
    with pytest.raises(UserError, match="no photos of seen labels"):
        plan(unseen, 0.5, seed=0)


def test_a_train_photo_equal_to_a_query_is_left_out(tmp_path):
    given = photos(tmp_path)
    (tmp_path / "a-train-0.jpg").write_bytes((tmp_path / "b-query-1.jpg").read_bytes())
    rules = plan(given, 0.5, seed=0)
    assert len(rules.train) == 3
    assert rules.sentence().endswith("1 photos equal to a query were left out")


def test_a_vanished_photo_is_named(tmp_path):
    given = photos(tmp_path)
    (tmp_path / "a-gallery-3.jpg").unlink()
    with pytest.raises(PhotoError, match=r"a-gallery-3\.jpg: it cannot be read"):
        plan(given, 0.0, seed=0)


def test_placed_photos_have_the_same_bytes_and_names_that_tell_nothing(tmp_path):
    given = photos(tmp_path)
    placed = place(given, tmp_path / "library" / "photos")
    assert sorted(placed) == [f"{n:06d}.jpg" for n in range(len(given))]
    for name, photo in placed.items():
        copy = tmp_path / "library" / "photos" / name
        assert copy.read_bytes() == photo.path.read_bytes()


def test_photos_are_copied_where_links_are_not_possible(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError("another file system")

    monkeypatch.setattr("os.link", refuse)
    given = photos(tmp_path)[:2]
    placed = place(given, tmp_path / "copies")
    assert [(tmp_path / "copies" / n).read_bytes() for n in placed] == [
        photo.path.read_bytes() for photo in given
    ]


def test_a_share_of_the_gallery_comes_after_training_and_its_labels_stay_unknown(tmp_path):
    given = photos(tmp_path)
    rules = plan(given, 1.0, seed=0, inserted=0.25)
    assert len(rules.inserted) == 5 and rules.inserted < set(rules.gallery)
    assert len(rules.gallery) == 20  # they are ranked like the others
    assert not rules.labelled & rules.inserted
    assert "5 of the 20 gallery photos came after training" in rules.sentence()
    assert plan(given, 1.0, seed=0, inserted=0.25).inserted == rules.inserted
    assert plan(given, 1.0, seed=1, inserted=0.25).inserted != rules.inserted


def test_everything_cannot_be_inserted(tmp_path):
    with pytest.raises(UserError, match="share of inserted photos"):
        plan(photos(tmp_path), 0.0, seed=0, inserted=1.0)


def test_photos_placed_later_go_on_numbering(tmp_path):
    given = photos(tmp_path)
    folder = tmp_path / "placed"
    assert list(place(given[:2], folder)) == ["000000.jpg", "000001.jpg"]
    assert list(place(given[2:3], folder, 2)) == ["000002.jpg"]
    assert len(list(folder.iterdir())) == 3
