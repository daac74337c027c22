"""Photos that are gone from a folder that is there: out of the results, kept for 30 days."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.store import thumbnails
from engine.store.database import Library
from engine.store.schema import FileRow
from engine.types import FileStatus
from tests.services.indexed import Run, embedded, live


def days_pass(library: Library, days: int) -> None:
    """Everything that the library knows happened ``days`` earlier."""
    with library.write() as connection:
        for file_id, changed_at in connection.execute(
            sa.select(FileRow.id, FileRow.changed_at)
        ).all():
            connection.execute(
                sa.update(FileRow)
                .where(FileRow.id == file_id)
                .values(changed_at=changed_at - timedelta(days=days))
            )


def test_a_missing_photo_is_in_no_results_and_keeps_what_is_known_of_it(
    library: Library, photos: Path, run: Run
) -> None:
    run(photos)
    (photos / "a/0.jpg").unlink()
    assert run().removed == 1
    assert photos / "a/0.jpg" not in live(library)
    assert (len(live(library)), embedded(library)) == (5, 6)
    with library.read() as connection:
        states = connection.execute(sa.select(FileRow.status)).scalars()
        assert sorted(states) == [FileStatus.MISSING] + 5 * [FileStatus.PRESENT]


@pytest.mark.parametrize(("days", "decoded"), [(10, 0), (29, 0), (31, 1)])
def test_a_photo_that_comes_back_is_decoded_only_after_thirty_days(
    library: Library,
    photos: Path,
    run: Run,
    decodes: list[None],
    tmp_path: Path,
    days: int,
    decoded: int,
) -> None:
    run(photos)
    before = live(library)[photos / "a/0.jpg"].content_id
    (photos / "a/0.jpg").rename(tmp_path / "aside.jpg")
    run()
    days_pass(library, days)
    run()
    decodes.clear()
    (tmp_path / "aside.jpg").rename(photos / "a/0.jpg")
    report = run()
    assert (report.unchanged, report.indexed) == (6 - decoded, decoded)
    assert len(decodes) == decoded
    after = live(library)[photos / "a/0.jpg"].content_id
    assert (after == before) is (decoded == 0)
    assert set(thumbnails.by_content(library, [after])) == {after}


def test_photos_of_a_drive_that_is_away_are_kept_for_as_long_as_it_is_away(
    library: Library, photos: Path, run: Run, decodes: list[None], tmp_path: Path
) -> None:
    run(photos)
    (tmp_path / "far").mkdir()
    photos.rename(tmp_path / "far/photos")
    run()
    days_pass(library, 400)
    decodes.clear()
    assert run().offline == 6
    (tmp_path / "far/photos").rename(photos)
    assert run().unchanged == 6
    assert decodes == []
