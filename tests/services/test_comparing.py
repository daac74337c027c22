"""A walk against the rows, in stretches and pages of any size, finds what differs and no more."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.photos import scan as scan_module
from engine.services import comparing
from engine.services.comparing import Comparison, Tally
from engine.store import files
from engine.store.database import Library
from engine.store.schema import FileRow
from engine.types import FileStatus

NAMES = ("a.jpg", "a/b.jpg", "a/c/d.jpg", "a-b/e.jpg", "a0.jpg", "b.jpg", "b/é.jpg", "c/x.jpg")
Trees = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 2), max_size=len(NAMES))


def grow(root: Path, tree: dict[str, int]) -> None:
    """Make ``root`` hold these files, with their sizes, and no others."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for name, size in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
        os.utime(path, ns=(size, size))


def compare(library: Library, root: Path) -> tuple[Tally, dict[str, tuple[int, str, bool]]]:
    """One comparison to its end; then size, status and whether it waits, by path."""
    with library.write() as connection:
        files.add_root(connection, root)
        (found,) = files.roots(connection)
    tally = Tally()
    comparison = Comparison(library, found, tally)
    for _ in comparison.run():
        pass
    comparison.settle("volume")
    row = FileRow.__table__.c
    with library.read() as connection:
        rows = connection.execute(
            sa.select(row.path, row.size_bytes, row.status, row.quick_hash.is_(None))
        ).all()
    return tally, {path: (size, status, bool(waits)) for path, size, status, waits in rows}


def all_were_read(library: Library) -> None:
    with library.write() as connection:
        read = sa.update(FileRow).values(quick_hash=b"h")
        connection.execute(read.where(FileRow.status == FileStatus.PRESENT))


@settings(max_examples=40, deadline=None)
@given(before=Trees, after=Trees, page=st.integers(1, 9), stretch=st.integers(1, 9))
def test_what_is_new_changed_gone_and_the_same_is_told_apart(
    tmp_path_factory: pytest.TempPathFactory,
    before: dict[str, int],
    after: dict[str, int],
    page: int,
    stretch: int,
) -> None:
    root = tmp_path_factory.mktemp("compared") / "photos"
    with (
        pytest.MonkeyPatch.context() as patch,
        Library.open(root.parent / "library") as library,
    ):
        patch.setattr(comparing, "PAGE", page)
        patch.setattr(scan_module, "AT_ONCE", stretch)
        grow(root, before)
        compare(library, root)
        all_were_read(library)
        grow(root, after)
        tally, rows = compare(library, root)
    same = {name for name in after if before.get(name) == after[name]}
    assert rows == {
        **{name: (size, FileStatus.MISSING, False) for name, size in before.items()},
        **{name: (size, FileStatus.PRESENT, name not in same) for name, size in after.items()},
    }
    assert (tally.found, tally.unchanged) == (len(after), len(same))
    assert len(tally.gone) == len(before.keys() - after.keys())


def test_an_unchanged_folder_is_not_looked_at_file_by_file(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "photos"
    grow(root, dict.fromkeys(NAMES, 1))
    compare(library, root)
    all_were_read(library)

    def one_by_one(*_: object) -> None:
        raise AssertionError("a file without any change was looked at")

    monkeypatch.setattr(Comparison, "_compare", one_by_one)
    tally, _ = compare(library, root)
    assert tally.unchanged == len(NAMES)
