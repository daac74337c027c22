"""``evaluate`` on small coloured pictures, a quick encoder and a quick tokenizer.

Everything but the networks is real: the labels file, the temporary library, indexing, the trie,
beam search, the rivals and the metrics.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import UserError
from engine.evaluation import faiss_indexes, labels
from engine.evaluation.baselines import BinaryRescored, Whitening
from engine.evaluation.protocol import content_hash, plan
from engine.search.ports import QueryState
from engine.services.evaluating import evaluate
from engine.services.evaluating_sets import ask_set
from engine.services.session import Session
from engine.store import generations, intake, models, vectors
from engine.tokenizer.affinity import Affinity
from engine.tokenizer.model import NORM, Tokenizer, TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import fit_quantizer
from engine.tokenizer.space import fit_space
from engine.training.affinity import landmarks_of, learn_affinity, own_landmarks
from engine.types import EvaluationReport, GenerationFigures, Progress, TrainReport
from tests.conftest import FakeEncoder, picture
from tests.services.indexed import finish

LABELS = ("apple", "pear", "plum", "fig", "kiwi", "lime")
SEEN = LABELS[:4]
PRODUCT = ["generative", "generative-ids", "tree-search"]
RIVALS = ["exact", "exact-learnt", "exact-whitened", "query-expansion", "diffusion"]
FAISS = ["faiss-flat", "faiss-hnsw", "faiss-ivfpq"] if faiss_indexes.available() else []
LEVELS, CODES = 2, 8


class NoCorrection:
    """A decoder that leaves the tree score as it is."""

    levels, codes = LEVELS, CODES

    def begin(self, embedding, patches):
        nothing = np.zeros((0, 2, 1, 1, 0, 1), np.float32)
        return QueryState(embedding, nothing, nothing)

    def score(self, state, identifiers):
        return np.zeros(identifiers.shape, np.float32)


class QuickRuntime:
    device = "cpu"
    providers = ("CPUExecutionProvider",)

    def open_encoder(self, bundle):
        return FakeEncoder()

    def open_decoder(self, bundle):
        return NoCorrection()


class QuickExporter:
    def prepare_encoder(self, name):
        return Path(name)


@dataclass
class QuickTraining:
    """Fits space and codebooks without a decoder, and keeps what it could see."""

    refusal: str = ""
    content_hashes: set[bytes] = field(default_factory=set)
    labels: list[dict[str, str]] = field(default_factory=list)
    labelled_hashes: set[bytes] = field(default_factory=set)

    def train(self, session: Session, *, labels: str, device: str, minutes: float | None):
        if self.refusal:
            raise UserError(self.refusal)
        library = session.library
        with library.read() as connection:
            model_id, spec = models.current(connection)
        table = vectors.table(library, model_id)
        with library.read() as connection:
            hashes = intake.hashes_by_content(connection, table.content_ids.tolist())
        self.content_hashes |= set(hashes.values())
        if labels != "none":
            with Path(labels).open(newline="", encoding="utf-8") as file:
                self.labels += csv.DictReader(file)
            self.labelled_hashes |= {content_hash(Path(line["file"])) for line in self.labels}
        yield Progress("train", 0)
        rows = vectors.open_vectors(
            library, model_id, table.embedding_ids, spec.embedding_width, "all"
        ).take(np.arange(len(table.content_ids)))
        space = fit_space(rows, width=16)
        z = space.project(rows)
        kinds = {content_hash(Path(line["file"])): line["label"] for line in self.labels}
        known = [kinds.get(hashes[content_id], "") for content_id in table.content_ids.tolist()]
        trusted = with_labels(z, known) if labels != "none" else None
        affinity, u = trusted or (None, z)
        quantizer = fit_quantizer(u, LEVELS, CODES)
        tree = TreeWeights.untrained(LEVELS, NORM)
        tokenizer = Tokenizer(space, quantizer, tree, affinity=affinity)
        folder = library.folder / "models" / "one"
        folder.mkdir()
        tokenizer.save(folder)
        with library.write() as connection:
            number = generations.create(connection, model_id, LEVELS, CODES, "one")
            generations.add_identifiers(
                connection, number, table.content_ids, pack(quantizer.encode(u), CODES)
            )
            generations.finish(connection, number, None)
        figures = GenerationFigures(1, 1.0, 1.0, 1.0, 1.0, 1.0)
        return TrainReport(
            number, len(rows), LEVELS, CODES, 1, 1, 0.0, figures, None, False, 0.0, "cpu", {}
        )


def with_labels(z: np.ndarray, known: list[str]) -> tuple[Affinity, np.ndarray]:
    """What labels say of ``z`` (G, D), "" for an unknown one, and u (G, D + P)."""
    _, numbers = np.unique(known, return_inverse=True)
    groups = numbers - 1  # "" comes first
    landmarks = landmarks_of(len(z), 0)
    affinity = learn_affinity(z, [("file", groups, 1.0)], landmarks, 0)
    shares = affinity.shares(z, own_landmarks(landmarks, len(z)))
    part = affinity.part(affinity.known({"file": groups}, shares))
    return affinity, np.concatenate([z, part], axis=1)


def install(patch: pytest.MonkeyPatch) -> QuickTraining:
    quick = QuickTraining()
    patch.setattr(Session, "train", lambda session, **given: quick.train(session, **given))
    return quick


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> QuickTraining:
    return install(monkeypatch)


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where temporary libraries are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="module")
def labels_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of six labels, two of them without train photos; and a second set that is smaller."""
    folder = tmp_path_factory.mktemp("labelled")
    lines = ["file,label,split,set,label_in_train"]
    for n, label in enumerate(LABELS):
        splits = [("gallery", 6), ("query", 2), ("train", 3 if label in SEEN else 0)]
        for split, count in splits:
            for copy in range(count):
                name = f"{label}-{split}-{copy}.jpg"
                draw(folder / name, n, 1000 + len(lines))
                lines.append(f"{name},{label},{split},fruit,{int(label in SEEN)}")
    few = [line.replace("fruit", "few") for line in lines if line.startswith(LABELS[:2])]
    lines += [line for line in few if ",train," not in line]
    path = folder / "labels.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


