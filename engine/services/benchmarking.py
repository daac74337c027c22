"""``photoglyph evaluate --benchmark``: the paper's benchmarks, by the paper's recipe or by ours.

Same photos, same labels, same encoder; the table has the standard figures and, beside them, the
precision as the paper's published script counts it, and the published figures. Neighbours:
``engine.evaluation.benchmarks`` (who is in it), ``engine.training.irgen`` (the paper's),
``evaluating_sets`` (ours).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import TrainingError
from engine.evaluation import protocol as rules_of
from engine.evaluation import table
from engine.evaluation.benchmarks import layouts, official, roles
from engine.evaluation.benchmarks.official import BenchmarkReport, BenchmarkRow
from engine.evaluation.labels import LabelledPhoto
from engine.search.ports import Exporter, Ints, Runtime
from engine.services.evaluating_sets import ask_set
from engine.settings import DEFAULT_ENCODER, PaperRecipe
from engine.types import Job, Progress

if TYPE_CHECKING:
    from accelerate import Accelerator

    from engine.training.irgen.checkpoint import RunCheckpoint

RECIPES = ("paper", "ours")
OURS = ("generative", "generative-ids", "exact")
LARGE = ("imagenet", "places365")
LARGE_LAYERS = 24  # of the decoder, for a million photos
CHECKPOINTS = 1  # their format


def recipe_for(benchmark: str, layers: int | None = None, epochs: int | None = None) -> PaperRecipe:
    """The paper's for ``benchmark``, with fewer ``layers`` or ``epochs`` to try it."""
    recipe = PaperRecipe()
    usual = LARGE_LAYERS if benchmark in LARGE else recipe.layers
    return replace(
        recipe,
        layers=layers or usual,
        tokenizer_epochs=epochs or recipe.tokenizer_epochs,
        decoder_epochs=epochs or recipe.decoder_epochs,
    )


@dataclass(frozen=True)
class _Asked:
    """What the photos are for, and how the figures are counted."""

    benchmark: str
    folder: Path
    protocol: str
    photos: tuple[LabelledPhoto, ...]
    encoder: str
    note: str

    @property
    def ranks(self) -> tuple[int, ...]:
        return roles.RANKS.get(self.benchmark, roles.USUAL_RANKS)

    def report(
        self,
        recipe: str,
        notes: Sequence[str],
        queries: int,
        gallery: int,
        rows: list[BenchmarkRow],
    ) -> BenchmarkReport:
        closed = self.protocol == "closed"
        return BenchmarkReport(
            self.benchmark,
            self.protocol,
            recipe,
            self.encoder,
            "; ".join((self.note, *notes)),
            self.ranks,
            queries,
            gallery,
            tuple(rows),
            official.PUBLISHED.get(self.benchmark) if closed else None,
        )


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
    checkpoint: Path | None = None,
    seed: int = 0,
) -> Job[BenchmarkReport | None]:
    """Train on ``benchmark`` in ``folder`` and measure. Nothing is written into ``folder``.

    ``protocol``: closed or open; ``recipe``: paper or ours. ``settings`` are the paper's recipe's
    (None: see :func:`recipe_for`), as is ``checkpoint``, a folder that a run goes on from (None:
    nothing is kept); ``minutes`` is ours. Returns None in all but the main one of several processes
    (``accelerate launch``). Raises ``UserError`` before any training for a folder that cannot be
    used, or a checkpoint of another run.
    """
    if recipe == "ours" and os.environ.get("WORLD_SIZE", "1") != "1":
        raise TrainingError(
            "Several devices train the paper's recipe alone: add --recipe paper, or run it without "
            "accelerate launch."
        )
    yield Progress("reading lists", 0)
    layout = layouts.read(benchmark, folder)
    photos = roles.roles(benchmark, layout, protocol, folder)
    note = roles.sentence(benchmark, protocol, layout)
    wanted = _Asked(benchmark, folder, protocol, photos, encoder, note)
    if recipe == "paper":
        exporter.prepare_encoder(encoder)  # one that cannot be exported is refused before training
        settings = settings or recipe_for(benchmark)
        return (yield from _papers(wanted, settings, device, checkpoint, seed))
    rules = rules_of.plan(photos, 1.0, seed)
    asked = yield from ask_set(
        rules,
        runtime,
        exporter,
        device=device,
        minutes=minutes,
        seed=seed,
        encoder=encoder,
        engines=OURS,
    )
    known, queries = asked.task.gallery_labels, asked.task.query_labels
    rows = [
        official.row(name, asked.answers[name].ranked, known, queries, wanted.ranks)
        for name in OURS
        if name in asked.answers
    ]
    return wanted.report("ours", asked.notes, len(queries), len(known), rows)


