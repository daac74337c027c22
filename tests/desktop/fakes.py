"""A session without models or database: photos are colours, answers are what the test says."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from PIL import Image

from engine.errors import LibraryError, PhotoError, UserError
from engine.types import (
    Band,
    BrowsedFolder,
    BrowsedMonth,
    DeepReport,
    DuplicateGroup,
    DuplicatesReport,
    Engine,
    ExploredTree,
    Facets,
    Feedback,
    Filters,
    Folder,
    FolderLevel,
    Generation,
    GenerationFigures,
    GenerationState,
    IndexReport,
    Job,
    JobState,
    JobView,
    Kept,
    LibraryStatus,
    Likeness,
    Mark,
    Metadata,
    Order,
    Photo,
    Preview,
    Problem,
    Progress,
    Query,
    SavedSearch,
    SearchAnswer,
    SearchHit,
    TimeLine,
    Timings,
    TrainingPlan,
    TrainReport,
    TreeNode,
)

WHEN = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
FIGURES = GenerationFigures(
    queries=128,
    recall_1=0.912,
    recall_10=0.981,
    exact_recall_1=0.843,
    exact_recall_10=0.957,
    recall_vs_exact_10=0.88,
)
DEEP = DeepReport(
    encoder="tuned",
    steps=60,
    best_step=48,
    score_before=0.6,
    score=0.7,
    recall_before=0.52,
    recall=0.61,
    loss=1.5,
    waited=0.04,
    precision="fp32",
    at_once=16,
    seconds=7200.0,
    stopped_early=False,
)


def photo(content_id: int, *, online: bool = True, folder: Path = Path("/photos")) -> Photo:
    return Photo(
        content_id=content_id,
        path=folder / f"photo-{content_id:05}.jpg",
        online=online,
        width=4000,
        height=3000,
        size_bytes=2_345_678,
        metadata=Metadata(taken_at=datetime(2024, 5, 17, 12, 30, tzinfo=UTC), camera="Pixel 8"),
    )


def hit(rank: int, shown: Photo, band: Band = Band.RELATED) -> SearchHit:
    return SearchHit(
        rank=rank,
        photo=shown,
        score=1.0 / rank,
        band=band,
        similarity=0.9 - rank / 1000,
        identifier=(17, 203, 4, 98),
        logp=-1.5 - rank,
    )


def jpeg(content_id: int, side: int = 64) -> bytes:
    out = io.BytesIO()
    colour = (content_id * 37 % 256, content_id * 91 % 256, content_id * 53 % 256)
    Image.new("RGB", (side, side * 3 // 4), colour).save(out, "JPEG")
    return out.getvalue()


class FakeSession:
    """The methods of ``engine.services.session.Session``.

    Every call is refused on the thread that made the fake (the GUI thread). ``hold`` keeps calls
    of a method waiting until ``let_go``, so that tests decide what answers first.
    """

    open_ones: ClassVar[list[FakeSession]] = []

    def __init__(self, photos: int = 0) -> None:
        self.photos = [photo(i) for i in range(1, photos + 1)]
        self.known_folders: list[Folder] = (
            [Folder(1, Path("/photos"), True, photos)] if photos else []
        )
        self.known_problems: tuple[Problem, ...] = ()
        self.known_generations: list[Generation] = []
        self.sample_folder: Path | None = Path("/samples")
        self.queries: list[Query] = []
        self.tops: list[int] = []
        self.filters: list[Filters] = []  # of searches
        self.likenesses: list[Likeness] = []
        self.without_parts = 0  # photos
        self.new_photos: dict[int, int] = {}  # in kept searches, by their ids
        self.undescribed = 0  # photos
        self.known_marks: list[Feedback] = []
        self.kept: list[SavedSearch] = []  # asked last first
        self.recent_calls: list[tuple[Filters, Order]] = []
        self.passing: Callable[[Photo, Filters], bool] = lambda photo, filters: True
        self.known_facets = Facets(
            cameras=(("Pixel 8", 20), ("Canon & Co", 3)),
            formats=(("JPEG", 18), ("HEIF", 5)),
            years=((2024, 15), (2019, 8)),
        )
        self.tree: int | None = None  # the generation that is explored
        self.known_duplicates: tuple[DuplicateGroup, ...] = ()
        self.duplicates_error: UserError | None = None
        self.verdicts: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        self.indexed: list[tuple[Path, ...]] = []
        self.given: list[tuple[Path, ...]] = []  # to a run at work
        self.known_jobs: tuple[JobView, ...] = ()
        self.removed: list[int] = []
        self.used_generations: list[int] = []
        self.retried: list[Sequence[int] | None] = []
        self.waiting = 0
        self.closed = False
        self.previews: list[Query] = []
        self.preview_error: UserError | None = None
        self.search_error: UserError | None = None
        self.status_error: UserError | None = None
        self.index_error: UserError | None = None
        self.train_error: UserError | None = None
        self.index_steps = 3
        self.train_steps = 5
        self.train_begun = False  # a checkpoint is there
        self.deep_begun = False  # and it is of a deep training
        self.trained_deep: list[bool] = []  # of every training
        self.better = True  # what is trained, than what was there
        self.advice = ""
        self.free_bytes = 10**10
        self.index_closed = 0
        self.train_closed = 0
        self.answer: Callable[[Query, int], SearchAnswer] = self._answer_all
        self._gui = threading.get_ident()
        self._gates: dict[str, threading.Event] = {}
        self.waiting_calls: list[str] = []
        self.watcher_calls: (
            tuple[Callable[[tuple[int, ...]], None], Callable[[str], None]] | None
        ) = None  # what a watcher calls
        FakeSession.open_ones.append(self)

    # What tests hold back

    def hold(self, method: str) -> None:
        self._gates[method] = threading.Event()

    def let_go(self, method: str) -> None:
        self._gates.pop(method).set()

    def let_everything_go(self) -> None:
        for method in list(self._gates):
            self.let_go(method)

    def _enter(self, method: str) -> None:
        assert threading.get_ident() != self._gui, f"{method}() was called on the GUI thread"
        gate = self._gates.get(method)
        if gate is not None:
            self.waiting_calls.append(method)
            gate.wait(20)

    # What the window calls

    def watch(
        self, changed: Callable[[tuple[int, ...]], None], told: Callable[[str], None]
    ) -> None:
        self._enter("watch")
        self.watcher_calls = changed, told

    def folders(self) -> tuple[Folder, ...]:
        self._enter("folders")
        return tuple(self.known_folders)

    def index(self, folders: Sequence[Path] = ()) -> Job[IndexReport]:
        self._enter("index")
        self.indexed.append(tuple(folders))
        if self.index_error is not None:
            raise self.index_error
        try:
            for root in folders:
                if any(folder.path == root for folder in self.known_folders):
                    continue
                number = len(self.known_folders) + 1
                self.known_folders.append(Folder(number, Path(root), True, self.index_steps))
            for step in range(self.index_steps if folders else 0):
                yield Progress("indexing", step, self.index_steps)
                self._enter("index step")
                self.photos.insert(0, photo(1000 + len(self.photos), folder=Path(folders[0])))
        finally:
            self.index_closed += 1
        steps = self.index_steps if folders else 0
        return IndexReport(
            found=steps,
            indexed=steps,
            unchanged=0,
            moved=0,
            removed=0,
            offline=0,
            skipped=(),
            seconds=1.0,
            photos_per_second=float(steps),
            device="cpu",
        )

    def remove_folder(self, root_id: int) -> None:
        self._enter("remove_folder")
        self.removed.append(root_id)
        self.known_folders = [f for f in self.known_folders if f.root_id != root_id]
        self.photos = []

    def problems(self) -> tuple[Problem, ...]:
        self._enter("problems")
        return self.known_problems

    def retry_problems(self, file_ids: Sequence[int] | None = None) -> None:
        self._enter("retry_problems")
        self.retried.append(file_ids)
        self.known_problems = tuple(
            p for p in self.known_problems if file_ids is not None and p.file_id not in file_ids
        )

    def ignore_problem(self, file_id: int, ignored: bool = True) -> None:
        self._enter("ignore_problem")
        self.known_problems = tuple(
            replace(p, ignored=ignored) if p.file_id == file_id else p for p in self.known_problems
        )

    def jobs(self) -> tuple[JobView, ...]:
        self._enter("jobs")
        return self.known_jobs

    def add_folders(self, folders: Sequence[Path] = ()) -> None:
        self._enter("add_folders")
        self.given.append(tuple(folders))

    def pause(self, root_id: int | None = None) -> None:
        self._enter("pause")
        self._set_paused(root_id, True)

    def resume(self, root_id: int | None = None) -> None:
        self._enter("resume")
        self._set_paused(root_id, False)

    def _set_paused(self, root_id: int | None, paused: bool) -> None:
        self.known_folders = [
            replace(f, paused=paused) if root_id in (None, f.root_id) else f
            for f in self.known_folders
        ]

    def warm(self) -> None:
        self._enter("warm")

    def search(
        self,
        query: Query,
        *,
        top: int = 50,
        beam: int | None = None,
        engine: Engine = Engine.AUTO,
        filters: Filters | None = None,
        likeness: Likeness = Likeness.CONTENT,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> SearchAnswer:
        self.queries.append(query)
        self.tops.append(top)
        self.filters.append(filters or Filters())
        self.likenesses.append(likeness)
        self._enter("search")
        if self.search_error is not None:
            raise self.search_error
        return self.answer(query, top)

    def describe(self) -> Job[int]:
        self._enter("describe")
        described = self.undescribed
        while self.undescribed:
            yield Progress("describing", described - self.undescribed, described)
            self._enter("describe step")
            self.undescribed -= 1
        return described

    def describe_parts(self) -> Job[int]:
        self._enter("describe_parts")
        described = self.without_parts
        while self.without_parts:
            yield Progress("describing parts", described - self.without_parts, described)
            self._enter("describe_parts step")
            self.without_parts -= 1
        return described

    def mark(self, query: Query, content_id: int, sign: int) -> Query:
        self._enter("mark")
        others = tuple(mark for mark in query.marks if mark.content_id != content_id)
        self.known_marks = [f for f in self.known_marks if f.content_id != content_id]
        if sign:
            number = max((f.feedback_id for f in self.known_marks), default=0) + 1
            asked = query.image if isinstance(query.image, int) else None
            self.known_marks.insert(0, Feedback(number, asked, content_id, sign, WHEN))
            others += (Mark(content_id, sign),)
        return replace(query, marks=others)

    def marks(self) -> tuple[Feedback, ...]:
        self._enter("marks")
        return tuple(self.known_marks)

    def forget_marks(self, feedback_ids: Sequence[int] | None = None) -> None:
        self._enter("forget_marks")
        self.known_marks = [
            f
            for f in self.known_marks
            if feedback_ids is not None and f.feedback_id not in feedback_ids
        ]

    def remember(
        self,
        query: Query,
        filters: Filters | None = None,
        name: str | None = None,
        *,
        likeness: Likeness = Likeness.CONTENT,
    ) -> int:
        self._enter("remember")
        filters = filters or Filters()
        for search in self.kept:
            same = (search.query, search.filters, search.likeness) == (query, filters, likeness)
            if same and search.name is None:
                self._ran(search.saved_id)
                return search.saved_id
        number = max((search.saved_id for search in self.kept), default=0) + 1
        search = SavedSearch(number, name, query, filters, WHEN, WHEN, likeness=likeness)
        self.kept.insert(0, search)
        return number

    def saved(self) -> tuple[SavedSearch, ...]:
        self._enter("saved")
        return tuple(replace(search, query=_from_store(search.query)) for search in self.kept)

    def arrived(self, search: SavedSearch) -> int:
        self._enter("arrived")
        return self.new_photos.get(search.saved_id, 0)

    def rename_saved(self, saved_id: int, name: str | None) -> None:
        self._enter("rename_saved")
        if name is not None and any(search.name == name for search in self.kept):
            raise UserError(f"There is a saved search called {name} already.")
        self.kept = [replace(s, name=name) if s.saved_id == saved_id else s for s in self.kept]

    def remove_saved(self, saved_ids: Sequence[int]) -> None:
        self._enter("remove_saved")
        self.kept = [search for search in self.kept if search.saved_id not in saved_ids]

    def run_saved(
        self,
        search: SavedSearch,
        *,
        top: int = 50,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> SearchAnswer:
        self._enter("run_saved")
        answer = self.search(
            search.query, top=top, filters=search.filters, likeness=search.likeness
        )
        self._ran(search.saved_id)
        return replace(answer, note=" ".join(filter(None, (search.note, answer.note))))

    def _ran(self, saved_id: int) -> None:
        self.new_photos.pop(saved_id, None)
        late = max((search.ran_at for search in self.kept), default=WHEN) + timedelta(seconds=1)
        self.kept = [replace(s, ran_at=late) if s.saved_id == saved_id else s for s in self.kept]
        self.kept.sort(key=lambda search: search.saved_id != saved_id)

    def photos_of(self, content_ids: Sequence[int]) -> dict[int, Photo]:
        self._enter("photos_of")
        known = {photo.content_id: photo for photo in self.photos}
        return {content_id: known[content_id] for content_id in content_ids if content_id in known}

    def recent(
        self,
        limit: int,
        offset: int = 0,
        *,
        filters: Filters | None = None,
        order: Order = Order.DATE,
    ) -> tuple[Photo, ...]:
        self.recent_calls.append((filters or Filters(), order))
        self._enter("recent")
        found = [p for p in self.photos if self.passing(p, filters or Filters())]
        if order is Order.FOLDER:
            found.sort(key=lambda p: (p.path.parent, p.path.name))
        return tuple(found[offset : offset + limit])

    def explore(self, prefix: tuple[int, ...] = (), generation: int | None = None) -> ExploredTree:
        self._enter("explore")
        if self.tree is None:
            raise LibraryError("This library has no tree to explore yet: run 'photoglyph train'.")
        if generation not in (None, self.tree):
            raise LibraryError(
                "The library was trained again since this part of its tree was opened, and has "
                "another tree now: begin again at the root."
            )
        below = [p for p in self.photos if codes(p)[: len(prefix)] == prefix]
        if not below:
            raise UserError("The library has no photos to explore yet: index a folder first.")
        children = sorted({codes(p)[: len(prefix) + 1] for p in below if len(prefix) < 3})
        return ExploredTree(
            generation=self.tree,
            levels=3,
            node=_node(prefix, below),
            children=tuple(
                _node(child, [p for p in below if codes(p)[: len(child)] == child])
                for child in children
            ),
        )

    def place_in_tree(self, content_id: int) -> tuple[int, ...]:
        self._enter("place_in_tree")
        if self.tree is None:
            raise LibraryError("This library has no tree to explore yet: run 'photoglyph train'.")
        return codes(photo(content_id))

    def browse_folders(self, path: Path | None = None) -> FolderLevel:
        self._enter("browse_folders")
        if not self.photos:
            raise LibraryError("The library has no photos to browse yet: index a folder first.")
        root = Path("/photos")
        here = path or root
        below = [p for p in self.photos if p.path.is_relative_to(here)]
        own = [p for p in below if p.path.parent == here]
        names = sorted({p.path.relative_to(here).parts[0] for p in below if p not in own})
        inside = {
            here / name: [p for p in below if (here / name) in p.path.parents] for name in names
        }
        return FolderLevel(
            here,
            tuple(_folder(folder, held) for folder, held in inside.items()),
            _folder(here, own) if own else None,
            root,
        )

    def time_line(self) -> TimeLine:
        self._enter("time_line")
        months: dict[date, list[int]] = {}
        for p in self.photos:
            if p.metadata.taken_at is not None:
                first = p.metadata.taken_at.date().replace(day=1)
                months.setdefault(first, []).append(p.content_id)
        held = sorted(months.items(), reverse=True)
        undated = len(self.photos) - sum(len(ids) for _, ids in held)
        return TimeLine(
            tuple(BrowsedMonth(first, len(ids), tuple(ids[:9])) for first, ids in held), undated
        )

    def duplicates(self) -> Job[DuplicatesReport]:
        self._enter("duplicates")
        if self.duplicates_error is not None:
            raise self.duplicates_error
        yield Progress("comparing photos", 1, 3)
        self._enter("duplicates step")
        yield Progress("comparing photos", 3, 3)
        groups = self.known_duplicates
        return DuplicatesReport(groups, sum(len(group.photos) for group in groups), 0.1)

    def not_the_same(self, content_ids: Sequence[int], others: Sequence[int] = ()) -> None:
        self._enter("not_the_same")
        self.verdicts.append((tuple(content_ids), tuple(others)))

    def same_after_all(self, content_ids: Sequence[int], others: Sequence[int] = ()) -> None:
        self._enter("same_after_all")
        self.verdicts.remove((tuple(content_ids), tuple(others)))

    def facets(self) -> Facets:
        self._enter("facets")
        return self.known_facets

    def thumbnail(self, content_id: int) -> bytes | None:
        self._enter("thumbnail")
        return jpeg(content_id)

    def preview(self, query: Query, side: int) -> Preview:
        self._enter("preview")
        self.previews.append(query)
        if self.preview_error is not None:
            raise self.preview_error
        return Preview(jpeg(7, side), 4000, 3000)

    def query_thumbnail(self, query: Query, side: int) -> bytes:
        self._enter("query_thumbnail")
        if isinstance(query.image, Path) and self.search_error is not None:
            raise PhotoError(query.image, "this is not an image")
        return jpeg(7, side)

    def train(
        self,
        *,
        labels: str = "none",
        device: str = "auto",
        minutes: float | None = None,
        deep: bool = False,
    ) -> Job[TrainReport]:
        self._enter("train")
        self.trained_deep.append(deep)
        if self.train_error is not None:
            raise self.train_error
        try:
            self.deep_begun = deep
            if deep:
                self.train_begun = True
                yield from self._tune()
            for step in range(self.train_steps):
                self.train_begun = True
                values = {"loss": 3.0 / (step + 1), "recall": step / self.train_steps}
                yield Progress("decoder", step, self.train_steps, values=values)
                self._enter("train step")
        finally:
            self.train_closed += 1
        self.train_begun = self.deep_begun = False
        number = len(self.known_generations) + 1
        if self.better:
            self.known_generations = [
                _with_state(g, GenerationState.RETIRED) for g in self.known_generations
            ]
        state = GenerationState.READY if self.better else GenerationState.RETIRED
        self.known_generations.insert(0, generation(number, state))
        return TrainReport(
            generation=number,
            photos=len(self.photos),
            levels=4,
            codes=256,
            distinct=len(self.photos),
            epochs=10,
            loss=0.6,
            figures=FIGURES,
            previous=FIGURES if number > 1 else None,
            switched=self.better,
            seconds=90.0,
            device="cpu",
            parity={"encoder": 3e-5},
            deep=DEEP if deep else None,
        )

    def _tune(self) -> Iterator[Progress]:
        stage = "tuning the encoder"
        yield Progress(stage, 0, 60, note="asking held-out photos")
        for step in range(1, 61):
            values = {"loss": 2.0 / step, "recall": step / 60, "seconds_left": 3600.0}
            yield Progress(stage, step, 60, values=values)
            self._enter("tuning step")
        yield Progress("reading photos again", 30, len(self.photos))

    def training_plan(self, *, deep: bool = False) -> TrainingPlan:
        self._enter("training_plan")
        return TrainingPlan(
            photos=len(self.photos),
            seconds=9000.0 if deep else 250.0,
            measured=False,
            size_bytes=(550 if deep else 300) * 2**20,
            free_bytes=self.free_bytes,
            device="cpu",
            begun=self.train_begun and deep == self.deep_begun,
        )

    def forget_training(self) -> None:
        self._enter("forget_training")
        self.train_begun = self.deep_begun = False

    def generations(self) -> tuple[Generation, ...]:
        self._enter("generations")
        return tuple(self.known_generations)

    def use_generation(self, generation_id: int) -> None:
        self._enter("use_generation")
        self.used_generations.append(generation_id)
        self.known_generations = [
            _with_state(
                g,
                GenerationState.READY
                if g.generation_id == generation_id
                else GenerationState.RETIRED,
            )
            for g in self.known_generations
        ]

    def status(self) -> LibraryStatus:
        self._enter("status")
        if self.status_error is not None:
            raise self.status_error
        return LibraryStatus(
            library=Path("/library"),
            photos=len(self.photos),
            searchable=len(self.photos),
            waiting=self.waiting,
            skipped=sum(not p.ignored for p in self.known_problems),
            folders=tuple(self.known_folders),
            generation=self.tree,
            levels=None,
            codes=None,
            distinct=None,
            bytes={},
            device="cpu",
            providers=("CPUExecutionProvider",),
            advice=self.advice,
        )

    def samples(self) -> Path | None:
        self._enter("samples")
        return self.sample_folder

    def close(self) -> None:
        self.closed = True

    def _answer_all(self, query: Query, top: int) -> SearchAnswer:
        return answer_of(self.photos[:top], searched=len(self.photos))


def codes(shown: Photo) -> tuple[int, int, int]:
    """A photo's identifier: a tree of three levels, with three, four and fifty branches."""
    number = shown.content_id
    return number % 3, number // 3 % 4, number // 12 % 50


