"""What a person marked: more like this, not this. The latest word on two photos counts."""

from __future__ import annotations

import numpy as np

from engine.search.ports import Ints
from engine.store import whereabouts
from engine.store.database import Library
from engine.training.sources.components import Components
from engine.training.sources.source import NONE, Source, group, rows_of


def read(library: Library, content_ids: Ints) -> Source:
    """Photos that marks connect; ``apart`` holds the pairs whose last mark was "not this".

    Two photos are never in one group when a person said of them that they do not belong together,
    whatever connects them; newer marks connect first.
    """
    with library.read() as connection:
        marks = whereabouts.marks(connection)
    both = np.array([(m.query_content_id, m.content_id) for m in marks], np.int64).reshape(-1, 2)
    rows = rows_of(content_ids, both.ravel()).reshape(-1, 2)
    last: dict[tuple[int, int], int] = {}
    for (one, other), mark in zip(np.sort(rows, axis=1).tolist(), marks, strict=True):
        if one != NONE and one != other:
            last.pop((one, other), None)  # so that the order is that of the last word
            last[one, other] = mark.sign
    apart = [pair for pair, sign in last.items() if sign < 0]
    components = Components(len(content_ids))
    for one, other in apart:
        components.keep_apart(one, other)
    for (one, other), sign in reversed(last.items()):
        if sign > 0:
            components.join(one, other)
    return Source("feedback", group(components.keys()), np.array(apart, np.int64).reshape(-1, 2))
