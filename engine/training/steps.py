"""Generators that yield their progress, and their result last: how a job runs them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from engine.types import Job, Progress

T = TypeVar("T")


def last_of(steps: Iterator[Progress | T], kind: type[T]) -> Job[T]:
    """Pass on the ``Progress`` of ``steps``; the result is what they yield of ``kind``."""
    found: T | None = None
    for step in steps:
        if isinstance(step, kind):
            found = step
        else:
            assert isinstance(step, Progress)
            yield step
    assert found is not None  # the last that such steps yield
    return found


def counted(stage: str, steps: Iterator[int | T], total: int) -> Iterator[Progress | T]:
    """``steps`` with their counts as ``Progress``."""
    for step in steps:
        yield Progress(stage, step, total) if isinstance(step, int) else step
