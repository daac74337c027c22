"""``photoglyph evaluate``: every way of searching, on the same photos and the same embeddings.

For each set a temporary library is built by the product's own path (index, train, search), asked
with the set's queries, and removed. Neighbours: ``engine.evaluation`` holds the protocol, the
rivals and the metrics; ``session`` is what a user's library goes through too.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from engine.errors import PhotoError, UserError
from engine.evaluation import faiss_indexes, labels, protocol, table
from engine.evaluation.labels import LabelledPhoto
from engine.evaluation.metrics import EMPTY, Bools, Ints
from engine.evaluation.protocol import Protocol
from engine.evaluation.rivals import STANDS_IN_FOR, Knowledge, ask, rivals
from engine.evaluation.table import DEPTH, Answers, Task
from engine.search.ports import Decoder, Exporter, Runtime
from engine.search.searcher import GenerativeIndex, search_generative
from engine.search.segments import Shown
from engine.search.trie import Indices
from engine.services.answering import rank
from engine.services.asking import EncodedQuery
from engine.services.gallery import Gallery
from engine.services.session import Session
from engine.settings import DEFAULT_BEAM, DEFAULT_ENCODER, SMALLEST_TRAINABLE
from engine.store import files, intake
from engine.tokenizer.model import TreeWeights
from engine.types import Engine, EvaluationReport, EvaluationRow, Job, Progress, Query

T = TypeVar("T")


def evaluate(
    labels_csv: Path,
    runtime: Runtime,
    exporter: Exporter,
    *,
    set_name: str | None = None,
    labels_in_training: float | None = None,
    inserted: float = 0.0,
    paper_decoder: bool = False,
    device: str = "auto",
    minutes: float | None = None,
    seed: int = 0,
) -> Job[tuple[EvaluationReport, ...]]:
    """Measure the sets of ``labels_csv`` (or the named one), one report each.

    ``labels_in_training`` and ``inserted``: see ``engine.evaluation.protocol.plan``.
    ``paper_decoder``: train and ask the paper's plain decoder too. ``device`` and ``minutes`` are
    training's, for each set and decoder. ``seed`` chooses labels and inserted photos and resamples
    queries. Raises ``UserError`` for a labels file that cannot be used.
    """
    photos = labels.read_labels(labels_csv)
    sets = [labels.of_set(photos, name) for name in labels.choose_sets(photos, set_name)]
    # All before the first: a set that cannot be measured is told before hours of work.
    plans = [protocol.plan(chosen, labels_in_training or 0.0, seed, inserted) for chosen in sets]
    reports = []
    for rules in plans:
        report = _evaluate_set(rules, runtime, exporter, paper_decoder, device, minutes, seed)
        reports.append((yield from _named(rules.set, report)))
    return tuple(reports)


def _named(name: str, job: Job[T]) -> Job[T]:
    """``job`` with the set's name before every stage."""
    with closing(job):
        while True:
            try:
                progress = next(job)
            except StopIteration as end:
                report: T = end.value
                return report
            yield replace(progress, stage=f"{name}: {progress.stage}")


def _evaluate_set(
    rules: Protocol,
    runtime: Runtime,
    exporter: Exporter,
    paper_decoder: bool,
    device: str,
    minutes: float | None,
    seed: int,
) -> Job[EvaluationReport]:
    asked = yield from ask_set(rules, runtime, exporter, paper_decoder, device, minutes, seed)
    found: list[EvaluationRow] = []
    for answer in asked.answers.values():
        exact = asked.answers.get(STANDS_IN_FOR.get(answer.engine, ""))
        found.extend(table.rows(asked.task, answer, exact))
    return EvaluationReport(
        set=rules.set,
        protocol="; ".join(asked.notes),
        queries=len(asked.task.query_labels),
        gallery=len(asked.task.gallery_labels),
        rows=tuple(found),
    )


@dataclass(frozen=True)
class Asked:
    """Every engine's answers to a set's queries, by its name, and what is to be said of them."""

    task: Task
    answers: dict[str, Answers]
    notes: tuple[str, ...]


