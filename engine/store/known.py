"""The files that the database has of a folder, as ``engine.services.comparing`` wants them.

Apart from ``intake`` because a rescan of a large library spends much of its time in this one
query: SQLite's own tuples, a page at a time, and no work for rows that nothing happened to.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple, cast

import sqlalchemy as sa

Row = tuple[bytes, int, int, int, int, str, int, str | None]


class Known(NamedTuple):
    """A file that the database has; ``Known._make`` names the fields of a ``Row``.

    The first four equal those of the scan's ``Candidate`` where the file is there, indexed, and
    has neither another size nor another time: whole pages can be compared at once.
    """

    key: bytes  # os.fsencode(path relative to the root)
    size_bytes: int
    mtime_ns: int
    unsettled: int  # 0: there and indexed; 2, unlike any candidate: the rest has to be looked at
    file_id: int
    status: str  # FileStatus
    hashed: int  # 0: waiting to be read
    reason: str | None


_QUERY = """
    SELECT path, size_bytes, mtime_ns, 2 * (status <> 'present' OR quick_hash IS NULL),
           id, status, quick_hash IS NOT NULL, reason
    FROM file WHERE root_id = ? AND path > ? ORDER BY path LIMIT ?
"""


def known_files(
    connection: sa.Connection, root_id: int, after: bytes | None, limit: int
) -> list[Row]:
    """Up to ``limit`` files of a root behind ``after``, in byte order of their paths."""
    parameters = (root_id, after or b"", limit)
    found = connection.exec_driver_sql(_QUERY, parameters)
    try:
        # SQLAlchemy's own rows take twice as long.
        return cast("list[Row]", found.cursor.fetchall())
    except sqlite3.Error as error:  # as SQLAlchemy would have raised it
        raise sa.exc.DBAPIError(_QUERY, parameters, error) from error
