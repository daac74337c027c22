"""Indexing does what changed and nothing twice, and nothing breaks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray

from engine.errors import LibraryError, UserError
from engine.photos import scan as scan_module
from engine.photos import workers
from engine.search.ports import Encoded
from engine.services import comparing, indexing, reading
from engine.services.identifying import Newest
from engine.services.indexing import index, remove_folder
from engine.services.problems import problems, retry
from engine.store import files, thumbnails
from engine.store.database import Library
from engine.store.schema import FileRow
from engine.types import FileStatus, Progress
from tests.conftest import REPOSITORY, FakeEncoder, MakePhoto
from tests.services.indexed import Run, embedded, finish, live

BAD = b"\xff\xd8\xff\xe0 no more than a beginning"


def test_every_photo_gets_a_content_a_thumbnail_and_an_embedding(
    library: Library, photos: Path, run: Run, fake_encoder: FakeEncoder
) -> None:
    report = run(photos)
    assert (report.found, report.indexed, report.skipped) == (6, 6, ())
    found = live(library)
    assert set(found) == set(photos.rglob("*.jpg"))
    assert {(photo.width, photo.height) for photo in found.values()} == {(96, 72)}
    ids = [photo.content_id for photo in found.values()]
    assert set(thumbnails.by_content(library, ids)) == set(ids)
    assert embedded(library) == sum(fake_encoder.calls) == 6


def test_running_again_opens_nothing(
    photos: Path, run: Run, fake_encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(photos)
    monkeypatch.setattr(workers, "_Worker", None)  # no decoding process may start
    fake_encoder.calls.clear()
    report = run()
    assert (report.found, report.unchanged, report.indexed) == (6, 6, 0)
    assert fake_encoder.calls == []


def test_running_again_changes_nothing_that_searching_has_to_notice(
    library: Library, photos: Path, run: Run
) -> None:
    run(photos)
    before = library.revision()
    run()
    assert library.revision() == before


def test_touched_files_cost_no_decoding(
    library: Library, photos: Path, run: Run, decodes: list[None]
) -> None:
    run(photos)
    before = {path: photo.content_id for path, photo in live(library).items()}
    for path in photos.rglob("*.jpg"):
        os.utime(path, ns=(1, 10**18))
    decodes.clear()
    report = run()
    assert (report.unchanged, report.indexed, report.moved) == (6, 0, 0)
    assert decodes == []
    assert {path: photo.content_id for path, photo in live(library).items()} == before
    assert run().unchanged == 6


def test_a_renamed_folder_costs_no_decoding(
    library: Library, photos: Path, run: Run, decodes: list[None]
) -> None:
    run(photos)
    decodes.clear()
    (photos / "a").rename(photos / "z")
    report = run()
    assert (report.moved, report.unchanged, report.removed, report.indexed) == (4, 2, 0, 0)
    assert decodes == []
    assert set(live(library)) == set(photos.rglob("*.jpg"))
    assert run().unchanged == 6


def test_a_copy_is_found_beside_its_original_without_decoding(
    library: Library, photos: Path, run: Run, decodes: list[None]
) -> None:
    run(photos)
    decodes.clear()
    shutil.copy(photos / "a/0.jpg", photos / "b/copy.jpg")
    report = run()
    assert (report.indexed, report.moved, report.unchanged) == (1, 0, 6)
    assert decodes == []
    found = live(library)
    assert found[photos / "a/0.jpg"].content_id == found[photos / "b/copy.jpg"].content_id
    assert embedded(library) == 6


def test_identical_copies_of_one_run_are_embedded_once(
    library: Library, tmp_path: Path, make_photo: MakePhoto, run: Run, decodes: list[None]
) -> None:
    for number in range(20):
        make_photo(tmp_path / "photos" / f"{number}.jpg", seed=1)
    report = run(tmp_path / "photos")
    assert report.indexed == 20
    assert len(decodes) == embedded(library) == 1
    assert len(live(library)) == 20


def test_many_copies_of_one_photo_do_not_mean_many_commits(
    tmp_path: Path, make_photo: MakePhoto, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[object] = []
    monkeypatch.setattr(Newest, "assign", lambda newest: commits.append(newest))
    monkeypatch.setattr(reading, "SECONDS_BETWEEN_COMMITS", 1000.0)
    monkeypatch.setattr(reading, "MOST_UNCOMMITTED", 5)
    for number in range(30):
        make_photo(tmp_path / "photos" / f"{number}.jpg", seed=1)
    assert run(tmp_path / "photos").indexed == 30
    assert len(commits) == 1


def test_a_photo_edited_in_place_is_indexed_anew(
    library: Library, photos: Path, run: Run, make_photo: MakePhoto
) -> None:
    run(photos)
    before = live(library)[photos / "a/0.jpg"]
    make_photo(photos / "a/0.jpg", seed=99, size=(120, 90))
    report = run()
    assert (report.indexed, report.unchanged) == (1, 5)
    after = live(library)[photos / "a/0.jpg"]
    assert (after.width, after.height) == (120, 90)
    assert after.content_id != before.content_id
    assert embedded(library) == 6  # the old content is gone
    with library.read_thumbnails() as connection:
        assert len(thumbnails.hashes(connection)) == 6


def test_deleted_photos_leave_the_results_and_come_back_for_nothing(
    library: Library, photos: Path, run: Run, decodes: list[None], tmp_path: Path
) -> None:
    run(photos)
    decodes.clear()
    (photos / "a/0.jpg").rename(tmp_path / "aside.jpg")
    report = run()
    assert (report.removed, report.unchanged) == (1, 5)
    assert photos / "a/0.jpg" not in live(library)
    assert run().removed == 0  # told once
    (tmp_path / "aside.jpg").rename(photos / "a/0.jpg")
    assert run().unchanged == 6
    assert photos / "a/0.jpg" in live(library)
    assert decodes == []


def test_a_photo_that_comes_back_elsewhere_has_moved(
    library: Library, photos: Path, run: Run, tmp_path: Path
) -> None:
    run(photos)
    (photos / "a/0.jpg").rename(tmp_path / "aside.jpg")
    assert run().removed == 1
    (tmp_path / "aside.jpg").rename(photos / "b/new.jpg")
    report = run()
    assert (report.moved, report.removed, report.indexed) == (1, 0, 0)


def test_photos_missing_for_long_are_forgotten(
    library: Library, photos: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(photos)
    (photos / "a/0.jpg").unlink()
    assert run().removed == 1
    assert embedded(library) == 6
    monkeypatch.setattr(indexing, "KEPT_MISSING", timedelta(0))
    run()
    assert embedded(library) == 5
    with library.read_thumbnails() as connection:
        assert len(thumbnails.hashes(connection)) == 5


def test_a_folder_that_is_away_is_offline_and_loses_nothing(
    library: Library, photos: Path, run: Run, decodes: list[None], tmp_path: Path
) -> None:
    run(photos)
    decodes.clear()
    (tmp_path / "far").mkdir()
    photos.rename(tmp_path / "far/away")
    report = run()
    assert (report.offline, report.removed, report.found) == (6, 0, 0)
    assert [photo.online for photo in live(library).values()] == [False] * 6
    (tmp_path / "far/away").rename(photos)
    report = run()
    assert (report.unchanged, report.offline) == (6, 0)
    assert all(photo.online for photo in live(library).values())
    assert decodes == []


def test_an_empty_mount_point_is_offline(
    library: Library, photos: Path, run: Run, tmp_path: Path
) -> None:
    run(photos)
    (tmp_path / "far").mkdir()
    photos.rename(tmp_path / "far/away")
    photos.mkdir()  # what is left while the drive is away
    report = run()
    assert (report.offline, report.removed) == (6, 0)
    assert len(live(library)) == 6


def test_a_folder_that_was_emptied_is_not_offline(library: Library, photos: Path, run: Run) -> None:
    run(photos)
    for inside in list(photos.iterdir()):
        shutil.rmtree(inside)
    report = run()
    assert (report.offline, report.removed) == (0, 6)
    assert live(library) == {}


def test_a_drive_unplugged_during_the_scan_loses_nothing(
    library: Library, photos: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(photos)
    real = comparing.scan

    def unplugged(root: Path):  # type: ignore[no-untyped-def]
        yield next(real(root))
        root.rename(tmp_path / "away")
        root.mkdir()

    monkeypatch.setattr(comparing, "scan", unplugged)
    report = finish(index(library, FakeEncoder(), device="cpu"))
    assert (report.removed, report.offline) == (0, 6)


def test_an_unreadable_subfolder_keeps_its_photos_and_the_rest_goes_on(
    library: Library, photos: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(photos)
    real = os.scandir

    def refusing(path: str | bytes | Path) -> object:
        if os.fsencode(path).endswith(b"/a"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(scan_module.os, "scandir", refusing)
    report = run()
    assert [skip.path for skip in report.skipped] == [photos / "a"]
    assert "no permission" in report.skipped[0].reason
    assert (report.unchanged, report.offline, report.removed) == (2, 4, 0)
    assert len(live(library)) == 6


def sentence(library: Library, *folders: Path) -> str:
    before = library.revision()
    with pytest.raises(UserError) as caught:
        finish(index(library, FakeEncoder(), folders, device="cpu"))
    assert library.revision() == before
    with library.claim("indexing"):  # released
        pass
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_folders_that_cannot_be_used_are_told_in_words(library: Library, photos: Path) -> None:
    assert "no folders yet" in sentence(library)
    assert "There is no folder" in sentence(library, photos / "nothing")
    assert "is not a folder" in sentence(library, photos / "a/0.jpg")
    assert "lies inside" in sentence(library, photos, photos / "a")
    assert "contains" in sentence(library, photos / "a", photos)
    assert "There is no folder" in sentence(library, photos, photos / "new\nline")
    with library.read() as connection:
        assert files.roots(connection) == ()  # one bad folder: none is added


def test_a_folder_nested_with_a_known_one_is_told_in_words(
    library: Library, photos: Path, tmp_path: Path, run: Run
) -> None:
    run(photos)
    assert "lies inside" in sentence(library, photos / "a")
    assert "contains" in sentence(library, tmp_path)
    link = tmp_path / "link"
    link.symlink_to(photos / "a")
    assert "lies inside" in sentence(library, link)


def test_adding_a_folder_again_scans_it_again(
    library: Library, photos: Path, run: Run, tmp_path: Path
) -> None:
    run(photos)
    (tmp_path / "link").symlink_to(photos)
    assert run(tmp_path / "link").unchanged == 6
    with library.read() as connection:
        assert len(files.roots(connection)) == 1


def test_with_folders_given_only_those_are_scanned(
    photos: Path, tmp_path: Path, make_photo: MakePhoto, run: Run
) -> None:
    other = make_photo(tmp_path / "other" / "x.jpg", 50).parent
    run(photos)
    assert run(other).found == 1
    assert run().found == 7


def test_what_was_added_last_comes_first(
    library: Library, photos: Path, tmp_path: Path, make_photo: MakePhoto, run: Run
) -> None:
    with library.write() as connection:
        files.add_root(connection, photos)
        files.add_root(connection, make_photo(tmp_path / "new/x.jpg", 50).parent)
    run()
    first = min(live(library).values(), key=lambda photo: photo.content_id)
    assert first.path == tmp_path / "new/x.jpg"


def test_an_empty_folder_is_a_report_of_nothing(tmp_path: Path, run: Run) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/a.txt").write_text("x")
    report = run(tmp_path / "empty", tmp_path / "texts")
    assert (report.found, report.indexed, report.photos_per_second) == (0, 0, 0.0)


def test_a_bad_photo_is_a_skip_that_is_remembered(
    library: Library, photos: Path, run: Run, make_photo: MakePhoto, fake_encoder: FakeEncoder
) -> None:
    (photos / "bad.jpg").write_bytes(BAD)
    first = run(photos)
    assert [(skip.path.name, first.indexed) for skip in first.skipped] == [("bad.jpg", 6)]
    (problem,) = problems(library)
    assert (problem.path, problem.attempts) == (photos / "bad.jpg", 1)
    assert run().skipped == first.skipped
    assert problems(library) == (problem,)  # left alone

    retry(library, [problem.file_id])
    assert run().skipped == first.skipped
    assert problems(library)[0].attempts == 2

    make_photo(photos / "bad.jpg", 77)
    assert run().indexed == 1
    assert problems(library) == ()


def test_a_photo_that_becomes_bad_leaves_the_results(
    library: Library, photos: Path, run: Run
) -> None:
    run(photos)
    (photos / "a/0.jpg").write_bytes(BAD)
    assert len(run().skipped) == 1
    assert photos / "a/0.jpg" not in live(library)


def test_identical_bad_files_share_one_reason(tmp_path: Path, run: Run) -> None:
    for number in range(5):
        (tmp_path / "photos").mkdir(exist_ok=True)
        (tmp_path / "photos" / f"{number}.jpg").write_bytes(BAD)
    report = run(tmp_path / "photos")
    assert len(report.skipped) == 5
    assert len({skip.reason for skip in report.skipped}) == 1


def test_a_file_that_vanishes_before_it_is_read_is_forgotten_later(
    library: Library, photos: Path, fake_encoder: FakeEncoder, run: Run
) -> None:
    job = index(library, fake_encoder, [photos], device="cpu")
    assert next(job).stage == "scanning"
    (photos / "a/0.jpg").unlink()
    report = finish(job)
    assert [skip.reason for skip in report.skipped] == ["there is no such file"]
    assert run().skipped == ()
    assert problems(library) == ()


def test_names_of_any_bytes_survive(
    library: Library, tmp_path: Path, make_photo: MakePhoto, run: Run
) -> None:
    names = [b"latin1_\xe9\xff.jpg", b"a\nb.jpg", b"-rf.jpg", "Cr\u00e8me.jpg".encode()]
    names += ["Cre\u0300me.jpg".encode(), b".hidden.jpg", b"%2e%2e%2fx.jpg"]
    root = tmp_path / os.fsdecode(b"photos_\xff")
    for number, name in enumerate(names):
        make_photo(tmp_path / "made.jpg", number).rename(
            (root.mkdir(exist_ok=True) or root) / os.fsdecode(name)
        )
    assert run(root).indexed == len(names)
    assert set(live(library)) == {root / os.fsdecode(name) for name in names}
    assert run().unchanged == len(names)


def test_a_photo_without_extension_is_recognised_by_its_first_bytes(
    library: Library, tmp_path: Path, make_photo: MakePhoto, run: Run
) -> None:
    make_photo(tmp_path / "photos/x.png").rename(tmp_path / "photos/noextension")
    (tmp_path / "photos/README").write_text("no photo")
    assert run(tmp_path / "photos").indexed == 1
    assert run().unchanged == 1


class Stubborn(FakeEncoder):
    """Fails for batches of more than one, and for pictures whose mean is below ``dark``."""

    dark = 0.0

    def encode(self, pixels: NDArray[np.uint8]) -> Encoded:
        if len(pixels) > 1 or pixels.mean() < self.dark:
            raise RuntimeError("out of memory")
        return super().encode(pixels)


def test_a_failing_batch_is_retried_one_by_one(library: Library, photos: Path) -> None:
    encoder = Stubborn()
    assert finish(index(library, encoder, [photos], device="cpu")).indexed == 6
    assert encoder.calls == [1] * 6


def test_a_photo_that_fails_alone_is_a_skip(
    library: Library, photos: Path, make_photo: MakePhoto
) -> None:
    from PIL import Image

    Image.new("RGB", (64, 64)).save(photos / "black.png")
    encoder = Stubborn()
    encoder.dark = 1.0
    report = finish(index(library, encoder, [photos], device="cpu"))
    assert (report.indexed, [skip.path.name for skip in report.skipped]) == (6, ["black.png"])


def test_a_broken_encoder_is_no_photos_fault(library: Library, photos: Path, run: Run) -> None:
    encoder = Stubborn()
    encoder.dark = 256.0
    with pytest.raises(RuntimeError, match="out of memory"):
        finish(index(library, encoder, [photos], device="cpu"))
    assert problems(library) == ()
    assert run().indexed == 6


def test_another_model_embeds_every_photo_again(
    library: Library, photos: Path, run: Run, fake_encoder: FakeEncoder
) -> None:
    run(photos)
    before = live(library)
    other = FakeEncoder()
    other.spec = replace(FakeEncoder.spec, name="another")
    report = finish(index(library, other, device="cpu"))
    assert (report.indexed, report.unchanged) == (6, 0)
    assert live(library) == before
    assert embedded(library) == 12
    fake_encoder.calls.clear()
    assert run().unchanged == 6  # back to the first model: its embeddings are still there
    assert fake_encoder.calls == []


def test_lost_thumbnails_are_made_again(library: Library, photos: Path, run: Run) -> None:
    run(photos)
    with library.write_thumbnails() as connection:
        kept = sorted(thumbnails.hashes(connection))
        thumbnails.remove(connection, kept[:2])
    report = run()
    assert (report.indexed, report.unchanged) == (2, 4)
    with library.read_thumbnails() as connection:
        assert sorted(thumbnails.hashes(connection)) == kept


def test_new_photos_are_identified_after_each_commit(
    library: Library, photos: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(Newest, "assign", lambda _: seen.append(embedded(library)))
    monkeypatch.setattr(reading, "SECONDS_BETWEEN_COMMITS", 0.0)
    monkeypatch.setattr(reading, "BATCH", 2)
    run(photos)
    assert seen[-1] == 6
    assert len(seen) > 1


def test_progress_goes_from_scanning_to_all_done(
    library: Library, photos: Path, fake_encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SECONDS_BETWEEN_REPORTS", 0.0)
    steps = list(index(library, fake_encoder, [photos], device="cpu"))
    assert steps[0] == Progress("scanning", 6)
    read = [step for step in steps if step.stage == "indexing"]
    assert [step.done for step in read] == sorted(step.done for step in read)
    assert (read[-1].done, read[-1].total) == (6, 6)


def test_a_cancelled_run_is_consistent_and_the_next_goes_on(
    library: Library, photos: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SECONDS_BETWEEN_REPORTS", 0.0)
    monkeypatch.setattr(reading, "SECONDS_BETWEEN_COMMITS", 0.0)
    monkeypatch.setattr(reading, "BATCH", 1)
    for steps in range(1, 9):
        job = index(library, FakeEncoder(), [photos], device="cpu")
        for _ in range(steps):
            next(job, None)
        job.close()
        photos_found = live(library)
        ids = {photo.content_id for photo in photos_found.values()}
        assert embedded(library) == len(ids)
        assert set(thumbnails.by_content(library, ids)) == ids
    run()
    assert len(live(library)) == embedded(library) == 6


def test_an_interrupt_leaves_a_library_that_the_next_run_can_use(
    library: Library, photos: Path, run: Run
) -> None:
    class Interrupted(FakeEncoder):
        def encode(self, pixels: NDArray[np.uint8]) -> Encoded:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finish(index(library, Interrupted(), [photos], device="cpu"))
    assert run().indexed == 6


def test_a_full_disk_is_told_in_words_and_loses_nothing(
    library: Library, photos: Path, tmp_path: Path, make_photo: MakePhoto, run: Run
) -> None:
    run(photos)
    for number in range(100, 160):
        make_photo(tmp_path / "more" / f"{number}.jpg", number)
    with library.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def fill(connection: object, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")  # type: ignore[attr-defined]

    library.close()  # connections of the pool are made anew
    sa.event.listen(library._main, "connect", fill)
    with pytest.raises(LibraryError, match="The disk is full"):
        run(tmp_path / "more")
    assert len(live(library)) >= 6
    sa.event.remove(library._main, "connect", fill)
    library.close()
    assert run(tmp_path / "more").found == 60
    assert len(live(library)) == 66


def test_a_second_process_is_told_so_in_words(library: Library, photos: Path) -> None:
    with Library.open(library.folder) as other, other.claim("indexing"):
        job = index(library, FakeEncoder(), [photos], device="cpu")
        with pytest.raises(LibraryError, match="another Photoglyph is indexing it"):
            next(job)


def test_a_removed_folder_takes_its_photos_along(
    library: Library, photos: Path, tmp_path: Path, make_photo: MakePhoto, run: Run
) -> None:
    other = make_photo(tmp_path / "other/x.jpg", 0).parent  # the same as photos/a/0.jpg
    run(photos, other)
    by_path = {folder.path: folder.root_id for folder in indexing.folders(library)}
    remove_folder(library, by_path[photos])
    assert set(live(library)) == {other / "x.jpg"}
    assert embedded(library) == 1
    assert len(list(photos.rglob("*.jpg"))) == 6  # on disk nothing changed
    with library.read_thumbnails() as connection:
        assert len(thumbnails.hashes(connection)) == 1


KILLED = """
import sys
from pathlib import Path
from engine.services import indexing, reading
from engine.store.database import Library
from tests.conftest import FakeEncoder
reading.SECONDS_BETWEEN_COMMITS = reading.SECONDS_BETWEEN_REPORTS = 0.0
reading.BATCH = 2
with Library.open(Path(sys.argv[1])) as library:
    for step in indexing.index(library, FakeEncoder(), [Path(sys.argv[2])], device="cpu"):
        print(step.stage, step.done, flush=True)
