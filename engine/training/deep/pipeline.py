"""Deep training in the order it happens: tune, install, read again, train, switch where better.

The encoder that answers is not touched: the tuned one is another model of the library, with
embeddings of its own, until one transaction makes it and its generation current. A run that ended
early goes on where it was: tuning from its checkpoint, reading from what is embedded, the rest as
in ``engine.training.pipeline``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from safetensors import SafetensorError

from engine.encoder import installed
from engine.encoder.timm_models import EMBEDDED, PooledEncoder, load_encoder
from engine.encoder.weights import write_weights
from engine.errors import BundleError, TrainingError
from engine.search.graph import Neighbours, neighbours_of
from engine.search.ports import EncoderSpec, Exporter, Ints, Runtime
from engine.services import encoders
from engine.settings import DeepTuning
from engine.store import generations, models
from engine.store.database import Library
from engine.tokenizer.space import fit_space
from engine.training import holdout
from engine.training.cache import ViewCache
from engine.training.checkpoint import Checkpoint, Signature
from engine.training.deep import embedding
from engine.training.deep.looks import Looks
from engine.training.deep.loss import Head
from engine.training.deep.positives import Positives
from engine.training.deep.reading import ViewReader
from engine.training.deep.tuning import Tuned, Tuning
from engine.training.pipeline import Asked, Challenger, answering, held_rows, train_generation
from engine.training.sizes import tuning_steps
from engine.training.sources.read import read_sources
from engine.training.space import FITTED_ON
from engine.training.start import Photos, device_of, embedded, photos_of
from engine.training.steps import counted, last_of
from engine.training.trust import Trusted, trust
from engine.types import DeepReport, GenerationFigures, Job, Progress, TrainReport

TUNED = "tuned.json"  # in the checkpoint's folder: tuning is over, and this came of it


def train_deep(
    library: Library,
    runtime: Runtime,
    exporter: Exporter,
    *,
    label_source: str = "none",
    device: str = "auto",
    minutes: float | None = None,
    seed: int = 0,
    tuning: DeepTuning | None = None,
) -> Job[TrainReport]:
    """Tune the encoder on what the library teaches, and train a generation in its space.

    It answers from then on if held-out queries are answered better than now. A library without a
    generation is trained with its encoder first, so that there is one to be better than.
    ``minutes`` bounds the tuning, and again the decoder's training. Where no step of the tuning
    did better than the encoder as it was, the training is of that one, as without tuning. Raises
    ``TrainingError`` where it cannot: too few photos, no such device, no memory, no space;
    ``BundleError`` where the encoder's weights are gone.
    """
    settings = DeepTuning() if tuning is None else tuning
    with library.claim("training"):
        on = device_of(device)
        yield Progress("reading", 0)
        start = _begin(library, exporter, label_source, seed)
        report = _finished(start.checkpoint)
        model_id = start.photos.model_id
        ready = generations.ready(library)
        result: TrainReport | None = None
        if report is None and (ready is None or ready.model_id != model_id):
            # Exact search would be beaten by any training, whatever tuning is worth.
            result = yield from train_generation(
                library, runtime, exporter, model_id, on, label_source, minutes, seed
            )
        if report is None:
            tuned = yield from _tuned(library, start, on, minutes, settings)
            report = yield from _installed(start, tuned, exporter)
            _note(start.checkpoint, report)
        if report.encoder:
            result = yield from _challenge(library, runtime, exporter, start, report, on, minutes)
        elif result is None:  # else it has been trained just now
            result = yield from train_generation(
                library, runtime, exporter, model_id, on, label_source, minutes, seed
            )
        start.checkpoint.remove()
        return replace(result, deep=report, seconds=result.seconds + report.seconds)


@dataclass(frozen=True)
class _Start:
    """What a deep training begins with. ``held`` (H,): rows that never enter."""

    spec: EncoderSpec
    photos: Photos
    held: Ints
    checkpoint: Checkpoint
    labels: str
    seed: int


def _begin(library: Library, exporter: Exporter, label_source: str, seed: int) -> _Start:
    with library.read() as connection:
        current = models.current(connection)
        moment = "" if current is None else str(models.seen_first(connection, current[0]))
    model_id = 0 if current is None else current[0]
    weights = "" if current is None else current[1].weights
    checkpoint = Checkpoint(
        library.folder / "models" / generations.DEEP_CHECKPOINT,
        Signature(model_id, label_source, seed, kind=f"{weights} {moment}"),
    )
    photos = photos_of(library, checkpoint)
    assert current is not None  # photos_of has refused a library without photos
    cache = ViewCache(checkpoint.folder, current[1], photos.content_ids, seed)
    return _Start(current[1], photos, held_rows(cache, seed), checkpoint, label_source, seed)


def _tuned(
    library: Library,
    start: _Start,
    on: torch.device,
    minutes: float | None,
    settings: DeepTuning,
) -> Job[tuple[PooledEncoder, Tuned]]:
    """Tune on all photos but those held out: of those neither views nor labels are seen."""
    encoder, spec = load_encoder(start.spec.name)
    if spec.weights != start.spec.weights:
        raise BundleError(
            f"The encoder {spec.name} is not the one that read this library's photos: run "
            "'photoglyph index' to read them again, then train."
        )
    taught = np.setdiff1d(np.arange(len(start.photos.content_ids)), start.held)
    content_ids = start.photos.content_ids[taught]
    sample = np.random.default_rng((start.seed, 6)).permutation(taught)[:FITTED_ON]
    space = fit_space(start.photos.embeddings.take(np.sort(sample)))
    z = start.photos.projected(space)[taught]
    sources = read_sources(library, start.labels, content_ids)
    neighbours = yield from last_of(counted("neighbours", neighbours_of(z), len(z)), Neighbours)
    trusted = yield from last_of(trust(z, neighbours, sources, start.seed), Trusted)
    positives = Positives(trusted.graph, settings.photos)
    side = start.spec.image_size
    reader = ViewReader(library, content_ids, side, positives.choose, start.seed)
    looks = Looks.prepare(library, start.photos.content_ids, start.held, side, start.seed)
    loop = Tuning(encoder, Head(space), positives, looks, on, settings)
    total = settings.steps or tuning_steps(len(taught), settings.photos)
    tuned = yield from last_of(loop.run(reader, start.checkpoint, total, minutes), Tuned)
    return encoder, tuned


def _installed(
    start: _Start, tuned: tuple[PooledEncoder, Tuned], exporter: Exporter
) -> Job[DeepReport]:
    """The tuned encoder is one like those that a person adds: exported, verified, then kept."""
    encoder, came_to = tuned
    name = ""
    if came_to.best_step:
        weights = start.checkpoint.folder / installed.WEIGHTS
        with _room_needed():
            write_weights(encoder.backbone.state_dict(), weights)
        base, architecture, licence = start.spec.name, start.spec.name, "apache-2.0"
        if base not in EMBEDDED:
            found = installed.find(base, tuple(EMBEDDED))
            architecture, licence = found.architecture, found.licence
        with _room_needed():
            added = yield from encoders.add_tuned(
                weights, architecture, exporter, start.spec.image_size, f"{base}, tuned", licence
            )
        weights.unlink()
        name = added.name
    return DeepReport(
        encoder=name,
        steps=came_to.steps,
        best_step=came_to.best_step,
        score_before=came_to.before.score,
        score=came_to.best.score,
        recall_before=came_to.before.recall_1,
        recall=came_to.best.recall_1,
        loss=came_to.loss,
        waited=came_to.waited,
        precision=came_to.precision,
        at_once=came_to.piece,
        seconds=came_to.seconds,
        stopped_early=came_to.stopped_early,
    )


def _challenge(
    library: Library,
    runtime: Runtime,
    exporter: Exporter,
    start: _Start,
    report: DeepReport,
    on: torch.device,
    minutes: float | None,
) -> Job[TrainReport]:
    """Read the library with the tuned encoder, train in its space, switch if that is better."""
    encoder = runtime.open_encoder(exporter.prepare_encoder(report.encoder))
    with library.write(visible=False) as connection:
        model_id = models.register(connection, encoder.spec)
    yield from embedding.embed_missing(library, encoder, model_id, start.photos.model_id)

    def answering_now(cache: ViewCache, asked: Asked) -> GenerationFigures:
        old = runtime.open_encoder(exporter.prepare_encoder(start.spec.name))
        held_out = asked.answered(
            cache.encoded(library, old, asked.views), cache.encoded(library, old, asked.photos)
        )
        photos = embedded(library, (start.photos.model_id, start.spec), cache.content_ids)
        return answering(library, runtime, photos, held_out) or holdout.exact_figures(
            held_out, photos.embeddings
        )

    def catch_up() -> Iterator[Progress]:
        return embedding.embed_missing(library, encoder, model_id, start.photos.model_id)

    held = start.photos.content_ids[start.held]
    return (
        yield from train_generation(
            library,
            runtime,
            exporter,
            model_id,
            on,
            start.labels,
            minutes,
            start.seed,
            Challenger(held, answering_now, catch_up),
        )
    )


def _finished(checkpoint: Checkpoint) -> DeepReport | None:
    """What an earlier run tuned, if its encoder is still there."""
    try:
        report = DeepReport(**json.loads((checkpoint.folder / TUNED).read_bytes()))
        if report.encoder:
            installed.find(report.encoder, tuple(EMBEDDED))
    except (OSError, ValueError, TypeError, BundleError):
        return None
    return report


def _note(checkpoint: Checkpoint, report: DeepReport) -> None:
    unfinished = checkpoint.folder / f"{TUNED}.part"
    with _room_needed():
        with unfinished.open("w", encoding="utf-8") as out:
            out.write(json.dumps(asdict(report)))
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(checkpoint.folder / TUNED)


@contextmanager
def _room_needed() -> Iterator[None]:
    """A full disk in words: what was tuned is in the checkpoint."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or str(error)[:80]
        raise TrainingError(
            f"The tuned encoder cannot be written ({reason}): free some space, then train again "
            "to go on from the checkpoint."
        ) from error