Run = tuple[EvaluationReport, QuickTraining]


@pytest.fixture(scope="module")
def unlabelled(labels_csv: Path) -> Run:
    """The larger set, measured without labels in training."""
    with pytest.MonkeyPatch.context() as patch:
        training = install(patch)
        return measure(labels_csv, set_name="fruit")[0], training


@pytest.fixture(scope="module")
def labelled(labels_csv: Path) -> Run:
    """The larger set, measured with half of the gallery's seen labels in training."""
    with pytest.MonkeyPatch.context() as patch:
        training = install(patch)
        return measure(labels_csv, set_name="fruit", labels_in_training=0.5)[0], training


def draw(path: Path, label: int, variant: int) -> None:
    Image.blend(picture(label), picture(variant), 0.3).save(path, quality=90)


def measure(path: Path, **given: object) -> tuple[EvaluationReport, ...]:
    job = evaluate(path, QuickRuntime(), QuickExporter(), **given)
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value


def hashes(path: Path, split: str) -> set[bytes]:
    return {content_hash(p) for p in path.parent.glob(f"*-{split}-*.jpg")}


def test_every_engine_has_a_row_for_all_seen_and_unseen_labels(unlabelled):
    report, _ = unlabelled
    assert (report.set, report.queries, report.gallery) == ("fruit", 12, 36)
    assert report.protocol.startswith("own gallery; no labels in training")
    engines = [*PRODUCT, *RIVALS, "binary-rescored", *FAISS]
    expected = [(engine, labels) for engine in engines for labels in ("all", "seen", "unseen")]
    assert [(row.engine, row.labels) for row in report.rows] == expected
    assert {row.queries for row in report.rows if row.labels == "unseen"} == {4}
    for row in report.rows:
        ratios = (row.p_1, row.p_5, row.p_10, row.p_20, row.r_1, row.r_10, row.map_100, row.mrr)
        assert all(0 <= ratio <= 1 for ratio in ratios)
        assert row.r_1 == row.p_1
        assert row.milliseconds_p50 <= row.milliseconds_p95
        low, high = row.map_100_interval
        assert low <= row.map_100 <= high
    by_name = {row.engine: row for row in report.rows if row.labels == "all"}
    assert by_name["exact"].r_1 > 0.9  # the pictures are easy: a mixed-up row would show
    assert by_name["exact"].recall_vs_exact_10 == 1
    assert by_name["query-expansion"].recall_vs_exact_10 is None
    # A wide beam, no correction and untrained weights: the three are one search.
    assert by_name["generative"].map_100 == by_name["tree-search"].map_100
    assert by_name["generative"].recall_vs_exact_10 > 0.95  # equal hashes move a photo
    assert by_name["generative-ids"].bytes_per_photo < by_name["generative"].bytes_per_photo


def test_no_query_enters_the_library_or_the_training(labels_csv, labelled):
    _, training = labelled
    queries = hashes(labels_csv, "query")
    assert training.content_hashes == hashes(labels_csv, "gallery") | hashes(labels_csv, "train")
    assert len(queries) == 12 and not training.content_hashes & queries
    assert training.labelled_hashes and not training.labelled_hashes & queries


