"""New photos get an identifier from the frozen tokenizer: found at once, without training."""

from __future__ import annotations

from engine.errors import BundleError
from engine.store import generations
from engine.store.database import Library
from engine.tokenizer.model import Tokenizer
from engine.types import Generation


def assign_missing(library: Library) -> int:
    """Identify every embedded content that has no identifier in the ready generation.

    Returns how many were assigned; 0 without a generation, or where its bundle is damaged
    (searching says so in words; photos wait until there is a usable one).
    """
    generation = generations.ready(library)
    return 0 if generation is None else assign(library, generation)


def assign(library: Library, generation: Generation) -> int:
    """Like :func:`assign_missing`, for one generation."""
    tokenizer: Tokenizer | None = None
    assigned = 0
    while True:
        with library.read() as connection:
            content_ids, embeddings = generations.without_identifier(connection, generation)
        if not len(content_ids):
            return assigned
        if tokenizer is None:
            try:
                tokenizer = Tokenizer.load(generation.folder)
            except BundleError:
                return assigned
        packed = tokenizer.identify(embeddings)
        with library.write() as connection:
            generations.add_identifiers(connection, generation.generation_id, content_ids, packed)
        assigned += len(content_ids)