"""


@pytest.mark.parametrize("after", ["scanning 40", "indexing 2", "indexing 21"])
def test_a_killed_run_loses_nothing_and_the_next_goes_on(
    library: Library, tmp_path: Path, make_photo: MakePhoto, run: Run, after: str
) -> None:
    root = tmp_path / "photos"
    for number in range(40):
        make_photo(root / f"{number}.jpg", number)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, os.fspath(library.folder), os.fspath(root)],
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        text=True,
    ) as process:
        assert process.stdout is not None
        stage, done = after.split()
        for line in process.stdout:
            if line.split()[0] == stage and int(line.split()[1]) >= int(done):
                process.kill()
                break
    kept = embedded(library)
    with library.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        waiting = connection.execute(
            sa.select(sa.func.count(FileRow.id)).where(
                FileRow.status == FileStatus.PRESENT, FileRow.content_id.is_(None)
            )
        ).scalar_one()
    assert kept + waiting == 40
    report = run()
    assert (report.indexed, report.unchanged) == (40 - kept, kept)
    assert len(live(library)) == embedded(library) == 40


def test_the_sample_photos_are_all_indexed(library: Library, samples: Path, run: Run) -> None:
    report = run(samples)
    assert report.skipped == ()
    assert report.indexed == report.found >= 60
