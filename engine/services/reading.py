"""Reading files that wait: decoded in processes, encoded in full batches, committed often.

What is encoded is committed every second or two, thumbnails first. Neighbours: ``queueing`` says
which folders, ``engine.photos.workers`` decodes, ``encoding`` encodes.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sqlalchemy as sa

from engine.photos.volumes import Mounts
from engine.photos.workers import DecodingPool, Failed, Picture, Read
from engine.search.ports import Encoder, Floats
from engine.services.comparing import Tally
from engine.services.encoding import Encoding
from engine.services.identifying import Newest
from engine.services.queueing import Queue
from engine.services.scanning import set_offline, still_there
from engine.store import files, intake, jobs, thumbnails
from engine.store.database import Library
from engine.store.vectors import add_embeddings
from engine.types import Job, Progress

BATCH = 8  # photos encoded at once on a CPU; more is no faster there and delays a pause
BATCH_ACCELERATED = 64
WINDOW = 64  # files read ahead, and with them the memory: 0.2 MB each
MOST_WORKERS = 6  # up to 126 MB each: everything together stays below a gigabyte
FILES_PER_WORKER = 10  # fewer are read before another process has started
PAGE = 1000  # rows of waiting files
SECONDS_BETWEEN_COMMITS = 1.5  # at most this much work is lost
SECONDS_BETWEEN_REPORTS = 0.1
MOST_UNCOMMITTED = 512


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A file whose picture went through the encoder."""

    read: Read
    picture: Picture
    vector: Floats  # (E,)


