"""Weak labels of one kind, as the pipeline takes them: one number for every photo."""

from __future__ import annotations

from engine.search.ports import Ints
from engine.store.database import Library
from engine.training.sources.read import read_sources


def read(library: Library, source: str, content_ids: Ints) -> Ints | None:
    """Labels (G,) of ``content_ids``, -1 where there is none; None where nothing is labelled.

    ``source``: "albums", "events", "auto" and "none" (no labels), or the path of a CSV file with
    the columns ``file`` (relative to the CSV) and ``label``. Raises ``UserError`` for a file that
    cannot be used.
    """
    if source in ("auto", "none"):
        return None
    found = {s.name: s for s in read_sources(library, source, content_ids)}
    chosen = found.get(source, found.get("file"))
    return None if chosen is None else chosen.groups
