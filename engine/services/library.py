"""The library as a whole: its figures. Neighbour: ``care``, its backup and repair."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from engine.services import growth
from engine.store import files, generations, label_sources, models, overview, regions
from engine.store.database import Library
from engine.store.label_sources import SourceWeight
from engine.types import LabelVerdict, LibraryStatus


def status(library: Library, device: str, providers: Sequence[str]) -> LibraryStatus:
    """Figures of the whole library; ``device`` and ``providers`` as sessions report them."""
    ready = generations.ready(library)
    with library.read() as connection:
        model = models.current(connection)
        counts = overview.counts(connection, None if model is None else model[0])
        distinct = (
            None
            if ready is None
            else overview.distinct_identifiers(connection, ready.generation_id)
        )
        folders = files.folders(connection)
        weights = label_sources.all_weights(connection)
        described = 0 if model is None else regions.state(connection, model[0])[0]
    return LibraryStatus(
        library=library.folder,
        photos=counts.photos,
        searchable=counts.searchable,
        waiting=counts.waiting,
        skipped=counts.skipped,
        folders=folders,
        generation=None if ready is None else ready.generation_id,
        levels=None if ready is None else ready.levels,
        codes=None if ready is None else ready.codes,
        distinct=distinct,
        bytes=sizes(library.folder),
        device=device,
        providers=tuple(providers),
        advice=growth.advice(library),
        labels=tuple(map(_verdict, weights)),
        encoder=None if model is None else model[1].name,
        described=described,
    )


def _verdict(weight: SourceWeight) -> LabelVerdict:
    measured = json.loads(weight.measured or "{}")
    return LabelVerdict(
        weight.name,
        int(measured.get("photos", 0)),
        weight.weight,
        int(measured.get("queries", 0)),
        measured.get("r_precision_without"),
        measured.get("r_precision_with"),
    )


def sizes(folder: Path) -> dict[str, int]:
    """Bytes on disk of a library's parts. SQLite's ``-wal`` and ``-shm`` files count."""
    return {
        "database": sum(_size(path) for path in folder.glob("library.sqlite*")),
        "thumbnails": sum(_size(path) for path in folder.glob("thumbnails.sqlite*")),
        "vectors": sum(_size(path) for path in (folder / "vectors").rglob("*")),
        "models": sum(_size(path) for path in (folder / "models").rglob("*")),
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # gone in the meantime
        return 0
