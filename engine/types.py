"""The values that cross package boundaries: frozen, plain, without behaviour.

ORM rows never leave ``engine.store``; dictionaries with magic keys never leave ``main.py``.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from PIL import Image

T = TypeVar("T")

NEARLY_ALL = 0.8  # of both sides of a photo: what is found in as much is the whole of it


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job is. Each yielded one is a committed point: the job may be closed there.

    ``total`` is None while it is not known. ``values`` are live figures such as
    ``{"loss": 1.2}``.
    """

    stage: str
    done: int
    total: int | None = None
    note: str = ""
    values: dict[str, float] = field(default_factory=dict)


Job = Generator[Progress, None, T]
"""Long work: yields ``Progress``, returns a report. ``close()`` cancels it."""


class Engine(StrEnum):
    AUTO = "auto"
    GENERATIVE = "generative"
    EXACT = "exact"


class Likeness(StrEnum):
    """What a search goes by: what photos show, their colours, where light and edges lie, or all."""

    CONTENT = "content"
    COLOUR = "colour"
    COMPOSITION = "composition"
    BLEND = "blend"


class Band(StrEnum):
    """How sure a match is, in words (never a percentage)."""

    SAME_SHOT = "same shot"
    SAME_SCENE = "same scene"
    RELATED = "related"
    GUESS = "guess"


class Position(StrEnum):
    """Where in a photo a part was found: in reading order, and all of it."""

    UPPER_LEFT = "upper left"
    TOP = "top"
    UPPER_RIGHT = "upper right"
    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"
    LOWER_LEFT = "lower left"
    BOTTOM = "bottom"
    LOWER_RIGHT = "lower right"
    WHOLE = "all of it"


class FileStatus(StrEnum):
    PRESENT = "present"  # indexed, or waiting to be
    MISSING = "missing"  # was there, is gone from an online folder
    SKIPPED = "skipped"  # cannot be used; the reason is recorded


class VolumeKind(StrEnum):
    LOCAL = "local"
    REMOVABLE = "removable"
    NETWORK = "network"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


class GenerationState(StrEnum):
    BUILDING = "building"
    READY = "ready"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a photo says of itself. Every field may be missing. Times are aware UTC."""

    taken_at: datetime | None = None
    camera: str | None = None
    lens: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    rating: int | None = None  # 0..5
    orientation: int = 1  # EXIF orientation as stored in the file, 1..8
    taken_offset: int | None = None  # minutes that the camera's clock was ahead of UTC, if it said
    format: str | None = None  # engine.photos.decode.FORMATS, or "RAW"; None: not known yet


@dataclass(frozen=True, slots=True)
class Photo:
    """One file of the library, as results and the window show it."""

    content_id: int
    path: Path
    online: bool
    width: int
    height: int
    size_bytes: int
    metadata: Metadata
    modified_at: datetime | None = None  # the file's own time


@dataclass(frozen=True, slots=True)
class Folder:
    """A root folder of the library."""

    root_id: int
    path: Path
    online: bool
    photos: int
    kind: VolumeKind = VolumeKind.LOCAL
    paused: bool = False  # left alone until it is resumed


@dataclass(frozen=True, slots=True)
class JobView:
    """Work on a folder, as it is kept. ``done`` and ``total`` are files, from its beginning."""

    root_id: int
    path: Path
    kind: str  # "index"
    state: JobState
    done: int
    total: int | None  # None: not known before the folder was looked at
    attempts: int  # runs that began it
    last_error: str | None  # one sentence
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Skip:
    """A file that was refused, and why, in words for people."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A skipped file as the problems list shows it; ``ignored``: a person has seen it."""

    file_id: int
    path: Path
    reason: str
    attempts: int
    when: datetime  # the last time
    ignored: bool = False
    first: datetime | None = None  # the first time since the file last changed


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What one indexing run did. Counts are files."""

    found: int
    indexed: int
    unchanged: int
    moved: int
    removed: int
    offline: int
    skipped: tuple[Skip, ...]
    seconds: float
    photos_per_second: float
    device: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Restrict a search; empty means everything. ``folders`` are absolute path prefixes.

    ``prefix``: first codes of identifiers, of the ``generation`` (None: of whichever answers).
    """

    folders: tuple[Path, ...] = ()
    taken_from: datetime | None = None
    taken_until: datetime | None = None
    camera: str | None = None
    formats: tuple[str, ...] = ()  # as in Metadata.format, any case
    orientation: str | None = None  # "landscape", "portrait" or "square"
    rating_from: int | None = None  # stars, 0..5
    prefix: tuple[int, ...] = ()
    generation: int | None = None

    @property
    def empty(self) -> bool:
        return self == Filters()


