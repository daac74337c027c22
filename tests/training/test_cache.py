"""The cache of encoded views: written once, continued where it stopped, whole in every row."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.services import indexing
from engine.store import files, thumbnails
from engine.store.database import Library
from engine.training import cache as module
from engine.training import sizes
from engine.training.cache import ViewCache
from engine.types import Progress
from tests.conftest import FakeEncoder, MakePhoto

PHOTOS = 12


@pytest.fixture
def content_ids(
    library: Library, fake_encoder: FakeEncoder, make_photo: MakePhoto, tmp_path: Path
) -> np.ndarray:
    for seed in range(PHOTOS):
        make_photo(tmp_path / "photos" / f"{seed}.jpg", seed)
    list(indexing.index(library, fake_encoder, [tmp_path / "photos"], device="cpu"))
    with library.read() as connection:
        return files.live_contents(connection)


def make(folder: Path, encoder: FakeEncoder, content_ids: np.ndarray) -> ViewCache:
    folder.mkdir(exist_ok=True)
    return ViewCache(folder, encoder.spec, content_ids, seed=0)


def last(stages: Iterator[Progress]) -> Progress:
    *_, final = stages
    return final


def test_every_photo_is_there_as_it_is_and_as_views(
    library: Library, fake_encoder: FakeEncoder, content_ids: np.ndarray, tmp_path: Path
) -> None:
    cache = make(tmp_path / "work", fake_encoder, content_ids)
    final = last(cache.fill(library, fake_encoder))
    assert final.done == final.total == len(cache) == PHOTOS * (1 + sizes.ROUNDS)
    embedding, patches = cache.open()
    assert embedding.any(axis=1).all() and patches.any(axis=(1, 2)).all()
    own = embedding[:PHOTOS].astype(np.float32)
    views = embedding[PHOTOS:].astype(np.float32)
    nearest = (views @ own.T).argmax(1)
    assert (nearest == cache.source[PHOTOS:]).mean() > 0.25  # by chance: a twelfth


def test_a_cache_that_was_stopped_goes_on_and_ends_the_same(
    library: Library, fake_encoder: FakeEncoder, content_ids: np.ndarray, tmp_path: Path
) -> None:
    whole = make(tmp_path / "whole", fake_encoder, content_ids)
    last(whole.fill(library, fake_encoder))
    stopped = make(tmp_path / "stopped", fake_encoder, content_ids)
    job = stopped.fill(library, fake_encoder)
    list(itertools.islice(job, 3))
    job.close()
    # A row that was cut off in the middle does not count.
    with (tmp_path / "stopped" / "patches.f16").open("r+b") as file:
        file.truncate(file.seek(0, 2) - 10)
    before = len(fake_encoder.calls)
    again = make(tmp_path / "stopped", fake_encoder, content_ids)
    last(again.fill(library, fake_encoder))
    assert sum(fake_encoder.calls[before:]) < len(whole)
    for first, second in zip(whole.open(), again.open(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_photo_without_a_usable_thumbnail_is_left_out(
    library: Library, fake_encoder: FakeEncoder, content_ids: np.ndarray, tmp_path: Path
) -> None:
    with library.read_thumbnails() as connection:
        one, two, *_ = sorted(thumbnails.hashes(connection))
    with library.write_thumbnails() as connection:
        thumbnails.remove(connection, [one])
        thumbnails.add(connection, {two: b"no picture"})
    cache = make(tmp_path / "work", fake_encoder, content_ids)
    last(cache.fill(library, fake_encoder))
    embedding, _ = cache.open()
    assert (~embedding.any(axis=1)).sum() == 2 * (1 + sizes.ROUNDS)


def test_a_large_library_is_asked_in_part(
    fake_encoder: FakeEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (module, sizes):
        monkeypatch.setattr(one, "MOST", 20)
    cache = make(tmp_path / "work", fake_encoder, np.arange(500))
    assert len(cache) == 20 and cache.is_view.sum() == 10
    np.testing.assert_array_equal(cache.source[:10], cache.source[10:])
    assert len(set(cache.source.tolist())) == 10
