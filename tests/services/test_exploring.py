"""The tree of identifiers as a person walks it: down, up, and as a filter."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import LibraryError, UserError
from engine.services.session import Session
from engine.tokenizer.packing import unpack
from engine.types import Engine, Filters, Query
from tests.services.conftest import open_session


def test_children_share_out_the_photos_of_their_node(session: Session) -> None:
    prefix: tuple[int, ...] = ()
    for level in range(session.explore().levels):
        tree = session.explore(prefix)
        assert tree.node.prefix == prefix and len(tree.children[0].prefix) == level + 1
        assert sum(child.count for child in tree.children) == tree.node.count
        counts = [child.count for child in tree.children]
        assert counts == sorted(counts, reverse=True)
        assert all(len(child.photos) == min(9, child.count) for child in tree.children)
        prefix = tree.children[0].prefix
    leaf = session.explore(prefix)
    assert leaf.children == () and leaf.node.count == len(leaf.node.photos)


def test_a_node_holds_the_photos_whose_identifiers_begin_with_it(session: Session) -> None:
    gallery = session.searching.gallery()
    index = gallery.index
    assert index is not None
    quantizer = index.tokenizer.quantizer
    codes = unpack(np.array(index.packed), quantizer.levels, quantizer.codes)
    for child in session.explore().children[:5]:
        below = set(gallery.content_ids[codes[:, 0] == child.prefix[0]].tolist())
        assert child.count == len(below)
        assert {photo.content_id for photo in child.photos} <= below


def test_the_most_typical_photo_is_nearest_to_the_nodes_codewords(session: Session) -> None:
    gallery = session.searching.gallery()
    index = gallery.index
    assert index is not None
    child = session.explore().children[0]
    centre = index.tokenizer.quantizer.decode(np.array([child.prefix]))[0]
    rows = [int(gallery.row_of[photo.content_id]) for photo in child.photos]
    z = index.vectors.take(np.array(rows))
    away = ((z - centre[: z.shape[1]]) ** 2).sum(1)
    assert (np.diff(away) >= 0).all()


@pytest.mark.parametrize("engine", [Engine.GENERATIVE, Engine.EXACT])
def test_a_node_is_a_filter(session: Session, samples: Path, engine: Engine) -> None:
    dress = sorted(samples.rglob("*dress*.jpg"))[0]
    tree = session.explore()
    child = tree.children[0]
    inside = Filters(prefix=child.prefix, generation=tree.generation)
    answer = session.search(Query(dress), engine=engine, filters=inside, top=75)
    assert answer.searched == len(answer.hits) == child.count
    assert {photo.path for photo in child.photos} <= {hit.photo.path for hit in answer.hits}
    assert len(session.recent(100, filters=inside)) == child.count
    assert session.recent(5, filters=Filters(prefix=(9999,))) == ()


def test_a_prefix_of_another_training_is_told_in_words(session: Session, samples: Path) -> None:
    tree = session.explore()
    old = tree.generation + 1
    with pytest.raises(LibraryError, match="trained again since"):
        session.explore(tree.children[0].prefix, old)
    dress = sorted(samples.rglob("*dress*.jpg"))[0]
    with pytest.raises(LibraryError, match="begin again at the root"):
        session.search(Query(dress), filters=Filters(prefix=(0,), generation=old))


def test_a_place_that_is_not_in_the_tree_is_told_in_words(session: Session) -> None:
    used = {child.prefix[0] for child in session.explore().children}
    index = session.searching.gallery().index
    assert index is not None
    free = set(range(index.tokenizer.quantizer.codes)) - used
    with pytest.raises(UserError, match="is no place in the tree"):
        session.explore((100_000,))
    for code in sorted(free)[:1]:
        with pytest.raises(UserError, match=f"No photo lies below {code}"):
            session.explore((code,))


def test_a_photo_is_found_in_the_tree(session: Session) -> None:
    for photo in session.recent(10):
        branch = session.place_in_tree(photo.content_id)
        assert session.explore(branch[:-1]).node.count > 1
        tree = session.explore(branch)
        assert tree.node.count == 1 or len(branch) == tree.levels
        inside = Filters(prefix=branch, generation=tree.generation)
        assert photo in session.recent(100, filters=inside)
    with pytest.raises(UserError, match="That photo is not in the tree"):
        session.place_in_tree(10**6)


def test_a_node_without_a_common_folder_is_named_by_its_month(
    session: Session, tmp_path: Path, samples: Path
) -> None:
    for folder in session.folders():
        session.remove_folder(folder.root_id)
    for number, original in enumerate(sorted(samples.rglob("*dress*.jpg"))[:3]):
        place = tmp_path / "by day" / str(number)
        place.mkdir(parents=True)
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = f"2024:05:{number + 1:02} 10:11:12"
        with Image.open(original) as photo:
            photo.save(place / "one.jpg", exif=exif)
    list(session.index([tmp_path / "by day"]))
    node = session.explore().node
    assert node.name == "" and node.month == date(2024, 5, 1)


def test_a_tree_of_one_leaf_says_so(session: Session, tmp_path: Path, samples: Path) -> None:
    for folder in session.folders():
        session.remove_folder(folder.root_id)
    alone = tmp_path / "alone"
    alone.mkdir()
    photo = sorted(samples.rglob("*dress*.jpg"))[0]
    shutil.copy(photo, alone / "one.jpg")
    list(session.index([alone]))
    tree = session.explore()
    assert tree.node.count == 1 and len(tree.children) == 1 and tree.note == ""
    assert tree.node.name == "alone"


def test_without_training_there_is_no_tree(tmp_path: Path) -> None:
    empty = open_session(tmp_path / "empty")
    with pytest.raises(LibraryError, match="no tree to explore yet: run 'photoglyph train'"):
        empty.explore()
    empty.close()