@dataclass(frozen=True, slots=True)
class Facets:
    """What the library can be filtered by, with numbers of photos: most first, years newest first.

    A photo that says nothing of itself is in none. Years are those on the camera's clock.
    """

    cameras: tuple[tuple[str, int], ...]
    formats: tuple[tuple[str, int], ...]
    years: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class BrowsedFolder:
    """A folder and how many photos lie in and below it, copies once; ``some``: content ids."""

    path: Path
    count: int
    some: tuple[int, ...]
    deeper: bool  # folders with photos lie in it


@dataclass(frozen=True, slots=True)
class FolderLevel:
    """The folders in ``path`` (None: the library's own), and the photos that lie right in it."""

    path: Path | None
    folders: tuple[BrowsedFolder, ...]
    own: BrowsedFolder | None = None
    root: Path | None = None  # the folder of the library that ``path`` lies in


@dataclass(frozen=True, slots=True)
class BrowsedMonth:
    """A month on the camera's clock and its photos, copies once; ``some``: content ids."""

    first: date  # its first day
    count: int
    some: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Months that have photos, newest first; ``undated`` photos do not say when they were taken."""

    months: tuple[BrowsedMonth, ...]
    undated: int


class Order(StrEnum):
    """How the library's own list is sorted."""

    DATE = "date"  # newest first
    FOLDER = "folder"  # by folder, then by name


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture to look at: a JPEG, and the size in pixels of the upright original."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What copying photos to a folder did: the new files, and what could not be read."""

    folder: Path
    copied: tuple[Path, ...]
    skipped: tuple[Skip, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """An image as a saved search keeps it: a JPEG of the part that was asked with.

    ``vector``: (E,) float16, what the encoder of ``weights`` (``EncoderSpec``) made of it.
    ``name``: of the file that is gone; empty for a pasted image.
    """

    jpeg: bytes
    vector: bytes
    weights: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One more image of a query, with its ``sign``: like it (1), or not (-1), and how much."""

    image: Path | Image.Image | int | Kept
    crop: tuple[int, int, int, int] | None = None
    sign: int = 1
    weight: float = 1.0  # above 0


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person said of a result: more like this (``sign`` 1), or not this (-1)."""

    content_id: int
    sign: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """A mark as the library keeps it. ``query_content_id``: what was asked with, if it is there."""

    feedback_id: int
    query_content_id: int | None
    content_id: int
    sign: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for: a file, a decoded image (a pasted bitmap), or a photo of the library.

    ``crop`` is x, y, width, height in pixels of the upright image. ``also``: further images;
    ``minus``: whole ones to be avoided, like a part of sign -1; ``marks``: what was said of
    earlier answers, oldest first. ``weight``: of the image among the others. ``by_part``: every
    image is looked for within photos, not compared with whole ones.
    """

    image: Path | Image.Image | int | Kept  # int: content id
    crop: tuple[int, int, int, int] | None = None
    minus: tuple[Path | Image.Image | int | Kept, ...] = ()
    also: tuple[Part, ...] = ()
    marks: tuple[Mark, ...] = ()
    weight: float = 1.0
    by_part: bool = False

    @property
    def parts(self) -> tuple[Part, ...]:
        """All images in the order in which they were given."""
        avoided = (Part(image, sign=-1) for image in self.minus)
        return (Part(self.image, self.crop, weight=self.weight), *self.also, *avoided)


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that can be gone back to; run again, it finds what has come since.

    ``name`` None: in the history alone. ``note``: one sentence where it cannot be asked as it was.
    """

    saved_id: int
    name: str | None
    query: Query
    filters: Filters
    created_at: datetime
    ran_at: datetime
    note: str = ""
    likeness: Likeness = Likeness.CONTENT


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One ranked photo. ``identifier`` and ``logp`` are None for the exact engine."""

    rank: int  # from 1
    photo: Photo
    score: float  # what the list is sorted by
    band: Band
    similarity: float  # cosine, -1..1
    identifier: tuple[int, ...] | None = None
    logp: float | None = None  # log-probability of the identifier, <= 0
    stack: tuple[Path, ...] = ()  # the camera raw files behind the photo
    near: int | None = None  # rank of the better hit that shows nearly the same picture
    # Where a part was found: x, y, width, height in pixels of the upright photo.
    match: tuple[int, int, int, int] | None = None

    @property
    def position(self) -> Position | None:
        """``match`` in words, by its middle; None: whole photos were compared."""
        if self.match is None or not self.photo.width or not self.photo.height:
            return None
        x, y, width, height = self.match
        across, down = width / self.photo.width, height / self.photo.height
        if min(across, down) >= NEARLY_ALL:
            return Position.WHOLE
        column = _third(x / self.photo.width + across / 2)
        row = _third(y / self.photo.height + down / 2)
        return tuple(Position)[3 * row + column]


def _third(middle: float) -> int:
    """0, 1, 2: before, in or after the middle fifth, where what is in the middle has its own."""
    return (middle > 0.4) + (middle > 0.6)


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds of one query's stages."""

    decode: float = 0.0
    encode: float = 0.0
    search: float = 0.0
    rescore: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """A ranked list. Fewer hits than asked for is a short answer, never a made-up photo."""

    engine: Engine  # the one that answered: generative or exact
    generation: int | None
    hits: tuple[SearchHit, ...]
    milliseconds: Timings
    searched: int  # photos that could have been found
    note: str = ""  # one sentence where something has to be said (which engine was taken, and why)
    problem: bool = False  # ``note`` tells that the trained model cannot be used
    identifier: tuple[int, ...] | None = None  # the query's own; None for the exact engine
    widened: bool = False  # the usual beam was not enough: a wider one answered


@dataclass(frozen=True, slots=True)
class TreeNode:
    """Photos whose identifiers begin with ``prefix``: how many, and the most typical first.

    ``name``: the folder that most of them have in common; empty without one, and then ``month``,
    on the camera's clock, if most are of one.
    """

    prefix: tuple[int, ...]
    count: int
    photos: tuple[Photo, ...]
    name: str
    month: date | None = None  # its first day


@dataclass(frozen=True, slots=True)
class ExploredTree:
    """A node of a generation's tree and its ``children``, most photos first; none at a leaf."""

    generation: int
    levels: int
    node: TreeNode
    children: tuple[TreeNode, ...]
    note: str = ""


class DuplicateKind(StrEnum):
    """Why photos are in one group."""

    FILE = "same file"
    PICTURE = "same picture"  # in another size, format or quality
    EDIT = "edits"  # the same shot, cut or changed
    BURST = "burst"  # of the same scene, seconds apart


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Files that show the same, the ``reason`` being why the first is suggested as the best."""

    kind: DuplicateKind
    photos: tuple[Photo, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class DuplicatesReport:
    """Groups, the largest first; ``photos``: files in them."""

    groups: tuple[DuplicateGroup, ...]
    photos: int
    seconds: float


@dataclass(frozen=True, slots=True)
class GenerationFigures:
    """How a generation does on the library's own held-out queries (edited views of photos).

    Ratios in 0..1. ``recall_vs_exact_10``: share of the exact top 10 that the beam finds; of these
    ``recall_old`` of photos that the model was fitted on, ``recall_inserted`` of photos that it was
    not, which are found as photos added later are. ``error_old`` and ``error_inserted``: mean
    squared distance of photos of both kinds to what their identifiers tell. ``trained_on``:
    photos; ``seconds`` that the training took on this computer from beginning to end. None: not
    measured.
    """

    queries: int
    recall_1: float
    recall_10: float
    exact_recall_1: float
    exact_recall_10: float
    recall_vs_exact_10: float
    recall_old: float | None = None
    recall_inserted: float | None = None
    error_old: float | None = None
    error_inserted: float | None = None
    trained_on: int | None = None
    seconds: float | None = None

    def as_good_as(self, other: GenerationFigures) -> bool:
        """On the same queries, no worse than ``other`` (within one query in 200)."""
        mine, others = self.recall_1 + self.recall_10, other.recall_1 + other.recall_10
        return mine >= others - 0.01

    def better_than(self, other: GenerationFigures) -> bool:
        """On the same queries, by more than one query in 200."""
        mine, others = self.recall_1 + self.recall_10, other.recall_1 + other.recall_10
        return mine > others + 0.01

    @property
    def earned(self) -> bool:
        """Not clearly worse than exact search at finding the photo behind an edited view.

        R@1 + R@10 within .04, twice the standard error of 200 queries' difference. Views do not
        measure groups of photos, where the generative ranking gains most.
        """
        generative = self.recall_1 + self.recall_10
        return generative >= self.exact_recall_1 + self.exact_recall_10 - 0.04


@dataclass(frozen=True, slots=True)
class Generation:
    """A trained tokenizer and decoder of one model, and where its bundle lies."""

    generation_id: int
    model_id: int
    state: GenerationState
    folder: Path
    levels: int
    codes: int
    created_at: datetime
    figures: GenerationFigures | None


@dataclass(frozen=True, slots=True)
class LabelVerdict:
    """How an origin of labels did on this library's held-out photos.

    ``strength`` 0..1, 0: switched off. ``without`` and ``with_labels``: mean R-precision of
    ``queries`` photos whose labels were hidden; None where pairs or a person's marks decided.
    """

    name: str
    photos: int
    strength: float
    queries: int
    without: float | None
    with_labels: float | None


@dataclass(frozen=True, slots=True)
class DeepReport:
    """How the encoder was tuned before a training. ``encoder``: the tuned one's name.

    ``encoder`` is empty where no step did better than the encoder as it was; the training is then
    of that one. ``score_before`` and ``score``: mean of one over the rank at which a held-out view
    finds its photo among a sample of the library, before and at the best step. ``waited``: share of
    the time in which the device had no photos to work on. ``at_once``: views that fitted memory.
    """

    encoder: str
    steps: int
    best_step: int
    score_before: float
    score: float
    recall_before: float
    recall: float
    loss: float
    waited: float
    precision: str
    at_once: int
    seconds: float
    stopped_early: bool


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What one training did. ``switched``: the new generation answers from now on."""

    generation: int
    photos: int
    levels: int
    codes: int
    distinct: int
    epochs: int
    loss: float
    figures: GenerationFigures
    previous: GenerationFigures | None
    switched: bool
    seconds: float
    device: str
    parity: dict[str, float]  # largest absolute difference torch - ONNX Runtime, by part
    labels: tuple[LabelVerdict, ...] = ()
    learnt_space: bool = False  # did the space that was learnt from the photos stand its trial
    deep: DeepReport | None = None  # of a training that tuned the encoder first


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What training the library as it is now would take.

    ``seconds``: reckoned from the last whole training (``measured``) or by rule of thumb.
    ``size_bytes`` are needed on the library's disk, where ``free_bytes`` are left. ``begun``: an
    earlier training was left, and goes on from its checkpoint.
    """

    photos: int
    seconds: float
    measured: bool
    size_bytes: int
    free_bytes: int
    device: str
    begun: bool


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """``photoglyph status``."""

    library: Path
    photos: int  # distinct contents with a file present
    searchable: int  # of these, embedded with the current model
    waiting: int  # known files that are not indexed yet
    skipped: int  # less those that a person ignores
    folders: tuple[Folder, ...]
    generation: int | None
    levels: int | None
    codes: int | None
    distinct: int | None  # distinct identifiers in use
    bytes: dict[str, int]  # database, thumbnails, vectors, models
    device: str
    providers: tuple[str, ...]
    advice: str = ""  # one sentence where training again would pay
    labels: tuple[LabelVerdict, ...] = ()  # as the last training that saw them found
    encoder: str | None = None  # which reads the photos; None before the first
    described: int = 0  # photos that can be asked for by part


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """Standard metrics of one engine over one group of queries; ratios in 0..1.

    ``labels``: "all", "seen" or "unseen" (has the query's label labelled photos in training).
    ``recall_vs_exact_10`` is against exact search in the engine's own space; None where the engine
    does not stand in for one. ``_old`` and ``_inserted``: of those neighbours alone that training
    saw, or that came after it; None where nothing was inserted. Milliseconds are of one query, its
    encoding (the same for all) left out. The intervals hold the mean with 95 % (bootstrap over
    queries).
    """

    engine: str
    labels: str
    queries: int
    p_1: float
    p_5: float
    p_10: float
    p_20: float
    r_1: float
    r_10: float
    map_100: float
    mrr: float
    recall_vs_exact_10: float | None
    milliseconds_p50: float
    milliseconds_p95: float
    bytes_per_photo: float
    r_1_interval: tuple[float, float] | None = None
    map_100_interval: tuple[float, float] | None = None
    recall_vs_exact_10_old: float | None = None
    recall_vs_exact_10_inserted: float | None = None


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """One set's table."""

    set: str
    protocol: str
    queries: int
    gallery: int
    rows: tuple[EvaluationRow, ...]


@dataclass(frozen=True, slots=True)
class CopiesRow:
    """How often one engine finds a photo by its edited copies; ratios in 0..1.

    ``edit``: a name of ``engine.evaluation.edits``, "seven" or "all". Milliseconds are of one
    query, its encoding (or hashing) left out. The interval holds the mean with 95 % (bootstrap over
    photos).
    """

    engine: str
    edit: str
    queries: int
    r_1: float
    r_10: float
    milliseconds_p50: float
    r_1_interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class CopiesReport:
    """``photoglyph evaluate --copies``: one folder's table. ``queries``: photos times edits."""

    set: str
    protocol: str
    queries: int
    gallery: int
    rows: tuple[CopiesRow, ...]
