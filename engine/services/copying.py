"""Copies photos to a folder. What is there is never overwritten, a photo is only ever read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from engine.errors import UserError, printable
from engine.types import CopyReport, Job, Progress, Skip

BLOCK = 4 * 2**20  # bytes between two chances to cancel


def copy_photos(photos: Sequence[Path], folder: Path) -> Job[CopyReport]:
    """Copy each of ``photos`` into ``folder`` under its own name, or as "name (2).jpg" and so on.

    Times of change come along. A photo that cannot be read is left out with a reason; a copy that
    was not finished is taken away again. Raises ``UserError`` where the folder takes no files.
    """
    copied: list[Path] = []
    skipped: list[Skip] = []
    for done, photo in enumerate(photos):
        yield Progress("copying", done, len(photos), printable(photo.name))
        try:
            source = photo.open("rb")
        except OSError as error:
            skipped.append(Skip(photo, _reason(error)))
            continue
        with source:
            try:
                target = yield from _copy(source, photo, folder, done, len(photos))
            except _UnreadableError as error:
                skipped.append(Skip(photo, str(error)))
            except OSError as error:
                raise UserError(
                    f"{printable(folder)} takes no files ({error.strerror}), "
                    f"{len(copied)} of {len(photos)} were copied: choose another folder."
                ) from error
            else:
                copied.append(target)
    return CopyReport(folder, tuple(copied), tuple(skipped))


class _UnreadableError(Exception):
    """The photo gave out in the middle."""


def _copy(source: BinaryIO, photo: Path, folder: Path, done: int, total: int) -> Job[Path]:
    target, out = _created(folder, photo.name)
    whole = False
    try:
        with out:
            while True:
                try:
                    block = source.read(BLOCK)
                except OSError as error:
                    raise _UnreadableError(_reason(error)) from error
                if not block:
                    break
                out.write(block)
                yield Progress("copying", done, total, printable(photo.name))
        with suppress(OSError):  # not every file system keeps times
            shutil.copystat(photo, target)
            target.chmod(target.stat().st_mode | 0o200)  # a copy of a locked card can be deleted
        whole = True
    finally:
        if not whole:
            target.unlink(missing_ok=True)
    return target


def _created(folder: Path, name: str) -> tuple[Path, BinaryIO]:
    """A new file of the first free name; "x" leaves no moment in which another may take it."""
    for candidate in _names(name):
        target = folder / candidate
        try:
            return target, target.open("xb")
        except FileExistsError:
            continue
    raise AssertionError  # names do not end


def _names(name: str) -> Iterator[str]:
    yield name
    stem, suffix = Path(name).stem, Path(name).suffix
    number = 2
    while True:
        yield f"{stem} ({number}){suffix}"
        number += 1


def _reason(error: OSError) -> str:
    return f"cannot be read ({error.strerror})"
