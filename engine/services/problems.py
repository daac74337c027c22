"""The problems list: every file that was refused, and what a person wants done about it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.store import problems as store
from engine.store.database import Library
from engine.types import Problem


def problems(library: Library) -> tuple[Problem, ...]:
    """Every file that was refused, with its reason; those that are ignored too."""
    with library.read() as connection:
        return store.problems(connection)


def retry(library: Library, file_ids: Sequence[int] | None = None) -> None:
    """Have refused files (None: all that nobody ignores) tried again by the next run."""
    with library.write(visible=False) as connection:
        store.retry(connection, file_ids)


def ignore(library: Library, file_id: int, *, ignored: bool = True) -> None:
    """Count a refused file no more, and try it only when it changes; or take that back."""
    if not ignored:
        return retry(library, [file_id])
    as_of = None
    for problem in problems(library):
        if problem.file_id == file_id:
            try:
                status = problem.path.stat()
                as_of = (status.st_size, status.st_mtime_ns)
            except OSError:
                pass
    with library.write(visible=False) as connection:
        store.ignore(connection, file_id, as_of)
