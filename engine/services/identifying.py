"""New photos get an identifier from the frozen tokenizer: found at once, without training."""

from __future__ import annotations

from engine.errors import BundleError
from engine.store import generations
from engine.store.database import Library
from engine.tokenizer.model import Tokenizer
from engine.types import Generation


class Newest:
    """Identifies what came last, again and again; keeps what that takes in memory."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: tuple[Generation, Tokenizer] | None = None

    def assign(self) -> int:
        """Like :func:`assign_missing` for what came last, at what that costs.

        Identifiers are given in the order of embeddings, so those that lack one are the newest: a
        library in which :func:`assign_missing` has run has no others.
        """
        generation = generations.ready(self._library)
        if generation is None:
            return 0
        with self._library.read() as connection:
            after = generations.last_identified(connection, generation)
        if self._known is None or self._known[0] != generation:
            try:
                self._known = generation, Tokenizer.load(generation.folder)
            except BundleError:
                return 0
        return _assign(self._library, *self._known, after)


def assign_missing(library: Library) -> int:
    """Identify every embedded content that has no identifier in the ready generation.

    Returns how many were assigned; 0 without a generation, or where its bundle is damaged
    (searching says so in words; photos wait until there is a usable one).
    """
    generation = generations.ready(library)
    return 0 if generation is None else assign(library, generation)


def assign(library: Library, generation: Generation) -> int:
    """Like :func:`assign_missing`, for one generation."""
    try:
        tokenizer = Tokenizer.load(generation.folder)
    except BundleError:
        return 0
    return _assign(library, generation, tokenizer, 0)


def _assign(library: Library, generation: Generation, tokenizer: Tokenizer, after: int) -> int:
    """Of embeddings with ids above ``after``."""
    assigned = 0
    while True:
        with library.read() as connection:
            content_ids, embeddings = generations.without_identifier(connection, generation, after)
        if not len(content_ids):
            return assigned
        packed = tokenizer.identify(embeddings)
        with library.write() as connection:
            generations.add_identifiers(connection, generation.generation_id, content_ids, packed)
        assigned += len(content_ids)