class Reading:
    """Files waiting in the database -> read, encoded, committed. Good for one :meth:`run`."""

    def __init__(
        self,
        library: Library,
        encoder: Encoder,
        model_id: int,
        device: str,
        tally: Tally,
        mounts: Mounts,
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._model_id = model_id
        self._tally = tally
        self._mounts = mounts
        self._newest = Newest(library)
        self._roots: dict[int, files.Root] = {}
        self._batch = BATCH if device == "cpu" else BATCH_ACCELERATED
        self._waiting: dict[int, intake.Waiting] = {}  # handed to the pool, by file id
        self._decoded: list[tuple[Read, Picture]] = []  # to be encoded
        self._encoded: list[_Encoded] = []  # to be committed
        self._copies: list[Read] = []  # their content is, or will be, known from another file
        self._failed: list[Failed] = []
        self._failed_contents: dict[bytes, Failed] = {}
        self._committed = time.monotonic()
        self._seen: set[bytes] = set()  # contents of this run that are not committed, or refused
        self._seen_lock = threading.Lock()
        self._left: set[int] = set()  # roots that were unplugged meanwhile

    def run(self, queue: Queue, root_ids: Sequence[int]) -> Job[float]:
        """Read what waits below ``root_ids``, in their order, and have their jobs finished.

        Ends early, with what is encoded committed, where the order of work changes: what was
        being decoded then waits again. Returns the seconds it took.
        """
        with self._library.read() as connection:
            waiting = intake.count_waiting(connection, root_ids)
            self._roots = {root.root_id: root for root in files.roots(connection)}
        if not waiting:
            queue.finish(root_ids)
            return 0.0
        started = time.monotonic()
        pace = _Pace(queue.done, queue.total)
        tasks = self._tasks(root_ids)
        task = next(tasks, None)
        done, reported = queue.done, 0.0
        workers = min(os.cpu_count() or 1, MOST_WORKERS, 1 + waiting // FILES_PER_WORKER)
        side = self._encoder.spec.image_size
        with (
            DecodingPool(side, self._wanted, workers=workers) as pool,
            Encoding(self._encoder) as encoding,
        ):
            while task is not None or pool.outstanding or self._decoded or encoding.busy:
                while task is not None and pool.outstanding < WINDOW + self._batch:
                    self._waiting[task.file_id] = task
                    pool.submit(task.file_id, task.path)
                    task = next(tasks, None)
                result = None
                if pool.outstanding and len(self._decoded) < 2 * self._batch:
                    result = pool.take(timeout=SECONDS_BETWEEN_REPORTS)
                    self._keep(encoding.take(timeout=0))
                else:
                    self._keep(encoding.take(timeout=SECONDS_BETWEEN_REPORTS))
                if result is not None:
                    done += 1
                    self._sort(result)
                due = self._due()
                full = len(self._decoded) >= self._batch
                if self._decoded and not encoding.busy and (full or due or not pool.outstanding):
                    encoding.start(self._decoded[: self._batch])
                    del self._decoded[: self._batch]
                if due:
                    self._commit()
                    if self._left:
                        break
                if time.monotonic() - reported >= SECONDS_BETWEEN_REPORTS:
                    reported = time.monotonic()
                    yield pace.progress(done)
                if queue.changed():
                    break
        self._commit()
        for root_id in self._left:
            queue.scanned(root_id, there=False)
        if not (self._left or queue.changed()):
            queue.finish(root_ids)
            yield pace.progress(done)
        return time.monotonic() - started

    def _tasks(self, root_ids: Sequence[int]) -> Iterator[intake.Waiting]:
        for root_id in root_ids:
            after_id = 0
            while True:
                with self._library.read() as connection:
                    page = intake.waiting_files(connection, root_id, after_id, PAGE)
                if not page:
                    break
                yield from page
                after_id = page[-1].file_id

    def _wanted(self, quick_hash: bytes) -> bool:
        """Whether nobody has decoded this content yet; called from the pool's threads."""
        with self._seen_lock:
            if quick_hash in self._seen:
                return False
            self._seen.add(quick_hash)
        if self._known(quick_hash):
            self._settle([quick_hash])
            return False
        return True

    def _known(self, quick_hash: bytes) -> bool:
        """Whether the library has all of a content. Asked for each: memory stays the same."""
        with self._library.read() as connection:
            if not intake.is_embedded(connection, self._model_id, quick_hash):
                return False
        with self._library.read_thumbnails() as connection:
            return bool(thumbnails.read(connection, [quick_hash]))

    def _settle(self, hashes: Iterable[bytes]) -> None:
        with self._seen_lock:
            self._seen.difference_update(hashes)

    def _sort(self, result: Read | Failed) -> None:
        if isinstance(result, Failed):
            self._fail(result)
        elif result.picture is None:
            self._copies.append(result)
        else:
            self._decoded.append((result, result.picture))

    def _fail(self, failed: Failed) -> None:
        self._failed.append(failed)
        if failed.quick_hash is not None:
            self._failed_contents[failed.quick_hash] = failed

    def _keep(self, encoded: Sequence[tuple[Read, Picture, Floats]]) -> None:
        """Have a batch that was encoded committed."""
        for read, picture, vector in encoded:
            if np.isfinite(vector).all():
                self._encoded.append(_Encoded(read, picture, vector))
            else:
                self._fail(Failed(read.key, "the model cannot describe it", False, read.quick_hash))

    def _due(self) -> bool:
        late = time.monotonic() - self._committed >= SECONDS_BETWEEN_COMMITS
        return late or len(self._encoded) >= MOST_UNCOMMITTED

    def _commit(self) -> None:
        """Thumbnails first: a content in the library always has one. Then one transaction."""
        encoded, self._encoded = self._encoded, []
        failed, self._failed = self._failed, []
        copies, self._copies = self._copies, []
        failed = self._of_folders_that_are_there(failed)
        if encoded:
            with self._library.write_thumbnails() as connection:
                thumbnails.add(
                    connection, {e.read.quick_hash: e.picture.thumbnail for e in encoded}
                )
        if encoded or failed or copies:
            with self._library.write() as connection:
                self._write(connection, encoded, copies, failed)
            self._settle(e.read.quick_hash for e in encoded)
            self._newest.assign()
        self._committed = time.monotonic()

    def _of_folders_that_are_there(self, failed: list[Failed]) -> list[Failed]:
        """``failed`` without files of unplugged drives: these are offline, not refused."""
        for root_id in {self._waiting[f.key].root_id for f in failed if f.passing} - self._left:
            root = self._roots[root_id]
            if not still_there(root, self._mounts):
                set_offline(self._library, root, self._tally)
                self._left.add(root_id)
        return [f for f in failed if self._waiting[f.key].root_id not in self._left]

    def _write(
        self,
        connection: sa.Connection,
        encoded: Sequence[_Encoded],
        copies: Sequence[Read],
        failed: list[Failed],
    ) -> None:
        intake.put_contents(connection, [_content(e.read, e.picture) for e in encoded])
        hashes = {read.quick_hash for read in copies} | {e.read.quick_hash for e in encoded}
        content_ids = intake.contents_by_hash(connection, hashes)
        if encoded:
            add_embeddings(
                connection,
                self._model_id,
                [content_ids[e.read.quick_hash] for e in encoded],
                np.stack([e.vector for e in encoded]),
            )
        attachments = [self._attachment(e.read, content_ids) for e in encoded]
        self._tally.indexed += len(encoded)
        arrived: list[intake.Attachment] = []
        for read in copies:
            if read.quick_hash in content_ids:
                attachment = self._attachment(read, content_ids)
                attachments.append(attachment)
                if self._waiting[read.key].content_id == attachment.content_id:
                    self._tally.unchanged += 1  # touched, and the same as before
                else:
                    arrived.append(attachment)
            elif (twin := self._failed_contents.get(read.quick_hash)) is not None:
                failed.append(replace(twin, key=read.key))
            else:
                self._copies.append(read)  # its twin is still on the way
        intake.attach(connection, attachments)
        self._settle_moves(connection, arrived)
        for again in (False, True):
            intake.skip_files(
                connection,
                [(f.key, f.reason, f.attempts) for f in failed if f.passing is again],
                again=again,
            )
        for f in failed:
            self._tally.skip(self._waiting[f.key].path, f.reason)
        settled = [a.file_id for a in attachments] + [f.key for f in failed]
        jobs.advance(connection, Counter(self._waiting[key].root_id for key in settled))
        for key in settled:
            del self._waiting[key]

    def _attachment(self, read: Read, content_ids: dict[bytes, int]) -> intake.Attachment:
        return intake.Attachment(
            file_id=read.key,
            content_id=content_ids[read.quick_hash],
            quick_hash=read.quick_hash,
            size_bytes=read.size_bytes,
            mtime_ns=read.mtime_ns,
        )

    def _settle_moves(
        self, connection: sa.Connection, arrived: Sequence[intake.Attachment]
    ) -> None:
        """A known content at a new path: moved where a file of it is missing, else a copy."""
        missing = intake.missing_by_content(connection, {a.content_id for a in arrived})
        origins = []
        for attachment in arrived:
            if waiting := missing.get(attachment.content_id):
                origins.append(waiting.pop())
            else:
                self._tally.indexed += 1
        intake.forget_files(connection, origins)
        self._tally.moved += len(origins)
        self._tally.gone.difference_update(origins)


def _content(read: Read, picture: Picture) -> intake.NewContent:
    return intake.NewContent(
        quick_hash=read.quick_hash,
        width=picture.width,
        height=picture.height,
        metadata=picture.metadata,
        perceptual_hash=picture.perceptual_hash,
    )


class _Pace:
    """Rate and time left, from the last ten seconds or so."""

    def __init__(self, done: int, total: int) -> None:
        self._total = total
        self._marks = deque([(time.monotonic(), done)], maxlen=100)

    def progress(self, done: int) -> Progress:
        since, before = self._marks[0]
        now = time.monotonic()
        self._marks.append((now, done))
        rate = (done - before) / max(now - since, 1e-3)
        left = f", {_duration((self._total - done) / rate)} left" if rate > 0 else ""
        note = f"{rate:.0f}/s{left}" if now - since > 1 else ""
        return Progress("indexing", done, self._total, note)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
