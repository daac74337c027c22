"""kill -9 at any moment: both databases stay sound, and the next run goes on where it was."""

from __future__ import annotations

import multiprocessing
import os
import random
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.services.care import check
from engine.store import repair
from engine.store.database import Library
from engine.store.schema import ContentRow, EmbeddingRow, FileRow, ThumbnailRow
from tests.conftest import REPOSITORY, MakePhoto
from tests.services import crashing
from tests.services.crashing import BETWEEN, NEVER, Log

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")

KILLS = 30
PHOTOS = 300
PHOTOS_A_RUN = 30  # at most: a kill comes before them
SECONDS_AT_STAKE = 2.0  # by the clock of commits


@pytest.fixture(scope="module")
def photos(make_photo: MakePhoto, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos, a copy of one, and a file that is none."""
    folder = tmp_path_factory.mktemp("crashes") / "photos"
    for number in range(PHOTOS):
        make_photo(folder / f"{number % 7}" / f"{number}.jpg", seed=number)
    make_photo(folder / "copy of 0.jpg", seed=0)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8 nothing of the kind")
    return folder


def index(folder: Path, photos: Path, log: Log, kill_at: int = NEVER) -> bool:
    """Whether the run came to its end; else it was killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([crashing.__name__])  # no start of Python for every run
    process = context.Process(target=crashing.run, args=(folder, photos, log.file, kill_at))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode == 0


def committed(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Path -> quick hash and embedding of every file that is indexed."""
    if not (folder / "library.sqlite").exists():
        return {}
    with Library.open(folder) as library, library.read() as connection:
        rows = connection.execute(
            sa.select(FileRow.path, FileRow.quick_hash, EmbeddingRow.vector)
            .join(ContentRow, ContentRow.id == FileRow.content_id)
            .join(EmbeddingRow, EmbeddingRow.content_id == ContentRow.id)
            .where(FileRow.quick_hash == ContentRow.quick_hash)
        )
        return {row.path: (row.quick_hash.hex(), row.vector) for row in rows}


def whole(folder: Path) -> list[object]:
    """All that an indexing run makes of photos, without ids and times."""
    found: list[object] = []
    with Library.open(folder) as library:
        with library.read() as connection:
            content = [c for c in ContentRow.__table__.c if c.name != "id"]
            file = [FileRow.path, FileRow.status, FileRow.reason, FileRow.quick_hash]
            for query in (
                sa.select(*content).order_by(ContentRow.quick_hash),
                sa.select(*file).order_by(FileRow.path),
            ):
                found += connection.execute(query).all()
        with library.read_thumbnails() as connection:
            every = sa.select(ThumbnailRow.__table__).order_by(ThumbnailRow.quick_hash)
            found += connection.execute(every).all()
    return [*found, sorted(committed(folder).items())]


def assert_sound(folder: Path) -> None:
    for name in ("library.sqlite", "thumbnails.sqlite"):
        assert not (folder / name).exists() or repair.damage(folder / name) == ()


@pytest.fixture(scope="module")
def undisturbed(photos: Path) -> list[object]:
    folder = photos.parent / "undisturbed"
    log = Log(photos.parent / "undisturbed.log")
    assert index(folder, photos, log)
    return whole(folder)


@pytest.mark.slow
def test_thirty_kills_lose_nothing_that_is_older_than_two_seconds(
    photos: Path, undisturbed: list[object], tmp_path: Path
) -> None:
    folder = tmp_path / "library"
    idle = Log(tmp_path / "idle.log")  # what a run does that has nothing to read
    assert index(photos.parent / "undisturbed", photos, idle)
    before_reading = moments(idle)
    reading = moments(Log(photos.parent / "undisturbed.log")) - before_reading
    latest = before_reading + reading * PHOTOS_A_RUN // PHOTOS
    rng = random.Random(1)
    amid_photos = 0
    known = committed(folder)
    for number in range(KILLS):
        log = Log(tmp_path / f"{number}.log")
        assert not index(folder, photos, log, rng.randrange(1, latest))
        assert_sound(folder)
        now = committed(folder)
        assert known.items() <= now.items()  # what was there is there as it was

        encoded = [(float(at), int(count)) for at, count in log.lines("encoded")]
        at_stake = max((at for at, _ in encoded), default=0.0) - SECONDS_AT_STAKE
        assert len(now) - len(known) >= sum(count for at, count in encoded if at < at_stake)
        amid_photos += bool(encoded)

        decoded = {words[0] for words in log.lines("decoded")}
        assert not decoded & {quick_hash for quick_hash, _ in known.values()}
        known = now
    assert amid_photos >= KILLS // 4
    assert 0 < len(known) < PHOTOS  # or the kills came too late to prove anything

    last = Log(tmp_path / "last.log")
    assert index(folder, photos, last)
    first_told = int(last.lines("progress")[0][0])
    assert first_told >= len(known) - 1  # its bar does not begin at nothing
    assert len(last.lines("decoded")) <= PHOTOS - len(known) + 2  # a copy, and the broken one
    assert_sound(folder)
    assert whole(folder) == undisturbed


def moments(log: Log) -> int:
    """How many a run had that came to its end."""
    return int(log.lines("ended")[0][0])


@pytest.mark.parametrize("doctor", [False, True], ids=["next run", "doctor, next run"])
def test_a_kill_between_the_commits_of_both_databases_leaves_no_rest(
    photos: Path, undisturbed: list[object], tmp_path: Path, doctor: bool
) -> None:
    """Thumbnails come first: a photo that is known always has one."""
    folder, log = tmp_path / "library", Log(tmp_path / "log")
    assert not index(folder, photos, log, BETWEEN)
    assert_sound(folder)
    assert committed(folder) == {}
    with Library.open(folder) as library, library.read_thumbnails() as connection:
        count = sa.select(sa.func.count()).select_from(ThumbnailRow)
        rests = connection.execute(count).scalar_one()
    assert rests > 0
    if doctor:
        told = check(folder)
        assert told.sound and told.repaired == (f"Thumbnails of no photo were removed: {rests}.",)
    assert index(folder, photos, log)
    assert whole(folder) == undisturbed


def test_what_is_committed_is_on_the_disk(library: Library) -> None:
    """A power cut costs no more than a kill; nothing here can pull the plug."""
    for connect in (library.write, library.write_thumbnails):
        with connect() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        assert (mode, level) == ("wal", 2)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are waited for as in Linux")
def test_the_killed_command_takes_its_workers_along_and_goes_on(
    samples: Path, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    words = ["--library", str(library), "index", str(samples / "clothes")]
    command = [sys.executable, "main.py", *words]
    rng = random.Random(2)
    known: dict[str, tuple[str, bytes]] = {}
    for _ in range(3):
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": os.fspath(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(rng.uniform(0.5, 3.0))
        except subprocess.TimeoutExpired:
            workers = children(process.pid)
            process.kill()
            process.wait()
            for worker in workers:  # their pipes have no other end any more
                assert select.select([worker], [], [], 30)[0]
                os.close(worker)
        assert_sound(library)
        now = committed(library)
        assert known.items() <= now.items()
        known = now
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(committed(library)) == len(list((samples / "clothes").rglob("*.jpg")))
    assert known.items() <= committed(library).items()


def children(process_id: int) -> list[int]:
    """Handles of the processes that a process has started; readable once they have ended."""
    handles = []
    for task in Path(f"/proc/{process_id}/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                handles.append(os.pidfd_open(int(child)))
            except ProcessLookupError:
                continue
    return handles
