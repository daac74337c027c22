"""``photoglyph evaluate --benchmark``: the paper's benchmarks, by the paper's recipe or by ours.

Same photos, same labels, same encoder; the table has the standard figures and, beside them, the
precision as the paper's published script counts it. Neighbours: ``engine.evaluation.benchmarks``
(who is in it), ``engine.training.irgen`` (the paper's), ``evaluating`` (ours).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.evaluation import protocol as rules_of
from engine.evaluation import table
from engine.evaluation.benchmarks import layouts, official, roles
from engine.evaluation.benchmarks.official import BenchmarkReport
from engine.evaluation.labels import LabelledPhoto
from engine.search.ports import Exporter, Ints, Runtime
from engine.services.evaluating import ask_set
from engine.settings import DEFAULT_ENCODER, PaperRecipe
from engine.types import Job, Progress

RECIPES = ("paper", "ours")
OURS = ("generative", "generative-ids", "exact")


def evaluate_benchmark(
    benchmark: str,
    folder: Path,
    runtime: Runtime,
    exporter: Exporter,
    *,
    protocol: str = "closed",
    recipe: str = "ours",
    encoder: str = DEFAULT_ENCODER,
    settings: PaperRecipe | None = None,
    device: str = "auto",
    minutes: float | None = None,
    seed: int = 0,
) -> Job[BenchmarkReport]:
    """Train on ``benchmark`` in ``folder`` and measure. Nothing is written into ``folder``.

    ``protocol``: closed or open; ``recipe``: paper or ours. ``settings`` are the paper's recipe's,
    ``minutes`` ours. Raises ``UserError`` before any training for a folder that cannot be used.
    """
    yield Progress("reading lists", 0)
    layout = layouts.read(benchmark, folder)
    photos = roles.roles(benchmark, layout, protocol, folder)
    ranks = roles.RANKS.get(benchmark, roles.USUAL_RANKS)
    note = roles.sentence(benchmark, protocol, layout)
    if recipe == "paper":
        exporter.prepare_encoder(encoder)  # one that cannot be exported is refused before training
        return (
            yield from _papers(
                benchmark, photos, protocol, encoder, settings or PaperRecipe(), ranks, note, device
            )
        )
    rules = rules_of.plan(photos, 1.0, seed)
    asked = yield from ask_set(rules, runtime, exporter, False, device, minutes, seed, encoder)
    rows = [
        official.row(
            name,
            asked.answers[name].ranked,
            asked.task.gallery_labels,
            asked.task.query_labels,
            ranks,
        )
        for name in OURS
        if name in asked.answers
    ]
    return BenchmarkReport(
        benchmark,
        protocol,
        recipe,
        encoder,
        "; ".join((note, *asked.notes)),
        ranks,
        len(asked.task.query_labels),
        len(asked.task.gallery_labels),
        tuple(rows),
    )


def _papers(
    benchmark: str,
    photos: Sequence[LabelledPhoto],
    protocol: str,
    encoder: str,
    settings: PaperRecipe,
    ranks: tuple[int, ...],
    note: str,
    device: str,
) -> Job[BenchmarkReport]:
    from engine.training import irgen  # torch: only where it is asked for

    known = roles.trained_on(tuple(photos))
    gallery = [p for p in photos if p.split == "gallery"]
    queries = [p for p in photos if p.split == "query"]
    trained, spec = yield from irgen.train(
        [p.path for p in known], _numbers(known, known), encoder, settings, device=device
    )
    side = spec.image_size
    z, identifiers = yield from trained.identify([p.path for p in gallery], side)
    trie = irgen.trie_of(identifiers, settings)
    found = yield from irgen.search(trained, trie, z, [p.path for p in queries], settings, side)
    row = official.row(
        "paper-decoder",
        table.padded(found),
        _numbers(gallery, photos),
        _numbers(queries, photos),
        ranks,
    )
    s = settings
    how = (
        f"M {s.levels}, L {s.codes}, {s.layers} layers of {s.width}, beam {s.beam}, "
        f"{s.tokenizer_epochs} and {s.decoder_epochs} epochs on {trained.device}; "
        f"{len(known)} photos trained on, {trie.distinct} identifiers of {len(gallery)} photos"
    )
    return BenchmarkReport(
        benchmark,
        protocol,
        "paper",
        encoder,
        f"{note}; {how}",
        ranks,
        len(queries),
        len(gallery),
        (row,),
    )


def _numbers(photos: Sequence[LabelledPhoto], of: Sequence[LabelledPhoto]) -> Ints:
    """Class numbers of ``photos``, counted over ``of``."""
    number = {label: n for n, label in enumerate(sorted({p.label for p in of}))}
    return np.array([number[p.label] for p in photos], dtype=np.int64)
