"""Thumbnails are kept by the quick hash of their content."""

from __future__ import annotations

from engine.store import files, intake, thumbnails
from engine.store.database import Library
from engine.types import Metadata


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def test_thumbnails_are_read_in_batches_and_only_those_that_exist(library: Library) -> None:
    with library.write_thumbnails() as connection:
        thumbnails.add(connection, {key(n): b"jpeg %d" % n for n in range(1500)})
        found = thumbnails.read(connection, [key(n) for n in range(1000, 2000)])
    assert found == {key(n): b"jpeg %d" % n for n in range(1000, 1500)}


def test_a_newer_thumbnail_replaces_an_older_one(library: Library) -> None:
    with library.write_thumbnails() as connection:
        thumbnails.add(connection, {key(1): b"old"})
        thumbnails.add(connection, {key(1): b"new"})
        assert thumbnails.read(connection, [key(1)]) == {key(1): b"new"}


def test_thumbnails_are_found_by_content(library: Library) -> None:
    with library.write() as connection:
        files.add_root(connection, library.folder)
        intake.put_contents(
            connection, [intake.NewContent(key(n), 1, 1, Metadata(), 0) for n in (1, 2)]
        )
        ids = intake.contents_by_hash(connection, [key(1), key(2)])
    with library.write_thumbnails() as connection:
        thumbnails.add(connection, {key(2): b"two"})
    assert thumbnails.by_content(library, [*ids.values(), 99]) == {ids[key(2)]: b"two"}


def test_removed_thumbnails_are_gone(library: Library) -> None:
    with library.write_thumbnails() as connection:
        thumbnails.add(connection, {key(1): b"one", key(2): b"two"})
        thumbnails.remove(connection, [key(1), key(3)])
        assert thumbnails.hashes(connection) == {key(2)}
