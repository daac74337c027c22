"""One labelled set as a library: built by the product's own path, trained, asked, and removed.

``evaluating`` makes a table of the answers, ``benchmarking`` another; ``evaluating_engines`` are
what is asked, and ``session`` is what a user's library goes through too.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from engine.errors import PhotoError, UserError
from engine.evaluation import faiss_indexes, protocol
from engine.evaluation.labels import LabelledPhoto
from engine.evaluation.protocol import Protocol
from engine.evaluation.rivals import PAPER
from engine.evaluation.table import Answers, Task
from engine.search.ports import Exporter, Runtime
from engine.services.asking import EncodedQuery
from engine.services.evaluating_engines import ENGINES, Corpus, answers_of, corpus_of
from engine.services.session import Session
from engine.settings import DEFAULT_ENCODER, SMALLEST_TRAINABLE
from engine.store import intake
from engine.types import Job, Progress, Query

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """The engines' answers to a set's queries, by name, and what is to be said of them."""

    task: Task
    answers: dict[str, Answers]
    notes: tuple[str, ...]


def ask_set(
    rules: Protocol,
    runtime: Runtime,
    exporter: Exporter,
    *,
    device: str = "auto",
    minutes: float | None = None,
    seed: int = 0,
    encoder: str = DEFAULT_ENCODER,
    engines: Collection[str] = ENGINES,
) -> Job[Asked]:
    """Build a library of the set's photos, train on it, and ask each of ``engines`` everything.

    ``device`` and ``minutes`` are training's; the paper's decoder among the ``engines`` is trained
    too, as long again. Raises ``UserError`` where there is nothing to find or to ask with.
    """
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
        elif PAPER in engines:
            from engine.training.paper import train_on  # torch: only where it is asked for

            job = train_on(
                session.library,
                session.searching.encoder(),
                label_source=source,
                device=device,
                minutes=minutes,
                seed=seed,
            )
            paper = yield from named("paper's decoder", job)
        if rules.inserted:
            later = [p for p in rules.gallery if p in rules.inserted]
            placed |= protocol.place(later, folder, len(first))
            yield from session.index()
        if unread := session.problems():
            notes.append(f"{len(unread)} photos could not be read")
        _prove_no_leak(session, rules)
        corpus = corpus_of(session, rules, placed)
        asked, encoded = yield from _encode(session, rules.queries)
        if len(asked) < len(rules.queries):
            notes.append(f"{len(rules.queries) - len(asked)} queries could not be read")
        answers: dict[str, Answers] = {}
        for answer in answers_of(corpus, encoded, rules, engines, paper, seed):
            answers[answer.engine] = answer
            yield Progress("ask", len(answers), note=answer.engine)
        if not faiss_indexes.available() and any(name.startswith("faiss-") for name in engines):
            notes.append("no FAISS rows: they need the extra photoglyph[evaluate]")
        return Asked(_task(corpus, asked, seed), answers, tuple(notes))


def named(name: str, job: Job[T]) -> Job[T]:
    """``job`` with the set's name before every stage."""
    with closing(job):
        while True:
            try:
                progress = next(job)
            except StopIteration as end:
                report: T = end.value
                return report
            yield replace(progress, stage=f"{name}: {progress.stage}")


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


def _task(corpus: Corpus, asked: list[LabelledPhoto], seed: int) -> Task:
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