def test_without_labels_the_train_split_stays_outside(labels_csv, unlabelled):
    _, training = unlabelled
    assert training.content_hashes == hashes(labels_csv, "gallery")
    assert training.labels == []


def test_labels_are_those_of_the_train_split_and_of_a_share_of_the_seen_gallery(labelled):
    report, training = labelled
    counts = dict.fromkeys(LABELS, 0)
    for line in training.labels:
        counts[line["label"]] += 1
    # Three train photos and half of six gallery photos for each seen label.
    assert counts == {label: 6 if label in SEEN else 0 for label in LABELS}
    assert "12 train photos (in the library, never ranked) and of 12 of the 36" in report.protocol
    assert report.gallery == 36
    by_name = {row.engine: row for row in report.rows if row.labels == "all"}
    assert {"metric-learner", "label-aware", "label-aware-expanded"} <= set(by_name)
    # Dense rivals keep more of a photo than identifiers and one half-precision vector.
    assert by_name["label-aware"].bytes_per_photo > by_name["generative"].bytes_per_photo / 2
    assert by_name["label-aware"].map_100 >= by_name["exact-learnt"].map_100
    exact = next(row for row in report.rows if row.engine == "exact")
    assert exact.r_10 == 1 and exact.p_10 <= 0.6  # six right answers: train photos do not count


def test_photos_that_come_after_training_are_indexed_ranked_and_told_apart(
    labels_csv, training, temporary
):
    (report,) = measure(labels_csv, set_name="fruit", labels_in_training=0.5, inserted=0.25)
    assert report.gallery == 36
    assert "9 of the 36 gallery photos came after training" in report.protocol
    assert len(training.content_hashes & hashes(labels_csv, "gallery")) == 27
    assert not training.labelled_hashes - training.content_hashes
    assert not training.content_hashes & hashes(labels_csv, "query")
    rows = {row.engine: row for row in report.rows if row.labels == "all"}
    assert rows["exact"].recall_vs_exact_10_inserted == 1
    for name in ("generative", "generative-ids", "tree-search", "binary-rescored"):
        old, inserted = rows[name].recall_vs_exact_10_old, rows[name].recall_vs_exact_10_inserted
        assert old is not None and inserted is not None
        low, high = sorted((old, inserted))
        assert low <= rows[name].recall_vs_exact_10 <= high
    assert rows["query-expansion"].recall_vs_exact_10_inserted is None


def test_the_papers_decoder_is_asked_only_where_that_is_wanted_and_by_identifiers_alone(
    labels_csv, training, temporary, unlabelled, monkeypatch
):
    assert "paper-decoder" not in {row.engine for row in unlabelled[0].rows}
    monkeypatch.setattr("engine.training.start.SMALLEST_TRAINABLE", 20)
    monkeypatch.setattr("engine.training.loop.STEPS", (1, 1))
    monkeypatch.setattr(faiss_indexes, "available", lambda: False)
    (report,) = measure(
        labels_csv, set_name="fruit", inserted=0.25, paper_decoder=True, device="cpu"
    )
    rows = {row.engine: row for row in report.rows if row.labels == "all"}
    assert list(rows)[: len(PRODUCT) + 1] == [*PRODUCT, "paper-decoder"]
    paper = rows["paper-decoder"]
    assert paper.bytes_per_photo == rows["generative-ids"].bytes_per_photo
    assert paper.recall_vs_exact_10_old is not None
    assert paper.recall_vs_exact_10_inserted is not None
    assert not list(temporary.glob("photoglyph-*"))


