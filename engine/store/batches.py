"""Long lists in statements of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

VARIABLES = 900  # in one statement; older SQLite takes 999


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """``items`` in lists that fit into one statement."""
    iterator = iter(items)
    while chunk := list(islice(iterator, VARIABLES)):
        yield chunk
