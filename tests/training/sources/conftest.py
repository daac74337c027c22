"""A library of rows: photos with paths, times and places, as indexing writes them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from engine.search.ports import Ints
from engine.store import files, intake
from engine.store.database import Library
from engine.training.sources.source import Source
from engine.types import Metadata


@dataclass
class Shelf:
    """A library that photos are put into; ``ids`` are their content ids, in that order."""

    library: Library
    root: Path

    def __post_init__(self) -> None:
        self.names: list[str] = []
        self.ids: Ints = np.zeros(0, np.int64)

    def put(
        self,
        *paths: str,
        times: list[str] | str | None = None,
        camera: str | None = "Canon EOS 5D",
        places: list[tuple[float, float] | None] | None = None,
        hashes: list[int] | None = None,
        size: tuple[int, int] = (4000, 3000),
        copy_of: str | None = None,
        root: Path | None = None,
    ) -> None:
        """Index ``paths``; a single time is that of all. ``copy_of``: paths hold that content."""
        taken = [times] * len(paths) if times is None or isinstance(times, str) else times
        located = places or [None] * len(paths)
        keys = [_key(copy_of or path) for path in paths]
        contents = [
            intake.NewContent(
                quick_hash=key,
                width=size[0],
                height=size[1],
                metadata=Metadata(
                    taken_at=None if time is None else _time(time),
                    camera=camera,
                    latitude=None if place is None else place[0],
                    longitude=None if place is None else place[1],
                ),
                perceptual_hash=int.from_bytes(key[:8], "big", signed=True)
                if hashes is None
                else hashes[number],
            )
            for number, (key, time, place) in enumerate(zip(keys, taken, located, strict=True))
        ]
        with self.library.write() as connection:
            root_id = files.add_root(connection, root or self.root)
            intake.add_files(connection, root_id, [(path, 1, 1) for path in paths])
            if copy_of is None:
                intake.put_contents(connection, contents)
            found = intake.contents_by_hash(connection, keys)
            waiting = {
                os.fspath(w.path.relative_to(root or self.root)): w.file_id
                for w in intake.waiting_files(connection, root_id, 0, 10_000)
            }
            intake.attach(
                connection,
                [
                    intake.Attachment(waiting[path], found[key], key, 1, 1)
                    for path, key in zip(paths, keys, strict=True)
                ],
            )
        if copy_of is None:
            self.names += paths
            new = np.array([found[key] for key in keys], np.int64)
            self.ids = np.concatenate([self.ids, new])

    def id_of(self, path: str) -> int:
        return int(self.ids[self.names.index(path)])

    def groups(self, source: Source) -> set[frozenset[str]]:
        """The source's groups by the names of their photos."""
        found: dict[int, set[str]] = {}
        for name, number in zip(self.names, source.groups.tolist(), strict=True):
            if number >= 0:
                found.setdefault(number, set()).add(name)
        assert sorted(found) == list(range(len(found)))  # dense
        return {frozenset(names) for names in found.values()}


def _key(path: str) -> bytes:
    return hashlib.blake2b(os.fsencode(path), digest_size=16).digest()


def _time(text: str) -> datetime:
    """ "2021-05-01 10:00:00" or with a zone."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


@pytest.fixture
def shelf(library: Library, tmp_path: Path) -> Shelf:
    return Shelf(library, tmp_path / "Pictures")


@pytest.fixture(scope="session")
def together() -> Callable[..., set[frozenset[str]]]:
    """``together("a b", "c d")``: groups of names, as ``Shelf.groups`` gives them."""

    def groups(*names: str) -> set[frozenset[str]]:
        return {frozenset(line.split()) for line in names}

    return groups
