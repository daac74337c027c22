"""Work on folders is rows: ordered, counted from its beginning, and never lost."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.store import files, jobs
from engine.store.database import Library
from engine.store.schema import JobRow
from engine.types import JobState, JobView


@pytest.fixture
def roots(library: Library) -> list[int]:
    """Three folders, none of them asked for."""
    with library.write() as connection:
        return [files.add_root(connection, Path(f"/photos/{name}")) for name in "abc"]


def ask(library: Library, *root_ids: int) -> None:
    with library.write() as connection:
        jobs.queue(connection, root_ids)


def order(library: Library) -> list[int]:
    with library.read() as connection:
        return [row.root_id for row in jobs.queued(connection)]


def finish(library: Library, root_id: int) -> None:
    with library.write() as connection:
        asked = {row.root_id: row.queued_at for row in jobs.queued(connection)}
        jobs.finish(connection, {root_id: asked[root_id]})


def views(library: Library, *, running: bool = True) -> dict[int, JobView]:
    with library.read() as connection:
        return {view.root_id: view for view in jobs.views(connection, running=running)}


def test_the_latest_request_comes_first_and_in_it_the_newest_folder(
    library: Library, roots: list[int]
) -> None:
    a, b, c = roots
    ask(library, a, b, c)
    assert order(library) == [c, b, a]
    ask(library, a)
    assert order(library) == [a, c, b]
    assert len(views(library)) == 3  # one job a folder


def test_a_job_that_is_not_finished_keeps_what_is_done(library: Library, roots: list[int]) -> None:
    a = roots[0]
    ask(library, a)
    with library.write() as connection:
        jobs.start(connection, a)
        jobs.expect(connection, a, waiting=10)
        jobs.advance(connection, {a: 4})
    ask(library, a)
    with library.write() as connection:
        jobs.expect(connection, a, waiting=6)
    view = views(library)[a]
    assert (view.done, view.total, view.attempts) == (4, 10, 1)


def test_a_job_that_was_done_begins_anew(library: Library, roots: list[int]) -> None:
    a = roots[0]
    ask(library, a)
    with library.write() as connection:
        jobs.start(connection, a)
        jobs.expect(connection, a, waiting=3)
        jobs.advance(connection, {a: 3})
    finish(library, a)
    assert order(library) == []
    assert views(library)[a].state is JobState.DONE
    ask(library, a)
    view = views(library)[a]
    assert (view.state, view.done, view.total, view.attempts) == (JobState.QUEUED, 0, None, 0)


def test_progress_made_with_another_model_counts_no_more(
    library: Library, roots: list[int]
) -> None:
    a = roots[0]
    ask(library, a)
    with library.write() as connection:
        jobs.sign(connection, "one")
        jobs.advance(connection, {a: 4})
        jobs.sign(connection, "one")
    assert views(library)[a].done == 4
    with library.write() as connection:
        jobs.sign(connection, "two")
    assert views(library)[a].done == 0


def test_what_a_dead_process_was_running_is_queued(library: Library, roots: list[int]) -> None:
    a = roots[0]
    ask(library, a)
    with library.write() as connection:
        jobs.start(connection, a)
    assert views(library)[a].state is JobState.RUNNING
    assert views(library, running=False)[a].state is JobState.QUEUED
    with library.write() as connection:
        jobs.sign(connection, "model")
        stored = connection.execute(sa.select(JobRow.state)).scalar_one()
    assert stored == JobState.QUEUED


def test_a_paused_folder_shows_as_a_paused_job_unless_it_is_done(
    library: Library, roots: list[int]
) -> None:
    a, b, c = roots
    ask(library, a, b)
    finish(library, b)
    with library.write() as connection:
        files.set_paused(connection, None, True)
        files.set_paused(connection, a, True)
    assert views(library)[a].state is JobState.PAUSED
    assert views(library)[b].state is JobState.DONE
    with library.write() as connection:
        files.set_paused(connection, a, False)
    with library.read() as connection:
        paused = {folder.root_id: folder.paused for folder in files.folders(connection)}
    assert paused == {a: False, b: True, c: True}


def test_a_failure_is_told_until_the_job_is_done(library: Library, roots: list[int]) -> None:
    a = roots[0]
    ask(library, a)
    with library.write() as connection:
        jobs.start(connection, a)
        jobs.fail(connection, [a], "The disk is full.")
        jobs.release(connection, [a])  # the run ends
    view = views(library)[a]
    assert (view.state, view.last_error) == (JobState.FAILED, "The disk is full.")
    assert order(library) == []  # until it is asked for
    ask(library, a)
    assert order(library) == [a]
    assert views(library)[a].last_error == "The disk is full."
    finish(library, a)
    assert views(library)[a].last_error is None


def test_a_folder_that_is_asked_for_again_is_not_done(library: Library, roots: list[int]) -> None:
    a = roots[0]
    ask(library, a)
    with library.read() as connection:
        (row,) = jobs.queued(connection)
    ask(library, a)
    with library.write() as connection:
        jobs.finish(connection, {a: row.queued_at})
    assert order(library) == [a]


def test_a_removed_folder_takes_its_job_along(library: Library, roots: list[int]) -> None:
    ask(library, *roots)
    with library.write() as connection:
        files.remove_root(connection, roots[1])
    assert order(library) == [roots[2], roots[0]]
