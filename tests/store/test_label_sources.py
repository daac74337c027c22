"""Weights of label sources are kept by name, the newest ones."""

from __future__ import annotations

from engine.store import label_sources
from engine.store.database import Library
from engine.store.label_sources import SourceWeight


def test_a_newer_weight_replaces_that_of_the_same_source(library: Library) -> None:
    with library.write() as connection:
        label_sources.save(connection, {})
        assert label_sources.all_weights(connection) == ()
        label_sources.save(connection, {"events": (0.0, None), "albums": (0.5, '{"gain": 0.1}')})
    with library.write() as connection:
        label_sources.save(connection, {"events": (1.0, '{"gain": 0.2}')})
    with library.read() as connection:
        assert label_sources.all_weights(connection) == (
            SourceWeight("albums", 0.5, '{"gain": 0.1}'),
            SourceWeight("events", 1.0, '{"gain": 0.2}'),
        )