def test_a_photo_equal_to_a_query_is_left_out_and_said(labels_csv, training, temporary, tmp_path):
    query = labels_csv.parent / "apple-query-0.jpg"
    names = [f"{label}-gallery-{n}.jpg" for label in LABELS for n in range(4)]
    for name in names:
        (tmp_path / name).write_bytes((labels_csv.parent / name).read_bytes())
    (tmp_path / "twin.jpg").write_bytes(query.read_bytes())
    (tmp_path / "query.jpg").write_bytes(query.read_bytes())
    lines = ["file,label,split", *(f"{n},{n.split('-')[0]},gallery" for n in names)]
    lines += ["twin.jpg,apple,gallery", "query.jpg,apple,query"]
    (tmp_path / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    (report,) = measure(tmp_path / "labels.csv")
    assert report.gallery == len(names)
    assert "1 photos equal to a query were left out" in report.protocol
    assert content_hash(query) not in training.content_hashes
    assert {row.labels for row in report.rows} == {"all"}  # the file does not say what is seen


def test_unreadable_photos_and_queries_cost_themselves_alone(
    labels_csv, training, temporary, tmp_path
):
    lines = ["file,label,split"]
    for name in [f"{label}-gallery-{n}.jpg" for label in LABELS for n in range(4)]:
        (tmp_path / name).write_bytes((labels_csv.parent / name).read_bytes())
        lines.append(f"{name},{name.split('-')[0]},gallery")
    (tmp_path / "good.jpg").write_bytes((labels_csv.parent / "fig-query-0.jpg").read_bytes())
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    (tmp_path / "worse.jpg").write_bytes(b"")
    lines += ["good.jpg,fig,query", "bad.jpg,fig,query", "worse.jpg,fig,gallery"]
    (tmp_path / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    (report,) = measure(tmp_path / "labels.csv")
    assert (report.queries, report.gallery) == (1, 24)
    assert "1 photos could not be read" in report.protocol
    assert "1 queries could not be read" in report.protocol


def test_every_set_gets_its_own_library_and_report(labels_csv, training, temporary):
    stages = set()
    job = evaluate(labels_csv, QuickRuntime(), QuickExporter())
    while True:
        try:
            stages.add(next(job).stage.split(":")[0])
        except StopIteration as end:
            reports = end.value
            break
    assert [(r.set, r.gallery) for r in reports] == [("fruit", 36), ("few", 12)]
    assert stages == {"fruit", "few"}


def test_engines_that_nobody_wants_are_neither_fitted_nor_asked(
    labels_csv, training, temporary, monkeypatch
):
    def unwanted(*_: object) -> None:
        raise AssertionError("fitted for nothing")

    monkeypatch.setattr(Whitening, "fit", unwanted)
    monkeypatch.setattr(BinaryRescored, "fit", unwanted)
    photos = labels.of_set(labels.read_labels(labels_csv), "fruit")
    wanted = ("exact", "generative-ids")
    rules = plan(photos, 0.0, 0)
    asked = finish(ask_set(rules, QuickRuntime(), QuickExporter(), engines=wanted))
    assert list(asked.answers) == ["generative-ids", "exact"]
    assert not any("FAISS" in note for note in asked.notes)  # it was not asked for


def test_a_refused_training_leaves_the_rivals_and_the_reason(labels_csv, training, temporary):
    training.refusal = "Too few photos: 12."
    (report,) = measure(labels_csv, set_name="few")
    assert "no trained model: Too few photos: 12." in report.protocol
    engines = {row.engine for row in report.rows}
    assert "exact" in engines and not engines & {*PRODUCT, "exact-learnt"}


def test_a_training_that_fails_for_another_reason_fails_the_evaluation(
    labels_csv, training, temporary, monkeypatch
):
    training.refusal = "There is no such device."
    monkeypatch.setattr("engine.services.evaluating_sets.SMALLEST_TRAINABLE", 10)
    with pytest.raises(UserError, match="no such device"):
        measure(labels_csv, set_name="few")
    assert list(temporary.iterdir()) == []


def test_without_faiss_its_rows_are_left_out_and_said(labels_csv, training, temporary, monkeypatch):
    monkeypatch.setattr(faiss_indexes, "available", lambda: False)
    (report,) = measure(labels_csv, set_name="few")
    assert "photoglyph[evaluate]" in report.protocol
    assert not any(row.engine.startswith("faiss") for row in report.rows)


def test_the_temporary_library_is_gone_afterwards_and_after_a_cancel(
    labels_csv, training, temporary
):
    measure(labels_csv, set_name="few")
    assert list(temporary.iterdir()) == []
    job: Iterator[Progress] = evaluate(labels_csv, QuickRuntime(), QuickExporter())
    while next(job).stage != "fruit: train":
        pass
    assert list(temporary.iterdir()) != []
    job.close()
    assert list(temporary.iterdir()) == []
    assert all(path.exists() for path in labels_csv.parent.glob("*.jpg"))


def test_the_same_seed_gives_the_same_figures(labels_csv, training, temporary):
    def figures(seed: int) -> list[object]:
        (report,) = measure(labels_csv, set_name="few", seed=seed)
        return [(row.engine, row.map_100, row.map_100_interval) for row in report.rows]

    assert figures(3) == figures(3)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"set_name": "bread"}, "There is no set bread"),
        ({"labels_in_training": 2.0}, "between 0 and 1"),
    ],
)
def test_a_wrong_question_is_refused_before_any_work(labels_csv, temporary, given, word):
    with pytest.raises(UserError, match=word):
        measure(labels_csv, **given)
    assert list(temporary.iterdir()) == []
