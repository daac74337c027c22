"""Work on folders as rows: it survives the process, and anybody may look at it or pause it.

A job is one folder and one kind of work. The files that wait for it are rows of their own
(``intake.waiting_files``); here is in which order folders come, how far they are, and what went
wrong. Whether a folder is paused stands in its root's row: it outlives the job.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from engine.store.schema import JobRow, RootRow
from engine.types import JobState, JobView

INDEX = "index"
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Queued:
    """A job that is to be done. ``queued_at`` tells one request for it from the next."""

    root_id: int
    queued_at: datetime
    paused: bool
    done: int
    total: int | None


def queue(connection: sa.Connection, root_ids: Collection[int]) -> None:
    """Ask for these folders, now. One that was not finished keeps what is done of it."""
    if not root_ids:
        return
    now = datetime.now(UTC)
    insert = sqlite.insert(JobRow)
    finished = JobRow.state == JobState.DONE
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[JobRow.kind, JobRow.root_id],
            set_={
                "state": JobState.QUEUED,
                "done": sa.case((finished, 0), else_=JobRow.done),
                "total": sa.case((finished, None), else_=JobRow.total),
                "attempts": sa.case((finished, 0), else_=JobRow.attempts),
                "last_error": sa.case((finished, None), else_=JobRow.last_error),
                "created_at": now,
                "updated_at": now,
            },
        ),
        [
            {
                "kind": INDEX,
                "root_id": root_id,
                "state": JobState.QUEUED,
                "done": 0,
                "attempts": 0,
                "created_at": now,
                "updated_at": now,
            }
            for root_id in root_ids
        ],
    )


def queued(connection: sa.Connection) -> tuple[Queued, ...]:
    """What is to be done: asked for last first; of one request, the folder added last."""
    rows = connection.execute(
        sa.select(JobRow.root_id, JobRow.created_at, RootRow.paused, JobRow.done, JobRow.total)
        .join(RootRow, RootRow.id == JobRow.root_id)
        .where(JobRow.kind == INDEX, JobRow.state.in_(UNFINISHED))
        .order_by(JobRow.created_at.desc(), JobRow.root_id.desc())
    )
    return tuple(
        Queued(row.root_id, row.created_at, row.paused, row.done, row.total) for row in rows
    )


def sign(connection: sa.Connection, signature: str) -> None:
    """Say what the queued work is made with; progress made with something else counts no more.

    Also takes back what a process that died was running. Called under the claim to indexing.
    """
    other = JobRow.input_signature.is_distinct_from(signature)
    connection.execute(
        sa.update(JobRow)
        .where(JobRow.kind == INDEX, JobRow.state.in_(UNFINISHED))
        .values(
            state=JobState.QUEUED,
            done=sa.case((other, 0), else_=JobRow.done),
            input_signature=signature,
        )
    )


def start(connection: sa.Connection, root_id: int) -> None:
    """A run begins with a folder."""
    _set(connection, root_id, state=JobState.RUNNING, attempts=JobRow.attempts + 1)


def expect(connection: sa.Connection, root_id: int, waiting: int) -> None:
    """A folder was looked at: ``waiting`` files are left to be read."""
    _set(connection, root_id, total=JobRow.done + waiting)


def advance(connection: sa.Connection, read: Mapping[int, int]) -> None:
    """Add files that were read, by root, in the transaction that stores them."""
    for root_id, count in read.items():
        _set(connection, root_id, done=JobRow.done + count)


def release(connection: sa.Connection, root_ids: Collection[int]) -> None:
    """The run ends; what it has not done of these folders waits for the next one."""
    connection.execute(
        sa.update(JobRow)
        .where(
            JobRow.kind == INDEX,
            JobRow.root_id.in_(root_ids),
            JobRow.state == JobState.RUNNING,
        )
        .values(state=JobState.QUEUED, updated_at=datetime.now(UTC))
    )


def finish(connection: sa.Connection, asked: Mapping[int, datetime]) -> None:
    """These folders are done, unless they were asked for again (root id -> ``queued_at``)."""
    for root_id, queued_at in asked.items():
        same = JobRow.created_at == queued_at
        _set(
            connection,
            root_id,
            state=sa.case((same, JobState.DONE), else_=JobRow.state),
            last_error=None,
        )


def fail(connection: sa.Connection, root_ids: Collection[int], error: str) -> None:
    """These folders could not be done, for a reason that is no single file's."""
    for root_id in root_ids:
        _set(connection, root_id, state=JobState.FAILED, last_error=error)


def _set(connection: sa.Connection, root_id: int, **values: object) -> None:
    connection.execute(
        sa.update(JobRow)
        .where(JobRow.kind == INDEX, JobRow.root_id == root_id)
        .values(updated_at=datetime.now(UTC), **values)
    )


def views(connection: sa.Connection, *, running: bool) -> tuple[JobView, ...]:
    """All jobs, those asked for last first.

    ``running``: a process is at work. Where none is, what it was running when it died is queued.
    """
    rows = connection.execute(
        sa.select(JobRow.__table__, RootRow.path, RootRow.paused)
        .join(RootRow, RootRow.id == JobRow.root_id)
        .order_by(JobRow.created_at.desc(), JobRow.root_id.desc())
    )
    return tuple(
        JobView(
            root_id=row.root_id,
            path=Path(row.path),
            kind=row.kind,
            state=_shown(JobState(row.state), paused=row.paused, running=running),
            done=row.done,
            total=row.total,
            attempts=row.attempts,
            last_error=row.last_error,
            updated_at=row.updated_at,
        )
        for row in rows
    )


def _shown(state: JobState, *, paused: bool, running: bool) -> JobState:
    if state not in UNFINISHED:
        return state
    if paused:
        return JobState.PAUSED
    return state if running else JobState.QUEUED
