"""Indexing: folders on disk -> contents, thumbnails and embeddings in the library.

Folders are queued as rows (``queueing``), ``scanning`` finds what changed in each, ``reading``
makes of files what the library keeps. Whatever was not committed is found again by the next run,
which goes on from there. Neighbours: ``problems``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.photos import volumes
from engine.photos.volumes import Mounts
from engine.search.ports import Encoder, EncoderSpec
from engine.services.comparing import Tally
from engine.services.queueing import SECONDS_BETWEEN_LOOKS, Queue
from engine.services.reading import Reading
from engine.services.scanning import choose_roots, look_for_roots, scan_root
from engine.store import changes, files, intake, jobs, models, thumbnails
from engine.store.database import Library
from engine.types import Folder, IndexReport, Job, JobView, Progress

PAUSED = "paused"  # the note of a run that waits to be resumed
KEPT_MISSING = timedelta(days=30)  # photos that are gone may come back with all that is known


def index(
    library: Library,
    encoder: Encoder,
    folders: Sequence[Path] = (),
    *,
    device: str,
    mounts: Mounts = volumes.mounts,
) -> Job[IndexReport]:
    """Add ``folders`` and bring them up to date; without folders, all that the library has.

    What an earlier run has not finished, and what is added meanwhile, is done as well; the folder
    asked for last comes first. Folders that are paused are left out; those that are paused during
    the run are waited for. ``device`` is where the encoder runs, for the report. Raises
    ``UserError`` for a folder that cannot be used and ``LibraryError`` where another process is
    indexing this library.
    """
    started = time.monotonic()
    tally = Tally()
    seconds = 0.0
    with library.claim("indexing"):
        add_folders(library, folders, mounts=mounts)
        model_id = _use_model(library, encoder)
        with library.write(visible=False) as connection:
            jobs.sign(connection, _signature(encoder.spec))
        queue = Queue(library)
        try:
            while True:
                queue.look()
                if (root_id := queue.to_scan()) is not None:
                    tally = yield from _scan(library, queue, root_id, tally, mounts)
                elif root_ids := queue.to_read():
                    reading = Reading(library, encoder, model_id, device, tally, mounts)
                    seconds += yield from reading.run(queue, root_ids)
                elif queue.paused:
                    yield Progress("indexing", queue.done, queue.total, PAUSED)
                    time.sleep(SECONDS_BETWEEN_LOOKS)
                else:
                    break
        except Exception as error:
            queue.fail(error)
            raise
        finally:
            queue.release()
        _purge(library)
    return IndexReport(
        found=tally.found,
        indexed=tally.indexed,
        unchanged=tally.unchanged,
        moved=tally.moved,
        removed=len(tally.gone),
        offline=tally.offline,
        skipped=tuple(sorted(tally.skipped, key=lambda skip: os.fsencode(skip.path))),
        seconds=time.monotonic() - started,
        photos_per_second=tally.indexed / seconds if seconds and tally.indexed else 0.0,
        device=device,
    )


def add_folders(
    library: Library, folders: Sequence[Path] = (), *, mounts: Mounts = volumes.mounts
) -> None:
    """Queue ``folders``, or all that the library has; a run that is at work takes them first.

    Folders that are named are resumed. Raises ``UserError`` like :func:`index`, and then none is
    added.
    """
    root_ids = choose_roots(library, folders, mounts)
    with library.write(visible=False) as connection:
        jobs.queue(connection, root_ids)
        for root_id in root_ids if folders else ():
            files.set_paused(connection, root_id, False)


def look_for_folders(library: Library, *, mounts: Mounts = volumes.mounts) -> None:
    """Find out which folders are there, and where, without looking at their files."""
    look_for_roots(library, mounts)


def job_views(library: Library) -> tuple[JobView, ...]:
    """Work on folders, asked for last first."""
    running = library.claimed("indexing")
    with library.read() as connection:
        return jobs.views(connection, running=running)


def set_paused(library: Library, root_id: int | None, paused: bool) -> None:
    """Pause or resume a folder, or all that there are (None); kept until it is changed.

    A run that is at work, in whatever process, leaves the folder within a fraction of a second.
    """
    with library.write(visible=False) as connection:
        files.set_paused(connection, root_id, paused)


def folders(library: Library) -> tuple[Folder, ...]:
    """The library's folders, in the order they were added."""
    with library.read() as connection:
        return files.folders(connection)


def remove_folder(library: Library, root_id: int) -> None:
    """Take a folder out of the library; the photos on disk stay where they are."""
    with library.claim("indexing"):
        with library.write() as connection:
            files.remove_root(connection, root_id)
        _purge(library)


def _scan(library: Library, queue: Queue, root_id: int, tally: Tally, mounts: Mounts) -> Job[Tally]:
    """Look at one folder; where the order of work changes meanwhile, it is left as not looked at.

    Returns the tally with what was counted.
    """
    before = tally.copy()
    roots = {root.root_id: root for root in look_for_roots(library, mounts)}
    queue.start(root_id)
    with closing(scan_root(library, roots[root_id], tally, mounts)) as scan:
        while True:
            try:
                progress = next(scan)
            except StopIteration as end:
                queue.scanned(root_id, there=end.value)
                return tally
            yield progress
            if queue.changed():
                return before


def _signature(spec: EncoderSpec) -> str:
    """What a folder is indexed with: with something else, nothing of it is done yet."""
    return f"{spec.name} {spec.weights} {spec.image_size}"


def _use_model(library: Library, encoder: Encoder) -> int:
    """Make the encoder's model the current one; files that it has not seen are read again."""
    with library.read() as connection:
        current = models.current(connection)
    lost = thumbnails.lost(library)
    changed = current is None or current[1] != encoder.spec
    with library.write(visible=changed) as connection:
        model_id = models.use(connection, encoder.spec)
        intake.unread_incomplete(connection, model_id, lost)
    return model_id


def _purge(library: Library) -> None:
    """Drop what has been missing for long, and contents that no file holds."""
    with library.write(visible=False) as connection:
        gone = intake.purge(connection, datetime.now(UTC) - KEPT_MISSING)
        changes.trim(connection)
    if gone:
        with library.write_thumbnails() as connection:
            thumbnails.remove(connection, gone)