def ask_set(
    rules: Protocol,
    runtime: Runtime,
    exporter: Exporter,
    paper_decoder: bool,
    device: str,
    minutes: float | None,
    seed: int,
    encoder: str = DEFAULT_ENCODER,
) -> Job[Asked]:
    """Build a library of the set's photos, train on it, and ask every engine everything."""
    notes = [rules.sentence()]
    with (
        tempfile.TemporaryDirectory(
            prefix="photoglyph-evaluate-", ignore_cleanup_errors=True
        ) as temporary,
        closing(
            Session.open(Path(temporary, "library"), runtime, exporter, encoder=encoder)
        ) as session,
    ):
        folder = Path(temporary).resolve() / "photos"
        first = [p for p in (*rules.gallery, *rules.train) if p not in rules.inserted]
        placed = protocol.place(first, folder)
        yield from session.index([folder])
        source = _label_source(rules, placed, folder)
        problem = yield from _train(session, source, len(placed), device, minutes)
        paper = None
        if problem:
            notes.append(f"no trained model: {problem}")
        elif paper_decoder:
            from engine.training.paper import train_on  # torch: only where it is asked for

            job = train_on(
                session.library,
                session.searching.encoder(),
                label_source=source,
                device=device,
                minutes=minutes,
                seed=seed,
            )
            paper = yield from _named("paper's decoder", job)
        if rules.inserted:
            later = [p for p in rules.gallery if p in rules.inserted]
            placed |= protocol.place(later, folder, len(first))
            yield from session.index()
        if unread := session.problems():
            notes.append(f"{len(unread)} photos could not be read")
        _prove_no_leak(session, rules)
        corpus = _corpus(session, rules, placed)
        asked, encoded = yield from _encode(session, rules.queries)
        if len(asked) < len(rules.queries):
            notes.append(f"{len(rules.queries) - len(asked)} queries could not be read")
        answers: dict[str, Answers] = {}
        for answer in _all_answers(corpus, encoded, rules, paper, seed):
            answers[answer.engine] = answer
            yield Progress("ask", len(answers), note=answer.engine)
        if not faiss_indexes.available():
            notes.append("no FAISS rows: they need the extra photoglyph[evaluate]")
        return Asked(_task(corpus, asked, seed), answers, tuple(notes))


def _label_source(rules: Protocol, placed: dict[str, LabelledPhoto], folder: Path) -> str:
    """What training's labels are read from: a file beside ``folder``, or "none"."""
    if not rules.labelled:
        return "none"
    file = folder.with_name("labels.csv")
    with file.open("w", newline="", encoding="utf-8") as out:
        lines = csv.writer(out)
        lines.writerow(("file", "label"))
        lines.writerows(
            (folder / name, photo.label)
            for name, photo in placed.items()
            if photo in rules.labelled
        )
    return str(file)


def _train(
    session: Session, source: str, photos: int, device: str, minutes: float | None
) -> Job[str]:
    """Train as a user would, and let the result answer.

    Returns why there is no trained model where the ``photos`` are too few, else "".
    """
    try:
        report = yield from session.train(labels=source, device=device, minutes=minutes)
    except UserError as error:
        if photos >= SMALLEST_TRAINABLE:  # not for want of photos: then it is no footnote
            raise
        return str(error)
    if not report.switched:  # this training is what is measured, whether it earned its place or not
        session.use_generation(report.generation)
    return ""


def _prove_no_leak(session: Session, rules: Protocol) -> None:
    """No content of the library, so nothing that training saw, equals a query."""
    content_ids = session.searching.gallery().content_ids
    with session.library.read() as connection:
        hashes = intake.hashes_by_content(connection, content_ids.tolist())
    if not rules.query_hashes.isdisjoint(hashes.values()):
        raise RuntimeError("a query photo entered the library that is measured")


