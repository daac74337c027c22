"""Near-duplicates: the same picture in other sizes and encodings, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.services import indexing
from engine.store import whereabouts
from engine.store.database import Library
from engine.training.sources import duplicates
from engine.training.sources.duplicates import LARGEST, NEAR, near_pairs
from tests.conftest import FakeEncoder
from tests.training.sources.conftest import Shelf

Together = Callable[..., set[frozenset[str]]]


def test_other_sizes_and_encodings_of_a_photo_are_found_and_plain_pictures_are_not(
    library: Library, fake_encoder: FakeEncoder, samples: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    originals = sorted(samples.rglob("*.jpg"))[:8]
    for number, file in enumerate(originals):
        with Image.open(file) as opened:
            photo = opened.convert("RGB")
        photo.save(folder / f"{number} original.jpg", quality=95)
        half = photo.resize((photo.width // 2, photo.height // 2))
        half.save(folder / f"{number} half.jpg", quality=50)
        photo.save(folder / f"{number} other.png")
        photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / f"{number}m mirrored.jpg")
    for brightness in (20, 24, 28, 32, 36, 40):
        grey = Image.new("RGB", (400, 300), (brightness,) * 3)
        grey.save(folder / f"plain {brightness}.png")
    list(indexing.index(library, fake_encoder, [folder], device="cpu"))

    with library.read() as connection:
        found = whereabouts.present_paths(connection)
    ids = np.array([content_id for content_id, _, _ in found])
    source = duplicates.read(library, ids)
    groups: dict[int, set[str]] = {}
    for (_, _, path), number in zip(found, source.groups.tolist(), strict=True):
        if number >= 0:
            groups.setdefault(number, set()).add(path.name)
    assert {frozenset(names) for names in groups.values()} == {
        frozenset({f"{n} original.jpg", f"{n} half.jpg", f"{n} other.png"})
        for n in range(len(originals))
    }


def test_hashes_some_bits_apart_are_the_same_picture_if_the_proportions_are(
    shelf: Shelf, together: Together
) -> None:
    shelf.put("a", "b", "far", hashes=[0, 0b1111, 0b11111 << 20])
    shelf.put("resized", hashes=[1 << 40], size=(1001, 750))
    shelf.put("cropped", hashes=[0], size=(1000, 1000))
    shelf.put("negative", "minus one", hashes=[-(1 << 63), -1])
    assert shelf.groups(duplicates.read(shelf.library, shelf.ids)) == together(
        "a b resized negative"
    )


def test_a_chain_of_small_changes_does_not_swallow_the_library(shelf: Shelf) -> None:
    shelf.put(*(str(n) for n in range(64)), hashes=[(1 << n) - 1 for n in range(64)])
    sizes = [len(g) for g in shelf.groups(duplicates.read(shelf.library, shelf.ids))]
    assert sum(sizes) > 50
    assert max(sizes) <= LARGEST


def test_identical_hashes_come_in_groups_of_bounded_size(shelf: Shelf) -> None:
    shelf.put(*(str(n) for n in range(100)), hashes=[5] * 100)
    sizes = sorted(len(g) for g in shelf.groups(duplicates.read(shelf.library, shelf.ids)))
    assert sizes == [LARGEST] * (100 // LARGEST)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=12), st.data())
@settings(max_examples=60, deadline=None)
def test_pairs_are_those_that_comparing_all_with_all_finds(
    hashes: list[int], data: st.DataObject
) -> None:
    for index in range(len(hashes)):
        bits = data.draw(st.lists(st.integers(0, 63), max_size=6))
        hashes.append(hashes[index] ^ sum(1 << bit for bit in set(bits)))
    distinct = np.array(sorted(set(hashes)), np.uint64)
    distances = np.bitwise_count(distinct[:, None] ^ distinct[None])
    wanted = np.argwhere(np.triu(distances <= NEAR, 1))
    found = near_pairs(distinct, np.ones(len(distinct)))
    assert sorted(map(tuple, found.tolist())) == sorted(map(tuple, wanted.tolist()))
    assert (np.diff(distances[found[:, 0], found[:, 1]].astype(int)) >= 0).all()


def test_frames_of_one_kind_cost_no_more_than_a_few_comparisons_each() -> None:
    frames = np.arange(2000, dtype=np.uint64) % 16  # all within four bits of each other
    assert len(near_pairs(frames, np.linspace(1, 1.02, 2000))) <= 2000 * LARGEST * (NEAR + 1)