def _papers(
    wanted: _Asked, settings: PaperRecipe, device: str, folder: Path | None, seed: int
) -> Job[BenchmarkReport | None]:
    from engine.training.irgen.checkpoint import RunCheckpoint  # torch: only where asked for
    from engine.training.irgen.devices import accelerator_of, told

    accelerator = accelerator_of(device)
    run = {} if folder is None else _run(wanted, settings, seed)
    checkpoint = RunCheckpoint(folder, run, accelerator)
    job = _on_devices(wanted, settings, accelerator, checkpoint, seed)
    report = yield from told(job, accelerator)
    accelerator.end_training()
    return report if accelerator.is_main_process else None


def _run(wanted: _Asked, settings: PaperRecipe, seed: int) -> dict[str, str | int | float]:
    """What has to be the same for a run to go on from its checkpoint.

    An encoder's name stands for its weights. The folder may lie elsewhere, on other devices.
    """
    photos = hashlib.sha256()
    for photo in wanted.photos:
        with suppress(OSError):  # it is told with those that cannot be read
            photos.update(b"%d " % photo.path.stat().st_size)
        name = os.fsencode(os.path.relpath(photo.path, wanted.folder))
        photos.update(b"%b %b %b\n" % (name, photo.label.encode(), photo.split.encode()))
    return {
        "format": CHECKPOINTS,
        "benchmark": wanted.benchmark,
        "classes": wanted.protocol,
        "encoder": wanted.encoder,
        "photos": photos.hexdigest(),
        "seed": seed,
        **asdict(settings),
    }


def _on_devices(
    wanted: _Asked,
    settings: PaperRecipe,
    accelerator: Accelerator,
    checkpoint: RunCheckpoint,
    seed: int,
) -> Job[BenchmarkReport]:
    from engine.training.irgen import answering
    from engine.training.irgen.training import train

    looked = checkpoint.load("photos")
    unread: dict[int, str] = {} if looked is None else looked["unread"]
    if looked is None:
        unread = yield from answering.unreadable([p.path for p in wanted.photos], accelerator)
        checkpoint.keep("photos", lambda: {"unread": unread}, at_once=True)
    photos = tuple(p for row, p in enumerate(wanted.photos) if row not in unread)
    notes = []
    if unread:
        roles.check(wanted.benchmark, photos, wanted.protocol, wanted.folder)
        first = next(iter(unread.values()))
        notes.append(f"{len(unread)} photos could not be read and were left out, first {first}")
    known = roles.trained_on(photos)
    gallery = [p for p in photos if p.split == "gallery"]
    queries = [p for p in photos if p.split == "query"]
    trained = yield from train(
        [p.path for p in known],
        _numbers(known, known),
        wanted.encoder,
        settings,
        accelerator,
        checkpoint,
        seed,
    )
    trie = yield from answering.trie_of(trained, [p.path for p in gallery], settings, accelerator)
    found = yield from answering.search(
        trained, trie, [p.path for p in queries], settings, accelerator
    )
    ranked, labels = table.padded(found), (_numbers(gallery, photos), _numbers(queries, photos))
    row = official.row("paper-decoder", ranked, *labels, wanted.ranks)
    s = settings
    processes = accelerator.num_processes
    where = f"{accelerator.device.type}{f' x {processes}' if processes > 1 else ''}"
    notes.append(
        f"M {s.levels}, L {s.codes}, {s.layers} layers of {s.width}, beam {s.beam}, "
        f"{s.tokenizer_epochs} and {s.decoder_epochs} epochs on {where}; losses "
        f"{trained.losses[0]:.3f} and {trained.losses[1]:.3f}; {len(known)} photos trained on, "
        f"{trie.distinct} identifiers of {len(gallery)} photos"
    )
    return wanted.report("paper", notes, len(queries), len(gallery), [row])


def _numbers(photos: Sequence[LabelledPhoto], of: Sequence[LabelledPhoto]) -> Ints:
    """Class numbers of ``photos``, counted over ``of``."""
    number = {label: n for n, label in enumerate(sorted({p.label for p in of}))}
    return np.array([number[p.label] for p in photos], dtype=np.int64)
