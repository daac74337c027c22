"""The door to weak labels: what a choice on the command line means, read from the library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.search.ports import Ints
from engine.store.database import Library
from engine.training.sources import albums, bursts, duplicates, events, feedback, file
from engine.training.sources.source import Source

_READERS: dict[str, tuple[Callable[[Library, Ints], Source], ...]] = {
    "auto": (albums.read, events.read, bursts.read, duplicates.read, feedback.read),
    "albums": (albums.read,),
    "events": (events.read, bursts.read),
    "none": (),
}
SOURCES = tuple(_READERS)


def read_sources(library: Library, choice: str, content_ids: Ints) -> tuple[Source, ...]:
    """What ``choice`` says of the photos ``content_ids`` (G,).

    ``choice``: "auto" (everything that the library offers), "albums", "events" (and bursts),
    "none", or the path of a CSV file with the columns ``file`` (relative to the CSV) and ``label``.
    Sources without a group are left out, unless they keep photos apart. Raises ``UserError`` for a
    file that cannot be used.
    """
    if choice in _READERS:
        found = [read(library, content_ids) for read in _READERS[choice]]
    else:
        found = [file.read(library, Path(choice), content_ids, SOURCES)]
    return tuple(s for s in found if (s.groups >= 0).any() or len(s.apart))
