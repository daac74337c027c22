"""Indexing as work that can be queued, paused, cancelled, killed and gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import LibraryError
from engine.photos import workers
from engine.search.ports import Encoded
from engine.services import queueing, reading
from engine.services.indexing import (
    PAUSED,
    add_folders,
    folders,
    index,
    job_views,
    remove_folder,
    set_paused,
)
from engine.services.searching import SearchService
from engine.store.database import Library
from engine.types import IndexReport, Job, JobState, JobView, Progress, Query
from tests.conftest import FakeEncoder, MakePhoto
from tests.services.indexed import QuickModels, Run, embedded, finish, live

PHOTOS = 24


@pytest.fixture(autouse=True)
def _in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A yield, a commit and a look at the queue after every photo; few are read ahead."""
    for name in ("SECONDS_BETWEEN_REPORTS", "SECONDS_BETWEEN_COMMITS"):
        monkeypatch.setattr(reading, name, 0.0)
    monkeypatch.setattr(queueing, "SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr(reading, "BATCH", 1)
    monkeypatch.setattr(reading, "WINDOW", 4)


@pytest.fixture
def many(tmp_path: Path, make_photo: MakePhoto) -> Path:
    for number in range(PHOTOS):
        make_photo(tmp_path / "many" / f"{number}.jpg", number)
    return tmp_path / "many"


@pytest.fixture
def few(tmp_path: Path, make_photo: MakePhoto) -> Path:
    for number in range(5):
        make_photo(tmp_path / "few" / f"{number}.jpg", 500 + number)
    return tmp_path / "few"


def start(library: Library, *paths: Path) -> Job[IndexReport]:
    return index(library, FakeEncoder(), paths, device="cpu")


def until(job: Iterator[Progress], done: int) -> Progress:
    """Drive on until so many files are read."""
    return next(p for p in job if p.stage == "indexing" and p.done >= done)


def job_of(library: Library, folder: Path) -> JobView:
    (view,) = (view for view in job_views(library) if view.path == folder)
    return view


def test_every_folder_is_a_job_that_ends_as_done(library: Library, many: Path, run: Run) -> None:
    run(many)
    view = job_of(library, many)
    assert (view.kind, view.state, view.done, view.total) == (
        "index",
        JobState.DONE,
        PHOTOS,
        PHOTOS,
    )
    assert (view.attempts, view.last_error) == (1, None)


def test_a_folder_added_meanwhile_comes_before_the_rest_of_the_older_one(
    library: Library, many: Path, few: Path
) -> None:
    with closing(start(library, many)) as job:
        until(job, 5)
        with Library.open(library.folder) as other:  # another process
            add_folders(other, [few])
        next(p for p in job if set(few.iterdir()) <= set(live(library)))
        assert len(live(library)) < PHOTOS  # much of the older folder still waits
        assert job_of(library, few).state is not JobState.QUEUED
        assert job_of(library, many).state is JobState.RUNNING
        report = finish(job)
    assert (report.found, report.indexed, report.skipped) == (PHOTOS + 5, PHOTOS + 5, ())
    assert len(live(library)) == PHOTOS + 5
    assert {view.state for view in job_views(library)} == {JobState.DONE}


def test_a_folder_added_during_the_scan_is_looked_at_too(
    library: Library, many: Path, few: Path
) -> None:
    job = start(library, many)
    assert next(job).stage == "scanning"
    add_folders(library, [few])
    report = finish(job)
    assert (report.found, report.indexed) == (PHOTOS + 5, PHOTOS + 5)


def test_progress_counts_from_the_beginning_of_the_work_after_a_restart(
    library: Library, many: Path, run: Run
) -> None:
    job = start(library, many)
    until(job, 15)
    job.close()
    kept = embedded(library)
    view = job_of(library, many)
    assert (view.state, view.done, view.total) == (JobState.QUEUED, kept, PHOTOS)
    again = start(library)
    first = until(again, 0)
    assert first.done >= kept
    assert first.total == PHOTOS
    *_, last = again
    assert (last.done, last.total) == (PHOTOS, PHOTOS)
    assert job_of(library, many).attempts == 2


def test_what_an_earlier_run_left_is_done_after_what_is_asked_for(
    library: Library, many: Path, few: Path
) -> None:
    job = start(library, many)
    until(job, 5)
    job.close()
    report = finish(start(library, few))
    assert len(live(library)) == PHOTOS + 5
    assert report.found == PHOTOS + 5


def test_a_pause_of_all_is_noticed_at_once_and_lasts_until_it_is_taken_back(
    library: Library, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = start(library, many)
    until(job, 5)
    with Library.open(library.folder) as other:
        set_paused(other, None, True)
    steps = list(islice(job, 3))  # at most one of them is still of the work before
    assert [step.note for step in steps[1:]] == [PAUSED, PAUSED]
    kept = embedded(library)
    assert kept > 0  # what was encoded is committed
    assert {p.done for p in islice(job, 5)} == {steps[-1].done}
    assert embedded(library) == kept
    assert job_of(library, many).state is JobState.PAUSED
    assert [folder.paused for folder in folders(library)] == [True]
    set_paused(library, None, False)
    report = finish(job)
    assert (report.indexed, len(live(library))) == (PHOTOS, PHOTOS)


def test_a_change_of_order_is_seen_until_it_is_taken(
    library: Library, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_folders(library, [many])
    queue = queueing.Queue(library)
    queue.look()
    assert not queue.changed()
    set_paused(library, None, True)
    assert queue.changed()
    monkeypatch.setattr(queueing, "SECONDS_BETWEEN_LOOKS", 1000.0)
    assert queue.changed()
    queue.look()
    assert not queue.changed()


def test_a_pause_outlives_the_process_and_a_new_run_leaves_the_folder_out(
    library: Library, many: Path, few: Path, run: Run
) -> None:
    job = start(library, many)
    until(job, 5)
    set_paused(library, None, True)
    next(job)
    job.close()
    kept = embedded(library)
    with Library.open(library.folder) as other:
        report = finish(index(other, FakeEncoder(), device="cpu"))  # ends by itself
        assert (report.found, report.indexed) == (0, 0)
        assert embedded(other) == kept
        assert job_of(other, many).state is JobState.PAUSED
    assert run(few).indexed == 5  # what is added later is not paused
    set_paused(library, None, False)
    assert run().indexed == PHOTOS - kept


def test_a_folder_that_is_named_is_resumed(library: Library, many: Path, run: Run) -> None:
    job = start(library, many)
    until(job, 5)
    job.close()
    set_paused(library, None, True)
    run(many)
    assert len(live(library)) == PHOTOS
    assert not folders(library)[0].paused


def test_one_paused_folder_leaves_the_others_going(library: Library, many: Path, few: Path) -> None:
    job = start(library, few, many)
    until(job, 3)
    paths = {folder.path: folder.root_id for folder in folders(library)}
    set_paused(library, paths[many], True)
    next(p for p in job if p.note == PAUSED)
    assert set(few.iterdir()) <= set(live(library))
    assert len(live(library)) < PHOTOS
    assert job_of(library, few).state is JobState.DONE
    set_paused(library, paths[many], False)
    assert finish(job).indexed == PHOTOS + 5


def test_a_paused_scan_is_begun_again(library: Library, many: Path) -> None:
    job = start(library, many)
    next(job)  # scanning
    set_paused(library, None, True)
    assert next(p for p in job if p.note == PAUSED)
    set_paused(library, None, False)
    report = finish(job)
    assert (report.found, report.indexed) == (PHOTOS, PHOTOS)


def test_a_pause_ends_the_decoding_processes(
    library: Library, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: set[object] = set()
    real_init, real_close = workers.DecodingPool.__init__, workers.DecodingPool.close

    def opened(pool: workers.DecodingPool, *args: object, **options: object) -> None:
        alive.add(pool)
        real_init(pool, *args, **options)  # type: ignore[arg-type]

    def closed(pool: workers.DecodingPool) -> None:
        real_close(pool)
        alive.discard(pool)

    monkeypatch.setattr(workers.DecodingPool, "__init__", opened)
    monkeypatch.setattr(workers.DecodingPool, "close", closed)
    job = start(library, many)
    until(job, 5)
    assert len(alive) == 1
    set_paused(library, None, True)
    next(p for p in job if p.note == PAUSED)
    assert alive == set()
    job.close()


def test_searching_works_on_what_is_done_meanwhile(library: Library, many: Path) -> None:
    models = QuickModels()
    search = SearchService(library, models, models)  # type: ignore[arg-type]
    with closing(start(library, many)) as job:
        until(job, 5)
        first = search.search(Query(many / "0.jpg"), top=PHOTOS)
        until(job, 15)
        second = search.search(Query(many / "0.jpg"), top=PHOTOS)
        assert 0 < len(first.hits) < len(second.hits) <= PHOTOS
        finish(job)
    assert len(search.search(Query(many / "0.jpg"), top=PHOTOS).hits) == PHOTOS


def test_a_cancelled_run_leaves_its_jobs_queued(library: Library, many: Path, run: Run) -> None:
    job = start(library, many)
    until(job, 3)
    job.close()
    assert job_of(library, many).state is JobState.QUEUED
    run()
    assert job_of(library, many).state is JobState.DONE


class Broken(FakeEncoder):
    def encode(self, pixels: NDArray[np.uint8]) -> Encoded:
        raise RuntimeError("out of memory")


def test_a_run_that_fails_tells_it_in_its_job(library: Library, many: Path, run: Run) -> None:
    with pytest.raises(RuntimeError):
        finish(index(library, Broken(), [many], device="cpu"))
    view = job_of(library, many)
    assert (view.state, view.last_error) == (JobState.FAILED, "RuntimeError: out of memory")
    run()
    view = job_of(library, many)
    assert (view.state, view.last_error, view.attempts) == (JobState.DONE, None, 2)


def test_a_folder_that_is_away_waits_in_the_queue(
    library: Library, many: Path, run: Run, tmp_path: Path
) -> None:
    job = start(library, many)
    until(job, 5)
    job.close()
    (tmp_path / "far").mkdir()
    many.rename(tmp_path / "far/many")
    assert run().skipped == ()
    assert job_of(library, many).state is JobState.QUEUED
    assert job_of(library, many).total == PHOTOS
    (tmp_path / "far/many").rename(many)
    run()
    assert len(live(library)) == PHOTOS


def test_a_folder_cannot_be_removed_while_it_is_indexed(library: Library, many: Path) -> None:
    job = start(library, many)
    until(job, 3)
    with pytest.raises(LibraryError, match="in use"):
        remove_folder(library, folders(library)[0].root_id)
    job.close()
    remove_folder(library, folders(library)[0].root_id)
    assert job_views(library) == ()


def test_nothing_is_left_running_in_the_list_when_no_process_works(
    library: Library, many: Path
) -> None:
    job = start(library, many)
    until(job, 3)
    assert job_of(library, many).state is JobState.RUNNING
    with library.claim("training"):
        assert job_of(library, many).state is JobState.RUNNING
    job.close()
    assert not library.claimed("indexing")
