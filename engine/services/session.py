"""One open library with everything that ``main.py`` and the window ask of it.

Every method may be called from any thread. Long work is a ``Job`` (a generator of ``Progress``):
closing it cancels at its last committed point.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.search.ports import Exporter, Runtime
from engine.services import (
    appearing,
    browsing,
    bundles,
    duplicates,
    exploring,
    identifying,
    indexing,
    library,
    parts,
    planning,
    problems,
    refining,
    saving,
    training,
)
from engine.services.asking import query_picture, query_preview
from engine.services.searching import SearchService
from engine.settings import DEFAULT_ENCODER, DEFAULT_TOP, DeepTuning
from engine.store import facets, files, generations, overview, thumbnails
from engine.store.database import Library
from engine.types import (
    DuplicatesReport,
    Engine,
    ExploredTree,
    Facets,
    Feedback,
    Filters,
    Folder,
    FolderLevel,
    Generation,
    IndexReport,
    Job,
    JobView,
    LibraryStatus,
    Likeness,
    Order,
    Photo,
    Preview,
    Problem,
    Progress,
    Query,
    SavedSearch,
    SearchAnswer,
    TimeLine,
    TrainingPlan,
    TrainReport,
)

if TYPE_CHECKING:
    from engine.services.watching import Watcher


class Session:
    """See the module. Open with :meth:`open`, end with :meth:`close`."""

    def __init__(
        self,
        library: Library,
        runtime: Runtime,
        exporter: Exporter,
        encoder: str = DEFAULT_ENCODER,
    ) -> None:
        self.library = library
        self._runtime = runtime
        self._exporter = exporter
        self.searching = SearchService(library, runtime, exporter, encoder)
        self._watchers: list[Watcher] = []

    @classmethod
    def open(
        cls,
        folder: Path,
        runtime: Runtime,
        exporter: Exporter,
        *,
        create: bool = True,
        encoder: str = DEFAULT_ENCODER,
    ) -> Session:
        """``encoder`` reads the first photos; a library that has some keeps its own.

        Raises ``LibraryError`` in words (see ``Library.open``).
        """
        return cls(Library.open(folder, create=create), runtime, exporter, encoder)

    def close(self) -> None:
        for watcher in self._watchers:
            watcher.stop()
        self.library.close()

    # Photos

    def folders(self) -> tuple[Folder, ...]:
        return indexing.folders(self.library)

    def index(
        self, folders: Sequence[Path] = (), *, encoder_name: str | None = None
    ) -> Job[IndexReport]:
        """Add ``folders`` and index them; without any, look at all known folders again.

        ``encoder_name``: read the library with another encoder from now on. What the one before
        has made is kept: coming back to it costs nothing.
        """
        yield Progress("preparing the model", 0)  # seconds, once, on a new computer
        if encoder_name is not None:
            self.searching.use_encoder(encoder_name)
        encoder = self.searching.encoder()
        return (
            yield from indexing.index(self.library, encoder, folders, device=self._runtime.device)
        )

    def remove_folder(self, root_id: int) -> None:
        """The library forgets a folder; its photos are not touched."""
        indexing.remove_folder(self.library, root_id)

    def add_folders(self, folders: Sequence[Path] = ()) -> None:
        """Queue ``folders``, or all; an indexing run that is at work takes them first."""
        indexing.add_folders(self.library, folders)

    def watch(
        self, changed: Callable[[tuple[int, ...]], None], told: Callable[[str], None]
    ) -> Watcher:
        """Have ``changed`` called with the ids of folders that should be indexed, until the end.

        ``told`` gets a sentence where changes cannot be noticed at once. Both are called on the
        watcher's own thread.
        """
        from engine.services import watching  # not for commands: they do not stay

        watcher = watching.watch(self.library, changed, told)
        self._watchers.append(watcher)
        return watcher

    def look_for_folders(self) -> None:
        """Find out which folders are there, and where, without looking at their files."""
        indexing.look_for_folders(self.library)

    def jobs(self) -> tuple[JobView, ...]:
        """Work on folders, asked for last first."""
        return indexing.job_views(self.library)

    def pause(self, root_id: int | None = None) -> None:
        """Leave a folder (None: all) alone until it is resumed, also after a restart."""
        indexing.set_paused(self.library, root_id, True)

    def resume(self, root_id: int | None = None) -> None:
        """Take back :meth:`pause`; an indexing run that waits for it goes on."""
        indexing.set_paused(self.library, root_id, False)

    def problems(self) -> tuple[Problem, ...]:
        """Every file that was refused, with its reason; those that are ignored too."""
        return problems.problems(self.library)

    def retry_problems(self, file_ids: Sequence[int] | None = None) -> None:
        """Refused files (None: all that are not ignored) are tried by the next :meth:`index`."""
        problems.retry(self.library, file_ids)

    def ignore_problem(self, file_id: int, ignored: bool = True) -> None:
        """A refused file is neither counted nor tried until it changes; or is so again."""
        problems.ignore(self.library, file_id, ignored=ignored)

    def recent(
        self,
        limit: int,
        offset: int = 0,
        *,
        filters: Filters | None = None,
        order: Order = Order.DATE,
    ) -> tuple[Photo, ...]:
        """The library's photos that pass ``filters``, a page at a time."""
        with self.library.read() as connection:
            return overview.recent(connection, limit, offset, filters, order)

    def browse_folders(self, path: Path | None = None) -> FolderLevel:
        """What lies in a folder of the library; None: its own folders."""
        return browsing.folders(self.library, path)

    def time_line(self) -> TimeLine:
        """The months in which photos were taken, newest first."""
        return browsing.time_line(self.library)

    def facets(self) -> Facets:
        """What the library can be filtered by, with numbers of photos."""
        with self.library.read() as connection:
            return facets.facets(connection)

    def photos_of(self, content_ids: Sequence[int]) -> dict[int, Photo]:
        """One file of each of these that the library still has."""
        with self.library.read() as connection:
            found = files.photos_by_content(connection, content_ids)
        return {content_id: copies[0] for content_id, copies in found.items() if copies}

    def thumbnail(self, content_id: int) -> bytes | None:
        """A JPEG, or None where there is none."""
        return thumbnails.by_content(self.library, [content_id]).get(content_id)

    def query_thumbnail(self, query: Query, side: int) -> bytes:
        """A JPEG of a query's picture, its longer side at most ``side`` pixels."""
        picture = query_picture(self.library, query.image, query.crop, side)
        picture.thumbnail((side, side))
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=88)
        return out.getvalue()

    def preview(self, query: Query, side: int) -> Preview:
        """A query's picture to look at closely: from the photo's file, where that can be read."""
        return query_preview(self.library, query, side)

    # Searching

    def warm(self) -> None:
        """Load the model and the library's index before the first query."""
        self.searching.warm()

    def search(
        self,
        query: Query,
        *,
        top: int = DEFAULT_TOP,
        beam: int | None = None,
        engine: Engine = Engine.AUTO,
        filters: Filters | None = None,
        likeness: Likeness = Likeness.CONTENT,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> SearchAnswer:
        """See ``SearchService.search``."""
        return self.searching.search(
            query,
            top=top,
            beam=beam,
            engine=engine,
            filters=filters,
            likeness=likeness,
            cancelled=cancelled,
        )

    def describe(self) -> Job[int]:
        """Describe how photos look, those that came since; likeness but content needs it."""
        return appearing.describe_all(self.library)

    def describe_parts(self) -> Job[int]:
        """Describe what photos show in which place, those that came since; searching by part
        needs it. It takes as long as indexing nineteen times; closed, it goes on another day.
        """
        yield Progress("preparing the model", 0)
        return (yield from parts.describe_all(self.library, self.searching.encoder()))

    def mark(self, query: Query, content_id: int, sign: int) -> Query:
        """Say of a result: more like this (1), not this (-1), or nothing after all (0).

        Returns the query to ask with next. The mark is kept for the next training.
        """
        return refining.mark(self.library, query, content_id, sign)

    def marks(self) -> tuple[Feedback, ...]:
        """Every mark that the library keeps, newest first."""
        return refining.marks(self.library)

    def forget_marks(self, feedback_ids: Sequence[int] | None = None) -> None:
        """Delete marks, or all (None)."""
        refining.forget_marks(self.library, feedback_ids)

    def explore(self, prefix: tuple[int, ...] = (), generation: int | None = None) -> ExploredTree:
        """A node of the library's tree and what lies below it."""
        return exploring.explore(self.library, self.searching.gallery(), prefix, generation)

    def place_in_tree(self, content_id: int) -> tuple[int, ...]:
        """The smallest branch of the tree with this photo in it and others beside it."""
        return exploring.place(self.searching.gallery(), content_id)

    def remember(
        self,
        query: Query,
        filters: Filters | None = None,
        name: str | None = None,
        *,
        likeness: Likeness = Likeness.CONTENT,
    ) -> int:
        """Keep a search in the history, or under a ``name``; returns its id."""
        return saving.remember(self.library, self.searching, query, filters, name, likeness)

    def saved(self) -> tuple[SavedSearch, ...]:
        """The searches that are kept, asked last first: the history, and those with a name."""
        return saving.searches(self.library)

    def arrived(self, search: SavedSearch) -> int:
        """How many photos of a kept search's answer came since it was asked last."""
        return saving.arrived(self.library, self.searching, search)

    def rename_saved(self, saved_id: int, name: str | None) -> None:
        """Name a kept search; None: back into the history."""
        saving.rename(self.library, saved_id, name)

    def remove_saved(self, saved_ids: Sequence[int]) -> None:
        """Forget kept searches."""
        saving.remove(self.library, saved_ids)

    def run_saved(
        self,
        search: SavedSearch,
        *,
        top: int = DEFAULT_TOP,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> SearchAnswer:
        """Ask a kept search again, as the library is now."""
        answer = self.search(
            search.query,
            top=top,
            filters=search.filters,
            likeness=search.likeness,
            cancelled=cancelled,
        )
        saving.ran(self.library, search.saved_id)
        return replace(answer, note=" ".join(filter(None, (search.note, answer.note))))

    def find_saved(self, name: str) -> SavedSearch:
        """By name, or by number as '#7'. Raises ``UserError``."""
        return saving.find(self.library, name)

    def duplicates(self) -> Job[DuplicatesReport]:
        """Groups of near-duplicates, the best of each first. Nothing is deleted."""
        yield Progress("loading the library", 0)
        return (yield from duplicates.duplicates(self.library, self.searching.gallery()))

    def not_the_same(self, content_ids: Sequence[int], others: Sequence[int] = ()) -> None:
        """Remember that no two of these are duplicates; with ``others``: none of these of one."""
        duplicates.not_the_same(self.library, content_ids, others)

    def same_after_all(self, content_ids: Sequence[int], others: Sequence[int] = ()) -> None:
        """Take back :meth:`not_the_same`."""
        duplicates.same_after_all(self.library, content_ids, others)

    # Training

    def train(
        self,
        *,
        labels: str = "auto",
        device: str = "auto",
        minutes: float | None = None,
        deep: bool = False,
        tuning: DeepTuning | None = None,
    ) -> Job[TrainReport]:
        """Train a new generation in a child process (torch never enters this one).

        ``deep``: tune the encoder on the library's photos first, for hours where ``minutes`` does
        not end it; with ``tuning``, or as is usual. Searching goes on with the old encoder until
        the new one has proved better.
        """
        tuned = (tuning or DeepTuning()) if deep else None
        return training.train_in_child(
            self.library.folder, self._runtime, self._exporter, labels, device, minutes, tuned
        )

    def training_plan(
        self, *, device: str = "auto", minutes: float | None = None, deep: bool = False
    ) -> TrainingPlan:
        """What :meth:`train` would take now: minutes and disk space, before it begins."""
        where = self._runtime.device if device == "auto" else device
        return planning.plan(self.library, where, deep=deep, minutes=minutes)

    def forget_training(self) -> None:
        """Throw away the checkpoint of a training that was cancelled."""
        planning.forget(self.library)

    def generations(self) -> tuple[Generation, ...]:
        """All trained generations, newest first."""
        return generations.generations(self.library)

    def use_generation(self, generation_id: int) -> None:
        """Let another generation answer, completing its identifiers first."""
        for generation in self.generations():
            if generation.generation_id == generation_id:
                identifying.assign(self.library, generation)
        with self.library.write() as connection:
            generations.switch(connection, generation_id)

    def export_generation(self, generation_id: int, file: Path) -> int:
        """Write a generation's bundle as one archive; returns its size in bytes."""
        return bundles.export(self.library, self._exporter, generation_id, file)

    def import_generation(self, file: Path) -> int:
        """Add a bundle from an archive as a new, retired generation; returns its id."""
        return bundles.import_(self.library, self._exporter, file)

    # The library

    def status(self) -> LibraryStatus:
        return library.status(self.library, self._runtime.device, self._runtime.providers)

    def samples(self) -> Path | None:
        """The folder of sample photos that comes with Photoglyph, if it is there."""
        for root in (Path(__file__).parents[2], Path(sys.prefix, "share", "photoglyph")):
            if (root / "samples").is_dir():
                return root / "samples"
        return None
