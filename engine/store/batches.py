"""Long lists in statements of bounded size, and long answers without an object a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, TypeVar

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

T = TypeVar("T")

VARIABLES = 900  # in one statement; older SQLite takes 999


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """``items`` in lists that fit into one statement."""
    iterator = iter(items)
    while chunk := list(islice(iterator, VARIABLES)):
        yield chunk


def streamed(result: sa.CursorResult[Any], width: int) -> NDArray[np.int64]:
    """Rows of ``width`` integers as (n, width), without an object for each of them.

    SQLAlchemy's own rows take five times as long.
    """
    cursor: Any = result.cursor
    values = np.fromiter(chain.from_iterable(cursor), np.int64)
    result.close()
    return values.reshape(-1, width)