def _node(prefix: tuple[int, ...], below: Sequence[Photo]) -> TreeNode:
    return TreeNode(prefix, len(below), tuple(below[:9]), "")


def _folder(path: Path, held: Sequence[Photo]) -> BrowsedFolder:
    deeper = any(p.path.parent != path for p in held)
    return BrowsedFolder(path, len(held), tuple(p.content_id for p in held[:9]), deeper)


def answer_of(photos: Sequence[Photo], *, searched: int = 0, note: str = "") -> SearchAnswer:
    bands = (Band.SAME_SHOT, Band.SAME_SCENE, Band.RELATED, Band.GUESS)
    return SearchAnswer(
        engine=Engine.EXACT,
        generation=None,
        hits=tuple(
            hit(rank, shown, bands[min(3, rank // 4)]) for rank, shown in enumerate(photos, 1)
        ),
        milliseconds=Timings(total=38.4),
        searched=searched or len(photos),
        note=note,
    )


def job(
    root_id: int,
    state: JobState = JobState.RUNNING,
    done: int = 0,
    total: int | None = None,
    *,
    path: Path = Path("/photos"),
    attempts: int = 1,
    last_error: str | None = None,
) -> JobView:
    when = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
    return JobView(root_id, path, "index", state, done, total, attempts, last_error, when)


def generation(number: int, state: GenerationState = GenerationState.READY) -> Generation:
    return Generation(
        generation_id=number,
        model_id=1,
        state=state,
        folder=Path("/library/models/g"),
        levels=4,
        codes=256,
        created_at=datetime(2024, 5, 17, tzinfo=UTC),
        figures=FIGURES,
    )


def _with_state(old: Generation, state: GenerationState) -> Generation:
    return generation(old.generation_id, state)


def _from_store(query: Query) -> Query:
    """As a kept search holds it: bitmaps have become JPEGs."""

    def kept(image: Path | Image.Image | int | Kept) -> Path | int | Kept:
        if not isinstance(image, Image.Image):
            return image
        out = io.BytesIO()
        image.convert("RGB").save(out, "JPEG")
        return Kept(out.getvalue(), b"", "w")

    also = tuple(replace(part, image=kept(part.image)) for part in query.also)
    minus = tuple(map(kept, query.minus))
    return replace(query, image=kept(query.image), also=also, minus=minus)