@dataclass(frozen=True)
class _Corpus:
    """The library as the engines see it.

    ``rows`` (n,): rows of ``gallery`` that hold a photo of the labels file, and ``photos`` which.
    ``ranked`` (G,): those of them in the gallery split, the only ones that are ever ranked.
    ``later`` (G,): which of them came after training.
    """

    gallery: Gallery
    photos: dict[int, LabelledPhoto]
    ranked: Ints
    later: Bools

    @property
    def shown(self) -> Bools:
        mask = np.zeros(len(self.gallery.content_ids), dtype=np.bool_)
        mask[self.ranked] = True
        return mask


def _corpus(session: Session, rules: Protocol, placed: dict[str, LabelledPhoto]) -> _Corpus:
    """Rows of the library -> photos of the labels file.

    Files with equal bytes are one row; it counts as the first of them in the gallery split, and
    as inserted where all of them are.
    """
    gallery = session.searching.gallery()
    with session.library.read() as connection:
        found = files.photos_by_content(connection, gallery.content_ids.tolist())
    photos: dict[int, LabelledPhoto] = {}
    came_later = set()
    for row, content_id in enumerate(gallery.content_ids.tolist()):
        copies = [placed[photo.path.name] for photo in found.get(content_id, ())]
        if copies:
            photos[row] = min(copies, key=lambda copy: copy.split != "gallery")
            if rules.inserted.issuperset(copies):
                came_later.add(row)
    ranked = [row for row, photo in photos.items() if photo.split == "gallery"]
    if not ranked:
        raise UserError("None of the gallery's photos could be read: check the labels file.")
    later = np.array([row in came_later for row in ranked])
    return _Corpus(gallery, photos, np.array(ranked, dtype=np.int64), later)


def _encode(
    session: Session, queries: tuple[LabelledPhoto, ...]
) -> Job[tuple[list[LabelledPhoto], list[EncodedQuery]]]:
    """Encode every query once, for all engines; unreadable ones are left out."""
    asked, encoded = [], []
    for done, photo in enumerate(queries):
        yield Progress("encode queries", done, len(queries))
        try:
            encoded.append(session.searching.encode_query(Query(photo.path)))
        except PhotoError:
            continue
        asked.append(photo)
    if not asked:
        raise UserError("None of the query photos could be read: check the labels file.")
    return asked, encoded


def _task(corpus: _Corpus, asked: list[LabelledPhoto], seed: int) -> Task:
    ranked = [corpus.photos[row].label for row in corpus.ranked.tolist()]
    numbers = {label: n for n, label in enumerate(dict.fromkeys(ranked))}
    unknown = len(numbers)  # a label that the gallery lacks: nothing is right
    said = all(photo.seen is not None for photo in asked)
    return Task(
        gallery_labels=np.array([numbers[label] for label in ranked]),
        query_labels=np.array([numbers.get(photo.label, unknown) for photo in asked]),
        seen=np.array([bool(photo.seen) for photo in asked]) if said else None,
        seed=seed,
        inserted=corpus.later if corpus.later.any() else None,
    )


def _all_answers(
    corpus: _Corpus,
    encoded: list[EncodedQuery],
    rules: Protocol,
    paper: Decoder | None,
    seed: int,
) -> Iterator[Answers]:
    """Ask every engine everything, one at a time."""
    gallery = corpus.gallery
    embeddings = gallery.embeddings.take(corpus.ranked)
    queries = np.stack([query.embedding for query in encoded])
    if gallery.index is not None:
        yield from _product(corpus, gallery.index, encoded)
        if paper is not None:
            yield _papers(corpus, gallery.index, paper, encoded)
    for rival in rivals(embeddings, _knowledge(corpus, rules), seed):
        yield ask(rival, embeddings, queries)


