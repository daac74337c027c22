"""Opening a library: claims, transactions, WAL, migrations, and errors in words.

Readers never wait for the writer (WAL). ``synchronous=FULL``: what is committed is on the disk, so
that a power cut costs no more than a killed process: what was not committed yet.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout

from engine.errors import LibraryError, printable
from engine.store import migrations, schema

SECONDS_FOR_A_CLAIM = 0.1  # ``claimed`` holds it for a moment


class Library:
    """An open library folder.

    ``folder`` holds ``library.sqlite``, ``thumbnails.sqlite``, ``vectors/``, ``models/`` and
    ``logs/``. Open it with :meth:`open`, as a context manager or with :meth:`close`. Any number
    of processes may have it open; :meth:`claim` keeps the same work from being done twice.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._main = _engine(folder / "library.sqlite")
        self._thumbnails = _engine(folder / "thumbnails.sqlite")

    @classmethod
    def open(cls, folder: Path, *, create: bool = True) -> Library:
        """Open, and create or migrate where needed.

        Raises ``LibraryError`` in words: no such library (``create=False``), not writable,
        damaged, locked, or from a newer version.
        """
        folder = Path(os.path.abspath(folder))
        database = folder / "library.sqlite"
        if not create and not database.is_file():
            raise LibraryError(
                f"There is no library in {printable(folder)}: "
                "add photos with 'photoglyph index FOLDER' first."
            )
        try:
            for part in ("", "vectors", "models", "logs"):
                (folder / part).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(_unwritable(folder, error)) from error
        library = cls(folder)
        try:
            with library._words("library.sqlite"):
                _migrate(library._main, migrations.LIBRARY, database)
            with library._words("thumbnails.sqlite"):
                _migrate(library._thumbnails, migrations.THUMBNAILS, folder / "thumbnails.sqlite")
        except BaseException:
            library.close()
            raise
        return library

    @contextmanager
    def claim(self, work: str) -> Iterator[None]:
        """Be the one process that does ``work`` ("indexing", "training") on this library.

        Raises ``LibraryError`` at once where another holds the claim. The system drops the claim
        of a process that dies.
        """
        lock = FileLock(self.folder / f"{work}.lock", timeout=SECONDS_FOR_A_CLAIM)
        try:
            lock.acquire(poll_interval=0.02)
        except Timeout:
            raise LibraryError(
                f"The library in {printable(self.folder)} is in use: another Photoglyph is "
                f"{work} it; wait for it to finish or choose another folder with --library."
            ) from None
        except OSError as error:
            raise LibraryError(_unwritable(self.folder, error)) from error
        try:
            yield
        finally:
            lock.release()

    def claimed(self, work: str) -> bool:
        """Whether a process (this one, or another) does ``work`` now."""
        try:
            with FileLock(self.folder / f"{work}.lock", timeout=0):
                return False
        except (Timeout, OSError):
            return True

    def close(self) -> None:
        self._main.dispose()
        self._thumbnails.dispose()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A snapshot of ``library.sqlite``; never blocks the writer."""
        with self._words("library.sqlite"), self._main.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, visible: bool = True) -> Iterator[sa.Connection]:
        """One transaction: committed at the end, rolled back on any exception.

        ``visible``: the change matters to searching (the revision grows).
        Never yield ``Progress`` inside it: a paused job would hold the write lock.
        """
        with (
            self._words("library.sqlite"),
            self._main.connect().execution_options(immediate=True) as connection,
            connection.begin(),
        ):
            yield connection
            if visible:
                row = schema.RevisionRow
                connection.execute(sa.update(row).values(number=row.number + 1))

    def revision(self) -> int:
        """Grows with every visible change; equal means that nothing has to be read again."""
        with self.read() as connection:
            return int(connection.execute(sa.select(schema.RevisionRow.number)).scalar_one())

    @contextmanager
    def read_thumbnails(self) -> Iterator[sa.Connection]:
        with self._words("thumbnails.sqlite"), self._thumbnails.connect() as connection:
            yield connection

    @contextmanager
    def write_thumbnails(self) -> Iterator[sa.Connection]:
        with (
            self._words("thumbnails.sqlite"),
            self._thumbnails.connect().execution_options(immediate=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _words(self, name: str) -> Iterator[None]:
        """Turn SQLite's known errors into sentences; the rest are bugs and pass."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            sentence = _sentence(self.folder / name, error)
            if sentence is None:
                raise
            raise LibraryError(sentence) from error


def _engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=os.fspath(path)), connect_args={"timeout": 10}
    )

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        # SQLAlchemy begins transactions itself (see _begin), so that reads are snapshots too.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A writer takes the lock at once: upgrading later can fail half-way with SQLITE_BUSY.
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _migrate(engine: sa.Engine, steps: tuple[migrations.Step, ...], path: Path) -> None:
    with engine.connect() as connection:
        version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    if version > len(steps):
        raise LibraryError(
            f"{printable(path)} was made by a newer Photoglyph (schema {version}, this one knows "
            f"{len(steps)}): update Photoglyph to open it. Nothing was changed."
        )
    for number in range(version, len(steps)):
        with (
            engine.connect().execution_options(immediate=True) as connection,
            connection.begin(),
        ):
            # Another process may have taken the step while this one waited for the lock.
            if int(connection.exec_driver_sql("PRAGMA user_version").scalar_one()) > number:
                continue
            steps[number](connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {number + 1}")


def _unwritable(folder: Path, error: OSError) -> str:
    return (
        f"The library folder {printable(folder)} cannot be written "
        f"({error.strerror or error}): choose another with --library."
    )


def _sentence(path: Path, error: sa.exc.DBAPIError) -> str | None:
    """Words for SQLite errors that are the world's fault; None for those that are ours."""
    name = printable(path)
    code = getattr(error.orig, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        if path.name == "thumbnails.sqlite":
            return f"{name} is damaged: run 'photoglyph doctor', it can be made again."
        return (
            f"{name} is damaged: restore it from a backup, or move it away to start afresh "
            "(photos are not touched)."
        )
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{name} is locked by another program: close that program and try again."
    if primary == sqlite3.SQLITE_FULL:
        return f"The disk is full, {name} cannot grow: free some space and run it again."
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return f"{name} cannot be written: check its permissions or choose another --library."
    if primary == sqlite3.SQLITE_IOERR:
        return f"{name} cannot be read or written (disk error): check the disk and try again."
    return None
