"""Refused files: told with reason, time and number, tried again when asked, or ignored."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.photos import workers
from engine.services.problems import ignore, problems, retry
from engine.store import overview
from engine.store.database import Library
from engine.store.schema import FileRow
from engine.types import Problem
from tests.conftest import MakePhoto
from tests.services.indexed import Run, live

BAD = b"\xff\xd8\xff\xe0 no more than a beginning"


@pytest.fixture
def bad(photos: Path) -> Path:
    """A broken photo beside six good ones."""
    (photos / "bad.jpg").write_bytes(BAD)
    return photos / "bad.jpg"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The paths that were handed to decoding processes."""
    paths: list[Path] = []
    real = workers.DecodingPool.submit

    def submit(pool: workers.DecodingPool, key: int, path: Path) -> None:
        paths.append(path)
        real(pool, key, path)

    monkeypatch.setattr(workers.DecodingPool, "submit", submit)
    return paths


def only(library: Library) -> Problem:
    (problem,) = problems(library)
    return problem


def counted(library: Library) -> int:
    with library.read() as connection:
        return overview.counts(connection, None).skipped


def test_a_problem_tells_when_it_came_first_and_last_and_how_often(
    library: Library, bad: Path, run: Run
) -> None:
    run(bad.parent)
    with library.write() as connection:  # that was yesterday
        problem = only(library)
        assert problem.first == problem.when
        connection.execute(
            sa.update(FileRow)
            .where(FileRow.id == problem.file_id)
            .values(
                refused_at=problem.when - timedelta(days=1),
                changed_at=problem.when - timedelta(days=1),
            )
        )
    retry(library, [problem.file_id])
    run()
    again = only(library)
    assert (again.path, again.attempts, again.ignored) == (bad, 2, False)
    assert again.first == problem.when - timedelta(days=1)
    assert again.when > problem.when


def test_a_file_that_changed_is_a_problem_of_its_own(library: Library, bad: Path, run: Run) -> None:
    run(bad.parent)
    retry(library)
    run()
    bad.write_bytes(BAD + b", and another one")
    run()
    assert (only(library).attempts, only(library).first) == (1, only(library).when)


def test_one_problem_is_tried_again_and_the_others_are_left_alone(
    library: Library, bad: Path, run: Run, opened: list[Path]
) -> None:
    other = bad.with_name("other.jpg")
    other.write_bytes(BAD + b"!")
    run(bad.parent)
    opened.clear()
    run()
    assert opened == []
    (chosen,) = (problem for problem in problems(library) if problem.path == other)
    retry(library, [chosen.file_id])
    run()
    assert opened == [other]
    opened.clear()
    retry(library)
    run()
    assert sorted(opened) == [bad, other]


def test_an_ignored_problem_is_neither_counted_nor_tried(
    library: Library, bad: Path, run: Run, opened: list[Path]
) -> None:
    run(bad.parent)
    ignore(library, only(library).file_id)
    assert (only(library).ignored, counted(library)) == (True, 0)
    opened.clear()
    retry(library)
    run()
    assert opened == []
    assert (only(library).ignored, counted(library)) == (True, 0)


def test_an_ignored_problem_that_changes_is_tried_and_counted(
    library: Library, bad: Path, run: Run, make_photo: MakePhoto
) -> None:
    run(bad.parent)
    ignore(library, only(library).file_id)
    bad.write_bytes(BAD + b", and another one")
    run()
    assert (only(library).ignored, counted(library)) == (False, 1)
    ignore(library, only(library).file_id)
    make_photo(bad, 77)
    assert run().indexed == 1
    assert problems(library) == ()


def test_a_problem_is_ignored_no_more_when_that_is_taken_back(
    library: Library, bad: Path, run: Run, opened: list[Path]
) -> None:
    run(bad.parent)
    ignore(library, only(library).file_id)
    ignore(library, only(library).file_id, ignored=False)
    assert (only(library).ignored, counted(library)) == (False, 1)
    opened.clear()
    run()
    assert opened == [bad]


def test_a_passing_problem_that_is_ignored_is_tried_no_more(
    library: Library, photos: Path, run: Run, opened: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = workers.DecodingPool._ask

    def refused(pool: workers.DecodingPool, worker: object, key: int, path: Path, asked: object):  # type: ignore[no-untyped-def]
        if path.name == "0.jpg":
            return workers.Failed(key, "there is no permission to read it", passing=True)
        return real(pool, worker, key, path, asked)  # type: ignore[arg-type]

    monkeypatch.setattr(workers.DecodingPool, "_ask", refused)
    run(photos)
    opened.clear()
    run()
    assert opened == [photos / "a/0.jpg"]  # it may have been mended
    assert only(library).attempts == 2
    ignore(library, only(library).file_id)
    opened.clear()
    run()
    assert opened == []


def test_a_name_that_the_scan_refuses_can_be_ignored(
    library: Library, photos: Path, run: Run
) -> None:
    os.mkfifo(photos / "pipe.jpg")
    run(photos)
    ignore(library, only(library).file_id)
    run()
    assert (only(library).ignored, counted(library)) == (True, 0)


def test_a_file_whose_process_dies_twice_is_left_alone_until_it_changes(
    library: Library, photos: Path, run: Run, opened: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes: list[Path] = []
    real = workers.DecodingPool._ask

    def dying(pool: workers.DecodingPool, worker, key: int, path: Path, asked: object):  # type: ignore[no-untyped-def]
        if path.name == "0.jpg":
            crashes.append(path)
            worker.kill()
        return real(pool, worker, key, path, asked)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(workers.DecodingPool, "_ask", dying)
        report = run(photos)
        assert (report.indexed, len(crashes)) == (5, 2)
        assert (only(library).reason, only(library).attempts) == ("decoding it crashed", 2)
        opened.clear()
        run()
        run()
        assert opened == []  # quarantined, also in the runs after
        assert len(crashes) == 2
    os.utime(photos / "a/0.jpg", ns=(1, 10**18))
    assert run().indexed == 1
    assert problems(library) == ()
    assert photos / "a/0.jpg" in live(library)


def test_a_file_whose_process_dies_once_is_indexed(
    library: Library, photos: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes: list[Path] = []
    real = workers.DecodingPool._ask

    def dying(pool: workers.DecodingPool, worker, key: int, path: Path, asked: object):  # type: ignore[no-untyped-def]
        if path.name == "0.jpg" and not crashes:
            crashes.append(path)
            worker.kill()
        return real(pool, worker, key, path, asked)  # type: ignore[arg-type]

    monkeypatch.setattr(workers.DecodingPool, "_ask", dying)
    assert run(photos).indexed == 6
    assert problems(library) == ()