def _knowledge(corpus: _Corpus, rules: Protocol) -> Knowledge:
    """What training saw, for the rivals that may see it too."""
    index = corpus.gallery.index
    rows = [row for row, photo in corpus.photos.items() if photo in rules.labelled]
    number = {label: n for n, label in enumerate(sorted({corpus.photos[r].label for r in rows}))}
    known = np.full(len(corpus.gallery.content_ids), -1, np.int64)
    known[rows] = [number[corpus.photos[row].label] for row in rows]
    labelled = None
    if rows:
        labelled = corpus.gallery.embeddings.take(np.array(rows)), known[rows]
    return Knowledge(
        None if index is None else index.tokenizer,
        labelled,
        known[corpus.ranked],
        ~corpus.later if corpus.later.any() else None,
    )


def _product(
    corpus: _Corpus, index: GenerativeIndex, encoded: list[EncodedQuery]
) -> Iterator[Answers]:
    """The product's own engines: as people get it, by identifiers alone, and untrained."""
    shown = Shown(corpus.shown)
    decoder = corpus.gallery.decoder if index.tokenizer.ranking.correction else None
    untrained = replace(
        index,
        tokenizer=replace(
            index.tokenizer,
            tree=TreeWeights.untrained(index.tokenizer.quantizer.levels),
            # Both weights were fitted to the trained score.
            ranking=replace(index.tokenizer.ranking, logp=0.0, second_look=0.0, correction=False),
        ),
    )

    def generative(query: EncodedQuery) -> Indices:
        return rank(corpus.gallery, query, Engine.GENERATIVE, shown, DEPTH, None)[0].rows

    def beam(index: GenerativeIndex, query: EncodedQuery, rescored: bool) -> Indices:
        return search_generative(
            index,
            None if index is untrained else decoder,
            index.ask(query.embedding, query.patches),
            shown,
            DEPTH,
            max(DEFAULT_BEAM, DEPTH),
            rescored,
        )[0].rows

    identifiers = identifier_bytes(index)
    vectors = 2.0 * index.tokenizer.space.width  # float16
    second_look = second_look_bytes(index)
    for name, search, size in (
        ("generative", generative, identifiers + vectors + second_look),
        ("generative-ids", lambda query: beam(index, query, False), identifiers),
        ("tree-search", lambda query: beam(untrained, query, True), identifiers + vectors),
    ):
        yield _ask(name, corpus, encoded, search, size)


def _papers(
    corpus: _Corpus, index: GenerativeIndex, decoder: Decoder, encoded: list[EncodedQuery]
) -> Answers:
    """The paper's plain decoder, code by code and with nothing else; in torch, on the CPU."""
    from engine.training.paper import decode

    trie = index.segments[0].trie  # a gallery that was just opened has no other

    def search(query: EncodedQuery) -> Indices:
        width = max(DEFAULT_BEAM, DEPTH)
        return decode(trie, decoder, query.embedding, query.patches, width, corpus.shown)

    return _ask("paper-decoder", corpus, encoded, search, identifier_bytes(index))


def _ask(
    name: str,
    corpus: _Corpus,
    encoded: list[EncodedQuery],
    search: Callable[[EncodedQuery], Indices],
    size: float,
) -> Answers:
    """Ask all queries one by one. ``search`` finds rows of the library, best first."""
    place = np.full(len(corpus.shown), EMPTY)
    place[corpus.ranked] = np.arange(len(corpus.ranked))
    search(encoded[0])  # sessions and caches warm up
    lists, taken = [], []
    for query in encoded:
        start = time.perf_counter()
        found = search(query)
        taken.append((time.perf_counter() - start) * 1e3)
        lists.append(place[found])
    return Answers(name, table.padded(lists), np.array(taken), size)


def identifier_bytes(index: GenerativeIndex) -> float:
    """Bytes a photo of identifiers: packed, and as the trie that decoding walks."""
    return index.nbytes / max(1, len(index.packed))


def second_look_bytes(index: GenerativeIndex) -> float:
    """Bytes a photo of the lists that the second look adds up; 0 where it takes no part."""
    lists = index.lists
    if lists is None or not index.tokenizer.ranking.second_look:
        return 0.0
    held = lists.members.nbytes + lists.weights.nbytes + lists.row.nbytes + lists.place.nbytes
    return held / max(1, len(index.packed))
