"""What lies in folders and in months: numbers of photos, and some of them for a picture.

Copies count once in each, as a filter on the folder or the month would count them. Some: evenly
over all, in the order in which they were read. Two statements each; folders go by the file
system's bytes. Neighbours: facets (menus of filters), files (the filters themselves).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine.store import facets
from engine.store.files import Root
from engine.store.schema import ContentRow, FileRow, PathText
from engine.types import BrowsedFolder, BrowsedMonth, FileStatus

SOME = 9  # photos of each
SEPARATOR = sa.literal(os.sep, PathText)
PRESENT = (FileRow.status == FileStatus.PRESENT, FileRow.content_id.is_not(None))


def roots(connection: sa.Connection, known: tuple[Root, ...]) -> tuple[BrowsedFolder, ...]:
    """The library's own folders that hold photos, in the order in which they were added."""
    below = sa.func.max(sa.func.instr(FileRow.path, SEPARATOR) > 0)
    held = _held(FileRow.root_id, below).where(*PRESENT)
    found = {
        root_id: (count, some, deeper) for root_id, count, some, deeper in _told(connection, held)
    }
    return tuple(
        BrowsedFolder(root.path, *found[root.root_id]) for root in known if root.root_id in found
    )


def folders(
    connection: sa.Connection, root: Root, inside: Path
) -> tuple[BrowsedFolder | None, tuple[BrowsedFolder, ...]]:
    """What lies right in ``inside`` (relative to ``root``), and the folders there, by name."""
    here = [FileRow.root_id == root.root_id, *PRESENT]
    above = b""
    if inside != Path():
        name = os.fspath(inside)
        above = os.fsencode(name + os.sep)
        here += [FileRow.path > name + os.sep, FileRow.path < name + chr(ord(os.sep) + 1)]
    rest = sa.func.substr(FileRow.path, len(above) + 1, type_=PathText)
    end = sa.func.instr(rest, SEPARATOR)
    first = sa.func.substr(rest, 1, end - 1, type_=PathText)
    below = sa.func.max(sa.func.instr(sa.func.substr(rest, end + 1), SEPARATOR) > 0)
    own = None
    loose = _held(sa.literal(0), sa.literal(0)).where(*here, end == 0)
    for _, count, some, _ in _told(connection, loose):
        own = BrowsedFolder(root.path / inside, count, some, False)
    held = _held(first, below).where(*here, end > 0)
    return own, tuple(
        BrowsedFolder(root.path / inside / told, count, some, deeper)
        for told, count, some, deeper in sorted(
            _told(connection, held), key=lambda row: _order(row[0])
        )
    )


def months(connection: sa.Connection) -> tuple[BrowsedMonth, ...]:
    """Of the photos that know when they were taken, newest first, by the camera's clock."""
    month = sa.func.strftime("%Y-%m", ContentRow.taken_at, facets.SHIFT)
    present = sa.select(FileRow.content_id).where(*PRESENT)
    held = sa.select(
        month.label("key"), ContentRow.id.label("content_id"), sa.literal(0).label("deeper")
    ).where(ContentRow.taken_at.is_not(None), ContentRow.id.in_(present))
    found = [
        BrowsedMonth(date(*map(int, f"{told}-1".split("-"))), count, some)
        for told, count, some, _ in _told(connection, held)
        if told is not None
    ]
    return tuple(sorted(found, key=lambda month: month.first, reverse=True))


def _held(key: sa.SQLColumnExpression[Any], deeper: sa.SQLColumnExpression[Any]) -> sa.Select[Any]:
    """Each content once under each ``key``."""
    key = key.label("key")
    return sa.select(key, FileRow.content_id.label("content_id"), deeper.label("deeper")).group_by(
        key, FileRow.content_id
    )


def _told(
    connection: sa.Connection, held: sa.Select[Any]
) -> Iterator[tuple[Any, int, tuple[int, ...], bool]]:
    """Of every key: its contents' number, some of them, and whether any lies deeper."""
    rows = held.cte()
    place = sa.func.row_number().over(partition_by=rows.c.key, order_by=rows.c.content_id) - 1
    whole = sa.func.count().over(partition_by=rows.c.key)
    deeper = sa.func.max(rows.c.deeper).over(partition_by=rows.c.key)
    placed = sa.select(
        rows.c.key,
        rows.c.content_id,
        place.label("place"),
        whole.label("whole"),
        deeper.label("deeper"),
    ).subquery()
    drawn = sa.func.min(placed.c.whole, SOME)
    # The first of every of ``drawn`` equal parts.
    wanted = placed.c.place == 0
    wanted |= (placed.c.place * drawn) // placed.c.whole > (
        (placed.c.place - 1) * drawn
    ) // placed.c.whole
    query = sa.select(placed.c.key, placed.c.whole, placed.c.deeper, placed.c.content_id).where(
        wanted
    )
    found: dict[Any, tuple[int, bool, list[int]]] = {}
    for key, count, deep, content_id in connection.execute(query):
        found.setdefault(key, (count, bool(deep), []))[2].append(content_id)
    for key, (count, deep, some) in found.items():
        yield key, count, tuple(some), deep


def _order(name: str) -> tuple[str, str]:
    return name.casefold(), name
